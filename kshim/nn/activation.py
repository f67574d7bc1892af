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


class SShapedReLU(nn.Module):
    """Bend at two thresholds: slope 1 between them, slopes of their own outside.

        y = t_left + clip(x - t_left, 0, |t_right|) - a_left * max(t_left - x, 0)
            + a_right * max(x - t_left - |t_right|, 0)

    Shapes:
        inputs, outputs: (batch, *shape), each weight: (*shape); sizes of 1 share one.

    Source: SReLU of Keras 1.2.2.
    """

    def __init__(self, shape: Sequence[int], **factory: Any) -> None:
        """Make thresholds of 0 and slopes of 1."""
        super().__init__()
        self.shape = tuple(shape)
        self.t_left = nn.Parameter(torch.zeros(tuple(shape), **factory))
        self.a_left = nn.Parameter(torch.ones(tuple(shape), **factory))
        self.t_right = nn.Parameter(torch.zeros(tuple(shape), **factory))
        self.a_right = nn.Parameter(torch.ones(tuple(shape), **factory))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the bent inputs."""
        width = torch.abs(self.t_right)
        above = torch.relu(inputs - self.t_left)
        below = torch.relu(self.t_left - inputs)
        beyond = torch.relu(inputs - (self.t_left + width))
        between = self.t_left + torch.minimum(above, width)
        return between - self.a_left * below + self.a_right * beyond


class ScaledSoftplus(nn.Module):
    """Return alphas * log(1 + exp(betas * x)).

    Shapes:
        inputs, outputs: (batch, *shape), each weight: (*shape); sizes of 1 share one.

    Source: ParametricSoftplus of Keras 1.2.2.
    """

    def __init__(self, shape: Sequence[int], **factory: Any) -> None:
        """Make weights of 1."""
        super().__init__()
        self.shape = tuple(shape)
        self.alphas = nn.Parameter(torch.ones(tuple(shape), **factory))
        self.betas = nn.Parameter(torch.ones(tuple(shape), **factory))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the softened inputs."""
        return self.alphas * nn.functional.softplus(self.betas * inputs)
