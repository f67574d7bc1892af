"""Layers that blur or sharpen images at random while training; at rest images pass."""

from __future__ import annotations

from typing import Any

from torch import nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, is_several, optional, whole_number
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.random_images import RandomLayer, chance, value_range
from kshim.nn import blurring
from kshim.nn.augmentation import Limits


def window(value: Any) -> int:
    """Take an odd whole number of at least 1, or two alike."""
    wanted = "an odd whole number or two alike, each at least 1"
    given = tuple(value) if is_several(value) else (value, value)
    try:
        sizes = {whole_number(1)(item) for item in given}
    except ArgumentError:
        sizes = set()
    if len(given) != 2 or len(sizes) != 1 or not all(size % 2 for size in sizes):
        raise ArgumentError("value", wanted, value)
    return sizes.pop()


@LAYERS.register()
class RandomGaussianBlur(RandomLayer):
    """Blur some images.

    Args:
        factor: the highest chance of it, or its limits; the chance is drawn for each image.
        kernel_size: of the window, an odd number of pixels.
        sigma: the greatest deviation, from 0 to 1 pixels, or the limits.
        value_range: to which values are clipped.

        >>> RandomGaussianBlur()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_gaussian_blur.py.
    """

    factor: Limits = arg(chance, 1.0)
    kernel_size: int = arg(window, 3)
    sigma: Limits = arg(chance, 1.0)
    value_range: Limits = arg(value_range, (0, 255))
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return blurring.RandomGaussianBlur(
            self.factor, self.kernel_size, self.sigma, self.value_range, self.seed
        )


@LAYERS.register()
class RandomSharpness(RandomLayer):
    """Blur or sharpen images.

    Args:
        factor: 0 is blurred, 0.5 as they were, 1 sharpened: the highest, or the limits.
        value_range: to which values are clipped.

        >>> RandomSharpness(factor=0.8)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_sharpness.py.
    """

    factor: Limits = arg(chance)
    value_range: Limits = arg(value_range, (0, 255))
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return blurring.RandomSharpness(self.factor, self.value_range, self.seed)
