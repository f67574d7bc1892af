"""tf.image: pictures made larger, smaller, lighter, turned round.

Pictures are (rows, columns, channels) or (batch, rows, columns, channels), as in Keras.

Source: tensorflow 2.15 python/ops/image_ops_impl.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kshim.compat.tensorflow.arrays import as_tensor, dtype_of
from kshim.compat.tensorflow.old_image import (
    NUMBERED,
    fitting,
    resize_images,
)
from kshim.compat.tensorflow.old_image import resize_bilinear as resize_bilinear
from kshim.compat.tensorflow.old_image import resize_nearest_neighbor as resize_nearest_neighbor
from kshim.compat.tensorflow.operations import take_symbols
from kshim.compat.versions import is_tensorflow_1
from kshim.nn import resampling

LUMA = (0.2989, 0.587, 0.114)


class ResizeMethod:
    """Name the ways to make a picture of another size."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


def resize(
    images: Any, size: Any, method: Any = "bilinear", preserve_aspect_ratio: bool = False,
    antialias: bool = False, name: Any = None, **old: Any,
) -> torch.Tensor:  # fmt: skip
    """Return pictures of another size, as float32 unless cells are only picked.

    Args:
        size: rows and columns.
        method: bilinear, nearest, bicubic, area, lanczos3, lanczos5, gaussian or mitchellcubic.
        preserve_aspect_ratio: make them no larger than `size`, without bending them.
    """
    if is_tensorflow_1():
        return resize_images(images, size, method, **old)
    x = as_tensor(images)
    way = NUMBERED.get(method, method)
    rows, columns = fitting(x, size, preserve_aspect_ratio)
    batch = x if x.dim() == 4 else x[None]
    moved = batch.permute(0, 3, 1, 2)
    kept = moved if way == "nearest" else moved.float()
    made = resampling.resized(kept, rows, columns, way).permute(0, 2, 3, 1)
    return made if x.dim() == 4 else made[0]


def flip_left_right(image: Any) -> torch.Tensor:
    """Return pictures turned round from left to right (flip)."""
    return torch.flip(as_tensor(image), [-2])


def flip_up_down(image: Any) -> torch.Tensor:
    """Return pictures turned round from top to bottom (flip)."""
    return torch.flip(as_tensor(image), [-3])


def rot90(image: Any, k: int = 1, name: Any = None) -> torch.Tensor:
    """Return pictures turned to the left by k right angles (rot90)."""
    return torch.rot90(as_tensor(image), k, (-3, -2))


def transpose(image: Any, name: Any = None) -> torch.Tensor:
    """Return pictures with rows and columns exchanged (transpose)."""
    return torch.transpose(as_tensor(image), -3, -2)


def random_flip_left_right(image: Any, seed: Any = None) -> torch.Tensor:
    """Return a picture, every second time turned round from left to right."""
    return flip_left_right(image) if float(torch.rand(())) < 0.5 else as_tensor(image)


def random_flip_up_down(image: Any, seed: Any = None) -> torch.Tensor:
    """Return a picture, every second time turned round from top to bottom."""
    return flip_up_down(image) if float(torch.rand(())) < 0.5 else as_tensor(image)


def adjust_brightness(image: Any, delta: float) -> torch.Tensor:
    """Return pictures with a number added to every cell."""
    x = as_tensor(image)
    return convert_image_dtype(convert_image_dtype(x, torch.float32) + delta, x.dtype, True)


def adjust_contrast(images: Any, contrast_factor: float) -> torch.Tensor:
    """Return pictures whose cells stand so many times as far from their channel's mean."""
    x = as_tensor(images)
    values = convert_image_dtype(x, torch.float32)
    middle = values.mean((-3, -2), keepdim=True)
    return convert_image_dtype((values - middle) * contrast_factor + middle, x.dtype, True)


def random_brightness(image: Any, max_delta: float, seed: Any = None) -> torch.Tensor:
    """Return pictures made lighter or darker by a random number."""
    return adjust_brightness(image, float(torch.empty(()).uniform_(-max_delta, max_delta)))


def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> torch.Tensor:
    """Return pictures of a random contrast between two factors."""
    return adjust_contrast(image, float(torch.empty(()).uniform_(lower, upper)))


def per_image_standardization(image: Any) -> torch.Tensor:
    """Return pictures of mean 0 and deviation 1, the deviation at least 1 / sqrt(cells)."""
    x = as_tensor(image).float()
    axes = (-3, -2, -1)
    cells = float(np.prod(x.shape[-3:]))
    spread = torch.clamp(x.std(axes, correction=0, keepdim=True), min=cells**-0.5)
    return (x - x.mean(axes, keepdim=True)) / spread


def rgb_to_grayscale(images: Any, name: Any = None) -> torch.Tensor:
    """Return the lightness of coloured pictures, as one channel."""
    x = as_tensor(images)
    values = convert_image_dtype(x, torch.float32)
    light = (values * torch.tensor(LUMA)).sum(-1, keepdim=True)
    return convert_image_dtype(light, x.dtype)


def grayscale_to_rgb(images: Any, name: Any = None) -> torch.Tensor:
    """Return pictures of one channel with three alike."""
    x = as_tensor(images)
    return torch.cat([x, x, x], -1)


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: Any = None
) -> torch.Tensor:
    """Return pictures in another type: floats from 0 to 1, whole numbers up to their largest."""
    x, kind = as_tensor(image), dtype_of(dtype)
    if x.dtype == kind:
        return x
    if x.is_floating_point() and not kind.is_floating_point:
        most = torch.iinfo(kind).max
        scaled = x * (most + 0.5)
        return torch.clamp(scaled, 0, most).to(kind) if saturate else scaled.to(kind)
    if not x.is_floating_point() and kind.is_floating_point:
        return x.to(kind) / torch.iinfo(x.dtype).max
    return x.to(kind)


def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> torch.Tensor:
    """Return a part of pictures."""
    rows = slice(offset_height, offset_height + target_height)
    columns = slice(offset_width, offset_width + target_width)
    return as_tensor(image)[..., rows, columns, :]


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> torch.Tensor:
    """Return pictures in a larger frame of zeros."""
    x = as_tensor(image)
    room = x.new_zeros((*x.shape[:-3], target_height, target_width, x.shape[-1]))
    rows = slice(offset_height, offset_height + x.shape[-3])
    room[..., rows, offset_width : offset_width + x.shape[-2], :] = x
    return room


def central_crop(image: Any, central_fraction: float) -> torch.Tensor:
    """Return the middle of pictures: so large a share of rows and columns."""
    x = as_tensor(image)
    top, left = (int((one - one * central_fraction) / 2) for one in x.shape[-3:-1])
    rows, columns = x.shape[-3] - 2 * top, x.shape[-2] - 2 * left
    return crop_to_bounding_box(x, top, left, rows, columns)


def random_crop(value: Any, size: Any, seed: Any = None, name: Any = None) -> torch.Tensor:
    """Return a part of a size from anywhere in a tensor."""
    x = as_tensor(value)
    starts = [int(torch.randint(whole - part + 1, ())) for whole, part in zip(x.shape, size)]
    return x[tuple(slice(one, one + part) for one, part in zip(starts, size, strict=True))]


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> torch.Tensor:
    """Return pictures of a size, their middle cut out or put in the middle of zeros."""
    x = as_tensor(image)
    high, wide = min(x.shape[-3], target_height), min(x.shape[-2], target_width)
    top, left = (x.shape[-3] - high) // 2, (x.shape[-2] - wide) // 2
    cut = crop_to_bounding_box(x, top, left, high, wide)
    above, before = (target_height - high) // 2, (target_width - wide) // 2
    return pad_to_bounding_box(cut, above, before, target_height, target_width)


resize_image_with_crop_or_pad = resize_with_crop_or_pad


def total_variation(images: Any, name: Any = None) -> torch.Tensor:
    """Return the sum of the differences of neighbouring cells, of each picture."""
    x = as_tensor(images)
    down = (x[..., 1:, :, :] - x[..., :-1, :, :]).abs().sum((-3, -2, -1))
    return down + (x[..., :, 1:, :] - x[..., :, :-1, :]).abs().sum((-3, -2, -1))


def psnr(a: Any, b: Any, max_val: float, name: Any = None) -> torch.Tensor:
    """Return the ratio of the largest value to the mean squared difference, in decibels."""
    error = ((as_tensor(a).float() - as_tensor(b).float()) ** 2).mean((-3, -2, -1))
    return 20 * torch.log10(torch.tensor(float(max_val))) - 10 * torch.log10(error)


def non_max_suppression(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"), name: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return the numbers of the boxes that no better one covers too much, the best first.

    Shapes:
        boxes: (boxes, 4): two opposite corners (y, x, y, x)
    """
    corners, marks = as_tensor(boxes).float(), as_tensor(scores).float()
    kept: list[int] = []
    for number in torch.argsort(marks, descending=True, stable=True).tolist():
        if len(kept) >= int(max_output_size) or marks[number] <= score_threshold:
            break
        if all(_overlap(corners[number], corners[one]) <= iou_threshold for one in kept):
            kept.append(number)
    return torch.tensor(kept, dtype=torch.int32)


def _overlap(one: torch.Tensor, other: torch.Tensor) -> float:
    """Return the share of two boxes that both cover."""
    low = torch.minimum(one[:2], one[2:]), torch.minimum(other[:2], other[2:])
    high = torch.maximum(one[:2], one[2:]), torch.maximum(other[:2], other[2:])
    shared = torch.clamp(torch.minimum(*high) - torch.maximum(*low), min=0).prod()
    areas = [(top - bottom).prod() for top, bottom in zip(high, low, strict=True)]
    return float(shared / (areas[0] + areas[1] - shared)) if min(areas) > 0 else 0.0


take_symbols(globals(), without=("non_max_suppression",))
