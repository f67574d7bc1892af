"""Normalisation of groups of channels that can leave out masked cells."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class GroupNormalization(nn.GroupNorm):
    """Give each group of channels of each sample the mean 0 and the deviation 1.

    Shapes:
        inputs: (batch, channels, *sizes), mask: as the inputs, sizes of 1 stretching

    Args:
        center, scale: whether there is a bias, a weight.

    Source: GroupNormalization of tf.keras 2.15.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        **factory: Any,
    ) -> None:
        """Make torch's module, without what is not asked for."""
        super().__init__(num_groups, num_channels, eps, **factory)
        self.center, self.scale = center, scale
        if not center:
            self.register_parameter("bias", None)
        if not scale:
            self.register_parameter("weight", None)

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the normalised inputs; masked cells count in no mean and no deviation."""
        if mask is not None:
            return self._moved(self._standardized(inputs, mask))
        if (self.weight is None) == (self.bias is None):
            return super().forward(inputs)
        # torch's kernel takes one of the two alone, but has no gradients then.
        return self._moved(functional.group_norm(inputs, self.num_groups, eps=self.eps))

    def _standardized(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Return inputs with the mean 0 and the deviation 1 over the cells that count."""
        counted = mask.to(inputs.dtype).expand_as(inputs)
        cells, weights = (each.unflatten(1, (self.num_groups, -1)) for each in (inputs, counted))
        axes = tuple(range(2, cells.dim()))
        total = weights.sum(axes, keepdim=True)
        mean = (cells * weights).sum(axes, keepdim=True) / total
        variance = ((cells - mean).square() * weights).sum(axes, keepdim=True) / total
        return ((cells - mean) * torch.rsqrt(variance + self.eps)).flatten(1, 2)

    def _moved(self, outputs: Tensor) -> Tensor:
        """Return the outputs, scaled and shifted channel by channel."""
        shape = (1, -1, *[1] * (outputs.dim() - 2))
        outputs = outputs if self.weight is None else outputs * self.weight.reshape(shape)
        return outputs if self.bias is None else outputs + self.bias.reshape(shape)
