"""The pytest plugin that puts kshim before Keras's tests: `-p upstreaming.plugin`.

It may only serve `keras` from kshim and bridge Python and pytest versions. Keras's numpy backend,
which its tests compare with, is Keras's own: taken from the source package, so that kshim is never
compared with itself.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import torch

from kshim.compat.finder import install
from upstreaming.bridging import bridge, bridge_pytest

for _ in bridge():
    pass
bridge_pytest()
install(os.environ["KSHIM_UPSTREAM_ERA"])
# As `python -m kshim run` does.
torch.set_grad_enabled(False)


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Let `setup` of a test class run before each test, as it did up to pytest 7."""
    for item in items:
        kind = getattr(item, "cls", None)
        if kind is not None and hasattr(kind, "setup") and not hasattr(kind, "setup_method"):
            kind.setup_method = lambda self: self.setup()


def serve_reference(source: Path) -> None:
    """Let `keras.backend.numpy_backend` be the file of the source package."""
    name = "keras.backend.numpy_backend"
    place = source / "keras" / "backend" / "numpy_backend.py"
    if place.exists():
        spec = importlib.util.spec_from_file_location(name, place)
        assert spec is not None and spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules["keras.backend"].numpy_backend = module


serve_reference(Path.cwd())
