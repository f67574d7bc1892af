"""Lets tensorflow's functions take what Keras's do: symbols, variables, weights."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from typing import Any

from kshim.layers.operations import operation


def take_symbols(names: dict[str, Any], without: Collection[str] = ()) -> None:
    """Let every public function of a file record a node where it is given symbols.

    Args:
        names: the globals of the file.
        without: functions that see to it themselves, or never meet one.
    """
    for name, value in list(names.items()):
        own = inspect.isfunction(value) and value.__module__ == names["__name__"]
        if own and not name.startswith("_") and name not in without:
            names[name] = operation(value)
