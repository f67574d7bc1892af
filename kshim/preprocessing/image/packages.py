"""The two packages that images need, imported when first needed: Pillow and SciPy."""

from __future__ import annotations

import importlib
from typing import Any

from kshim.errors import MissingPackage


def pillow(part: str, who: str) -> Any:
    """Return a module of Pillow ("Image", "ImageEnhance").

    Raises:
        MissingPackage: it is not installed; the message names who needs it.
    """
    return _imported(f"PIL.{part}", "Pillow", who)


def scipy(part: str, who: str) -> Any:
    """Return a module of SciPy ("ndimage", "linalg")."""
    return _imported(f"scipy.{part}", "SciPy", who)


def _imported(module: str, package: str, who: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise MissingPackage(who, package, "data") from error
