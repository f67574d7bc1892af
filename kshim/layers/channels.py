"""What the layers on images and sequences share: torch wants the channels behind the batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from kshim.core.axes import to_first, to_last
from kshim.errors import ArgumentError

Axes = tuple[int, ...] | None
Moves = tuple[int, ...]


def with_channels_first(
    compute: Callable[[Tensor], Tensor], inputs: Tensor, data_format: str, rank: int
) -> Tensor:
    """Return what `compute` makes of the inputs with their channels behind the batch.

    Args:
        data_format: where inputs and result keep their channels.
        rank: how many axes the inputs have besides batch and channels.
    """
    if data_format == "channels_first":
        return compute(inputs)
    outputs = compute(torch.permute(inputs, to_first(rank + 2)))
    return torch.permute(outputs, to_last(rank + 2))


def refuse_strides_with_dilation(who: str, strides: Moves, dilation_rate: Moves) -> None:
    """Refuse a kernel with gaps that takes more than one cell a step, as every Keras does.

    Raises:
        ArgumentError: naming the layer and both.
    """
    if max(strides) > 1 and max(dilation_rate) > 1:
        wanted = f"1 beside dilation_rate={dilation_rate}"
        raise ArgumentError("strides", wanted, strides, who=who)


def behind_batch(axis: int, rank: int) -> tuple[Axes, Axes]:
    """Return the order of axes that puts one behind the batch, and the order back.

    Both are None where the axis stands there already.
    """
    if axis == 1:
        return None, None
    order = (0, axis, *(place for place in range(1, rank) if place != axis))
    return order, tuple(order.index(place) for place in range(rank))


def permuted(inputs: Tensor, order: Axes) -> Tensor:
    """Return the inputs with their axes in another order; None leaves them."""
    return inputs if order is None else torch.permute(inputs, order)
