"""Layers that change images at random while training; at rest images pass."""

from __future__ import annotations

from typing import Any

from torch import nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, is_several, number, one_of, optional, whole_number
from kshim.core.eras import rule
from kshim.core.settings import learning_phase
from kshim.core.shapes import Shape
from kshim.core.tracing import collected_losses
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.images import FORMAT, INTERPOLATIONS, ImageLayer
from kshim.nn import augmentation
from kshim.nn.augmentation import Limits

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
_MODES = {
    "horizontal": (True, False),
    "vertical": (False, True),
    "horizontal_and_vertical": (True, True),
}


def factor(at_least: float | None = None, at_most: float | None = None) -> Any:
    """Take a number, which stands for both directions, or the limits (lowest, highest)."""
    one = number(at_least, at_most)

    def check(value: Any) -> Any:
        if not is_several(value):
            kept = one(value)
            one(-kept)
            return kept
        low, high = (one(item) for item in _two(value))
        if high < low:
            raise ArgumentError("value", "a number or (lowest, highest)", value)
        return low, high

    return check


def limits_of(value: Any) -> Limits:
    """Return the limits that a factor stands for."""
    return value if isinstance(value, tuple) else (-abs(value), abs(value))


def limits(value: Any) -> Limits:
    """Take two numbers, in any order."""
    low, high = sorted(number()(item) for item in _two(value))
    return low, high


def value_range(value: Any) -> Limits:
    """Take the lowest and the highest value, in any order."""
    low, high = limits(value)
    if low == high:
        raise ArgumentError("value", "two numbers that differ", value)
    return low, high


def share(value: Any) -> Limits:
    """Take a number between -1 and 1, or two; return the limits."""
    bounded = number(-1, 1)
    if not is_several(value):
        return limits_of(bounded(value))
    return limits(tuple(bounded(item) for item in _two(value)))


def contrast(value: Any) -> Any:
    """Take a number from 0 to 1, or two: how far the contrast falls and rises."""
    if not is_several(value):
        return number(0, 1)(value)
    down, up = _two(value)
    return number(0, 1)(down), number(0)(up)


class RandomLayer(ImageLayer):
    """Change images at random while training.

    Called by itself, outside any model, the layer trains unless told otherwise.
    """

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on tensors, arrays or lists."""
        alone = collected_losses() is None and learning_phase() is None
        if alone and kwargs.get("training") is None:
            kwargs["training"] = True
        return super().forward(*args, **kwargs)


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
    data_format: str = arg(data_format, FORMAT, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        together = rule("flips_together", self.era)
        return augmentation.RandomFlip(*_MODES[self.mode], seed=self.seed, together=together)


class WarpLayer(RandomLayer):
    """Show each image through a random transform.

    Args:
        fill_mode: what lies beyond the edges: reflect, wrap, constant (`fill_value`) or nearest.
        interpolation: nearest or bilinear.
    """

    fill_mode: str
    interpolation: str
    seed: int | None
    fill_value: float

    def filling(self) -> dict[str, Any]:
        """Return the arguments that all warps have."""
        return {
            "fill_mode": self.fill_mode,
            "interpolation": self.interpolation,
            "fill_value": self.fill_value,
            "seed": self.seed,
        }


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
    data_format: str = arg(data_format, FORMAT, since="3")

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
    data_format: str = arg(data_format, FORMAT, since="3")

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
    data_format: str = arg(data_format, FORMAT, since="3")

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
    data_format: str = arg(data_format, FORMAT, since="3")

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
    data_format: str = arg(data_format, FORMAT, since="3")

    def module(self) -> nn.Module:
        """Return the torch module."""
        alone = self.factor if rule("contrast_falls", self.era) else 0
        down, up = self.factor if isinstance(self.factor, tuple) else (alone, self.factor)
        return augmentation.RandomContrast(
            (1 - down, 1 + up),
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
    data_format: str = arg(data_format, FORMAT, since="3")

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


def _two(value: Any) -> tuple[Any, Any]:
    """Take two items.

    Raises:
        ArgumentError: when there are more, or fewer.
    """
    items = tuple(value) if is_several(value) else ()
    if len(items) != 2:
        raise ArgumentError("value", "a number or two", value)
    return items
