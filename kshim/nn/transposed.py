"""Transposed convolutions that give one cell less at the end than torch's padding can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd


class TrimmedConvTranspose(_ConvTransposeNd):
    """Convolve backwards, and cut cells off the end of each axis.

    Args:
        trim: cells to cut off, one number for each axis; the rest as torch's convolution takes.

    Source: padding='same' of Keras on TensorFlow cuts the odd cell off the end.
    """

    def __init__(self, *args: Any, trim: Sequence[int], **options: Any) -> None:
        """Make the weights of the transposed convolution that torch has for this rank."""
        super().__init__(*args, **options)
        self.trim = tuple(trim)

    def forward(self, inputs: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Return the convolution without the cells at the ends."""
        outputs: Tensor = super().forward(inputs, output_size)
        for axis, cells in enumerate(self.trim, start=2):
            outputs = outputs.narrow(axis, 0, outputs.shape[axis] - cells) if cells else outputs
        return outputs

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"{super().extra_repr()}, trim={self.trim}"


class TrimmedConvTranspose1d(TrimmedConvTranspose, nn.ConvTranspose1d):
    """Convolve (batch, channels, steps) backwards."""


class TrimmedConvTranspose2d(TrimmedConvTranspose, nn.ConvTranspose2d):
    """Convolve (batch, channels, rows, columns) backwards."""


class TrimmedConvTranspose3d(TrimmedConvTranspose, nn.ConvTranspose3d):
    """Convolve (batch, channels, depth, rows, columns) backwards."""
