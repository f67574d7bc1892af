"""Overwriting: whether a file that is there may be replaced."""

from __future__ import annotations

import os
import sys
from typing import Any

from kshim.errors import FileError
from kshim.saving.h5 import is_path


def may_write(file: Any, overwrite: bool, who: str) -> bool:
    """Return whether to write: yes, unless a file is there, is to be kept, and the user says no.

    Raises:
        FileError: when nobody is there to be asked.
    """
    if overwrite or not is_path(file) or not os.path.exists(file):
        return True
    path = os.fsdecode(file)
    if not sys.stdin.isatty():
        raise FileError(
            f"{who}: {path} must not exist yet when overwrite=False, got a file that does. "
            "Say overwrite=True to replace it."
        )
    return ask_to_proceed_with_overwrite(path)


def ask_to_proceed_with_overwrite(path: Any) -> bool:
    """Ask the user until the answer is y or n; return whether it was y."""
    answer = ""
    while answer not in ("y", "n"):
        answer = input(f"{path} is already there. Overwrite it? [y/n] ").strip().lower()
    return answer == "y"
