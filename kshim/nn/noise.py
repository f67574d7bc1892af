"""Noise while training: added, multiplied with, or in the place of what is dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kshim.nn.drawing import keeping, normal, stream_of


class GaussianNoise(nn.Module):
    """Add normal noise with mean 0 while training.

    Source: GaussianNoise of Keras.
    """

    def __init__(self, stddev: float, seed: int | None = None) -> None:
        """Keep the noise's deviation, and make the stream that begins at the seed."""
        super().__init__()
        self.stddev = stddev
        self.seed, self.stream = seed, stream_of(seed)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, in training with noise added."""
        if not self.training:
            return inputs
        return inputs + normal(inputs, self.stream) * self.stddev

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"stddev={self.stddev}, seed={self.seed}"


class GaussianDropout(nn.Module):
    """Multiply with normal noise of mean 1 and deviation sqrt(p / (1 - p)) while training.

    Source: GaussianDropout of Keras.
    """

    def __init__(self, p: float, seed: int | None = None) -> None:
        """Keep the rate of the dropout whose deviation the noise has, and make the stream."""
        super().__init__()
        self.p = p
        self.seed, self.stream = seed, stream_of(seed)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, in training times the noise."""
        if not self.training or self.p == 0:
            return inputs
        return inputs * (1 + normal(inputs, self.stream) * math.sqrt(self.p / (1 - self.p)))

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"p={self.p}, seed={self.seed}"


class SharedAlphaDropout(nn.AlphaDropout):
    """Drop to the value selu has at minus infinity, then restore mean and variance.

    Args:
        p: the part that is dropped.
        noise_shape: the shape of what is drawn, spread over the input; None takes the input's,
            or its size along that axis.
        seed: where a stream of the module's own begins; None draws from torch's.

    Source: AlphaDropout(noise_shape=...) of Keras; arXiv 1706.02515.
    """

    low = -1.6732632423543772 * 1.0507009873554805

    def __init__(
        self, p: float, noise_shape: Sequence[int | None] | None = None, seed: int | None = None
    ) -> None:
        """Keep the rate and the shape of the noise, and make the stream."""
        super().__init__(p)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed, self.stream = seed, stream_of(seed)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, in training with parts of them dropped."""
        if not self.training or self.p == 0:
            return inputs
        shape = self.noise_shape or (None,) * inputs.dim()
        sizes = [given or size for given, size in zip(shape, inputs.shape, strict=True)]
        stays = keeping(inputs.new_ones(sizes), self.p, self.stream) > 0
        scale = ((1 - self.p) * (1 + self.p * self.low**2)) ** -0.5
        return torch.where(stays, inputs, self.low) * scale - scale * self.low * self.p

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"p={self.p}, noise_shape={self.noise_shape}, seed={self.seed}"
