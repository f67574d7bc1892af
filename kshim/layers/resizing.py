"""Enlarging images and sequences by whole factors."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from kshim.core.arguments import arg
from kshim.core.axes import channels, spatial, with_sizes
from kshim.core.checks import data_format, numbers, one_of
from kshim.core.eras import rule
from kshim.core.shapes import Shape, need_rank
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import with_channels_first
from kshim.layers.spec import InputSpec
from kshim.nn.resize import CornerLinear, Enlarged

_WAYS = (
    "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic",
)  # fmt: skip


class UpSampling(Layer):
    """Make more cells out of each cell.

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *sizes times factors, channels)

    Source: Keras 2.2.4 layers/convolutional.py.
    """

    rank: int

    size: tuple[int, ...] = arg(numbers(1), 2)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        need_rank(self.who, input_shape, self.rank + 2)
        self.upsample = self.module()

    def module(self) -> nn.Module:
        """Return the torch module."""
        return nn.Upsample(scale_factor=self.size, mode="nearest")

    def call(self, inputs: Tensor) -> Tensor:
        """Return the enlarged inputs."""
        return with_channels_first(self.upsample, inputs, self._format(), self.rank)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with each axis so many times as long."""
        form = self._format()
        lengths = [
            None if length is None else length * factor
            for length, factor in zip(spatial(input_shape, form), self.size, strict=True)
        ]
        return with_sizes(input_shape[0], lengths, channels(input_shape, form), form)

    def _format(self) -> str:
        return getattr(self, "data_format", "channels_last")


@LAYERS.register()
class UpSampling1D(UpSampling):
    """Repeat each step of (batch, steps, channels) `size` times.

    >>> UpSampling1D()(Input((5, 4))).shape
    (None, 10, 4)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)

    size: tuple[int, ...] = arg(numbers(1), 2, was="length")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        return super().get_config() | {"size": self.size[0]}


@LAYERS.register()
class UpSampling2D(UpSampling):
    """Enlarge the rows and columns of (batch, rows, columns, channels).

    Args:
        size: one factor, or those of rows and columns.
        interpolation: nearest repeats cells, bilinear draws straight lines between them; from
            tf.keras on also bicubic, area, lanczos3, lanczos5, gaussian and mitchellcubic.

        >>> UpSampling2D()(Input((5, 6, 4))).shape
        (None, 10, 12, 4)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)

    size: tuple[int, ...] = arg(numbers(2), 2)
    data_format: str = arg(data_format, None, was="dim_ordering")
    interpolation: str = arg(one_of(*_WAYS), "nearest", since="2.2")

    def module(self) -> nn.Module:
        """Return the torch module."""
        way = self.interpolation
        if way == "nearest":
            return super().module()
        if way == "bilinear" and not rule("bilinear_has_half_pixels"):
            return CornerLinear(self.size)
        if way == "bilinear" or (way == "bicubic" and rule("resizing_is_torchs")):
            return nn.Upsample(scale_factor=self.size, mode=way)
        return Enlarged(self.size, way)


@LAYERS.register()
class UpSampling3D(UpSampling):
    """Repeat each cell of (batch, depth, rows, columns, channels).

    >>> UpSampling3D()(Input((5, 6, 7, 4))).shape
    (None, 10, 12, 14, 4)
    """

    rank = 3
    input_spec = InputSpec(ndim=5)

    size: tuple[int, ...] = arg(numbers(3), 2)
    data_format: str = arg(data_format, None, was="dim_ordering")
