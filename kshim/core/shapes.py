"""Shapes: tuples of sizes, the batch first, None where a size is not known before the data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from kshim.errors import ArgumentError, ShapeError, Shown

Shape = tuple[int | None, ...]
Shapes = Shape | list[Shape]


def as_shape(value: Any) -> Shape:
    """Return a shape from what scripts write: a tuple, a list, a TensorShape, one number."""
    if hasattr(value, "as_list"):
        value = value.as_list()
    if isinstance(value, str | bytes):
        raise ArgumentError("a shape", "a tuple of whole numbers and None", value)
    sizes = (value,) if value is None or not isinstance(value, Iterable) else tuple(value)
    return tuple(_size(size, value) for size in sizes)


def is_shape(value: Any) -> bool:
    """Return whether this is one shape, rather than a list of several."""
    if hasattr(value, "as_list"):
        return True
    return isinstance(value, tuple | list) and all(
        size is None or isinstance(size, int) for size in value
    )


def known_axis(who: str, shape: Shape, axis: int) -> int:
    """Return the size of an axis that has to be known to make weights.

    Raises:
        ShapeError: when the axis is missing or its size unknown.
    """
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"{who}: inputs must have an axis {axis}, got shape {shape}.")
    size = shape[axis]
    if size is None:
        raise ShapeError(
            f"{who}: axis {axis} of the inputs must be known to make weights, got shape {shape}. "
            "Give the first layer an input_shape, or call the model on data first."
        )
    return size


def need_rank(who: str, shape: Shape, rank: int) -> None:
    """Refuse a shape that has not `rank` axes, the batch counted.

    Raises:
        ShapeError: naming the layer, the wanted and the given rank.
    """
    if len(shape) != rank:
        raise ShapeError(
            f"{who}: inputs must have {rank} axes (the batch included), "
            f"got {len(shape)}: shape {shape}."
        )


def window_length(
    length: int | None, window: int, padding: str, stride: int = 1, dilation: int = 1
) -> int | None:
    """Return how many steps a window makes over an axis of `length`.

    Args:
        padding: valid, same, causal, or full.

    Source: Keras 2.2.4 utils/conv_utils.py.
    """
    if length is None:
        return None
    reach = (window - 1) * dilation + 1
    covered = {
        "valid": length - reach + 1,
        "same": length,
        "causal": length,
        "full": length + reach - 1,
    }[padding]
    return -(-covered // stride)


def check_windows(who: str, sizes: Sequence[int | None], lengths: Sequence[int | None]) -> None:
    """Refuse windows that are larger than the axis they move over.

    Raises:
        ShapeError: when a length after the window is not positive.
    """
    if any(length is not None and length < 1 for length in lengths):
        raise ShapeError(
            f"{who}: inputs must be at least as large as the window on every axis, "
            f"got sizes {tuple(sizes)}, which leave {tuple(lengths)}."
        )


def product(sizes: Iterable[int | None]) -> int | None:
    """Return the product of sizes, or None when one of them is unknown."""
    known = list(sizes)
    return None if None in known else math.prod(size for size in known if size is not None)


def broadcast(who: str, one: Shape, other: Shape) -> Shape:
    """Return the shape two shapes have together, sizes of 1 stretching as in numpy.

    Raises:
        ShapeError: when they do not fit.
    """
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    lead = len(long) - len(short)
    return long[:lead] + tuple(
        _together(who, a, b, one, other) for a, b in zip(long[lead:], short, strict=True)
    )


def noise_over(who: str, noise_shape: Shape | None, input_shape: Shape) -> Shape | None:
    """Return the shape of noise with as many axes as the inputs it stretches over.

    Raises:
        ShapeError: when it does not.
    """
    if noise_shape is None:
        return None
    shape = (1,) * (len(input_shape) - len(noise_shape)) + tuple(noise_shape)
    pairs = zip(shape, input_shape, strict=False)
    fits = len(shape) == len(input_shape) and all(
        one in (1, size) or None in (one, size) for one, size in pairs
    )
    if not fits:
        raise ShapeError(
            f"{who}: noise_shape must stretch over inputs of shape {tuple(input_shape)}, "
            f"got {tuple(noise_shape)}."
        )
    return shape


def check_axes(who: str, axes: Iterable[int], shape: Shape) -> None:
    """Refuse axes that inputs of a shape do not have.

    Raises:
        ArgumentError: naming the layer and the axes.
    """
    given = tuple(axes)
    if not all(-len(shape) <= axis < len(shape) for axis in given):
        raise ArgumentError("axis", f"axes of inputs of shape {tuple(shape)}", given, who=who)


def _together(who: str, a: int | None, b: int | None, one: Shape, other: Shape) -> int | None:
    if a == 1 or a == b:
        return b
    if b == 1:
        return a
    if a is None or b is None:
        return a if b is None else b
    raise ShapeError(f"{who}: inputs must have shapes that fit together, got {one} and {other}.")


def _size(size: Any, whole: Any) -> int | None:
    if hasattr(size, "value"):
        size = size.value
    if size is None:
        return None
    try:
        number = int(size)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError("a shape", "a tuple of whole numbers and None", whole) from None
    if number != size:
        raise ArgumentError("a shape", "a tuple of whole numbers and None", Shown(whole))
    return number
