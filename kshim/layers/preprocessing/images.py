"""Layers that bring images into the form a model wants: scaled, resized, cut."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kshim.core.arguments import arg
from kshim.core.axes import LAST_BEFORE_KERAS_3, channels, spatial, with_sizes
from kshim.core.checks import (
    data_format,
    is_several,
    number,
    one_of,
    several,
    true_or_false,
    whole_number,
)
from kshim.core.eras import rule
from kshim.core.shapes import Shape
from kshim.errors import ArgumentError, ShapeError, UnexpectedArgument
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import with_channels_first
from kshim.layers.preprocessing.data import DataLayer
from kshim.layers.spec import InputSpec
from kshim.nn.resampling import CenterCrop as Crop
from kshim.nn.resampling import Resize, SmoothResize

INTERPOLATIONS = (
    "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic",
)  # fmt: skip


def number_or_numbers(value: Any) -> Any:
    """Take a number, or one for each channel."""
    if not is_several(value):
        return number()(value)
    kept = several(number(), "a number, or one for each channel")(value)
    if not kept:
        raise ArgumentError("value", "a number, or one for each channel", value)
    return [float(item) for item in kept]


class ImageLayer(DataLayer):
    """Let a torch module change images; one image without a batch, too, is taken by itself.

    Shapes (channels_last):
        x, y: (batch, rows, columns, channels)
    """

    input_spec = InputSpec(min_ndim=3, max_ndim=4)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        self.images = self.module()

    def module(self) -> nn.Module:
        """Return the torch module, which takes the channels behind the batch."""
        raise NotImplementedError

    def call(self, inputs: Tensor) -> Tensor:
        """Return the changed images."""
        if inputs.dim() == 3:
            return torch.squeeze(self.call(torch.unsqueeze(inputs, 0)), 0)
        return with_channels_first(self.images, inputs, self.data_format, 2)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return self.shape_with(input_shape, {})

    def shape_with(self, input_shape: Shape, sizes: dict[int, int | None]) -> Shape:
        """Return a shape with other sizes on some of the axes rows (0) and columns (1)."""
        if len(input_shape) == 3:
            return self.shape_with((None, *input_shape), sizes)[1:]
        old = spatial(input_shape, self.data_format)
        new = [sizes.get(axis, size) for axis, size in enumerate(old)]
        count = channels(input_shape, self.data_format)
        return with_sizes(input_shape[0], new, count, self.data_format)


@LAYERS.register()
class Rescaling(Layer):
    """Multiply with one number and add another.

        y = x * scale + offset

    Shapes:
        x, y: (batch, ..., channels)

    Args:
        scale, offset: numbers, or one for each channel.

        >>> Rescaling(scale=0.5)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    scale: Any = arg(number_or_numbers)
    offset: Any = arg(number_or_numbers, 0.0)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the scaled inputs, as floats."""
        return inputs * self._factor(self.scale) + self._factor(self.offset)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape, its channels as many as the numbers."""
        counts = {len(value) for value in (self.scale, self.offset) if isinstance(value, list)}
        channels = input_shape[-1] if input_shape else 1
        if channels not in (None, *counts) and counts - {1}:
            raise ShapeError(
                f"{self.who}: inputs must have {max(counts)} channels, as many as scale and "
                f"offset have numbers, got shape {tuple(input_shape)}."
            )
        return input_shape

    def _factor(self, value: Any) -> Any:
        return torch.tensor(value, dtype=self.torch_dtype) if isinstance(value, list) else value


@LAYERS.register()
class Resizing(ImageLayer):
    """Resize images.

    Args:
        interpolation: bilinear, nearest, bicubic, area, lanczos3, lanczos5, gaussian or
            mitchellcubic.
        crop_to_aspect_ratio: cut the longer side off at both ends, instead of distorting.
        pad_to_aspect_ratio: put `fill_value` around the shorter side instead (Keras 3).
        antialias: average over all that one new pixel stands for (Keras 3).

        >>> Resizing(height=3, width=2)(Input((5, 6, 4))).shape
        (None, 3, 2, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py; Keras 3.
    """

    height: int = arg(whole_number(at_least=1))
    width: int = arg(whole_number(at_least=1))
    interpolation: str = arg(one_of(*INTERPOLATIONS), "bilinear")
    crop_to_aspect_ratio: bool = arg(true_or_false, False)
    pad_to_aspect_ratio: bool = arg(true_or_false, False, since="3")
    fill_mode: str = arg(one_of("constant"), "constant", since="3")
    fill_value: float = arg(number(), 0.0, since="3")
    antialias: bool = arg(true_or_false, False, since="3")
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments."""
        super().__init__(*args, **kwargs)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise UnexpectedArgument(
                f"{self.who}: crop_to_aspect_ratio and pad_to_aspect_ratio must not both be set."
            )

    def module(self) -> nn.Module:
        """Return the torch module."""
        aspect = "crop" if self.crop_to_aspect_ratio else "stretch"
        aspect = "pad" if self.pad_to_aspect_ratio else aspect
        words = (self.height, self.width, self.interpolation, aspect, self.fill_value)
        known = self.interpolation in ("nearest", "bilinear", "bicubic")
        if known and (self.antialias or rule("resizing_is_torchs", self.era)):
            return SmoothResize(*words, antialias=self.antialias)
        return Resize(*words)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with the new sizes."""
        return self.shape_with(input_shape, {0: self.height, 1: self.width})


@LAYERS.register()
class CenterCrop(ImageLayer):
    """Cut the middle out of images; smaller ones are enlarged first.

        >>> CenterCrop(height=3, width=2)(Input((5, 6, 4))).shape
        (None, 3, 2, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    height: int = arg(whole_number(at_least=1))
    width: int = arg(whole_number(at_least=1))
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        return Crop(self.height, self.width)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with the new sizes."""
        return self.shape_with(input_shape, {0: self.height, 1: self.width})
