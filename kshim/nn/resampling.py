"""Resizing images to any size, by every way of TensorFlow's image.resize.

Each way but nearest is linear along each axis: a matrix says how much of each cell of the old axis
enters each cell of the new one, so that an image is resized by two products of matrices.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SMALL = 1000 * torch.finfo(torch.float32).tiny
_TABLE = 1024  # bicubic: distances are rounded to so many parts of a cell


class Resize(nn.Module):
    """Resize images.

    Shapes:
        inputs: (..., rows, columns), output: (..., height, width)

    Args:
        interpolation: nearest, bilinear, bicubic, area, lanczos3, lanczos5, gaussian or
            mitchellcubic.
        aspect: what becomes of another aspect ratio: "stretch", "crop" the longer side at both
            ends, or "pad" the shorter one with `fill_value`.

    Source: tf.image.resize and keras.utils.image_utils.smart_resize of TensorFlow 2.15.
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        aspect: str = "stretch",
        fill_value: float = 0.0,
    ) -> None:
        """Keep the size and the way to it."""
        super().__init__()
        self.height, self.width, self.interpolation = height, width, interpolation
        self.aspect, self.fill_value = aspect, fill_value

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the resized images."""
        if self.aspect == "crop":
            inputs = cropped_to_aspect_ratio(inputs, self.height, self.width)
        elif self.aspect == "pad":
            inputs = padded_to_aspect_ratio(inputs, self.height, self.width, self.fill_value)
        return self.resized(inputs)

    def resized(self, inputs: Tensor) -> Tensor:
        """Return the images in the new size, whatever their aspect ratio was."""
        return resized(inputs, self.height, self.width, self.interpolation)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return (
            f"{self.height}, {self.width}, interpolation={self.interpolation!r}, "
            f"aspect={self.aspect!r}, fill_value={self.fill_value}"
        )


class SmoothResize(Resize):
    """Resize images by torch's own interpolation: nearest, bilinear or bicubic.

    Args:
        antialias: whether to average over all the pixels that one new pixel stands for.

    Source: Resizing of Keras 3 on torch.
    """

    def __init__(self, *args: Any, antialias: bool = False, **kwargs: Any) -> None:
        """Keep the size and the way to it."""
        super().__init__(*args, **kwargs)
        self.antialias = antialias and self.interpolation != "nearest"

    def resized(self, inputs: Tensor) -> Tensor:
        """Return the images in the new size, whatever their aspect ratio was."""
        mode = "nearest-exact" if self.interpolation == "nearest" else self.interpolation
        size = (self.height, self.width)
        values = inputs if inputs.is_floating_point() else inputs.float()
        return F.interpolate(values, size, mode=mode, antialias=self.antialias)


class CenterCrop(nn.Module):
    """Cut the middle out of images; smaller ones are enlarged, cut to the wanted aspect ratio.

    Shapes:
        inputs: (..., rows, columns), output: (..., height, width)

    Source: CenterCrop of tf.keras 2.15.
    """

    def __init__(self, height: int, width: int) -> None:
        """Keep the size."""
        super().__init__()
        self.height, self.width = height, width

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the middles."""
        spare = inputs.shape[-2] - self.height, inputs.shape[-1] - self.width
        if min(spare) < 0:
            return smart_resized(inputs, self.height, self.width)
        return cut(inputs, spare[0] // 2, spare[1] // 2, self.height, self.width)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"{self.height}, {self.width}"


def resized(inputs: Tensor, height: int, width: int, interpolation: str) -> Tensor:
    """Return images of another size; nearest keeps whole numbers."""
    if interpolation == "nearest":
        rows = _nearest(inputs.shape[-2], height, inputs.device)
        columns = _nearest(inputs.shape[-1], width, inputs.device)
        return inputs.index_select(-2, rows).index_select(-1, columns)
    values = inputs if inputs.is_floating_point() else inputs.float()
    for axis, size in ((-2, height), (-1, width)):
        if interpolation != "bilinear" or values.shape[axis] != size:
            shares = _shares(interpolation, values.shape[axis], size).to(values)
            values = shares @ values if axis == -2 else values @ shares.T
    return values


def smart_resized(
    inputs: Tensor, height: int, width: int, interpolation: str = "bilinear"
) -> Tensor:
    """Return images of another size without distorting them: the longer side is cut off."""
    return resized(cropped_to_aspect_ratio(inputs, height, width), height, width, interpolation)


def cropped_to_aspect_ratio(inputs: Tensor, height: int, width: int) -> Tensor:
    """Return the largest middle of images with the aspect ratio of (height, width)."""
    rows, columns = inputs.shape[-2], inputs.shape[-1]
    new_rows = max(min(rows, int(columns * height / width)), 1)
    new_columns = max(min(columns, int(rows * width / height)), 1)
    top, left = (rows - new_rows) // 2, (columns - new_columns) // 2
    return cut(inputs, top, left, new_rows, new_columns)


def padded_to_aspect_ratio(inputs: Tensor, height: int, width: int, fill_value: float) -> Tensor:
    """Return images with as much put on both ends as the aspect ratio (height, width) asks for."""
    rows, columns = inputs.shape[-2], inputs.shape[-1]
    above = (max(rows, int(columns * height / width)) - rows) // 2
    beside = (max(columns, int(rows * width / height)) - columns) // 2
    return F.pad(inputs, (beside, beside, above, above), value=fill_value)


def cut(inputs: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
    """Return a part of images."""
    return inputs[..., top : top + height, left : left + width]


def _nearest(old: int, new: int, device: torch.device) -> Tensor:
    """Return the cell of the old axis that each cell of the new one shows."""
    centres = (torch.arange(new, dtype=torch.float32) + 0.5) * _scale(old, new)
    return centres.floor().long().clamp(max=old - 1).to(device)


def _shares(interpolation: str, old: int, new: int) -> Tensor:
    """Return a matrix of (new, old): how much of each old cell enters each new one."""
    if interpolation == "area":
        return _area(old, new)
    if interpolation == "bicubic":
        return _bicubic(old, new)
    kernel, radius = _KERNELS[interpolation]
    cells = torch.arange(new, dtype=torch.float32) + 0.5
    if interpolation == "bilinear":  # beyond the outermost centres the edge goes on
        centres = (cells * _scale(old, new)).clamp(0.5, old - 0.5)
    else:  # another rounding, which decides what lies at the radius
        centres = cells * (1 / _scale(new, old))
    distances = (torch.arange(old) + 0.5 - centres[:, None]).abs()
    return _normalised(torch.where(distances < radius, kernel(distances), 0.0))


def _scale(old: int, new: int) -> Tensor:
    return torch.tensor(old, dtype=torch.float32) / new


def _normalised(shares: Tensor) -> Tensor:
    """Let each row sum to 1, unless there is nothing in it."""
    sums = shares.sum(1, keepdim=True)
    return torch.where(sums.abs() >= _SMALL, shares / sums, shares)


def _area(old: int, new: int) -> Tensor:
    """Return how much of each old cell lies under each new one."""
    scale = _scale(old, new)
    starts = torch.arange(new, dtype=torch.float32)[:, None] * scale
    ends = (torch.arange(new, dtype=torch.float32)[:, None] + 1) * scale
    cells = torch.arange(old, dtype=torch.float32)
    covered = torch.minimum(cells + 1, ends) - torch.maximum(cells, starts)
    return covered.clamp(min=0) / scale


def _bicubic(old: int, new: int) -> Tensor:
    """Return the shares of Keys's cubic, distances rounded as TensorFlow's table has them."""
    places = (torch.arange(new, dtype=torch.float32) + 0.5) * _scale(old, new) - 0.5
    below = places.floor()
    offsets = torch.round((places - below) * _TABLE) / _TABLE
    distances = torch.arange(old) - below[:, None] - offsets[:, None]
    return _normalised(torch.where(distances.abs() <= 2, _keys_cubic(distances.abs()), 0.0))


def _triangle(distance: Tensor) -> Tensor:
    return (1 - distance).clamp(min=0)


def _keys_cubic(distance: Tensor) -> Tensor:
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return torch.where(distance < 1, near, far)


def _mitchell_cubic(distance: Tensor) -> Tensor:
    near = (7 / 6 * distance - 2) * distance**2 + 8 / 9
    far = ((-7 / 18 * distance + 2) * distance - 10 / 3) * distance + 16 / 9
    return torch.where(distance < 1, near, far)


def _gaussian(distance: Tensor) -> Tensor:
    return torch.exp(-(distance**2) / 0.5)  # the deviation is a third of the radius 1.5


def _lanczos(radius: int) -> Callable[[Tensor], Tensor]:
    def kernel(distance: Tensor) -> Tensor:
        angle = distance * math.pi
        waves = radius * torch.sin(angle) * torch.sin(angle / radius) / angle**2
        return torch.where(distance <= 1e-3, 1.0, waves)

    return kernel


_KERNELS: dict[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "bilinear": (_triangle, 1),
    "lanczos3": (_lanczos(3), 3),
    "lanczos5": (_lanczos(5), 5),
    "gaussian": (_gaussian, 1.5),
    "mitchellcubic": (_mitchell_cubic, 2),
}
