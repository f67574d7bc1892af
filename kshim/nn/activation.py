"""Activations with parameters that torch shapes differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class ElementPReLU(nn.Module):
    """Return x where it is positive, weight * x elsewhere, with a slope for each element.

    Shapes:
        inputs, outputs: (batch, *shape), weight: (*shape); sizes of 1 share one slope.

    Source: PReLU of Keras, which starts from slopes of 0.
    """

    def __init__(self, shape: Sequence[int], **factory: Any) -> None:
        """Make slopes of 0."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(tuple(shape), **factory))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, the negative ones made smaller."""
        return torch.where(inputs > 0, inputs, self.weight * inputs)
