"""Config: what a layer, a loss or a model is, as JSON values.

A thing with arguments is `{"class_name": name, "config": {...}}`, a function its name, everything
else itself. Nothing is executed to read one back: names are looked up in the registries.

Source: Keras 2.2.4 utils/generic_utils.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kshim.errors import ArgumentError


class FunctionName(str):
    """Be a function's name in JSON; in this process also lead back to the function itself."""

    function: Any

    def __new__(cls, function: Any) -> FunctionName:
        """Name a function, or an object that is called like one."""
        name = super().__new__(cls, getattr(function, "__name__", type(function).__name__))
        name.function = function
        return name


def named_function(value: Any) -> Any:
    """Return the function that a name leads to in this process, anything else as it is."""
    return value.function if isinstance(value, FunctionName) else value


def to_config(value: Any) -> Any:
    """Return the JSON value that stands for `value`.

    Raises:
        ArgumentError: when nothing in JSON can stand for it.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): to_config(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [to_config(item) for item in value]
    if hasattr(value, "get_config"):
        return serialize(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if callable(value) and hasattr(value, "__name__"):
        return value.__name__
    if hasattr(value, "__float__"):
        return float(value)
    raise ArgumentError("config", "a number, text, list, function or thing with get_config", value)


def serialize(value: Any) -> dict[str, Any]:
    """Return `{"class_name": ..., "config": ...}` of a thing with `get_config`."""
    return {"class_name": class_name(value), "config": value.get_config()}


def class_name(value: Any) -> str:
    """Return the name under which files know the class of `value`."""
    return str(getattr(value, "keras_name", None) or type(value).__name__)


def to_json(config: Any, **options: Any) -> str:
    """Return the JSON text of a config."""
    return json.dumps(to_config(config), **options)
