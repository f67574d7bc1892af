"""Several changes of images, drawn or one behind the other, while training.

Shapes:
    inputs, output: (batch, channels, rows, columns)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kshim.nn.augmentation import (
    BYTES,
    Augmentation,
    Limits,
    RandomBrightness,
    RandomContrast,
    RandomRotation,
    RandomTranslation,
)
from kshim.nn.blurring import RandomSharpness
from kshim.nn.colors import (
    RandomColorDegeneration,
    RandomHue,
    RandomPosterization,
    RandomSaturation,
    Solarization,
)
from kshim.nn.distortion import RandomShear
from kshim.nn.drawing import shares, weights_of_two
from kshim.nn.histograms import AutoContrast, Equalization


class Several(Augmentation):
    """Hold several changes, which draw from one stream."""

    def hold(self, *changes: Augmentation) -> None:
        """Take changes in."""
        for change in changes:
            change.generator = self.generator
        self.changes = nn.ModuleList(changes)


class RandomColorJitter(Several):
    """Change brightness, contrast, saturation and hue, one behind the other.

    Args:
        value_range: of the images.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: the limits that the
            change of each takes; None to leave it.

    Source: RandomColorJitter of Keras 3.15.
    """

    def __init__(
        self,
        value_range: Limits = BYTES,
        brightness_factor: Limits | None = None,
        contrast_factor: Limits | None = None,
        saturation_factor: Limits | None = None,
        hue_factor: Limits | None = None,
        seed: int | None = None,
    ) -> None:
        """Make the changes that are asked for."""
        super().__init__(seed)
        self.value_range = value_range
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        made: list[Augmentation] = []
        if brightness_factor is not None:
            made.append(RandomBrightness(brightness_factor, value_range))
        if contrast_factor is not None:
            made.append(RandomContrast(contrast_factor, value_range, each=True))
        if saturation_factor is not None:
            made.append(RandomSaturation(saturation_factor, value_range))
        if hue_factor is not None:
            made.append(RandomHue(hue_factor, value_range))
        self.hold(*made)

    def applied(self, images: Tensor, drawn: None = None) -> Tensor:
        """Return images of other colors."""
        for change in self.changes:
            images = change.changed(images)  # type: ignore[operator]
        return images


class Policy(Several):
    """Draw from a list of changes, all as strong.

    Args:
        value_range: of the images.
        factor: limits of the strength, from 0 to 1.
        interpolation: nearest or bilinear.
        colors: whether brightness, color, contrast and sharpness are among the changes.
    """

    moves = True

    def __init__(
        self,
        value_range: Limits = BYTES,
        factor: Limits = (0, 0.5),
        interpolation: str = "bilinear",
        seed: int | None = None,
        colors: bool = True,
    ) -> None:
        """Make the changes."""
        super().__init__(seed)
        self.value_range, self.factor = value_range, factor
        self.interpolation, self.colors = interpolation, colors
        seen: dict[str, Any] = {"interpolation": interpolation, "by_pixel": True}
        low, high = factor
        of_color: list[Augmentation] = [
            RandomBrightness(factor, value_range),
            RandomColorDegeneration(factor, value_range),
            RandomContrast((1 - low, 1 + high), value_range, each=True),
            RandomSharpness(factor, value_range),
        ]
        bits = max(1, int(8 * high))
        self.hold(
            RandomShear(factor, factor, **seen),
            RandomTranslation(factor, factor, **seen),
            RandomRotation(factor, **seen),
            *(of_color if colors else ()),
            RandomPosterization((1, bits), value_range),
            Solarization(factor, factor, value_range),
            AutoContrast(value_range),
            Equalization(value_range),
        )

    def pick(self, images: Tensor, count: int, none: bool = False) -> list[tuple[int, Any]]:
        """Return the places of changes, by chance, and what each drew; some none, if asked."""
        places = [self.draw_whole(len(self.changes) + none) for _ in range(count)]
        return [(it, self.change(it).drawn(images)) for it in places if it < len(self.changes)]

    def change(self, place: int) -> Augmentation:
        """Return the change at a place of the list."""
        found: Any = self.changes[place]
        return found  # type: ignore[no-any-return]


class RandAugment(Policy):
    """Make a few changes, drawn for each batch.

    Args:
        num_ops: how many.

    Source: RandAugment of Keras 3.15; arXiv 1909.13719.
    """

    def __init__(self, num_ops: int = 2, **strength: Any) -> None:
        """Keep how many."""
        super().__init__(**strength)
        self.num_ops = num_ops

    def drawn(self, images: Tensor) -> list[tuple[int, Any]]:
        """Return the changes; one that comes twice is the same both times."""
        picked = self.pick(images, self.num_ops)
        first = dict(reversed(picked))
        return [(place, first[place]) for place, _ in picked]

    def applied(self, images: Tensor, drawn: list[tuple[int, Any]]) -> Tensor:
        """Return the changed images."""
        for place, what in drawn:
            images = self.change(place).applied(images, what)
        return images

    def masks(self, masks: Tensor, drawn: list[tuple[int, Any]]) -> Tensor:
        """Return the masks, moved with their images."""
        for place, what in drawn:
            masks = self.change(place).masks(masks, what)
        return masks


class AugMix(Policy):
    """Mix images with several chains of changes of them, drawn for each batch.

    Args:
        num_chains: how many chains are mixed.
        chain_depth: how many changes a chain has at most.
        alpha: how evenly chains and images are mixed, as of a Dirichlet distribution.

    Source: AugMix of Keras 3.15; arXiv 1912.02781.
    """

    def __init__(
        self, num_chains: int = 3, chain_depth: int = 3, alpha: float = 1.0, **strength: Any
    ) -> None:
        """Keep how many."""
        super().__init__(**strength)
        self.num_chains, self.chain_depth, self.alpha = num_chains, chain_depth, alpha

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor, list[list[tuple[int, Any]]]]:
        """Return the share of each chain, that of the images, and the changes of each chain."""
        parts = shares(torch.full((self.num_chains,), float(self.alpha)), self.generator)
        kept = weights_of_two(self.alpha, 1, self.generator)
        chains = [self.pick(images, self.chain_depth, none=True) for _ in range(self.num_chains)]
        return parts.to(images), kept.to(images), chains

    def applied(self, images: Tensor, drawn: Any) -> Tensor:
        """Return the mixed images."""
        made = self._mixed(images, drawn, lambda place, it, what: place.applied(it, what))
        return made.clamp(*self.value_range)

    def masks(self, masks: Tensor, drawn: Any) -> Tensor:
        """Return the masks, moved and mixed with their images."""
        return self._mixed(masks, drawn, lambda place, it, what: place.masks(it, what))

    def _mixed(self, images: Tensor, drawn: Any, step: Any) -> Tensor:
        parts, kept, chains = drawn
        total = torch.zeros_like(images)
        for share, chain in zip(parts, chains, strict=True):
            changed = images
            for place, what in chain:
                changed = step(self.change(place), changed, what)
            total = total + share * changed
        return kept * images + (1 - kept) * total
