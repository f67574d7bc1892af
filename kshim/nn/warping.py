"""Warping images: turned, moved, stretched by a matrix, with a rule for what lies outside."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def warped(
    images: Tensor,
    transforms: Tensor,
    fill_mode: str = "reflect",
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
    size: tuple[int, int] | None = None,
) -> Tensor:
    """Return images whose pixel (x, y) shows what stood at (a x + b y + c, d x + e y + f).

    Shapes:
        images: (batch, channels, rows, columns), transforms: (batch, 6), each (a, b, c, d, e, f);
        or (batch, 8), whose last two, g and h, divide places by g x + h y + 1

    Args:
        size: rows and columns of what is returned; those of the images when left out.
        fill_mode: what lies outside: reflect (the image mirrored at its edges), wrap (the image
            again), nearest (the edge) or constant (`fill_value`).
        interpolation: nearest or bilinear.

    Source: ImageProjectiveTransformV3 of TensorFlow 2.15.
    """
    rows, columns = images.shape[-2:]
    y, x = _places(transforms, *(size or (rows, columns)))
    y, x = _FILLS[fill_mode](y, rows), _FILLS[fill_mode](x, columns)
    if interpolation == "nearest":
        return _read(images, _rounded(y), _rounded(x), fill_value)
    top, left = y.floor(), x.floor()
    down, right = (y - top).unsqueeze(1), (x - left).unsqueeze(1)
    upper, lower = (
        torch.lerp(
            _read(images, row, left, fill_value), _read(images, row, left + 1, fill_value), right
        )
        for row in (top, top + 1)
    )
    return torch.lerp(upper, lower, down)


def warped_by_pixel(
    images: Tensor,
    transforms: Tensor,
    fill_mode: str = "reflect",
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
) -> Tensor:
    """Return images as `warped` does, each neighbouring pixel looked for by itself at an edge.

    Source: affine_transform of Keras 3 on torch.
    """
    y, x = _places(transforms, *images.shape[-2:])
    return seen_at(images, y, x, fill_mode, interpolation, fill_value)


def seen_at(
    images: Tensor, y: Tensor, x: Tensor, fill_mode: str, interpolation: str, fill_value: float
) -> Tensor:
    """Return what images show at rows y and columns x.

    Shapes:
        images: (batch, channels, rows, columns), y, x: (batch, rows, columns)

    Args:
        fill_mode: where a pixel outside is looked for: reflect (the image mirrored at its edges),
            mirror (at the middle of its edge pixels), wrap, nearest, or constant (`fill_value`).
        interpolation: nearest or bilinear.

    Source: map_coordinates of Keras 3 on torch.
    """
    rows, columns = images.shape[-2:]
    fold = _FOLDS[fill_mode]

    def pixels(row: Tensor, column: Tensor) -> Tensor:
        return _read(images, fold(row, rows), fold(column, columns), fill_value)

    if interpolation == "nearest":
        return pixels(y.round(), x.round())
    top, left = y.floor(), x.floor()
    down, right = (y - top).unsqueeze(1), (x - left).unsqueeze(1)
    upper = (1 - right) * pixels(top, left) + right * pixels(top, left + 1)
    lower = (1 - right) * pixels(top + 1, left) + right * pixels(top + 1, left + 1)
    return (1 - down) * upper + down * lower


def rotations(angles: Tensor, rows: int, columns: int) -> Tensor:
    """Return the transforms that turn images about their middle, counterclockwise.

    Args:
        angles: in radians, one for each image.
    """
    cos, sin = torch.cos(angles), torch.sin(angles)
    right, down = columns - 1, rows - 1
    x_shift = (right - (cos * right - sin * down)) / 2
    y_shift = (down - (sin * right + cos * down)) / 2
    return torch.stack([cos, -sin, x_shift, sin, cos, y_shift], 1)


def zooms(height: Tensor, width: Tensor, rows: int, columns: int) -> Tensor:
    """Return the transforms that show so many times as much height and width."""
    nought = torch.zeros_like(height)
    x_shift = (columns - 1) / 2 * (1 - width)
    y_shift = (rows - 1) / 2 * (1 - height)
    return torch.stack([width, nought, x_shift, nought, height, y_shift], 1)


def shears(right: Tensor, down: Tensor) -> Tensor:
    """Return the transforms that look so much further right a row, and down a column."""
    nought, one = torch.zeros_like(right), torch.ones_like(right)
    return torch.stack([one, right, nought, down, one, nought], 1)


def translations(down: Tensor, right: Tensor) -> Tensor:
    """Return the transforms that move images by so many pixels."""
    nought, one = torch.zeros_like(down), torch.ones_like(down)
    return torch.stack([one, nought, -right, nought, one, -down], 1)


def _places(transforms: Tensor, rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """Return the row and the column that each pixel looks at: two of (batch, rows, columns)."""
    a, b, c, d, e, f, *more = transforms[:, :, None, None].unbind(1)
    y = torch.arange(rows, device=transforms.device, dtype=transforms.dtype)[:, None]
    x = torch.arange(columns, device=transforms.device, dtype=transforms.dtype)
    if not more:
        return d * x + e * y + f, a * x + b * y + c
    depth = more[0] * x + more[1] * y + 1
    return (d * x + e * y + f) / depth, (a * x + b * y + c) / depth


def _read(images: Tensor, y: Tensor, x: Tensor, fill_value: float) -> Tensor:
    """Return the pixels at whole places, and `fill_value` where there is none."""
    batch, channels, rows, columns = images.shape
    inside = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
    flat = y.clamp(0, rows - 1).long() * columns + x.clamp(0, columns - 1).long()
    index = flat.reshape(batch, 1, -1).expand(-1, channels, -1)
    found = images.reshape(batch, channels, -1).gather(2, index)
    made = found.reshape(batch, channels, *y.shape[-2:])
    return torch.where(inside.unsqueeze(1), made, fill_value)


def _rounded(place: Tensor) -> Tensor:
    """Return the nearest whole place, halves away from zero."""
    return torch.trunc(place + 0.5 * torch.sign(place))


def _as_it_is(place: Tensor, size: int) -> Tensor:
    return place


def _at_the_edge(place: Tensor, size: int) -> Tensor:
    return place.clamp(0, size - 1)


def _mirrored(place: Tensor, size: int) -> Tensor:
    """Return where a place lies when the image is mirrored at its edges, edges shown twice."""
    if size == 1:
        return torch.zeros_like(place)
    round_trip = 2 * size
    low = place + round_trip * torch.trunc(-place / round_trip)
    low = torch.where(low < -size, low + round_trip, -low - 1)
    high = place - round_trip * torch.trunc(place / round_trip)
    high = torch.where(high >= size, round_trip - high - 1, high)
    folded = torch.where(place < 0, low, torch.where(place > size - 1, high, place))
    return folded.clamp(0, size - 1)


def _repeated(place: Tensor, size: int) -> Tensor:
    """Return where a place lies when the image stands beside itself."""
    if size == 1:
        return torch.zeros_like(place)
    low = place + size * (torch.trunc(-place / (size - 1)) + 1)
    high = place - size * torch.trunc(place / (size - 1))
    folded = torch.where(place < 0, low, torch.where(place > size - 1, high, place))
    return folded.clamp(0, size - 1)


def _mirrored_pixel(place: Tensor, size: int) -> Tensor:
    """Return where a pixel lies when the image is mirrored at its edges, edges shown twice."""
    folded = place.remainder(2 * size)
    return torch.minimum(folded, 2 * size - 1 - folded)


def _mirrored_inside(place: Tensor, size: int) -> Tensor:
    """Return where a pixel lies when the image is mirrored at its edge pixels, shown once."""
    if size == 1:
        return torch.zeros_like(place)
    folded = place.remainder(2 * size - 2)
    return torch.minimum(folded, 2 * size - 2 - folded)


_FILLS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "constant": _as_it_is,
    "nearest": _at_the_edge,
    "reflect": _mirrored,
    "wrap": _repeated,
}
_FOLDS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "constant": _as_it_is,
    "nearest": _at_the_edge,
    "reflect": _mirrored_pixel,
    "mirror": _mirrored_inside,
    "wrap": torch.remainder,
}
