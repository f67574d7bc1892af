"""Colors of images changed at random while training: grayer, turned, inverted, of fewer shades.

Shapes:
    inputs, output: (batch, channels, rows, columns)
"""

from __future__ import annotations

import torch
from torch import Tensor

from kshim.nn.augmentation import BYTES, Augmentation, Limits

_RED, _GREEN, _BLUE = 0.2989, 0.587, 0.114
_BITS = 8


def ranged(values: Tensor, given: Limits, wanted: Limits) -> Tensor:
    """Return values between two limits as values between two others."""
    if tuple(given) == tuple(wanted):
        return values
    share = (values - given[0]) / (given[1] - given[0])
    return share * (wanted[1] - wanted[0]) + wanted[0]


def grayscale(images: Tensor) -> Tensor:
    """Return the lightness of images of three channels, as one; of one channel they are it."""
    if images.shape[1] == 1:
        return images
    red, green, blue = images.split(1, 1)
    return _RED * red + _GREEN * green + _BLUE * blue


def hue_saturation_value(images: Tensor) -> Tensor:
    """Return red, green and blue as hue (from 0 to 1), saturation and value.

    Source: rgb_to_hsv of Keras 3 on torch.
    """
    images = torch.where(images.abs() < torch.finfo(images.dtype).eps, 0.0, images)
    red, green, blue = images.unbind(1)
    value, spread = images.amax(1), images.amax(1) - images.amin(1)
    colored = spread > 0
    sixth = 1 / (6 * torch.where(colored, spread, 1.0))
    hue = torch.where(value == green, sixth * (blue - red) + 2 / 6, sixth * (red - green) + 4 / 6)
    hue = torch.where(value == red, sixth * (green - blue), hue)
    hue = torch.where(colored, hue, 0.0) + (hue < 0).to(hue.dtype)
    saturation = torch.where(value > 0, spread / torch.where(value > 0, value, 1.0), 0.0)
    return torch.stack([hue, saturation, value], 1)


def red_green_blue(images: Tensor) -> Tensor:
    """Return hue, saturation and value as red, green and blue.

    Source: hsv_to_rgb of Keras 3 on torch.
    """
    hue, saturation, value = images.unbind(1)
    turn = hue.remainder(1.0) * 6
    pure = (
        ((turn - 3).abs() - 1).clamp(0, 1),
        (2 - (turn - 2).abs()).clamp(0, 1),
        (2 - (turn - 4).abs()).clamp(0, 1),
    )
    return torch.stack([value * (1 - saturation + saturation * one) for one in pure], 1)


class RandomGrayscale(Augmentation):
    """Take the color out of some images.

    Args:
        factor: the chance of it.

    Source: RandomGrayscale of Keras 3.15.
    """

    def __init__(self, factor: float = 0.5, seed: int | None = None) -> None:
        """Keep the chance."""
        super().__init__(seed)
        self.factor = factor

    def drawn(self, images: Tensor) -> Tensor:
        """Return which images lose their color."""
        return (self.draw((0, 1), len(images), images) < self.factor).reshape(-1, 1, 1, 1)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return the images, some gray."""
        return torch.where(drawn, grayscale(images), images)


class RandomColorDegeneration(Augmentation):
    """Draw colors nearer to gray, or away from it.

    Args:
        factor: limits of the share of gray.
        value_range: to which values are clipped.

    Source: RandomColorDegeneration of Keras 3.15.
    """

    def __init__(
        self, factor: Limits, value_range: Limits = BYTES, seed: int | None = None
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.value_range = factor, value_range

    def drawn(self, images: Tensor) -> Tensor:
        """Return the share of gray of each image."""
        return self.draw(self.factor, len(images), images)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return images of weaker or stronger colors."""
        gray = drawn.reshape(-1, 1, 1, 1) * (grayscale(images) - images)
        return (images + gray).clamp(*self.value_range)


class RandomSaturation(Augmentation):
    """Make colors weaker or stronger.

        saturation * factor / (1 - factor)

    Args:
        factor: limits; 0.5 changes nothing.
        value_range: to which saturations, which lie between 0 and 1, are clipped.

    Source: RandomSaturation of Keras 3.15.
    """

    def __init__(
        self, factor: Limits, value_range: Limits = BYTES, seed: int | None = None
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.value_range = factor, value_range

    def drawn(self, images: Tensor) -> Tensor:
        """Return what the saturation of each image is multiplied by."""
        factor = self.draw(self.factor, len(images), images)
        return factor / (1 - factor + 1e-7)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return images of weaker or stronger colors."""
        hue, saturation, value = hue_saturation_value(images).unbind(1)
        scaled = (saturation * drawn.reshape(-1, 1, 1)).clamp(*self.value_range)
        return red_green_blue(torch.stack([hue, scaled, value], 1))


class RandomHue(Augmentation):
    """Turn colors about the color wheel, one way or the other.

    Args:
        factor: limits of the way, in halves of the wheel.
        value_range: of the images.

    Source: RandomHue of Keras 3.15.
    """

    def __init__(
        self, factor: Limits, value_range: Limits = BYTES, seed: int | None = None
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.value_range = factor, value_range

    def drawn(self, images: Tensor) -> Tensor:
        """Return how far the hue of each image turns, in whole wheels."""
        back = self.draw((0, 1), len(images), images) > 0.5
        way = self.draw(self.factor, len(images), images) * 0.5
        return torch.where(back, -way, way)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return images of other colors."""
        shares = ranged(images, self.value_range, (0, 1))
        hue, saturation, value = hue_saturation_value(shares).unbind(1)
        hue = hue + drawn.reshape(-1, 1, 1)
        hue = torch.where(hue > 1, hue - 1, hue)
        hue = torch.where(hue < 0, hue + 1, hue)
        turned = red_green_blue(torch.stack([hue, saturation, value], 1))
        return ranged(turned.clamp(0, 1), (0, 1), self.value_range)


class RandomInvert(Augmentation):
    """Take the values of some images from the highest one.

    Args:
        factor: limits of the chance of it.
        value_range: of the images.

    Source: RandomInvert of Keras 3.15.
    """

    def __init__(
        self, factor: Limits = (0, 1), value_range: Limits = BYTES, seed: int | None = None
    ) -> None:
        """Keep the chance."""
        super().__init__(seed)
        self.factor, self.value_range = factor, value_range

    def drawn(self, images: Tensor) -> Tensor:
        """Return which images are inverted."""
        return self.happens(self.factor, images)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return the images, some inverted."""
        return torch.where(drawn, self.value_range[1] - images, images)


class RandomPosterization(Augmentation):
    """Keep the first bits of each value alone.

    Args:
        factor: how many bits of 8: the fewest, and the number that is not reached any more, or
            the same twice.
        value_range: of the images.

    Source: RandomPosterization of Keras 3.15.
    """

    def __init__(
        self, factor: tuple[int, int], value_range: Limits = BYTES, seed: int | None = None
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.value_range = factor, value_range

    def drawn(self, images: Tensor) -> Tensor:
        """Return how many bits of each image are left out."""
        low, high = self.factor
        kept = torch.randint(low, max(high, low + 1), (len(images),), generator=self.generator)
        return (_BITS - kept).to(images.device)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return images of fewer shades."""
        left_out = drawn.to(torch.uint8).reshape(-1, 1, 1, 1)
        whole = ranged(images, self.value_range, BYTES).to(torch.uint8)
        kept = ((whole >> left_out) << left_out).to(images.dtype)
        return ranged(kept, BYTES, self.value_range)


class Solarization(Augmentation):
    """Add a number to all values, and invert those above a threshold.

    Args:
        addition_factor, threshold_factor: limits of the number and the threshold; of the higher
            limit 1 is the whole range of 255, of the lower one 1 is 1, as Keras has it.
        value_range: of the images.

    Source: Solarization of Keras 3.15.
    """

    def __init__(
        self,
        addition_factor: Limits = (0, 0),
        threshold_factor: Limits = (0, 0),
        value_range: Limits = BYTES,
        seed: int | None = None,
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.addition_factor, self.threshold_factor = addition_factor, threshold_factor
        self.value_range = value_range

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is added to each image, and its threshold."""
        both = (self.addition_factor, self.threshold_factor)
        added, threshold = (
            self.draw((low, high * BYTES[1]), len(images), images).reshape(-1, 1, 1, 1)
            for low, high in both
        )
        return added, threshold

    def applied(self, images: Tensor, drawn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the images, lighter parts inverted."""
        added, threshold = drawn
        lit = (ranged(images, self.value_range, BYTES) + added).clamp(*BYTES)
        inverted = torch.where(lit < threshold, lit, BYTES[1] - lit)
        return ranged(inverted, BYTES, self.value_range)
