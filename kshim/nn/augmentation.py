"""Images changed at random while training: flipped, turned, moved, cut, lit.

Every module draws on the CPU, whatever device the images are on, from a generator of its own when
it has a seed and from torch's when not: a seed gives the same images on every machine.

Shapes:
    inputs, output: (batch, channels, rows, columns)
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from kshim.nn.drawing import stream_of
from kshim.nn.resampling import cut, resized, smart_resized
from kshim.nn.warping import rotations, translations, warped, warped_by_pixel, zooms

Limits = tuple[float, float]
BYTES = (0, 255)  # the usual range of images


class Augmentation(nn.Module):
    """Change images at random while training; at rest they pass.

    What becomes of each image is drawn first (`drawn`), then done (`applied`), so that labels and
    masks can follow their images.
    """

    moves = False  # whether what stands in an image stands elsewhere afterwards
    trains_alone = True  # in a model that is called by itself, and not told if it trains

    def __init__(self, seed: int | None = None) -> None:
        """Make the generator, if there is a seed."""
        super().__init__()
        self.seed = seed
        self.generator = stream_of(seed)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the images as floats, in training changed."""
        images = inputs if inputs.is_floating_point() else inputs.float()
        return self.changed(images) if self.training else self.at_rest(images)

    def changed(self, images: Tensor) -> Tensor:
        """Return the changed images."""
        return self.applied(images, self.drawn(images))

    def with_parts(self, parts: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return images with their labels and segmentation_masks, all changed by one chance."""
        images = parts["images"]
        images = images if images.is_floating_point() else images.float()
        if not self.training:
            return parts | {"images": self.at_rest(images)}
        drawn = self.drawn(images)
        steps = {"labels": self.labels, "segmentation_masks": self.masks}
        others = {key: step(parts[key], drawn) for key, step in steps.items() if key in parts}
        return {"images": self.applied(images, drawn), **others}

    def drawn(self, images: Tensor) -> Any:
        """Return what is to become of each image, by chance; None where nothing is drawn."""
        return None

    def applied(self, images: Tensor, drawn: Any) -> Tensor:
        """Return the images, changed as was drawn."""
        raise NotImplementedError

    def masks(self, masks: Tensor, drawn: Any) -> Tensor:
        """Return what becomes of the masks that tell what each pixel shows."""
        return masks

    def labels(self, labels: Tensor, drawn: Any) -> Tensor:
        """Return what becomes of the labels of the images."""
        return labels

    def at_rest(self, images: Tensor) -> Tensor:
        """Return what becomes of the images outside training."""
        return images

    def draw(self, limits: Limits, count: int, images: Tensor) -> Tensor:
        """Return numbers spread evenly between two limits."""
        low, high = limits
        share = torch.rand(count, generator=self.generator)
        return (low + (high - low) * share).to(images)

    def happens(self, chances: Limits, images: Tensor) -> Tensor:
        """Return for each image whether something happens to it, (batch, 1, 1, 1).

        Args:
            chances: limits of the chance, which is drawn for each image first.
        """
        chance = self.draw(chances, len(images), images)
        return (self.draw((0, 1), len(images), images) < chance).reshape(-1, 1, 1, 1)

    def order(self, images: Tensor) -> Tensor:
        """Return the places of the images in an order by chance."""
        return torch.randperm(len(images), generator=self.generator).to(images.device)

    def draw_whole(self, below: int) -> int:
        """Return a whole number from 0 to under `below`."""
        return int(torch.randint(below, (), generator=self.generator))

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        shown = {key: value for key, value in vars(self).items() if not key.startswith("_")}
        hidden = ("training", "generator")
        return ", ".join(f"{key}={value!r}" for key, value in shown.items() if key not in hidden)


class Unchanged(Augmentation):
    """Let images pass, in training too."""

    def applied(self, images: Tensor, drawn: Any = None) -> Tensor:
        """Return the images."""
        return images


class RandomFlip(Augmentation):
    """Mirror half of the images.

    Args:
        horizontal, vertical: in which directions.
        together: whether one draw decides over both directions.

    Source: RandomFlip of tf.keras 2.15 (apart) and Keras 3 (together).
    """

    moves = True

    def __init__(
        self, horizontal: bool, vertical: bool, seed: int | None = None, together: bool = False
    ) -> None:
        """Keep the directions."""
        super().__init__(seed)
        self.horizontal, self.vertical, self.together = horizontal, vertical, together

    def drawn(self, images: Tensor) -> list[Tensor]:
        """Return which images are mirrored, for each direction."""
        directions = self.horizontal + self.vertical
        if self.together:
            return [self._flips(images)] * directions
        return [self._flips(images) for _ in range(directions)]

    def applied(self, images: Tensor, drawn: list[Tensor]) -> Tensor:
        """Return the images, some mirrored."""
        asked = [axis for axis, it in ((-1, self.horizontal), (-2, self.vertical)) if it]
        for axis, flips in zip(asked, drawn, strict=True):
            images = torch.where(flips, images.flip(axis), images)
        return images

    def masks(self, masks: Tensor, drawn: list[Tensor]) -> Tensor:
        """Return the masks, mirrored with their images."""
        return self.applied(masks, drawn)

    def _flips(self, images: Tensor) -> Tensor:
        return self.draw((0, 1), len(images), images).reshape(-1, 1, 1, 1) < 0.5


class Warp(Augmentation):
    """Show each image through a transform of its own.

    Args:
        fill_mode, fill_value: what shows beyond the edges, as `warped` takes them.
        interpolation: nearest or bilinear.
        by_pixel: which side of an edge counts for each neighbouring pixel by itself (Keras 3), or
            for the place between them.
    """

    moves = True

    def __init__(
        self,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        by_pixel: bool = False,
    ) -> None:
        """Keep how to fill."""
        super().__init__(seed)
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value
        self.by_pixel = by_pixel

    def drawn(self, images: Tensor) -> Tensor:
        """Return one transform for each image."""
        return self.transforms(images, *images.shape[-2:])

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return the images, each seen through its transform."""
        return self._seen(images, drawn, self.interpolation)

    def masks(self, masks: Tensor, drawn: Tensor) -> Tensor:
        """Return the masks, each seen through its image's transform, no values mixed."""
        return self._seen(masks, drawn, "nearest")

    def _seen(self, images: Tensor, transforms: Tensor, interpolation: str) -> Tensor:
        see = warped_by_pixel if self.by_pixel else warped
        return see(images, transforms, self.fill_mode, interpolation, self.fill_value)

    def transforms(self, images: Tensor, rows: int, columns: int) -> Tensor:
        """Return one transform for each image."""
        raise NotImplementedError


class RandomRotation(Warp):
    """Turn images about their middle.

    Args:
        factor: limits of the angle, in whole turns, counterclockwise.

    Source: RandomRotation of tf.keras 2.15.
    """

    def __init__(self, factor: Limits, **filling: object) -> None:
        """Keep the limits."""
        super().__init__(**filling)  # type: ignore[arg-type]
        self.factor = factor

    def transforms(self, images: Tensor, rows: int, columns: int) -> Tensor:
        """Return one transform for each image."""
        angles = self.draw(self.factor, len(images), images) * 2 * math.pi
        return rotations(angles, rows, columns)


class RandomZoom(Warp):
    """Show more (a positive factor) or less of images.

    Args:
        height, width: limits of what is added to 1; one draw for both where width is None.

    Source: RandomZoom of tf.keras 2.15.
    """

    def __init__(self, height: Limits, width: Limits | None = None, **filling: object) -> None:
        """Keep the limits."""
        super().__init__(**filling)  # type: ignore[arg-type]
        self.height, self.width = height, width

    def transforms(self, images: Tensor, rows: int, columns: int) -> Tensor:
        """Return one transform for each image."""
        height = 1 + self.draw(self.height, len(images), images)
        if self.width is None:
            return zooms(height, height, rows, columns)
        return zooms(height, 1 + self.draw(self.width, len(images), images), rows, columns)


class RandomTranslation(Warp):
    """Move images.

    Args:
        height, width: limits of the way down and to the right, as shares of the size.

    Source: RandomTranslation of tf.keras 2.15.
    """

    def __init__(self, height: Limits, width: Limits, **filling: object) -> None:
        """Keep the limits."""
        super().__init__(**filling)  # type: ignore[arg-type]
        self.height, self.width = height, width

    def transforms(self, images: Tensor, rows: int, columns: int) -> Tensor:
        """Return one transform for each image."""
        down = self.draw(self.height, len(images), images) * rows
        return translations(down, self.draw(self.width, len(images), images) * columns)


class RandomCrop(Augmentation):
    """Cut one place out of all images of a batch; at rest, and where they are too small, resize.

    Args:
        rests: whether images pass untouched at rest (Keras 3).

    Source: RandomCrop of tf.keras 2.15 and Keras 3.
    """

    moves = True

    def __init__(
        self, height: int, width: int, seed: int | None = None, rests: bool = False
    ) -> None:
        """Keep the size."""
        super().__init__(seed)
        self.height, self.width, self.rests = height, width, rests

    def drawn(self, images: Tensor) -> tuple[int, int] | None:
        """Return the top row and the left column; None where the images are too small."""
        spare = images.shape[-2] - self.height, images.shape[-1] - self.width
        if min(spare) < 0:
            return None
        return self.draw_whole(spare[0] + 1), self.draw_whole(spare[1] + 1)

    def applied(self, images: Tensor, drawn: tuple[int, int] | None) -> Tensor:
        """Return the cut images."""
        if drawn is None:
            return smart_resized(images, self.height, self.width)
        return cut(images, *drawn, self.height, self.width)

    def masks(self, masks: Tensor, drawn: tuple[int, int] | None) -> Tensor:
        """Return the masks, cut with their images."""
        return self.applied(masks, drawn)

    def at_rest(self, images: Tensor) -> Tensor:
        """Return the images, resized without distortion."""
        return images if self.rests else smart_resized(images, self.height, self.width)


class RandomContrast(Augmentation):
    """Spread the values of each channel about their mean, or draw them together.

    Args:
        limits: of the factor.
        value_range: to which values are clipped.
        each: whether each image gets a factor of its own (Keras 3), or a batch one for all.

    Source: RandomContrast of tf.keras 2.15 and Keras 3.
    """

    def __init__(
        self,
        limits: Limits,
        value_range: Limits = (0, 255),
        seed: int | None = None,
        each: bool = False,
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.limits, self.value_range, self.each = limits, value_range, each

    def drawn(self, images: Tensor) -> Tensor:
        """Return the factors."""
        return self.draw(self.limits, len(images) if self.each else 1, images)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return the images with more or less contrast."""
        means = images.mean((-2, -1), keepdim=True)
        return ((images - means) * drawn.reshape(-1, 1, 1, 1) + means).clamp(*self.value_range)


class RandomBrightness(Augmentation):
    """Add one number to all values of an image.

    Args:
        limits: of that number, as a share of the range.
        value_range: to which values are clipped.

    Source: RandomBrightness of tf.keras 2.15.
    """

    def __init__(
        self, limits: Limits, value_range: Limits = (0, 255), seed: int | None = None
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.limits, self.value_range = limits, value_range

    def drawn(self, images: Tensor) -> Tensor:
        """Return what is added to each image."""
        low, high = self.value_range
        return self.draw(self.limits, len(images), images) * (high - low)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return lighter or darker images."""
        return (images + drawn.reshape(-1, 1, 1, 1)).clamp(*self.value_range)


class RandomSize(Augmentation):
    """Stretch or press all images of a batch along one axis.

    Args:
        axis: -2 changes the height, -1 the width.
        limits: of what is added to 1.

    Source: RandomHeight and RandomWidth of tf.keras 2.15.
    """

    def __init__(
        self, axis: int, limits: Limits, interpolation: str = "bilinear", seed: int | None = None
    ) -> None:
        """Keep the axis and the limits."""
        super().__init__(seed)
        self.axis, self.limits, self.interpolation = axis, limits, interpolation

    def changed(self, images: Tensor) -> Tensor:
        """Return the images in their new size."""
        sizes = list(images.shape[-2:])
        factor = 1 + float(self.draw(self.limits, 1, images))
        sizes[self.axis] = int(factor * sizes[self.axis])
        return resized(images, sizes[0], sizes[1], self.interpolation)
