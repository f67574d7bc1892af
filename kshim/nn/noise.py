"""Noise while training: added, multiplied with, or in the place of what is dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class GaussianNoise(nn.Module):
    """Add normal noise with mean 0 while training.

    Source: GaussianNoise of Keras.
    """

    def __init__(self, stddev: float) -> None:
        """Keep the noise's deviation."""
        super().__init__()
        self.stddev = stddev

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, in training with noise added."""
        if not self.training:
            return inputs
        return inputs + torch.randn_like(inputs) * self.stddev

    def extra_repr(self) -> str:
        """Return the constructor's argument."""
        return f"stddev={self.stddev}"


class GaussianDropout(nn.Module):
    """Multiply with normal noise of mean 1 and deviation sqrt(p / (1 - p)) while training.

    Source: GaussianDropout of Keras.
    """

    def __init__(self, p: float) -> None:
        """Keep the rate of the dropout whose deviation the noise has."""
        super().__init__()
        self.p = p

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, in training times the noise."""
        if not self.training or self.p == 0:
            return inputs
        return inputs * (1 + torch.randn_like(inputs) * math.sqrt(self.p / (1 - self.p)))

    def extra_repr(self) -> str:
        """Return the constructor's argument."""
        return f"p={self.p}"


class SharedAlphaDropout(nn.AlphaDropout):
    """Drop to the value selu has at minus infinity, then restore mean and variance.

    Args:
        p: the part that is dropped.
        noise_shape: the shape of what is drawn, spread over the input; None takes the input's
            size along that axis.

    Source: AlphaDropout(noise_shape=...) of Keras; arXiv 1706.02515.
    """

    low = -1.6732632423543772 * 1.0507009873554805

    def __init__(self, p: float, noise_shape: Sequence[int | None]) -> None:
        """Keep the rate and the shape of the noise."""
        super().__init__(p)
        self.noise_shape = tuple(noise_shape)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, in training with parts of them dropped."""
        if not self.training or self.p == 0:
            return inputs
        sizes = [given or size for given, size in zip(self.noise_shape, inputs.shape, strict=True)]
        kept = torch.rand(sizes, device=inputs.device) >= self.p
        scale = ((1 - self.p) * (1 + self.p * self.low**2)) ** -0.5
        return torch.where(kept, inputs, self.low) * scale - scale * self.low * self.p

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"p={self.p}, noise_shape={self.noise_shape}"
