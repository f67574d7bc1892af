"""Enlarging by whole factors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kshim.nn.resampling import resized


class CornerLinear(nn.Module):
    """Enlarge by whole factors, cells standing at the corners of what they become.

        y[n * s + k] = x[n] * (1 - k / s) + x[min(n + 1, last)] * k / s

    Shapes:
        inputs: (batch, channels, *sizes), output: (batch, channels, *sizes times factors)

    Source: bilinear resizing of TensorFlow 1, without half-pixel centres, as Keras 2.2 uses it.
    """

    def __init__(self, factors: Sequence[int]) -> None:
        """Keep one factor for each axis."""
        super().__init__()
        self.factors = tuple(factors)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the enlarged inputs."""
        for axis, factor in enumerate(self.factors, start=2):
            inputs = _enlarged(inputs, axis, factor)
        return inputs

    def extra_repr(self) -> str:
        """Return the constructor's argument."""
        return f"factors={self.factors}"


class Enlarged(nn.Module):
    """Enlarge images by whole factors, by any way of TensorFlow's image.resize.

    Shapes:
        inputs: (batch, channels, rows, columns)
        output: (batch, channels, rows times factor, columns times factor)

    Source: UpSampling2D of tf.keras 2.15.
    """

    def __init__(self, factors: Sequence[int], interpolation: str) -> None:
        """Keep the factors of rows and columns, and the way (see `resampling.Resize`)."""
        super().__init__()
        self.factors, self.interpolation = tuple(factors), interpolation

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the enlarged images."""
        rows, columns = inputs.shape[-2] * self.factors[0], inputs.shape[-1] * self.factors[1]
        return resized(inputs, rows, columns, self.interpolation)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"factors={self.factors}, interpolation={self.interpolation!r}"


def _enlarged(inputs: Tensor, axis: int, factor: int) -> Tensor:
    size = inputs.shape[axis]
    last = inputs.narrow(axis, size - 1, 1)
    following = torch.cat([inputs.narrow(axis, 1, size - 1), last], axis)
    steps = [torch.lerp(inputs, following, step / factor) for step in range(factor)]
    return torch.stack(steps, axis + 1).flatten(axis, axis + 1)
