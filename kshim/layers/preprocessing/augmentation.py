"""Layers that change images at random while training; at rest images pass."""

from __future__ import annotations

from typing import Any

from torch import nn

from kshim.core.arguments import arg
from kshim.core.axes import LAST_BEFORE_KERAS_3
from kshim.core.checks import data_format, number, one_of, optional, whole_number
from kshim.core.eras import rule
from kshim.core.shapes import Shape
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.images import INTERPOLATIONS
from kshim.layers.preprocessing.random_images import (
    FILL_MODES,
    RandomLayer,
    WarpLayer,
    contrast,
    contrast_limits,
    factor,
    limits_of,
    share,
    value_range,
)
from kshim.nn import augmentation
from kshim.nn.augmentation import Limits

_MODES = {
    "horizontal": (True, False),
    "vertical": (False, True),
    "horizontal_and_vertical": (True, True),
}


@LAYERS.register()
class RandomFlip(RandomLayer):
    """Mirror half of the images.

    Args:
        mode: horizontal (left and right change places), vertical, or horizontal_and_vertical.

        >>> RandomFlip()(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    mode: str = arg(one_of(*_MODES), "horizontal_and_vertical")
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        together = rule("flips_together", self.era)
        return augmentation.RandomFlip(*_MODES[self.mode], seed=self.seed, together=together)


@LAYERS.register()
class RandomRotation(WarpLayer):
    """Turn images about their middle.

    Args:
        factor: how far, in whole turns: a number for both directions, or the limits, positive
            being counterclockwise.

        >>> RandomRotation(factor=0.2)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    factor: Any = arg(factor())
    fill_mode: str = arg(one_of(*FILL_MODES), "reflect")
    interpolation: str = arg(one_of("nearest", "bilinear"), "bilinear")
    seed: int | None = arg(optional(whole_number()), None)
    fill_value: float = arg(number(), 0.0)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        return augmentation.RandomRotation(limits_of(self.factor), **self.filling())


@LAYERS.register()
class RandomTranslation(WarpLayer):
    """Move images.

    Args:
        height_factor: how far down, as a share of the height: a number for both directions, or
            the limits.
        width_factor: the same to the right.

        >>> RandomTranslation(height_factor=0.2, width_factor=0.2)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    height_factor: Any = arg(factor(-1, 1))
    width_factor: Any = arg(factor(-1, 1))
    fill_mode: str = arg(one_of(*FILL_MODES), "reflect")
    interpolation: str = arg(one_of("nearest", "bilinear"), "bilinear")
    seed: int | None = arg(optional(whole_number()), None)
    fill_value: float = arg(number(), 0.0)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        height, width = limits_of(self.height_factor), limits_of(self.width_factor)
        return augmentation.RandomTranslation(height, width, **self.filling())


@LAYERS.register()
class RandomZoom(WarpLayer):
    """Show more or less of images.

    Args:
        height_factor: how much more of the height shows: a number for both directions, or the
            limits, negative zooming in.
        width_factor: the same of the width; as much as of the height when left out.

        >>> RandomZoom(height_factor=0.2)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    height_factor: Any = arg(factor(-1, 1))
    width_factor: Any = arg(optional(factor(-1)), None)
    fill_mode: str = arg(one_of(*FILL_MODES), "reflect")
    interpolation: str = arg(one_of("nearest", "bilinear"), "bilinear")
    seed: int | None = arg(optional(whole_number()), None)
    fill_value: float = arg(number(), 0.0)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        width = None if self.width_factor is None else limits_of(self.width_factor)
        return augmentation.RandomZoom(limits_of(self.height_factor), width, **self.filling())


@LAYERS.register()
class RandomCrop(RandomLayer):
    """Cut one random place out of all images of a batch; at rest they are resized.

        >>> RandomCrop(height=3, width=2)(Input((5, 6, 4))).shape
        (None, 3, 2, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    height: int = arg(whole_number(at_least=1))
    width: int = arg(whole_number(at_least=1))
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        rests = rule("crop_rests", self.era)
        return augmentation.RandomCrop(self.height, self.width, self.seed, rests=rests)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with the new sizes."""
        return self.shape_with(input_shape, {0: self.height, 1: self.width})


@LAYERS.register()
class RandomContrast(RandomLayer):
    """Spread the values of each channel about their mean, or draw them together.

    Args:
        factor: how far the contrast falls and rises: one number from 0 to 1, or two.
        value_range: to which values are clipped (Keras 3).

        >>> RandomContrast(factor=0.2)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py; Keras 3.
    """

    factor: Any = arg(contrast)
    value_range: Limits = arg(value_range, (0, 255), since="3")
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        return augmentation.RandomContrast(
            contrast_limits(self.factor, self.era),
            self.value_range,
            self.seed,
            each=rule("contrast_per_image", self.era),
        )


@LAYERS.register()
class RandomBrightness(RandomLayer):
    """Add one random number to all values of an image.

    Args:
        factor: how much, as a share of the range: a number for both directions, or the limits.
        value_range: to which values are clipped.

        >>> RandomBrightness(factor=0.2)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    factor: Limits = arg(share)
    value_range: Limits = arg(value_range, (0, 255))
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        return augmentation.RandomBrightness(self.factor, self.value_range, self.seed)


class RandomSize(RandomLayer):
    """Stretch or press all images of a batch along one axis.

    Args:
        factor: how much is added to 1: a number for both directions, or the limits.
    """

    axis: int
    data_format = "channels_last"

    factor: Any = arg(factor(-1))
    interpolation: str = arg(one_of(*INTERPOLATIONS), "bilinear")
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return augmentation.RandomSize(
            self.axis - 2, limits_of(self.factor), self.interpolation, self.seed
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with one size unknown."""
        return self.shape_with(input_shape, {self.axis: None})


@LAYERS.register()
class RandomHeight(RandomSize):
    """Change the height of all images of a batch.

        >>> RandomHeight(factor=0.2)(Input((5, 6, 4))).shape
        (None, None, 6, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    axis = 0


@LAYERS.register()
class RandomWidth(RandomSize):
    """Change the width of all images of a batch.

        >>> RandomWidth(factor=0.2)(Input((5, 6, 4))).shape
        (None, 5, None, 4)

    Source: tf.keras 2.15 layers/preprocessing/image_preprocessing.py.
    """

    axis = 1
