"""Padding and enlarging of sequences, images and volumes.

Source: Keras 2.2.4 backend/tensorflow_backend.py; older argument forms from 1.2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kshim.backend.older_words import in_older_words
from kshim.backend.tensors import of_tensors
from kshim.core.axes import channel_axis, to_first, to_last
from kshim.core.checks import data_format as check_data_format
from kshim.core.eras import rule
from kshim.errors import ArgumentError
from kshim.nn.resize import CornerLinear


@of_tensors
def temporal_padding(x: Tensor, padding: Any = (1, 1)) -> Tensor:
    """Return (batch, steps, features) with steps of zeros before and behind."""
    return _padded(x, [_ends(padding)], "channels_last")


@in_older_words
@of_tensors
def spatial_2d_padding(
    x: Tensor, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Tensor:
    """Return images with rows and columns of zeros around."""
    return _padded(x, [_ends(one) for one in padding], data_format)


@in_older_words
@of_tensors
def spatial_3d_padding(
    x: Tensor, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Tensor:
    """Return volumes with zeros around."""
    return _padded(x, [_ends(one) for one in padding], data_format)


@in_older_words
@of_tensors
def resize_images(
    x: Tensor,
    height_factor: int,
    width_factor: int,
    data_format: str | None = None,
    interpolation: str = "nearest",
) -> Tensor:
    """Return images enlarged by whole factors.

    Args:
        interpolation: nearest repeats cells, bilinear draws straight lines between them.
    """
    if interpolation not in ("nearest", "bilinear"):
        raise ArgumentError(
            "interpolation", "nearest or bilinear", interpolation, who="resize_images"
        )
    factors = (height_factor, width_factor)
    if interpolation == "nearest":
        return _repeated(x, factors, data_format)
    moved = channels_first(x, data_format)
    if rule("bilinear_has_half_pixels"):
        scales = [float(factor) for factor in factors]
        made = functional.interpolate(moved, scale_factor=scales, mode="bilinear")
    else:
        made = CornerLinear(factors).forward(moved)
    return channels_back(made, data_format)


@in_older_words
@of_tensors
def resize_volumes(
    x: Tensor,
    depth_factor: int,
    height_factor: int,
    width_factor: int,
    data_format: str | None = None,
) -> Tensor:
    """Return volumes with each cell repeated."""
    return _repeated(x, (depth_factor, height_factor, width_factor), data_format)


def channels_back(x: Tensor, data_format: str | None) -> Tensor:
    """Return x with its channels, now behind the batch, where the data format has them."""
    if channel_axis(check_data_format(data_format)) == 1:
        return x
    return torch.permute(x, to_last(x.dim()))


def channels_first(x: Tensor, data_format: str | None) -> Tensor:
    """Return x with its channels behind the batch."""
    if channel_axis(check_data_format(data_format)) == 1:
        return x
    return torch.permute(x, to_first(x.dim()))


def _repeated(x: Tensor, factors: Sequence[int], data_format: str | None) -> Tensor:
    first = 2 if channel_axis(check_data_format(data_format)) == 1 else 1
    for axis, factor in enumerate(factors, start=first):
        x = torch.repeat_interleave(x, factor, axis)
    return x


def _padded(x: Tensor, ends: Sequence[tuple[int, int]], data_format: str | None) -> Tensor:
    is_last = channel_axis(check_data_format(data_format)) == -1
    flat = [cells for pair in reversed(ends) for cells in pair]
    return functional.pad(x, [0, 0, *flat] if is_last else flat)


def _ends(padding: int | Sequence[int]) -> tuple[int, int]:
    if isinstance(padding, int):
        return padding, padding
    before, behind = padding
    return int(before), int(behind)
