"""Layers that erase parts of images, or mix images of a batch, while training."""

from __future__ import annotations

from typing import Any

from torch import nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, is_several, number, optional, several, whole_number
from kshim.core.shapes import Shape
from kshim.errors import ArgumentError, NotSupported
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.random_images import RandomLayer, chance, value_range
from kshim.nn import patching
from kshim.nn.augmentation import Limits


def positive(value: Any) -> float:
    """Take a number above 0."""
    kept: float = number(0)(value)
    if kept == 0:
        raise ArgumentError("value", "a number above 0", value)
    return kept


def filling(value: Any) -> Any:
    """Take a number, or three."""
    wanted = "a number, or one for each of three channels"
    if is_several(value):
        return tuple(several(number(), wanted, 3)(value))
    return number()(value)


class MixingLayer(RandomLayer):
    """Mix images of a batch with each other, and their labels as much."""

    def boxes(self, boxes: Any) -> Any:
        """Refuse boxes, for half of them would tell of another image.

        Raises:
            NotSupported: always.
        """
        raise NotSupported(
            f"{self.who}: bounding_boxes are not mixed. Leave them out, or mix before boxing."
        )


@LAYERS.register()
class RandomErasing(RandomLayer):
    """Fill a rectangle of some images.

    Args:
        factor: the highest chance of it, or its limits; the chance is drawn for each image.
        scale: limits of the square of the share that the rectangle takes of each side.
        fill_value: a number, or one for each of three channels; None for noise.
        value_range: to which what fills is clipped.

        >>> RandomErasing()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/random_erasing.py.
    """

    factor: Limits = arg(chance, 1.0)
    scale: Limits = arg(chance, (0.02, 0.33))
    fill_value: Any = arg(optional(filling), None)
    value_range: Limits = arg(value_range, (0, 255))
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module; three numbers fill three channels."""
        axis = -1 if self.data_format == "channels_last" else -3
        if isinstance(self.fill_value, tuple) and input_shape[axis] not in (1, 3):
            wanted = f"one number, for inputs of shape {tuple(input_shape)}"
            raise ArgumentError("fill_value", wanted, self.fill_value, who=self.who)
        super().build(input_shape)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return patching.RandomErasing(
            self.factor, self.scale, self.fill_value, self.value_range, self.seed
        )


@LAYERS.register()
class CutMix(MixingLayer):
    """Put a rectangle of another image of the batch into each image.

    Labels in a dict beside the images are mixed by how much of each image shows.

    Args:
        factor: the highest alpha, or its limits: the share that stays follows beta(alpha, alpha).

        >>> CutMix()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/cut_mix.py.
    """

    factor: Limits = arg(chance, 1.0)
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return patching.CutMix(self.factor, self.seed)


@LAYERS.register()
class MixUp(MixingLayer):
    """Mix each image with another one of the batch.

    Labels in a dict beside the images are mixed as much.

    Args:
        alpha: the share that stays follows beta(alpha, alpha).

        >>> MixUp()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/mix_up.py.
    """

    alpha: float = arg(positive, 0.2)
    data_format: str = arg(data_format, None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return patching.MixUp(self.alpha, self.seed)
