"""tf.image of TensorFlow 1: pictures made larger and smaller from their corner, not their middle.

Source: tensorflow 2.15 compat.v1.image, python/ops/image_ops_impl.py resize_images_v1.
"""

from __future__ import annotations

from typing import Any

import torch

from kshim.compat.tensorflow.operations import as_tensor, take_symbols
from kshim.errors import ArgumentError
from kshim.nn import resampling

# TensorFlow 1 numbered the ways.
NUMBERED = dict(enumerate(("bilinear", "nearest", "bicubic", "area")))


def resize_images(
    images: Any, size: Any, method: Any = "bilinear", align_corners: bool = False,
    preserve_aspect_ratio: bool = False, name: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return pictures of another size, as float32 unless cells are only picked.

    Cell i of the result lies at i * old size / new size; at i * (old - 1) / (new - 1) where
    `align_corners`.

    Args:
        size: rows and columns.
        method: bilinear, nearest, bicubic or area, or its number (0 to 3).
        preserve_aspect_ratio: make them no larger than `size`, without bending them.

    Raises:
        ArgumentError: for another method.
    """
    x = as_tensor(images)
    way = NUMBERED.get(method, method)
    if way not in NUMBERED.values():
        wanted = f"one of {', '.join(NUMBERED.values())}, or its number"
        raise ArgumentError("method", wanted, method, who="resize_images")
    rows, columns = fitting(x, size, preserve_aspect_ratio)
    moved = (x if x.dim() == 4 else x[None]).movedim(-1, 1)
    if way == "area":
        made = resampling.resized(moved.float(), rows, columns, way)
    else:
        made = moved if way == "nearest" else moved.float()
        for axis, count in ((-2, rows), (-1, columns)):
            made = _along(made, axis, count, way, align_corners)
    made = made.movedim(1, -1)
    return made if x.dim() == 4 else made[0]


resize = resize_images


def resize_nearest_neighbor(
    images: Any, size: Any, align_corners: bool = False, **options: Any
) -> torch.Tensor:
    """Return pictures of another size, their cells picked."""
    return resize_images(images, size, "nearest", align_corners)


def resize_bilinear(
    images: Any, size: Any, align_corners: bool = False, **options: Any
) -> torch.Tensor:
    """Return pictures of another size, drawn in straight lines between cells."""
    return resize_images(images, size, "bilinear", align_corners)


def fitting(x: torch.Tensor, size: Any, preserve_aspect_ratio: bool) -> tuple[int, int]:
    """Return rows and columns of the result."""
    rows, columns = (int(one) for one in size)
    if not preserve_aspect_ratio:
        return rows, columns
    factor = min(rows / x.shape[-3], columns / x.shape[-2])
    return round(x.shape[-3] * factor), round(x.shape[-2] * factor)


def _along(x: torch.Tensor, axis: int, count: int, way: str, align_corners: bool) -> torch.Tensor:
    """Return pictures with so many cells along an axis."""
    length = x.shape[axis]
    corners = align_corners and count > 1
    step = (length - 1) / (count - 1) if corners else length / count
    places = torch.arange(count, device=x.device) * step
    if way == "nearest":
        picked = (places + 0.5).floor() if corners else places.floor()
        return x.index_select(axis, picked.long().clamp(max=length - 1))
    if way == "bicubic":
        return _cubic(x, axis, places)
    before = places.floor().long().clamp(max=length - 1)
    share = (places - before).to(x.dtype)
    share = share[:, None] if axis == -2 else share
    left = x.index_select(axis, before)
    right = x.index_select(axis, (before + 1).clamp(max=length - 1))
    return left + (right - left) * share


def _cubic(x: torch.Tensor, axis: int, places: torch.Tensor) -> torch.Tensor:
    """Return cells at some places along an axis, by Keys's cubic of -0.75, of 1024 shares."""
    before, length = places.floor(), x.shape[axis]
    share = torch.round((places - before) * _SHARES) / _SHARES
    made = torch.zeros_like(x.index_select(axis, before.long().clamp(max=length - 1)))
    for offset, away in ((-1, 1 + share), (0, share), (1, 1 - share), (2, 2 - share)):
        cells = x.index_select(axis, (before.long() + offset).clamp(0, length - 1))
        weights = (_near(away) if offset in (0, 1) else _far(away)).to(x.dtype)
        made = made + cells * (weights[:, None] if axis == -2 else weights)
    return made


_SHARES, _KEYS = 1024, -0.75


def _near(x: torch.Tensor) -> torch.Tensor:
    return ((_KEYS + 2) * x - (_KEYS + 3)) * x * x + 1


def _far(x: torch.Tensor) -> torch.Tensor:
    return ((_KEYS * x - 5 * _KEYS) * x + 8 * _KEYS) * x - 4 * _KEYS


take_symbols(globals(), without=("fitting",))
