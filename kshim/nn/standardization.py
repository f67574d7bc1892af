"""Standardisation by statistics that were measured once, before training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Standardization(nn.Module):
    """Shift and scale the inputs by a mean and a variance that do not change in training.

        y = (x - mean) / max(sqrt(variance), eps)

    Shapes:
        mean, variance: the sizes of the axes that have statistics of their own
        spread: the same with a 1 for each axis behind the batch that has none

    Args:
        invert: undo it: y = x * max(sqrt(variance), eps) + mean.

    Source: Normalization of tf.keras 2.15.
    """

    mean: Tensor
    variance: Tensor
    count: Tensor

    def __init__(
        self,
        shape: Sequence[int],
        spread: Sequence[int],
        invert: bool = False,
        eps: float = 1e-7,
        **factory: Any,
    ) -> None:
        """Make statistics that leave the inputs as they are."""
        super().__init__()
        self.shape, self.spread = tuple(shape), tuple(spread)
        self.invert, self.eps = invert, eps
        self.register_buffer("mean", torch.zeros(tuple(shape), **factory))
        self.register_buffer("variance", torch.ones(tuple(shape), **factory))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the standardised inputs."""
        mean = self.mean.reshape(self.spread)
        deviation = torch.sqrt(self.variance).clamp(min=self.eps).reshape(self.spread)
        values = inputs.to(mean.dtype)
        return values * deviation + mean if self.invert else (values - mean) / deviation

    def reset(self) -> None:
        """Forget what was measured."""
        self.mean.zero_()
        self.variance.fill_(1)
        self.count.zero_()

    def measure(self, values: Tensor, axes: Sequence[int]) -> None:
        """Add a batch to the statistics.

        Args:
            axes: those that have no statistics of their own, the batch among them.
        """
        values = values.to(self.mean.dtype)
        mean, variance = values.mean(list(axes)), values.var(list(axes), correction=0)
        count = values.numel() // max(self.mean.numel(), 1)
        share = count / (int(self.count) + count)
        old = self.mean.clone()
        self.mean.lerp_(mean, share)
        self.variance.add_((old - self.mean) ** 2).mul_(1 - share)
        self.variance.add_((variance + (mean - self.mean) ** 2) * share)
        self.count += count

    def extra_repr(self) -> str:
        """Return what decides the numbers."""
        return f"{tuple(self.mean.shape)}, spread={self.spread}, invert={self.invert}"
