"""Zeros around the sizes of images and sequences, and the same cut off again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional

from kshim.core.arguments import arg
from kshim.core.axes import LAST_BEFORE_KERAS_3, channels, spatial, with_sizes
from kshim.core.checks import data_format, is_several, whole_number
from kshim.core.shapes import Shape, check_windows
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import with_channels_first
from kshim.layers.spec import InputSpec

Ends = tuple[tuple[int, int], ...]

_OLD_ENDS = {
    1: ("left_pad", "right_pad"),
    2: ("top_pad", "bottom_pad", "left_pad", "right_pad"),
}


def ends(rank: int) -> Callable[[Any], Ends]:
    """Take how many cells each axis gains or loses at its start and end.

    One number stands for all ends; one number an axis for both its ends. With a single axis, two
    numbers are start and end; so are, axis by axis, Keras 1's four for two axes. Keras 1 also
    names the ends: {"top_pad": 1, "left_pad": 2}.
    """
    count = whole_number(at_least=0)
    words = "2 (start and end)" if rank == 1 else f"{rank} of them, or {rank} pairs (start, end)"
    wanted = f"a whole number of at least 0, {words}"

    def check(value: Any) -> Ends:
        old = _OLD_ENDS.get(rank, ())
        if isinstance(value, Mapping) and set(value) <= set(old):
            value = [value.get(word, 0) for word in old]
        items = list(value) if is_several(value) else [value] * rank
        if rank < 3 and len(items) == 2 * rank:
            items = [items[start : start + 2] for start in range(0, 2 * rank, 2)]
        try:
            pairs = tuple(_pair(item, count) for item in items)
        except ArgumentError:
            pairs = ()
        if len(pairs) != rank:
            raise ArgumentError("value", wanted, value)
        return pairs

    return check


class Margin(Layer):
    """Add cells to the ends of each axis between batch and channels, or take them away.

    Source: Keras 2.2.4 layers/convolutional.py.
    """

    rank: int
    sign: int  # 1 adds, -1 takes away

    def amounts(self) -> Ends:
        """Return the cells at start and end of each axis."""
        raise NotImplementedError

    def call(self, inputs: Tensor) -> Tensor:
        """Return the inputs with their new ends."""
        return with_channels_first(self.moved, inputs, self._format(), self.rank)

    def moved(self, inputs: Tensor) -> Tensor:
        """Return inputs with channels behind the batch, with their new ends."""
        # functional.pad counts from the last axis.
        around = [self.sign * cells for pair in reversed(self.amounts()) for cells in pair]
        return functional.pad(inputs, around)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with each axis longer or shorter by its ends."""
        form = self._format()
        sizes = spatial(input_shape, form)
        lengths = [
            None if size is None else size + self.sign * sum(pair)
            for size, pair in zip(sizes, self.amounts(), strict=True)
        ]
        check_windows(self.who, sizes, lengths)
        return with_sizes(input_shape[0], lengths, channels(input_shape, form), form)

    def _format(self) -> str:
        return getattr(self, "data_format", "channels_last")


class ZeroPadding(Margin):
    """Add zeros to the ends of each axis between batch and channels.

    Shapes:
        x: (batch, *sizes, channels), y: (batch, *longer sizes, channels)
    """

    sign = 1
    padding: Ends

    def amounts(self) -> Ends:
        """Return the zeros at start and end of each axis."""
        return self.padding


class Cropping(Margin):
    """Cut cells off the ends of each axis between batch and channels.

    Shapes:
        x: (batch, *sizes, channels), y: (batch, *shorter sizes, channels)
    """

    sign = -1
    cropping: Ends

    def amounts(self) -> Ends:
        """Return the cells to cut off at start and end of each axis."""
        return self.cropping


@LAYERS.register()
class ZeroPadding1D(ZeroPadding):
    """Add zeros before and behind the steps of (batch, steps, channels).

    Args:
        padding: one number, or the two of start and end.
        data_format: "channels_first" for (batch, channels, steps), in Keras 3.

        >>> ZeroPadding1D()(Input((5, 4))).shape
        (None, 7, 4)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)
    padding: Ends = arg(ends(1), 1)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        return super().get_config() | {"padding": list(self.padding[0])}


@LAYERS.register()
class ZeroPadding2D(ZeroPadding):
    """Add zeros around the rows and columns of (batch, rows, columns, channels).

    Args:
        padding: one number, (rows, columns), or ((top, bottom), (left, right)).

        >>> ZeroPadding2D()(Input((5, 6, 4))).shape
        (None, 7, 8, 4)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)
    padding: Ends = arg(ends(2), 1)
    data_format: str = arg(data_format, None, was="dim_ordering")


@LAYERS.register()
class ZeroPadding3D(ZeroPadding):
    """Add zeros around the three axes of (batch, depth, rows, columns, channels).

    Args:
        padding: one number, one for each axis, or a pair (start, end) for each.

        >>> ZeroPadding3D()(Input((5, 6, 7, 4))).shape
        (None, 7, 8, 9, 4)
    """

    rank = 3
    input_spec = InputSpec(ndim=5)
    padding: Ends = arg(ends(3), 1)
    data_format: str = arg(data_format, None, was="dim_ordering")


@LAYERS.register()
class Cropping1D(Cropping):
    """Cut steps off both ends of (batch, steps, channels).

    Args:
        cropping: one number, or the two of start and end.

        >>> Cropping1D(cropping=1)(Input((5, 4))).shape
        (None, 3, 4)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)
    cropping: Ends = arg(ends(1), (1, 1))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        return super().get_config() | {"cropping": list(self.cropping[0])}


@LAYERS.register()
class Cropping2D(Cropping):
    """Cut rows and columns off the edges of (batch, rows, columns, channels).

    Args:
        cropping: one number, (rows, columns), or ((top, bottom), (left, right)).

        >>> Cropping2D(cropping=1)(Input((5, 6, 4))).shape
        (None, 3, 4, 4)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)
    cropping: Ends = arg(ends(2), 0)
    data_format: str = arg(data_format, None, was="dim_ordering")


@LAYERS.register()
class Cropping3D(Cropping):
    """Cut cells off the ends of three axes of (batch, depth, rows, columns, channels).

    Args:
        cropping: one number, one for each axis, or a pair (start, end) for each.

        >>> Cropping3D(cropping=1)(Input((5, 6, 7, 4))).shape
        (None, 3, 4, 5, 4)
    """

    rank = 3
    input_spec = InputSpec(ndim=5)
    cropping: Ends = arg(ends(3), 1)
    data_format: str = arg(data_format, None, was="dim_ordering")


def _pair(item: Any, count: Callable[[Any], int]) -> tuple[int, int]:
    if not isinstance(item, Iterable):
        return (count(item), count(item))
    both = [count(value) for value in item]
    if len(both) != 2:
        raise ArgumentError("value", "a pair", item)
    return (both[0], both[1])
