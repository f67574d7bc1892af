"""Contrast of images set by how often each value occurs in them; nothing of it is left to chance.

Shapes:
    inputs, output: (batch, channels, rows, columns)
"""

from __future__ import annotations

import torch
from torch import Tensor

from kshim.nn.augmentation import BYTES, Augmentation, Limits
from kshim.nn.colors import ranged

_LEVELS = 256


class AutoContrast(Augmentation):
    """Stretch the values of each channel over the whole range, at rest too.

    Args:
        value_range: of the images.
        axes: along which the lowest and the highest value are sought.

    Source: AutoContrast of Keras 3.15.
    """

    def __init__(self, value_range: Limits = BYTES, axes: tuple[int, ...] = (2, 3)) -> None:
        """Keep the range."""
        super().__init__()
        self.value_range, self.axes = value_range, axes

    def applied(self, images: Tensor, drawn: None = None) -> Tensor:
        """Return the images, stretched; those of one value pass."""
        values = ranged(images, self.value_range, BYTES)
        low, high = values.amin(self.axes, keepdim=True), values.amax(self.axes, keepdim=True)
        scale = 255 / (high - low)
        stretched = (values * scale - low * scale).clamp(*BYTES)
        wide = ranged(stretched, BYTES, self.value_range)
        return torch.where(wide.isnan(), images, wide)

    def at_rest(self, images: Tensor) -> Tensor:
        """Return the images, stretched."""
        return self.applied(images)


class Equalization(Augmentation):
    """Let all values of a channel occur about as often while training, over the whole batch.

    Args:
        value_range: of the images.
        bins: how many values are told apart.

    Source: Equalization of Keras 3.15.
    """

    def __init__(self, value_range: Limits = BYTES, bins: int = _LEVELS) -> None:
        """Keep the range."""
        super().__init__()
        self.value_range, self.bins = value_range, bins

    def applied(self, images: Tensor, drawn: None = None) -> Tensor:
        """Return the images, each channel spread."""
        low, high = self.value_range
        scale = 255 / (high - low)
        values = images * scale - low * scale
        spread = torch.stack([self._spread(one) for one in values.unbind(1)], 1)
        return spread * ((high - low) / 255) + low

    def _spread(self, values: Tensor) -> Tensor:
        """Return the values of one channel, from 0 to 255, spread over that range."""
        last = self.bins - 1
        places = (values * last / 255).to(torch.int64).clamp(0, last)
        counts = torch.bincount(places.flatten(), minlength=self.bins)
        if int((counts > 0).sum()) <= 1:
            return values
        below = counts.cumsum(0)
        first = below[below > 0][0]
        table = ((below - first) * 255 / (below[-1] - first).clamp_min(1)).round().clamp(*BYTES)
        index = (values / 255 * last).clamp(0, last).to(torch.int64)
        return table.to(values.dtype)[index]


class ContrastLimitedEqualization(Augmentation):
    """Let all values occur about as often around each place, no value's share being raised much.

    The image is cut into tiles, each with a table of its own, and a pixel mixes the tables of the
    tiles around it. At rest as in training.

    Args:
        value_range: of the images.
        clip_limit: how many times as often as on average a value may count; what is above is
            spread over all values. 0 for no limit.
        tile_grid_size: how many tiles there are down and across.

    Source: ContrastLimitedAdaptiveHistogramEqualization of Keras 3.15.
    """

    def __init__(
        self,
        value_range: Limits = BYTES,
        clip_limit: float = 4.0,
        tile_grid_size: tuple[int, int] = (8, 8),
    ) -> None:
        """Keep the range and the tiles."""
        super().__init__()
        self.value_range, self.clip_limit = value_range, clip_limit
        self.tile_grid_size = tile_grid_size

    def applied(self, images: Tensor, drawn: None = None) -> Tensor:
        """Return the images with more contrast in each part."""
        rows, columns = images.shape[-2:]
        down, across = self.tile_grid_size
        height, width = -(-rows // down), -(-columns // across)
        values = ranged(images, self.value_range, BYTES)
        whole = values.clamp(*BYTES).to(torch.int64)
        y = _mirrored_on(down * height, rows, images.device)
        x = _mirrored_on(across * width, columns, images.device)
        tables = self._tables(whole[:, :, y][:, :, :, x], height, width).to(images.dtype)
        mixed = _mixed(tables, whole, height, width)
        return ranged(mixed, BYTES, self.value_range)

    def at_rest(self, images: Tensor) -> Tensor:
        """Return the images with more contrast in each part."""
        return self.applied(images)

    def _tables(self, whole: Tensor, height: int, width: int) -> Tensor:
        """Return what stands for each value in each tile: (batch, channels, down, across, 256)."""
        down, across = self.tile_grid_size
        tiles = whole.unflatten(3, (across, width)).unflatten(2, (down, height))
        flat = tiles.transpose(3, 4).flatten(-2)
        counts = torch.zeros((*flat.shape[:-1], _LEVELS), device=flat.device)
        counts = counts.scatter_add(-1, flat, torch.ones_like(flat, dtype=counts.dtype))
        area = height * width
        if self.clip_limit > 0:
            # Keras on torch counts in whole numbers, and takes a whole number for the limit.
            kept = counts.clamp_max(int(self.clip_limit * area / _LEVELS))
            counts = kept + (counts - kept).sum(-1, keepdim=True) / _LEVELS
        below = counts.cumsum(-1)
        first = below[..., :1]
        others = area - first
        rest = torch.where(others == 0, 1.0, others)
        return ((below - first) * 255 / rest).clamp(*BYTES)


def _mirrored_on(size: int, length: int, device: torch.device) -> Tensor:
    """Return which of `length` places stands at each of `size`, mirrored beyond the last."""
    place = torch.arange(size, device=device) % (2 * length)
    return torch.minimum(place, 2 * length - 1 - place)


def _mixed(tables: Tensor, whole: Tensor, height: int, width: int) -> Tensor:
    """Return what the four tables around each pixel say of it, the nearer ones more."""
    top, lower, down = _between(whole.shape[-2], height, tables.shape[2], whole.device)
    left, righter, right = _between(whole.shape[-1], width, tables.shape[3], whole.device)
    down = down.unsqueeze(-1)

    def said(rows: Tensor, columns: Tensor) -> Tensor:
        tile = rows.unsqueeze(-1) * tables.shape[3] + columns
        return tables.flatten(2).gather(2, (tile * _LEVELS + whole).flatten(2)).view(whole.shape)

    upper = said(top, left) * (1 - right) + said(top, righter) * right
    under = said(lower, left) * (1 - right) + said(lower, righter) * right
    return upper * (1 - down) + under * down


def _between(
    length: int, tile: int, count: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the tiles before and behind each place, and the share of the second."""
    place = (torch.arange(length, device=device, dtype=torch.float32) - tile / 2) / tile + 1
    before = place.floor()
    first, second = (one.clamp(0, count - 1).long() for one in (before - 1, before))
    return first, second, place - before
