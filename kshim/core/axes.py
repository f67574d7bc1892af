"""Where channels stand: the orders of axes that turn one data format into the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from kshim.core.eras import by_era
from kshim.core.shapes import Shape

Item = TypeVar("Item")

# The data format of layers that are told none: the last axis, or the setting in force (None).
LAST_BEFORE_KERAS_3 = by_era({"1.2": "channels_last", "3": None})


def to_first(rank: int) -> tuple[int, ...]:
    """Return the axis order that moves channels from the last place to behind the batch."""
    return (0, rank - 1, *range(1, rank - 1))


def to_last(rank: int) -> tuple[int, ...]:
    """Return the axis order that moves channels from behind the batch to the last place."""
    return (0, *range(2, rank), 1)


def spatial(shape: Sequence[Item], data_format: str) -> tuple[Item, ...]:
    """Return the sizes between batch and channels."""
    return tuple(shape[1:-1] if data_format == "channels_last" else shape[2:])


def channels(shape: Sequence[Item], data_format: str) -> Item:
    """Return the size of the channel axis."""
    return shape[-1] if data_format == "channels_last" else shape[1]


def with_sizes(
    batch: int | None, sizes: Sequence[int | None], channels: int | None, data_format: str
) -> Shape:
    """Return the shape made of a batch, spatial sizes and channels, in the data format's order."""
    if data_format == "channels_last":
        return (batch, *sizes, channels)
    return (batch, channels, *sizes)


def channel_axis(data_format: str) -> int:
    """Return the index of the channel axis."""
    return -1 if data_format == "channels_last" else 1
