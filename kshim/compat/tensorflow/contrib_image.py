"""tf.contrib.image: pictures turned, moved and bent by projective transforms.

A transform is eight numbers (a, b, c, d, e, f, g, h): the pixel at column x and row y shows what
stood at column (a x + b y + c) / k and row (d x + e y + f) / k, where k = g x + h y + 1. What would
lie outside is nought.

Source: TensorFlow 1.14 contrib/image/python/ops/image_ops.py.
"""

from __future__ import annotations

from typing import Any

import torch

from kshim.compat.tensorflow.arrays import as_tensor, sizes
from kshim.compat.tensorflow.operations import take_symbols
from kshim.errors import ArgumentError, ShapeError
from kshim.nn import warping

NUMBERS = 8

__all__ = [
    "angles_to_projective_transforms", "compose_transforms", "flat_transforms_to_matrices",
    "matrices_to_flat_transforms", "rotate", "transform", "translate",
    "translations_to_projective_transforms",
]  # fmt: skip


def rotate(
    images: Any, angles: Any, interpolation: str = "NEAREST", name: Any = None
) -> torch.Tensor:
    """Return pictures turned counterclockwise about their middle.

    Shapes:
        images: (batch, rows, columns, channels), (rows, columns, channels) or (rows, columns)

    Args:
        angles: in radians, one for all or one for each picture.
    """
    held = as_tensor(images)
    first = 0 if len(held.shape) < 4 else 1
    rows, columns = held.shape[first], held.shape[first + 1]
    return transform(held, angles_to_projective_transforms(angles, rows, columns), interpolation)


def translate(
    images: Any, translations: Any, interpolation: str = "NEAREST", name: Any = None
) -> torch.Tensor:
    """Return pictures moved by [right, down] in pixels, all alike or each by its own."""
    moved = translations_to_projective_transforms(translations)
    return transform(images, moved, interpolation)


def angles_to_projective_transforms(
    angles: Any, image_height: Any, image_width: Any, name: Any = None
) -> torch.Tensor:
    """Return the transforms that turn pictures of a size about their middle.

    Shapes:
        angles: () or (batch,); what is returned: (batch, 8)
    """
    turned = warping.rotations(as_tensor(angles).reshape(-1), image_height, image_width)
    return _with_noughts(turned)


def translations_to_projective_transforms(translations: Any, name: Any = None) -> torch.Tensor:
    """Return the transforms that move pictures by [right, down] in pixels."""
    right, down = as_tensor(translations).reshape(-1, 2).unbind(1)
    return _with_noughts(warping.translations(down, right))


def transform(
    images: Any, transforms: Any, interpolation: str = "NEAREST", output_shape: Any = None,
    name: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return pictures as transforms show them.

    Shapes:
        images: (batch, rows, columns, channels), (rows, columns, channels) or (rows, columns)
        transforms: (8,) for all pictures, or (batch, 8)

    Args:
        interpolation: NEAREST or BILINEAR.
        output_shape: rows and columns of what is returned; those of the pictures when left out.

    Raises:
        ArgumentError: for another interpolation.
        ShapeError: for transforms that are not of eight numbers.
    """
    if interpolation.upper() not in ("NEAREST", "BILINEAR"):
        raise ArgumentError("interpolation", "NEAREST or BILINEAR", interpolation,
                            who="tf.contrib.image.transform")  # fmt: skip
    held, numbers = as_tensor(images), as_tensor(transforms)
    if len(numbers.shape) not in (1, 2) or numbers.shape[-1] != NUMBERS:
        raise ShapeError(
            "tf.contrib.image.transform: transforms must have shape (8,) or (batch, 8), got "
            f"{tuple(numbers.shape)}."
        )
    rank = len(held.shape)
    batch = {2: held[None, :, :, None], 3: held[None], 4: held}[rank] if rank < 4 else held
    numbers = numbers.reshape(-1, NUMBERS).float().expand(batch.shape[0], NUMBERS)
    size = None if output_shape is None else _rows_and_columns(output_shape)
    moved = batch.permute(0, 3, 1, 2)
    kept = moved if moved.is_floating_point() else moved.float()
    made = warping.warped(kept, numbers, "constant", interpolation.lower(), size=size)
    whole = made.permute(0, 2, 3, 1).to(held.dtype)
    return {2: whole[0, :, :, 0], 3: whole[0]}[rank] if rank < 4 else whole


def compose_transforms(*transforms: Any) -> torch.Tensor:
    """Return the transforms that do what several do one after another.

    Raises:
        ArgumentError: when none is given.
    """
    if not transforms:
        raise ArgumentError("transforms", "at least one", 0, who="compose_transforms")
    whole = flat_transforms_to_matrices(transforms[0])
    for one in transforms[1:]:
        whole = torch.matmul(whole, flat_transforms_to_matrices(one))
    return matrices_to_flat_transforms(whole)


def flat_transforms_to_matrices(transforms: Any) -> torch.Tensor:
    """Return transforms of eight numbers as matrices of 3 by 3, whose last number is 1."""
    flat = as_tensor(transforms).reshape(-1, NUMBERS)
    return torch.cat([flat, torch.ones_like(flat[:, :1])], 1).reshape(-1, 3, 3)


def matrices_to_flat_transforms(transform_matrices: Any) -> torch.Tensor:
    """Return matrices of 3 by 3, scaled so that their last number is 1, as eight numbers."""
    flat = as_tensor(transform_matrices).reshape(-1, 9)
    return (flat / flat[:, 8:9])[:, :NUMBERS]


def _rows_and_columns(shape: Any) -> tuple[int, int]:
    rows, columns = (int(one) for one in sizes(shape))
    return rows, columns


def _with_noughts(six: torch.Tensor) -> torch.Tensor:
    return torch.cat([six, torch.zeros_like(six[:, :2])], 1)


take_symbols(globals(), without=())
