"""Images blurred or sharpened at random while training.

Shapes:
    inputs, output: (batch, channels, rows, columns)
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from kshim.nn.augmentation import BYTES, Augmentation, Limits


def bell(size: int, sigma: Tensor) -> Tensor:
    """Return the weights of a normal distribution at `size` places, which sum to 1."""
    places = torch.arange(size, device=sigma.device, dtype=sigma.dtype) - (size - 1) / 2
    heights = torch.exp(-0.5 * (places / sigma) ** 2)
    return heights / heights.sum()


def smoothed(images: Tensor, kernel: Tensor) -> Tensor:
    """Return images whose pixels are the weighted sum of those around them, 0 beyond the edge.

    Shapes:
        kernel: (rows, columns), both odd
    """
    channels = images.shape[1]
    weights = kernel.to(images).expand(channels, 1, *kernel.shape)
    return F.conv2d(images, weights, padding="same", groups=channels)


def gaussian_blurred(images: Tensor, size: int, sigmas: Tensor) -> Tensor:
    """Return images blurred by a square window of `size`, with a deviation across and one down."""
    across, down = (bell(size, sigma) for sigma in sigmas)
    return smoothed(images, torch.outer(down, across))


class RandomGaussianBlur(Augmentation):
    """Blur some images.

    Args:
        factor: limits of the chance of it.
        kernel_size: of the window, odd.
        sigma: limits of the deviations, in pixels, drawn for all images of a batch.
        value_range: to which values are clipped.

    Source: RandomGaussianBlur of Keras 3.15.
    """

    def __init__(
        self,
        factor: Limits = (0, 1),
        kernel_size: int = 3,
        sigma: Limits = (0, 1),
        value_range: Limits = BYTES,
        seed: int | None = None,
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.kernel_size, self.sigma = factor, kernel_size, sigma
        self.value_range = value_range

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return which images are blurred, and the deviations across and down."""
        happens = self.happens(self.factor, images)
        return happens, self.draw(self.sigma, 2, images) + 1e-6

    def applied(self, images: Tensor, drawn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the images, some blurred."""
        happens, sigmas = drawn
        blurred = gaussian_blurred(images, self.kernel_size, sigmas)
        return torch.where(happens, blurred, images).clamp(*self.value_range)


class RandomSharpness(Augmentation):
    """Blur or sharpen images.

    Args:
        factor: limits of how sharp: 0 is blurred, 0.5 as they were, 1 sharpened.
        value_range: to which values are clipped.

    Source: RandomSharpness of Keras 3.15.
    """

    def __init__(
        self, factor: Limits, value_range: Limits = BYTES, seed: int | None = None
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.value_range = factor, value_range

    def drawn(self, images: Tensor) -> Tensor:
        """Return how sharp each image becomes."""
        return self.draw(self.factor, len(images), images)

    def applied(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Return blurred or sharpened images."""
        kernel = torch.full((3, 3), 1 / 13)
        kernel[1, 1] = 5 / 13
        blurred = (1 - 2 * drawn).reshape(-1, 1, 1, 1) * (smoothed(images, kernel) - images)
        return (images + blurred).clamp(*self.value_range)
