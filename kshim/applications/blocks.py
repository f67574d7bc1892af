"""The layers that architectures are put together from, for the data format and era in force.

Each function takes a symbol and gives the symbol behind one layer, or a few that always stand
together. Words that are not named here go to the layer as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kshim.core.eras import by_era
from kshim.core.settings import image_data_format
from kshim.core.symbols import Symbol
from kshim.layers.activations import ReLU
from kshim.layers.convolution import Conv2D
from kshim.layers.core import Activation, Reshape
from kshim.layers.legacy.merging import merge
from kshim.layers.merging import add, concatenate, multiply
from kshim.layers.normalization import BatchNormalization
from kshim.layers.padding import ZeroPadding2D
from kshim.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from kshim.layers.separable import DepthwiseConv2D, SeparableConv2D

# Branches meet in one layer Merge, or in a layer of a class of its own.
_MERGES = by_era({"1.2": True, "2.0": False})
_POOLS = {
    ("max", False): MaxPooling2D, ("max", True): GlobalMaxPooling2D,
    ("avg", False): AveragePooling2D, ("avg", True): GlobalAveragePooling2D,
}  # fmt: skip


def channel_axis(last: int = 3) -> int:
    """Return the axis of a batch of images that holds the channels: 3 or 1.

    Args:
        last: how the last axis is told, 3 or -1.
    """
    return last if image_data_format() == "channels_last" else 1


def channels_of(x: Symbol) -> int:
    """Return the number of channels of a batch of images."""
    return int(x.shape[channel_axis()] or 0)


def sizes_of(shape: Sequence[int | None]) -> tuple[int | None, int | None]:
    """Return rows and columns of the shape of one image."""
    rows, columns = shape[:2] if image_data_format() == "channels_last" else shape[1:]
    return rows, columns


def conv(
    x: Symbol, filters: int, size: Any, name: str | None = None, *, strides: Any = 1, **words: Any
) -> Symbol:
    """Convolve with windows of `size` (one number or two)."""
    words |= {"kernel_size": _pair(size), "strides": _pair(strides)}
    return Conv2D(filters=filters, name=name, **words)(x)


def depthwise(
    x: Symbol, size: Any, name: str | None = None, *, strides: Any = 1, **words: Any
) -> Symbol:
    """Convolve each channel by itself."""
    words |= {"kernel_size": _pair(size), "strides": _pair(strides)}
    return DepthwiseConv2D(name=name, **words)(x)


def separable(
    x: Symbol, filters: int, size: Any, name: str | None = None, *, strides: Any = 1, **words: Any
) -> Symbol:
    """Convolve each channel by itself, then mix the channels."""
    words |= {"kernel_size": _pair(size), "strides": _pair(strides)}
    return SeparableConv2D(filters=filters, name=name, **words)(x)


def norm(x: Symbol, name: str | None = None, **words: Any) -> Symbol:
    """Normalise each channel over the batch."""
    words.setdefault("axis", channel_axis())
    return BatchNormalization(name=name, **words)(x)


def activation(x: Symbol, function: Any, name: str | None = None) -> Symbol:
    """Apply a function to each number."""
    return Activation(function, name=name)(x)


def relu(x: Symbol, name: str | None = None) -> Symbol:
    """Apply the layer Activation("relu")."""
    return activation(x, "relu", name)


def relu6(x: Symbol, name: str | None = None) -> Symbol:
    """Cut below 0 and above 6, by the layer ReLU."""
    return ReLU(6.0, name=name)(x)


def pad(x: Symbol, padding: Any, name: str | None = None) -> Symbol:
    """Put zeros around images: as many on all sides, or ((top, bottom), (left, right))."""
    return ZeroPadding2D(padding, name=name)(x)


def pool(
    x: Symbol, kind: str, size: Any, name: str | None = None, *, strides: Any, **words: Any
) -> Symbol:
    """Take the greatest ("max") or the mean ("avg") of windows."""
    words |= {"pool_size": _pair(size), "strides": _pair(strides)}
    return _POOLS[kind, False](name=name, **words)(x)


def pool_all(x: Symbol, kind: str, name: str | None = None, **words: Any) -> Symbol:
    """Take the greatest or the mean of each channel."""
    return _POOLS[kind, True](name=name, **words)(x)


def summed(parts: Sequence[Symbol], name: str | None = None) -> Symbol:
    """Add branches."""
    merges = _MERGES.value()
    found: Symbol = merge(parts, mode="sum", name=name) if merges else add(list(parts), name=name)
    return found


def joined(parts: Sequence[Symbol], name: str | None = None, axis: int | None = None) -> Symbol:
    """Put the channels of branches behind each other."""
    place = channel_axis() if axis is None else axis
    if _MERGES.value():
        found: Symbol = merge(parts, mode="concat", concat_axis=place, name=name)
        return found
    return concatenate(list(parts), axis=place, name=name)


def excited(x: Symbol, filters: int, name: str, function: Any, **words: Any) -> Symbol:
    """Multiply each channel with a number from 0 to 1 that the means of all channels tell.

    Args:
        filters: how many numbers the means are squeezed into.
        name: what the names of the layers begin with.
        function: applied to these numbers.
    """
    width = channels_of(x)
    shape = (1, 1, width) if image_data_format() == "channels_last" else (width, 1, 1)
    told = Reshape(shape, name=f"{name}se_reshape")(pool_all(x, "avg", f"{name}se_squeeze"))
    told = conv(told, filters, 1, f"{name}se_reduce", padding="same", activation=function, **words)
    told = conv(told, width, 1, f"{name}se_expand", padding="same", activation="sigmoid", **words)
    return multiplied([x, told], f"{name}se_excite")


def multiplied(parts: Sequence[Symbol], name: str | None = None) -> Symbol:
    """Multiply branches."""
    found: Symbol = multiply(list(parts), name=name)
    return found


def plus(x: Any, y: Any) -> Symbol:
    """Add, by an operator rather than a layer."""
    found: Symbol = x + y
    return found


def times(x: Any, y: Any) -> Symbol:
    """Multiply, by an operator rather than a layer."""
    found: Symbol = x * y
    return found


def rounded(width: float, divisor: int = 8, least: float = 0.9) -> int:
    """Return the multiple of `divisor` nearest to a width, but no less than its share `least`."""
    whole = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return whole if whole >= least * width else whole + divisor


def padding_for(x: Symbol, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the zeros to put around images before a window that moves by two steps without any.

    They are those of the padding "same", where the size of the images is known; an even one has
    one row less above.
    """
    half = size // 2
    rows, columns = sizes_of(x.shape[1:])
    less = (1, 1) if rows is None else (1 - rows % 2, 1 - (columns or 1) % 2)
    return (half - less[0], half), (half - less[1], half)


def _pair(size: Any) -> Any:
    return (size, size) if isinstance(size, int) else size
