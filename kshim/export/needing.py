"""Needing: the packages that exports use, imported when an export runs and not before."""

from __future__ import annotations

import importlib
from typing import Any

from kshim.errors import MissingPackage


def need(*modules: str) -> Any:
    """Return the first of the modules, all of them imported.

    Raises:
        MissingPackage: naming the package that is not installed, and the extra that brings it.
    """
    found = []
    for module in modules:
        try:
            found.append(importlib.import_module(module))
        except ModuleNotFoundError as error:
            package = module.partition(".")[0]
            if error.name != package:
                raise
            raise MissingPackage("to_onnx", package, "onnx") from error
    return found[0]
