"""Layers that shear, tilt and ripple images at random while training; at rest images pass."""

from __future__ import annotations

from torch import nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, number, one_of, optional, whole_number
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.random_images import (
    FILL_MODES,
    RandomLayer,
    WarpLayer,
    chance,
    slant,
    value_range,
)
from kshim.nn import distortion
from kshim.nn.augmentation import Limits

_WAYS = ("nearest", "bilinear")


@LAYERS.register()
class RandomShear(WarpLayer):
    """Slant images, both ways as often.

    Args:
        x_factor: how much further right each row is looked for, from 0 to 1: a number for both
            ways, or the limits.
        y_factor: the same down for each column.
        fill_mode: what lies beyond the edges: reflect, wrap, constant (`fill_value`) or nearest.
        interpolation: nearest or bilinear.

        >>> RandomShear(x_factor=0.3)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_shear.py.
    """

    x_factor: Limits = arg(slant, 0.0)
    y_factor: Limits = arg(slant, 0.0)
    interpolation: str = arg(one_of(*_WAYS), "bilinear")
    fill_mode: str = arg(one_of(*FILL_MODES), "reflect")
    fill_value: float = arg(number(), 0.0)
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return distortion.RandomShear(self.x_factor, self.y_factor, **self.filling())


@LAYERS.register()
class RandomPerspective(RandomLayer):
    """Tilt some images: each corner moves by a share of its place.

    Args:
        factor: the highest chance of it, or its limits; the chance is drawn for each image.
        scale: twice the greatest share, from 0 to 1.
        interpolation: nearest or bilinear.
        fill_value: what shows beyond the edges.

        >>> RandomPerspective(scale=0.3)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_perspective.py.
    """

    factor: Limits = arg(chance, 1.0)
    scale: float = arg(number(0, 1), 1.0)
    interpolation: str = arg(one_of(*_WAYS), "bilinear")
    fill_value: float = arg(number(), 0.0)
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return distortion.RandomPerspective(
            self.factor, self.scale, self.interpolation, self.fill_value, self.seed
        )


@LAYERS.register()
class RandomElasticTransform(RandomLayer):
    """Let some images ripple: each pixel is looked for somewhere near.

    Args:
        factor: the highest chance of it, or its limits; the chance is drawn for each image.
        scale: how strongly at most, from 0 to 1, or the limits.
        interpolation: nearest or bilinear.
        fill_mode: what lies beyond the edges: reflect, mirror, wrap, constant (`fill_value`) or
            nearest.
        value_range: to which values are clipped.

        >>> RandomElasticTransform()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_elastic_transform.py.
    """

    factor: Limits = arg(chance, 1.0)
    scale: Limits = arg(chance, 1.0)
    interpolation: str = arg(one_of(*_WAYS), "bilinear")
    fill_mode: str = arg(one_of(*FILL_MODES, "mirror"), "reflect")
    fill_value: float = arg(number(), 0.0)
    value_range: Limits = arg(value_range, (0, 255))
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return distortion.RandomElasticTransform(
            self.factor, self.scale, self.interpolation, self.fill_mode, self.fill_value,
            self.value_range, self.seed,
        )  # fmt: skip
