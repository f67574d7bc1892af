"""What the layers on images and sequences share: torch wants the channels behind the batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from kshim.core.axes import to_first, to_last


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
