"""Convolutions and pooling over one, two and three axes, with kernels in Keras's order.

Source: Keras 2.2.4 backend/tensorflow_backend.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kshim.backend.older_words import in_older_words
from kshim.backend.padding import channels_back, channels_first
from kshim.backend.tensors import of_tensors, sizes_of
from kshim.core.axes import to_first
from kshim.core.checks import data_format as check_data_format
from kshim.core.eras import by_era
from kshim.errors import ArgumentError
from kshim.nn import pooling
from kshim.nn.padding import same_padding

Numbers = int | Sequence[int]

# Kernels of images whose channels come first have their filters first, and then the channels.
_KERNELS_FOLLOW_IMAGES = by_era({"1.2": True, "2.0": False})

_CONVOLVE: dict[int, Callable[..., Tensor]] = {
    1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d,
}  # fmt: skip
_TRANSPOSED: dict[int, Callable[..., Tensor]] = {
    1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d,
}  # fmt: skip
_POOLS: dict[tuple[str, int], Callable[..., Tensor]] = {
    ("max", 2): functional.max_pool2d, ("avg", 2): functional.avg_pool2d,
    ("max", 3): functional.max_pool3d, ("avg", 3): functional.avg_pool3d,
}  # fmt: skip
_SAME_POOLS: dict[tuple[str, int], Any] = {
    ("max", 2): pooling.SameMaxPool2d, ("avg", 2): pooling.SameAvgPool2d,
    ("max", 3): pooling.SameMaxPool3d, ("avg", 3): pooling.SameAvgPool3d,
}  # fmt: skip


@in_older_words
@of_tensors
def conv1d(
    x: Tensor, kernel: Tensor, strides: Numbers = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Numbers = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of sequences.

    Shapes:
        x: (batch, steps, channels), kernel: (window, channels, filters)

    Args:
        padding: valid, same, or causal (no output sees a later step).
    """
    return _convolved(x, kernel, 1, strides, padding, data_format, dilation_rate)


@in_older_words
@of_tensors
def conv2d(
    x: Tensor, kernel: Tensor, strides: Numbers = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Numbers = (1, 1),
) -> Tensor:  # fmt: skip
    """Return the convolution of images.

    Shapes:
        kernel: (rows, columns, channels, filters); in Keras 1 (filters, channels, rows, columns)
            where channels come first
    """
    window = _window(kernel, 2, data_format)
    return _convolved(x, window, 2, strides, padding, data_format, dilation_rate)


@in_older_words
@of_tensors
def conv3d(
    x: Tensor, kernel: Tensor, strides: Numbers = (1, 1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Numbers = (1, 1, 1),
) -> Tensor:  # fmt: skip
    """Return the convolution of volumes.

    Shapes:
        kernel: (depth, rows, columns, channels, filters), or as in `conv2d`
    """
    window = _window(kernel, 3, data_format)
    return _convolved(x, window, 3, strides, padding, data_format, dilation_rate)


@of_tensors
def conv2d_transpose(
    x: Tensor, kernel: Tensor, output_shape: Any, strides: Numbers = (1, 1),
    padding: str = "valid", data_format: str | None = None, dilation_rate: Numbers = (1, 1),
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of images.

    Shapes:
        kernel: (rows, columns, filters, channels)

    Args:
        output_shape: of the result; the batch and the filters are not looked at.
    """
    return _convolved_back(x, kernel, 2, output_shape, strides, padding, data_format, dilation_rate)


@of_tensors
def conv3d_transpose(
    x: Tensor, kernel: Tensor, output_shape: Any, strides: Numbers = (1, 1, 1),
    padding: str = "valid", data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of volumes (see `conv2d_transpose`)."""
    return _convolved_back(x, kernel, 3, output_shape, strides, padding, data_format, 1)


@of_tensors
def depthwise_conv2d(
    x: Tensor, depthwise_kernel: Tensor, strides: Numbers = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Numbers = (1, 1),
) -> Tensor:  # fmt: skip
    """Return the convolution of each channel by kernels of its own.

    Shapes:
        depthwise_kernel: (rows, columns, channels, kernels a channel)
    """
    return _depthwise(x, depthwise_kernel, 2, strides, padding, data_format, dilation_rate)


@of_tensors
def separable_conv1d(
    x: Tensor, depthwise_kernel: Tensor, pointwise_kernel: Tensor, strides: Numbers = 1,
    padding: str = "valid", data_format: str | None = None, dilation_rate: Numbers = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of each channel for itself, then the channels mixed."""
    each = _depthwise(x, depthwise_kernel, 1, strides, padding, data_format, dilation_rate)
    return _convolved(each, pointwise_kernel, 1, 1, "valid", data_format, 1)


@in_older_words
@of_tensors
def separable_conv2d(
    x: Tensor, depthwise_kernel: Tensor, pointwise_kernel: Tensor, strides: Numbers = (1, 1),
    padding: str = "valid", data_format: str | None = None, dilation_rate: Numbers = (1, 1),
) -> Tensor:  # fmt: skip
    """Return the convolution of each channel for itself, then the channels mixed."""
    window = _window(depthwise_kernel, 2, data_format)
    each = _depthwise(x, window, 2, strides, padding, data_format, dilation_rate)
    mixing = _window(pointwise_kernel, 2, data_format)
    return _convolved(each, mixing, 2, 1, "valid", data_format, 1)


@of_tensors
def local_conv1d(
    inputs: Tensor, kernel: Tensor, kernel_size: Numbers, strides: Numbers,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the convolution with a kernel of its own at each place.

    Shapes:
        inputs: (batch, steps, channels), kernel: (places, window * channels, filters)
    """
    windows = inputs.unfold(1, *_each(kernel_size, 1), *_each(strides, 1))
    flat = torch.movedim(windows, -1, 2).flatten(2)
    return torch.einsum("bpi,pif->bpf", flat, kernel)


@of_tensors
def local_conv2d(
    inputs: Tensor, kernel: Tensor, kernel_size: Sequence[int], strides: Sequence[int],
    output_shape: Sequence[int], data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the convolution with a kernel of its own at each place.

    Shapes:
        kernel: (rows * columns of the result, numbers in a window, filters)
    """
    is_last = check_data_format(data_format) == "channels_last"
    rows, columns = (1, 2) if is_last else (2, 3)
    windows = inputs.unfold(rows, kernel_size[0], strides[0]).unfold(
        columns, kernel_size[1], strides[1]
    )
    # (batch, rows, columns, then one window in the order of the data format)
    order = (0, 1, 2, 4, 5, 3) if is_last else (0, 2, 3, 1, 4, 5)
    flat = torch.permute(windows, order).flatten(3).flatten(1, 2)
    made = torch.einsum("bpi,pif->bpf", flat, kernel).unflatten(1, tuple(output_shape))
    return made if is_last else torch.permute(made, to_first(4))


@in_older_words
@of_tensors
def pool2d(
    x: Tensor, pool_size: Numbers, strides: Numbers = (1, 1), padding: str = "valid",
    data_format: str | None = None, pool_mode: str = "max",
) -> Tensor:  # fmt: skip
    """Return the largest number (`pool_mode` max) or the mean (avg) of each window."""
    return _pooled(x, 2, pool_size, strides, padding, data_format, pool_mode)


@in_older_words
@of_tensors
def pool3d(
    x: Tensor, pool_size: Numbers, strides: Numbers = (1, 1, 1), padding: str = "valid",
    data_format: str | None = None, pool_mode: str = "max",
) -> Tensor:  # fmt: skip
    """Return the largest number (`pool_mode` max) or the mean (avg) of each window."""
    return _pooled(x, 3, pool_size, strides, padding, data_format, pool_mode)


def _window(kernel: Tensor, rank: int, data_format: str | None) -> Tensor:
    """Return a kernel with its filters last, as all Kerases but the first keep it."""
    if _KERNELS_FOLLOW_IMAGES.value() and check_data_format(data_format) == "channels_first":
        return torch.permute(kernel, (*range(2, rank + 2), 1, 0))
    return kernel


def _convolved(
    x: Tensor, kernel: Tensor, rank: int, strides: Numbers, padding: str,
    data_format: str | None, dilation_rate: Numbers, groups: int = 1,
) -> Tensor:  # fmt: skip
    inputs = channels_first(x, data_format)
    # Keras keeps (*window, channels, filters); torch wants (filters, channels, *window).
    weight = torch.permute(kernel, (rank + 1, rank, *range(rank)))
    steps, spreads = _each(strides, rank), _each(dilation_rate, rank)
    ends = _ends(padding, inputs.shape[2:], weight.shape[2:], steps, spreads)
    made = _CONVOLVE[rank](
        functional.pad(inputs, ends), weight, stride=steps, dilation=spreads, groups=groups
    )
    return channels_back(made, data_format)


def _depthwise(
    x: Tensor, kernel: Tensor, rank: int, strides: Numbers, padding: str,
    data_format: str | None, dilation_rate: Numbers,
) -> Tensor:  # fmt: skip
    channels = kernel.shape[-2]
    flat = torch.reshape(kernel, (*kernel.shape[:-2], 1, channels * kernel.shape[-1]))
    return _convolved(x, flat, rank, strides, padding, data_format, dilation_rate, channels)


def _convolved_back(
    x: Tensor, kernel: Tensor, rank: int, output_shape: Any, strides: Numbers, padding: str,
    data_format: str | None, dilation_rate: Numbers,
) -> Tensor:  # fmt: skip
    inputs = channels_first(x, data_format)
    weight = torch.permute(kernel, (rank + 1, rank, *range(rank)))
    steps, spreads = _each(strides, rank), _each(dilation_rate, rank)
    made = _TRANSPOSED[rank](inputs, weight, stride=steps, dilation=spreads)
    is_last = check_data_format(data_format) == "channels_last"
    wanted = sizes_of(output_shape)[1:-1] if is_last else sizes_of(output_shape)[2:]
    totals = same_padding(wanted, weight.shape[2:], steps, spreads)
    for axis, (size, total) in enumerate(zip(wanted, totals, strict=True), start=2):
        start = total // 2 if padding == "same" else 0
        made = _cut(made, axis, start, size)
    return channels_back(made, data_format)


def _cut(x: Tensor, axis: int, start: int, size: int) -> Tensor:
    """Return `size` cells of an axis from `start` on, zeros where it has no more."""
    missing = max(start + size - x.shape[axis], 0)
    behind = [0, 0] * (x.dim() - 1 - axis) + [0, missing]
    return functional.pad(x, behind).narrow(axis, start, size)


def _pooled(
    x: Tensor, rank: int, pool_size: Numbers, strides: Numbers, padding: str,
    data_format: str | None, pool_mode: str,
) -> Tensor:  # fmt: skip
    if pool_mode not in ("max", "avg"):
        raise ArgumentError("pool_mode", "max or avg", pool_mode, who=f"pool{rank}d")
    if padding not in ("valid", "same"):
        raise ArgumentError("padding", "valid or same", padding, who=f"pool{rank}d")
    windows, steps = _each(pool_size, rank), _each(strides, rank)
    inputs = channels_first(x, data_format)
    if padding == "same":
        made = _SAME_POOLS[pool_mode, rank](windows, steps).forward(inputs)
    else:
        made = _POOLS[pool_mode, rank](inputs, windows, steps)
    return channels_back(made, data_format)


def _ends(
    padding: str, sizes: Sequence[int], windows: Sequence[int], steps: Sequence[int],
    spreads: Sequence[int],
) -> list[int]:  # fmt: skip
    """Return the cells to add to both ends of each axis, the last axis first, as torch pads."""
    if padding == "causal":
        return [(windows[0] - 1) * spreads[0], 0]
    if padding == "valid":
        return [0, 0] * len(sizes)
    if padding != "same":
        raise ArgumentError("padding", "valid, same or causal", padding, who="K.conv")
    totals = same_padding(sizes, windows, steps, spreads)
    return [end for total in reversed(totals) for end in (total // 2, total - total // 2)]


def _each(numbers: Numbers, rank: int) -> tuple[int, ...]:
    return (numbers,) * rank if isinstance(numbers, int) else tuple(numbers)
