"""Layers that change the colors of images at random while training; at rest images pass."""

from __future__ import annotations

from typing import Any

from torch import nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, number, optional, whole_number
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.random_images import (
    RandomLayer,
    bits,
    chance,
    contrast,
    contrast_limits,
    share,
    value_range,
)
from kshim.nn import colors
from kshim.nn.augmentation import Limits
from kshim.nn.policies import RandomColorJitter as Jitter


@LAYERS.register()
class RandomGrayscale(RandomLayer):
    """Take the color out of some images.

    Args:
        factor: the chance of it.

        >>> RandomGrayscale()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_grayscale.py.
    """

    channels = (1, 3)

    factor: float = arg(number(0, 1), 0.5)
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return colors.RandomGrayscale(self.factor, self.seed)


@LAYERS.register()
class RandomColorDegeneration(RandomLayer):
    """Draw colors nearer to gray, or away from it.

    Args:
        factor: the share of gray, from -1 to 1: a number for both ways, or the limits.
        value_range: to which values are clipped.

        >>> RandomColorDegeneration(factor=0.5)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_color_degeneration.py.
    """

    channels = (1, 3)

    factor: Limits = arg(share)
    value_range: Limits = arg(value_range, (0, 255))
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return colors.RandomColorDegeneration(self.factor, self.value_range, self.seed)


@LAYERS.register()
class RandomSaturation(RandomLayer):
    """Make colors weaker or stronger.

        saturation * factor / (1 - factor)

    Args:
        factor: 0.5 changes nothing, 0 leaves no color: a number for both ways, or the limits.
        value_range: to which saturations, which lie between 0 and 1, are clipped.

        >>> RandomSaturation(factor=(0.2, 0.7))(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_saturation.py.
    """

    channels = (3,)

    factor: Limits = arg(share)
    value_range: Limits = arg(value_range, (0, 255))
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return colors.RandomSaturation(self.factor, self.value_range, self.seed)


@LAYERS.register()
class RandomHue(RandomLayer):
    """Turn colors about the color wheel, one way or the other.

    Args:
        factor: how far at most, in halves of the wheel, or the limits.
        value_range: of the images.

        >>> RandomHue(factor=0.5)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_hue.py.
    """

    channels = (3,)

    factor: Limits = arg(chance)
    value_range: Limits = arg(value_range, (0, 255))
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return colors.RandomHue(self.factor, self.value_range, self.seed)


@LAYERS.register()
class RandomInvert(RandomLayer):
    """Take the values of some images from the highest one.

    Args:
        factor: the highest chance of it, or its limits; the chance is drawn for each image.
        value_range: of the images.

        >>> RandomInvert()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_invert.py.
    """

    factor: Limits = arg(chance, 1.0)
    value_range: Limits = arg(value_range, (0, 255))
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return colors.RandomInvert(self.factor, self.value_range, self.seed)


@LAYERS.register()
class RandomPosterization(RandomLayer):
    """Keep the first bits of each value alone.

    Args:
        factor: how many bits of 8, below this number, or between two; the same twice, or 1,
            for that many.
        value_range: of the images.

        >>> RandomPosterization(factor=4)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_posterization.py.
    """

    factor: tuple[int, int] = arg(bits)
    value_range: Limits = arg(value_range, (0, 255))
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return colors.RandomPosterization(self.factor, self.value_range, self.seed)


@LAYERS.register()
class Solarization(RandomLayer):
    """Add a number to all values, and invert those above a threshold.

    Args:
        addition_factor, threshold_factor: the highest, as a share of 255, or the limits; of two
            the lower one is a plain number, as Keras has it.
        value_range: of the images.

        >>> Solarization()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/solarization.py.
    """

    addition_factor: Limits = arg(chance, 0.0)
    threshold_factor: Limits = arg(chance, 0.0)
    value_range: Limits = arg(value_range, (0, 255))
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return colors.Solarization(
            self.addition_factor, self.threshold_factor, self.value_range, self.seed
        )


@LAYERS.register()
class RandomColorJitter(RandomLayer):
    """Change brightness, contrast, saturation and hue, one behind the other.

    Unlike Keras, which leaves the setting in force to the four, they follow `data_format`.

    Args:
        brightness_factor, contrast_factor, saturation_factor, hue_factor: as RandomBrightness,
            RandomContrast, RandomSaturation and RandomHue take them; None to leave it.
        value_range: of the images.

        >>> RandomColorJitter(brightness_factor=0.2)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_color_jitter.py.
    """

    value_range: Limits = arg(value_range, (0, 255))
    brightness_factor: Limits | None = arg(optional(share), None)
    contrast_factor: Any = arg(optional(contrast), None)
    saturation_factor: Limits | None = arg(optional(share), None)
    hue_factor: Limits | None = arg(optional(chance), None)
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        rise = self.contrast_factor
        return Jitter(
            self.value_range, self.brightness_factor,
            None if rise is None else contrast_limits(rise, self.era),
            self.saturation_factor, self.hue_factor, self.seed,
        )  # fmt: skip
