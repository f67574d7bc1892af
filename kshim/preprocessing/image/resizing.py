"""smart_resize: pictures of another size that are cut rather than bent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kshim.errors import ArgumentError, ShapeError, UnknownName, nearest
from kshim.nn import resampling

INTERPOLATIONS = (
    "area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest",
)  # fmt: skip


def smart_resize(x: Any, size: Sequence[int], interpolation: str = "bilinear") -> Any:
    """Return the largest middle part of pictures that has the shape of `size`, of that size.

    Shapes:
        x: (rows, columns, channels) or with a batch before them; the result: the same, rows
            and columns as in `size`

    Args:
        x: an array or a tensor; the result is the same, float32 unless cells are only picked.
        size: (rows, columns).
        interpolation: one of `INTERPOLATIONS`.

    Raises:
        ArgumentError: when `size` is no pair, or the interpolation is unknown.
        ShapeError: for pictures of other than three or four axes.

    Source: tf.keras 2.15 utils/image_utils.py.
    """
    if len(size) != 2:
        raise ArgumentError("size", "a pair (rows, columns)", size, who="smart_resize")
    way = known_interpolation(interpolation, "smart_resize")
    pictures = torch.as_tensor(x)
    if pictures.dim() not in (3, 4):
        given = tuple(pictures.shape)
        raise ShapeError(f"smart_resize: x must have 3 or 4 axes, got the shape {given}.")
    rows, columns = (int(one) for one in size)
    moved = pictures.movedim(-1, -3)
    batch = moved if moved.dim() == 4 else moved[None]
    kept = batch if way == "nearest" else batch.float()
    made = resampling.smart_resized(kept, rows, columns, way).movedim(-3, -1)
    whole = made if pictures.dim() == 4 else made[0]
    return whole.numpy() if isinstance(x, np.ndarray) else whole


def known_interpolation(word: str, who: str) -> str:
    """Return the word of a way to resize.

    Raises:
        UnknownName: it is none of `INTERPOLATIONS`.
    """
    if word not in INTERPOLATIONS:
        raise UnknownName("interpolation", f"one of {', '.join(INTERPOLATIONS)}", word, who=who,
                          hint=nearest(word, INTERPOLATIONS))  # fmt: skip
    return word
