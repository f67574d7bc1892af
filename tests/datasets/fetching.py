"""What the tests of data sets put in the place of fetching."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def fetch_from(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every data set find its file at a path."""
    for name, module in list(sys.modules.items()):
        if name.startswith("kshim.datasets.") and hasattr(module, "get_file"):
            monkeypatch.setattr(module, "get_file", lambda *_, **__: str(path))
