"""Images sheared, tilted and made to ripple at random while training.

Shapes:
    inputs, output: (batch, channels, rows, columns)
"""

from __future__ import annotations

import torch
from torch import Tensor

from kshim.nn.augmentation import BYTES, Augmentation, Limits, Warp
from kshim.nn.blurring import gaussian_blurred
from kshim.nn.warping import seen_at, shears


class RandomShear(Warp):
    """Slant images, both ways as often.

    Args:
        x_factor: limits of how much further right each row is looked for.
        y_factor: the same down for each column.

    Source: RandomShear of Keras 3.15.
    """

    def __init__(
        self, x_factor: Limits = (0, 0), y_factor: Limits = (0, 0), **filling: object
    ) -> None:
        """Keep the limits."""
        super().__init__(**filling)  # type: ignore[arg-type]
        self.x_factor, self.y_factor = x_factor, y_factor

    def transforms(self, images: Tensor, rows: int, columns: int) -> Tensor:
        """Return one transform for each image."""
        count = len(images)
        way = torch.where(self.draw((0, 1), count, images) > 0.5, -1.0, 1.0).to(images)
        down = self.draw(self.y_factor, count, images)
        return shears(self.draw(self.x_factor, count, images) * way, down * way)


class RandomPerspective(Augmentation):
    """Tilt some images: each corner moves by a share of its place.

    Args:
        factor: limits of the chance of it.
        scale: twice the greatest share.
        interpolation: nearest or bilinear.
        fill_value: what shows beyond the edges.

    Source: RandomPerspective of Keras 3.15.
    """

    moves = True

    def __init__(
        self,
        factor: Limits = (0, 1),
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.scale = factor, scale
        self.interpolation, self.fill_value = interpolation, fill_value

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return which images are tilted, the corners (x, y), and where they go."""
        happens = self.happens(self.factor, images)
        right, down = images.shape[-1] - 1, images.shape[-2] - 1
        corners = torch.tensor([[0, 0], [right, 0], [0, down], [right, down]]).to(images)
        half = self.scale / 2
        moved = self.draw((-half, half), len(images) * 8, images).reshape(-1, 4, 2)
        return happens, corners.expand_as(moved), corners * (1 + moved)

    def applied(self, images: Tensor, drawn: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return the images, some tilted."""
        return self._seen(images, drawn, self.interpolation)

    def masks(self, masks: Tensor, drawn: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return the masks, tilted as their images, no values mixed."""
        return self._seen(masks, drawn, "nearest")

    def _seen(
        self, images: Tensor, drawn: tuple[Tensor, Tensor, Tensor], interpolation: str
    ) -> Tensor:
        happens, corners, moved = drawn
        if min(images.shape[-2:]) == 1:
            return images  # a line has no corners to be tilted by
        y, x = perspective_places(corners, moved, *images.shape[-2:])
        tilted = seen_at(images, y, x, "constant", interpolation, self.fill_value)
        return torch.where(happens, tilted, images)


class RandomElasticTransform(Augmentation):
    """Let some images ripple: each pixel is looked for somewhere near, by smooth noise.

    Args:
        factor: limits of the chance of it.
        scale: limits of how strongly.
        interpolation, fill_mode, fill_value: as `seen_at` takes them.
        value_range: to which values are clipped.

    Source: RandomElasticTransform of Keras 3.15.
    """

    moves = True

    def __init__(
        self,
        factor: Limits = (0, 1),
        scale: Limits = (0, 1),
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Limits = BYTES,
        seed: int | None = None,
    ) -> None:
        """Keep the limits."""
        super().__init__(seed)
        self.factor, self.scale, self.value_range = factor, scale, value_range
        self.interpolation, self.fill_mode, self.fill_value = interpolation, fill_mode, fill_value

    def drawn(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
        """Return which images ripple, how strongly, and the noise across and down."""
        if self.scale[1] == 0 or self.factor[1] == 0:
            return None
        happens = self.happens(self.factor, images)
        strength = self.draw(self.scale, 1, images)
        size = (2, len(images), *images.shape[-2:])
        return happens, strength, torch.randn(size, generator=self.generator).to(images)

    def applied(self, images: Tensor, drawn: tuple[Tensor, Tensor, Tensor] | None) -> Tensor:
        """Return the images, some rippled."""
        return self._seen(images, drawn, self.interpolation)

    def masks(self, masks: Tensor, drawn: tuple[Tensor, Tensor, Tensor] | None) -> Tensor:
        """Return the masks, rippled as their images, no values mixed."""
        return self._seen(masks, drawn, "nearest")

    def _seen(
        self, images: Tensor, drawn: tuple[Tensor, Tensor, Tensor] | None, interpolation: str
    ) -> Tensor:
        if drawn is None:
            return images
        happens, strength, noise = drawn
        y, x = rippled_places(noise, float(strength))
        rippled = seen_at(images, y, x, self.fill_mode, interpolation, self.fill_value)
        return torch.where(happens, rippled, images).clamp(*self.value_range)


def perspective_places(
    corners: Tensor, moved: Tensor, rows: int, columns: int
) -> tuple[Tensor, Tensor]:
    """Return the row and the column that each pixel looks at, so that corners show where they go.

    Shapes:
        corners, moved: (batch, 4, 2), each (x, y); the results: (batch, rows, columns)
    """
    a, b, c, d, e, f, g, h = _homography(corners, moved)[:, :, None, None].unbind(1)
    y = torch.arange(rows, device=moved.device, dtype=moved.dtype)[:, None]
    x = torch.arange(columns, device=moved.device, dtype=moved.dtype)
    depth = g * x + h * y + 1
    return (d * x + e * y + f) / depth, (a * x + b * y + c) / depth


def _homography(corners: Tensor, moved: Tensor) -> Tensor:
    """Return the eight numbers of the projection that takes moved corners back, (batch, 8)."""
    x, y = moved.unbind(-1)
    one, nought = torch.ones_like(x), torch.zeros_like(x)
    was_x, was_y = corners.unbind(-1)
    for_x = torch.stack([x, y, one, nought, nought, nought, -was_x * x, -was_x * y], -1)
    for_y = torch.stack([nought, nought, nought, x, y, one, -was_y * x, -was_y * y], -1)
    equations = torch.stack([for_x, for_y], 2).flatten(1, 2)
    return torch.linalg.solve(equations, corners.flatten(1))


def rippled_places(noise: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """Return the row and the column that each pixel looks at, moved by smoothed noise.

    Shapes:
        noise: (2, batch, rows, columns), across and down; the results: (batch, rows, columns)

    Args:
        strength: from 0 to 1; the noise reaches a tenth of the longer side at most, and is
            smoothed over a twentieth of the shorter.
    """
    rows, columns = noise.shape[-2:]
    reach, sigma = max(rows, columns) * 0.1 * strength, min(rows, columns) * 0.05 * strength
    deviation = noise.new_tensor([sigma, sigma])
    size = int(6 * deviation[0]) | 1
    across, down = (
        gaussian_blurred((one * deviation[0]).unsqueeze(1), size, deviation).squeeze(1)
        for one in noise
    )
    y = torch.arange(rows, device=noise.device, dtype=noise.dtype)[:, None]
    x = torch.arange(columns, device=noise.device, dtype=noise.dtype)
    return y + reach * down, x + reach * across
