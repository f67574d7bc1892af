"""Further functions of tensorflow, each the operation of torch that it names.

Source: TensorFlow 2.15.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kshim.backend import convolution
from kshim.compat.tensorflow.arrays import as_tensor, dtype_of, float32, int64
from kshim.compat.tensorflow.operations import take_symbols
from kshim.compat.tensorflow.random import generator_of

__all__ = [
    "batch_normalization", "bincount", "categorical", "confusion_matrix", "conv2d",
    "conv2d_transpose", "depthwise_conv2d", "det", "digamma", "dropout", "gelu", "in_top_k", "inv",
    "is_finite", "l2_loss", "lgamma", "linspace", "mod", "reciprocal_no_nan", "reduce_all",
    "reduce_any", "reduce_euclidean_norm", "reduce_prod", "reduce_std", "reduce_variance", "roll",
    "separable_conv2d", "silu", "svd",
]  # fmt: skip


def reduce_prod(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Tensor:
    """Return the product along axes (prod, axis by axis)."""
    x = as_tensor(input_tensor)
    for place in sorted(_axes(x, axis), reverse=True):
        x = torch.prod(x, place, keepdim=keepdims)
    return x


def reduce_any(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Tensor:
    """Return whether any is true along axes (any)."""
    x = as_tensor(input_tensor).bool()
    return torch.any(x, _axes(x, axis), keepdim=keepdims)


def reduce_all(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Tensor:
    """Return whether all are true along axes (all)."""
    x = as_tensor(input_tensor).bool()
    return torch.all(x, _axes(x, axis), keepdim=keepdims)


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Tensor:
    """Return the biased variance along axes (var)."""
    x = as_tensor(input_tensor)
    return torch.var(x, _axes(x, axis), correction=0, keepdim=keepdims)


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Tensor:
    """Return the biased standard deviation along axes (std)."""
    return torch.sqrt(reduce_variance(input_tensor, axis, keepdims))


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Tensor:
    """Return the length along axes (vector_norm)."""
    x = as_tensor(input_tensor)
    return torch.linalg.vector_norm(x, dim=_axes(x, axis), keepdim=keepdims)


def roll(input: Any, shift: Any, axis: Any, name: Any = None) -> Tensor:
    """Return a tensor shifted along axes, what leaves it coming in again (roll)."""
    return torch.roll(as_tensor(input), shift, axis)


def linspace(start: Any, stop: Any, num: int, name: Any = None, axis: int = 0) -> Tensor:
    """Return numbers with even gaps, both ends among them (linspace)."""
    kind = float32 if isinstance(start, int | float) else as_tensor(start).dtype
    return torch.linspace(float(start), float(stop), int(num), dtype=dtype_of(kind))


def mod(x: Any, y: Any, name: Any = None) -> Tensor:
    """Return remainders with the sign of the divisor (remainder)."""
    return torch.remainder(as_tensor(x), as_tensor(y))


def reciprocal_no_nan(x: Any, name: Any = None) -> Tensor:
    """Return 1 over each number, 0 of 0."""
    held = as_tensor(x)
    none = held == 0
    return torch.where(none, torch.zeros_like(held), 1 / (held + none))


def is_finite(x: Any, name: Any = None) -> Tensor:
    """Return where numbers are neither infinite nor NaN (isfinite)."""
    return torch.isfinite(as_tensor(x))


def lgamma(x: Any, name: Any = None) -> Tensor:
    """Return the logarithm of the gamma function (lgamma)."""
    return torch.lgamma(as_tensor(x))


def digamma(x: Any, name: Any = None) -> Tensor:
    """Return the derivative of `lgamma` (digamma)."""
    return torch.digamma(as_tensor(x))


def bincount(
    arr: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, **options: Any
) -> Tensor:
    """Return how often each number from 0 on is there, or the sum of its weights (bincount)."""
    held = as_tensor(arr).long().reshape(-1)
    shares = None if weights is None else as_tensor(weights).reshape(-1)
    made = torch.bincount(held, shares, minlength=int(minlength or 0))
    made = made if maxlength is None else made[: int(maxlength)]
    return made.to(torch.int32) if shares is None else made.to(shares.dtype)


def confusion_matrix(
    labels: Any, predictions: Any, num_classes: Any = None, weights: Any = None,
    dtype: Any = "int32", name: Any = None,
) -> Tensor:  # fmt: skip
    """Return how often each class (a row) was taken for each (a column)."""
    rows, columns = as_tensor(labels).long(), as_tensor(predictions).long()
    size = int(num_classes or max(int(rows.max()), int(columns.max())) + 1)
    shares = torch.ones(len(rows)) if weights is None else as_tensor(weights).float()
    flat = torch.zeros(size * size).index_add(0, rows * size + columns, shares)
    return flat.reshape(size, size).to(dtype_of(dtype))


def in_top_k(targets: Any, predictions: Any, k: int, name: Any = None) -> Tensor:
    """Return for each row whether its target is among the k greatest."""
    scores, places = as_tensor(predictions), as_tensor(targets).long()
    own = torch.gather(scores, 1, places[:, None])
    return (scores > own).sum(1) < k


def inv(input: Any, adjoint: bool = False, name: Any = None) -> Tensor:
    """Return the inverse of matrices (linalg.inv)."""
    held = as_tensor(input)
    return torch.linalg.inv(held.mH if adjoint else held)


def det(input: Any, name: Any = None) -> Tensor:
    """Return the determinant of matrices (linalg.det)."""
    return torch.linalg.det(as_tensor(input))


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None) -> Any:
    """Return the singular values of matrices, and both sides' vectors as columns (linalg.svd)."""
    held = as_tensor(tensor)
    if not compute_uv:
        return torch.linalg.svdvals(held)
    left, values, right = torch.linalg.svd(held, full_matrices=full_matrices)
    return values, left, right.mH


def l2_loss(t: Any, name: Any = None) -> Tensor:
    """Return half the sum of squares."""
    return (as_tensor(t) ** 2).sum() / 2


def gelu(features: Any, approximate: bool = False, name: Any = None) -> Tensor:
    """Return Gaussian error linear units (gelu)."""
    return functional.gelu(as_tensor(features), approximate="tanh" if approximate else "none")


def silu(features: Any, beta: float = 1.0) -> Tensor:
    """Return x * sigmoid(beta x) (silu)."""
    x = as_tensor(features)
    return x * torch.sigmoid(beta * x)


def dropout(
    x: Any, rate: Any = None, noise_shape: Any = None, seed: Any = None, name: Any = None,
    keep_prob: Any = None,
) -> Tensor:  # fmt: skip
    """Return a tensor with a share of its numbers dropped, the rest made greater by it.

    Args:
        rate: the share; keep_prob is TensorFlow 1's word for what is kept.
    """
    held = as_tensor(x)
    share = 1.0 - float(keep_prob) if rate is None else float(rate)
    shape = [s if n is None else int(n) for n, s in zip(noise_shape or held.shape, held.shape,
                                                        strict=True)]  # fmt: skip
    draw = torch.rand(shape, generator=generator_of(seed), dtype=held.dtype)
    return held * (draw >= share) / (1.0 - share)


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: float,
    name: Any = None,
) -> Tensor:  # fmt: skip
    """Return (x - mean) / sqrt(variance + epsilon) * scale + offset."""
    factor = torch.rsqrt(as_tensor(variance) + variance_epsilon)
    factor = factor if scale is None else factor * as_tensor(scale)
    made = (as_tensor(x) - as_tensor(mean)) * factor
    return made if offset is None else made + as_tensor(offset)


def conv2d(
    input: Any, filters: Any = None, strides: Any = 1, padding: str = "VALID",
    data_format: str = "NHWC", dilations: Any = None, name: Any = None, filter: Any = None,
    **old: Any,
) -> Tensor:  # fmt: skip
    """Return the convolution of images: `tf.nn.conv2d`.

    Shapes:
        input: (batch, rows, columns, channels), filters: (rows, columns, channels, filters)
    """
    kernel = as_tensor(filters if filters is not None else filter)
    return convolution.conv2d(
        as_tensor(input), kernel, _two(strides, data_format), padding.lower(),
        _format(data_format), _two(dilations or 1, data_format),
    )  # fmt: skip


def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: str, data_format: str = "NHWC",
    dilations: Any = None, name: Any = None,
) -> Tensor:  # fmt: skip
    """Return the convolution of each channel by itself.

    Shapes:
        input: (batch, rows, columns, channels), filter: (rows, columns, channels, multiplier)
    """
    return convolution.depthwise_conv2d(
        as_tensor(input), as_tensor(filter), _two(strides, data_format), padding.lower(),
        _format(data_format), _two(dilations or 1, data_format),
    )  # fmt: skip


def separable_conv2d(
    input: Any, depthwise_filter: Any, pointwise_filter: Any, strides: Any, padding: str,
    data_format: str = "NHWC", dilations: Any = None, name: Any = None,
) -> Tensor:  # fmt: skip
    """Return a convolution of each channel, then one over the channels of each place."""
    return convolution.separable_conv2d(
        as_tensor(input), as_tensor(depthwise_filter), as_tensor(pointwise_filter),
        _two(strides, data_format), padding.lower(), _format(data_format),
        _two(dilations or 1, data_format),
    )  # fmt: skip


def conv2d_transpose(
    input: Any, filters: Any = None, output_shape: Any = None, strides: Any = 1,
    padding: str = "SAME", data_format: str = "NHWC", dilations: Any = None, name: Any = None,
    filter: Any = None, value: Any = None,
) -> Tensor:  # fmt: skip
    """Return the convolution whose gradient `conv2d` is.

    Shapes:
        input: (batch, rows, columns, channels), filters: (rows, columns, filters, channels)
    """
    kernel = as_tensor(filters if filters is not None else filter)
    return convolution.conv2d_transpose(
        as_tensor(input if value is None else value), kernel,
        tuple(int(size) for size in output_shape), _two(strides, data_format), padding.lower(),
        _format(data_format),
    )  # fmt: skip


def categorical(
    logits: Any, num_samples: int, dtype: Any = int64, seed: Any = None, name: Any = None
) -> Tensor:
    """Return classes drawn by their logits, so many for each row."""
    shares = torch.softmax(as_tensor(logits), -1)
    drawn = torch.multinomial(shares, int(num_samples), True, generator=generator_of(seed))
    return drawn.to(dtype_of(dtype))


def _axes(x: Tensor, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.dim()))
    given = axis if isinstance(axis, list | tuple) else [axis]
    return tuple(int(place) % x.dim() for place in given)


def _two(given: Any, data_format: str) -> tuple[int, int]:
    """Return the steps along rows and columns of one number, two, or one for each axis."""
    if not isinstance(given, list | tuple):
        return (int(given), int(given))
    if len(given) == 4:
        given = given[2:] if data_format == "NCHW" else given[1:3]
    return (int(given[0]), int(given[-1]))


def _format(data_format: str | None) -> str:
    return "channels_first" if data_format == "NCHW" else "channels_last"


take_symbols(globals(), without={"dropout"})
