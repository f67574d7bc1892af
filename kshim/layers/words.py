"""The words that every layer takes beside its own, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from kshim.core.checks import optional, sizes, whole_number
from kshim.core.shapes import Shape
from kshim.errors import ArgumentError

COMMON = (
    "name",
    "trainable",
    "dtype",
    "input_shape",
    "batch_input_shape",
    "input_dim",
    "input_length",
    "input_dtype",
    "batch_size",
    "weights",
    "autocast",
    "dynamic",
    "activity_regularizer",
)
_SHAPE_CHECKS = {
    "batch_input_shape": optional(sizes(0)),
    "input_shape": optional(sizes(0)),
    "input_dim": optional(whole_number(0)),
    "input_length": optional(whole_number(0)),
    "batch_size": optional(whole_number(0)),
}


def dtype_name(dtype: Any) -> str | None:
    """Return the name of a type given as a name, a policy's config, or a torch or numpy type."""
    if isinstance(dtype, Mapping):
        dtype = dtype.get("config", {}).get("name")
    if dtype is None or isinstance(dtype, str):
        return dtype
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")


def batch_shape(layer: Any, words: Mapping[str, Any]) -> Shape | None:
    """Return the input's shape, the batch counted, from whichever of Keras's words was given."""
    who = type(layer).__name__
    given = {
        word: checked(who, word, check, words.get(word)) for word, check in _SHAPE_CHECKS.items()
    }
    if given["batch_input_shape"] is not None:
        return cast("Shape", given["batch_input_shape"])
    shape: Shape | None = given["input_shape"]
    if shape is None and given["input_dim"] is not None:
        shape = layer.sample_shape(given["input_dim"], given["input_length"])
    elif shape is None and given["input_length"] is not None:
        shape = (given["input_length"],)
    return None if shape is None else (given["batch_size"], *shape)


def checked(who: str, word: str, check: Any, value: Any) -> Any:
    """Return what a check makes of a common argument, the place added where it refuses."""
    try:
        return check(value)
    except ArgumentError as error:
        raise error.at(who, word) from None
