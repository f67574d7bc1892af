"""Parts of images erased, cut out of other images, or mixed with them, while training.

Shapes:
    inputs, output: (batch, channels, rows, columns)
"""

from __future__ import annotations

import torch
from torch import Tensor

from kshim.nn.augmentation import BYTES, Augmentation, Limits
from kshim.nn.drawing import weights_of_two


class Patching(Augmentation):
    """Do something to a rectangle of each image."""

    def stretch(self, share: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """Return where a stretch of a share of a length begins, by chance, and where it ends."""
        size = share * length
        start = self.draw((0, 1), len(share), share) * (length - size)
        return start, start + size

    def patch(self, across: Tensor, down: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return which pixels lie in rectangles of such shares, and the share they have of all."""
        rows, columns = images.shape[-2:]
        left, right = self.stretch(across, columns)
        top, bottom = self.stretch(down, rows)
        share = (right - left) * (bottom - top) / (rows * columns)
        y = torch.arange(rows, device=images.device).reshape(-1, 1)
        x = torch.arange(columns, device=images.device)
        left, right, top, bottom = (it.reshape(-1, 1, 1) for it in (left, right, top, bottom))
        inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
        return inside.unsqueeze(1), share


class RandomErasing(Patching):
    """Fill a rectangle of some images.

    Args:
        factor: limits of the chance of it.
        scale: limits of the square of the share that it takes of each side.
        fill_value: a number, or one for each channel; None for noise.
        value_range: to which what fills is clipped; noise is as wide as the highest value.

    Source: RandomErasing of Keras 3.15.
    """

    def __init__(
        self,
        factor: Limits = (0, 1),
        scale: Limits = (0.02, 0.33),
        fill_value: float | tuple[float, ...] | None = None,
        value_range: Limits = BYTES,
        seed: int | None = None,
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.scale = factor, scale
        self.fill_value, self.value_range = fill_value, value_range

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the pixels that are erased, and what fills them."""
        sides = self.draw(self.scale, 2 * len(images), images).sqrt().reshape(-1, 2)
        inside, _ = self.patch(sides[:, 0], sides[:, 1], images)
        happens = self.happens(self.factor, images)
        return inside & happens, self._filling(images).clamp(*self.value_range)

    def applied(self, images: Tensor, drawn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the images, some with a rectangle filled."""
        return torch.where(*drawn, images)

    def _filling(self, images: Tensor) -> Tensor:
        if self.fill_value is None:
            noise = torch.randn(images.shape, generator=self.generator).to(images)
            return noise * self.value_range[1]
        given = torch.as_tensor(self.fill_value, dtype=images.dtype, device=images.device)
        return given.reshape(-1, 1, 1)


class CutMix(Patching):
    """Put a rectangle of another image of the batch into each image; labels are mixed as much.

    Args:
        factor: limits of alpha, drawn for a batch: the share that stays follows beta(alpha,
            alpha).

    Source: CutMix of Keras 3.15; arXiv 1905.04899.
    """

    def __init__(self, factor: Limits = (0, 1), seed: int | None = None) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor = factor

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the order of the others, the pixels taken of them, and the share that stays."""
        alpha = self.draw(self.factor, 1, images).cpu() + 1e-6
        kept = weights_of_two(alpha, len(images), self.generator).to(images)
        side = (1 - kept).sqrt()
        inside, share = self.patch(side, side, images)
        return self.order(images), inside, 1 - share

    def applied(self, images: Tensor, drawn: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return the images with parts of others."""
        order, inside, _ = drawn
        return torch.where(inside, images[order], images)

    def masks(self, masks: Tensor, drawn: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return the masks, cut with their images."""
        return self.applied(masks, drawn)

    def labels(self, labels: Tensor, drawn: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return the labels, mixed by how much of each image shows."""
        order, _, kept = drawn
        return mixed(labels, labels[order], kept)


class MixUp(Augmentation):
    """Mix each image with another one of the batch; labels and masks are mixed as much.

    Args:
        alpha: the share that stays follows beta(alpha, alpha).

    Source: MixUp of Keras 3.15; arXiv 1710.09412. Masks, which Keras flattens, are mixed whole.
    """

    def __init__(self, alpha: float = 0.2, seed: int | None = None) -> None:
        """Keep alpha."""
        super().__init__(seed)
        self.alpha = alpha

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the order of the others, and the share that stays."""
        order = self.order(images)
        return order, weights_of_two(self.alpha, len(images), self.generator).to(images)

    def applied(self, images: Tensor, drawn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the mixed images."""
        order, kept = drawn
        return mixed(images, images[order], kept)

    def masks(self, masks: Tensor, drawn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the masks, mixed as their images."""
        return self.applied(masks, drawn)

    def labels(self, labels: Tensor, drawn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the labels, mixed as their images."""
        return self.applied(labels, drawn)


def mixed(own: Tensor, others: Tensor, kept: Tensor) -> Tensor:
    """Return so much of each sample's own values, and the rest of the other's."""
    share = kept.reshape(-1, *[1] * (own.dim() - 1))
    return share * own + (1 - share) * others
