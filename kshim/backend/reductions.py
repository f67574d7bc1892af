"""Functions that take numbers along axes together: sums, means, extremes.

Every `axis` is a number, several, or None for all axes; `keepdims` keeps them with size 1.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.backend.tensors import Axis, axes_of, of_tensors
from kshim.core.eras import by_era
from kshim.core.settings import floatx
from kshim.losses.tensors import SQUARED_NORM_FLOOR

# What `any` and `all` give.
_KIND_OF_TRUTH = by_era({"1.2": torch.uint8, "2.0": torch.bool})


@of_tensors
def sum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the sum."""
    return torch.sum(x, _dims(axis), keepdim=keepdims)


@of_tensors
def mean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the mean; booleans count as 0 and 1."""
    return torch.mean(x, _dims(axis), keepdim=keepdims, dtype=_float_type(x))


@of_tensors
def max(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest number."""
    return torch.amax(x, _all_or(axis), keepdim=keepdims)


@of_tensors
def min(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the smallest number."""
    return torch.amin(x, _all_or(axis), keepdim=keepdims)


@of_tensors
def prod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the product."""
    if axis is None and not keepdims:
        return torch.prod(x)
    axes = axes_of(x, axis)
    if len(axes) > 1:
        rank = x.dim()
        axes = tuple(sorted((one % rank for one in axes), reverse=True))
    for one in axes:
        x = torch.prod(x, one, keepdim=keepdims)
    return x


@of_tensors
def var(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the variance: the mean squared distance from the mean."""
    return _variance(x, axis, keepdims)


@of_tensors
def std(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the standard deviation: the root of the mean squared distance from the mean."""
    return torch.sqrt(_variance(x, axis, keepdims))


@of_tensors
def any(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether any number is not zero."""
    return _test(torch.any, x, axis, keepdims)


@of_tensors
def all(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether every number is not zero."""
    return _test(torch.all, x, axis, keepdims)


@of_tensors
def argmax(x: Tensor, axis: int | None = -1) -> Tensor:
    """Return where the largest number stands."""
    return torch.argmax(x, axis)


@of_tensors
def argmin(x: Tensor, axis: int | None = -1) -> Tensor:
    """Return where the smallest number stands."""
    return torch.argmin(x, axis)


@of_tensors
def logsumexp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return log(sum(exp(x))), without overflow on the way."""
    return torch.logsumexp(x, axes_of(x, axis), keepdim=keepdims)


@of_tensors
def cumsum(x: Tensor, axis: int = 0) -> Tensor:
    """Return the sum of each number and those before it."""
    return torch.cumsum(x, axis)


@of_tensors
def cumprod(x: Tensor, axis: int = 0) -> Tensor:
    """Return the product of each number and those before it."""
    return torch.cumprod(x, axis)


@of_tensors
def l2_normalize(x: Tensor, axis: Axis = None) -> Tensor:
    """Return vectors along `axis` (by default the whole tensor) scaled to length 1."""
    squares = torch.sum(x * x, _dims(axis), keepdim=True)
    return x * torch.rsqrt(torch.clamp(squares, min=SQUARED_NORM_FLOOR))


def _dims(axis: Axis) -> Any:
    return tuple(axis) if isinstance(axis, list | tuple) else axis


def _all_or(axis: Axis) -> Any:
    """Return the axes as torch's extremes take them: for all of them, none is named."""
    return () if axis is None else _dims(axis)


def _float_type(x: Any) -> torch.dtype | None:
    """Return the type a mean is taken in: None for that of x, which must be a float."""
    is_float = isinstance(x, Tensor) and x.is_floating_point()
    kind: torch.dtype | None = None if is_float else getattr(torch, floatx())
    return kind


def _variance(x: Tensor, axis: Axis, keepdims: bool) -> Tensor:
    dtype = _float_type(x)
    x = x if dtype is None else x.to(dtype)
    made: Tensor = torch.var(x, _dims(axis), correction=0, keepdim=keepdims)
    return made


def _test(function: Any, x: Tensor, axis: Axis, keepdims: bool) -> Tensor:
    truths = x.to(torch.bool)
    everything = axis is None and not keepdims
    made: Tensor = (
        function(truths) if everything else function(truths, axes_of(x, axis), keepdim=keepdims)
    )
    return made.to(_KIND_OF_TRUTH.value())
