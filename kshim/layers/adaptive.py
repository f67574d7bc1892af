"""Adaptive pooling: as many cells come out as are asked for, whatever the size that comes in.

Source: Keras 3.15 layers/pooling, on torch.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from kshim.core.arguments import arg
from kshim.core.axes import channels, with_sizes
from kshim.core.checks import data_format, numbers
from kshim.core.shapes import Shape, need_rank
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import with_channels_first
from kshim.layers.spec import InputSpec


class AdaptivePooling(Layer):
    """Let each channel come down to a number of cells; windows may overlap by a cell.

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *output_size, channels)

    Args:
        output_size: how many cells come out, one number or one for each axis.
    """

    rank: int
    pool_class: Any

    output_size: tuple[int, ...] = arg(numbers(1))
    data_format: str = arg(data_format, None)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        need_rank(self.who, input_shape, self.rank + 2)
        self.pool = self.pool_class(self.output_size)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the pooled inputs."""
        return with_channels_first(self.pool, inputs, self.data_format, self.rank)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, the sizes asked for, and the channels."""
        depth = channels(input_shape, self.data_format)
        return with_sizes(input_shape[0], self.output_size, depth, self.data_format)


class AdaptivePooling1D(AdaptivePooling):
    """Pool the steps of (batch, steps, channels)."""

    rank = 1
    input_spec = InputSpec(ndim=3)


class AdaptivePooling2D(AdaptivePooling):
    """Pool the rows and columns of (batch, rows, columns, channels)."""

    rank = 2
    input_spec = InputSpec(ndim=4)
    output_size: tuple[int, ...] = arg(numbers(2))


class AdaptivePooling3D(AdaptivePooling):
    """Pool the three axes of (batch, depth, rows, columns, channels)."""

    rank = 3
    input_spec = InputSpec(ndim=5)
    output_size: tuple[int, ...] = arg(numbers(3))


@LAYERS.register()
class AdaptiveAveragePooling1D(AdaptivePooling1D):
    """Average the steps of each window.

    >>> AdaptiveAveragePooling1D(output_size=2)(Input((5, 4))).shape
    (None, 2, 4)
    """

    pool_class = nn.AdaptiveAvgPool1d


@LAYERS.register()
class AdaptiveAveragePooling2D(AdaptivePooling2D):
    """Average the cells of each window of rows and columns.

    >>> AdaptiveAveragePooling2D(output_size=2)(Input((5, 6, 4))).shape
    (None, 2, 2, 4)
    """

    pool_class = nn.AdaptiveAvgPool2d


@LAYERS.register()
class AdaptiveAveragePooling3D(AdaptivePooling3D):
    """Average the cells of each window of depth, rows and columns.

    >>> AdaptiveAveragePooling3D(output_size=2)(Input((5, 6, 7, 4))).shape
    (None, 2, 2, 2, 4)
    """

    pool_class = nn.AdaptiveAvgPool3d


@LAYERS.register()
class AdaptiveMaxPooling1D(AdaptivePooling1D):
    """Take the largest step of each window.

    >>> AdaptiveMaxPooling1D(output_size=2)(Input((5, 4))).shape
    (None, 2, 4)
    """

    pool_class = nn.AdaptiveMaxPool1d


@LAYERS.register()
class AdaptiveMaxPooling2D(AdaptivePooling2D):
    """Take the largest cell of each window of rows and columns.

    >>> AdaptiveMaxPooling2D(output_size=2)(Input((5, 6, 4))).shape
    (None, 2, 2, 4)
    """

    pool_class = nn.AdaptiveMaxPool2d


@LAYERS.register()
class AdaptiveMaxPooling3D(AdaptivePooling3D):
    """Take the largest cell of each window of depth, rows and columns.

    >>> AdaptiveMaxPooling3D(output_size=2)(Input((5, 6, 7, 4))).shape
    (None, 2, 2, 2, 4)
    """

    pool_class = nn.AdaptiveMaxPool3d
