"""`tf.math`, and its names at the top of tensorflow: arithmetic, comparisons, reductions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch

from kshim.compat.tensorflow.arrays import as_tensor, dtype_of
from kshim.compat.tensorflow.operations import take_symbols
from kshim.errors import UnexpectedArgument

Axis: TypeAlias = int | Sequence[int] | None

_WIDE = (torch.int32, torch.int64)


def add(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return x + y."""
    return torch.add(*_both(x, y))


def subtract(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return x - y."""
    return torch.sub(*_both(x, y))


def multiply(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return x * y, element by element."""
    return torch.mul(*_both(x, y))


def divide(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return x / y as Python divides."""
    left, right = _both(x, y)
    if left.dtype in _WIDE and right.dtype in _WIDE:  # of such, floats of 64 bits are made
        return torch.true_divide(left.double(), right.double())
    return torch.true_divide(left, right)


truediv = divide


def div(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return x / y; of whole numbers, rounded down."""
    left, right = _both(x, y)
    if left.is_floating_point():
        return torch.true_divide(left, right)
    return torch.floor_divide(left, right)


def pow(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return x to the power y."""
    return torch.pow(*_both(x, y))


def maximum(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return the larger of x and y, element by element."""
    return torch.maximum(*_both(x, y))


def minimum(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return the smaller of x and y, element by element."""
    return torch.minimum(*_both(x, y))


def equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where x equals y."""
    return torch.eq(*_both(x, y))


def not_equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where x differs from y."""
    return torch.ne(*_both(x, y))


def less(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where x is below y."""
    return torch.lt(*_both(x, y))


def less_equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where x is not above y."""
    return torch.le(*_both(x, y))


def greater(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where x is above y."""
    return torch.gt(*_both(x, y))


def greater_equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where x is not below y."""
    return torch.ge(*_both(x, y))


def logical_and(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where both hold."""
    return torch.logical_and(*_both(x, y))


def logical_or(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Return where either holds."""
    return torch.logical_or(*_both(x, y))


def _elementwise(function: Callable[[torch.Tensor], torch.Tensor], says: str) -> Any:
    """Return tensorflow's form `f(x, name=None)` of a torch function of one tensor."""

    def applied(x: Any, name: str | None = None) -> torch.Tensor:
        return function(as_tensor(x))

    applied.__doc__ = f"Return {says}, element by element."
    return applied


abs = _elementwise(torch.abs, "|x|")
ceil = _elementwise(torch.ceil, "x rounded up")
cos = _elementwise(torch.cos, "the cosine")
exp = _elementwise(torch.exp, "e to the power x")
floor = _elementwise(torch.floor, "x rounded down")
is_nan = _elementwise(torch.isnan, "where x is not a number")
log = _elementwise(torch.log, "the natural logarithm")
log1p = _elementwise(torch.log1p, "log(1 + x)")
logical_not = _elementwise(torch.logical_not, "where x does not hold")
negative = _elementwise(torch.neg, "-x")
round = _elementwise(torch.round, "x rounded, halves to even")
rsqrt = _elementwise(torch.rsqrt, "1 / sqrt(x)")
sigmoid = _elementwise(torch.sigmoid, "1 / (1 + exp(-x))")
sign = _elementwise(torch.sign, "-1, 0 or 1")
sin = _elementwise(torch.sin, "the sine")
softplus = _elementwise(torch.nn.functional.softplus, "log(1 + exp(x))")
sqrt = _elementwise(torch.sqrt, "the square root")
square = _elementwise(torch.square, "x * x")
tanh = _elementwise(torch.tanh, "the hyperbolic tangent")


def matmul(
    a: torch.Tensor,
    b: torch.Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    name: str | None = None,
) -> torch.Tensor:
    """Return the matrix product over the last two axes."""
    left = a.transpose(-1, -2) if transpose_a else a
    right = b.transpose(-1, -2) if transpose_b else b
    return torch.matmul(left, right)


def add_n(inputs: Sequence[torch.Tensor], name: str | None = None) -> torch.Tensor:
    """Return the sum of several tensors of one shape."""
    total = inputs[0]
    for one in inputs[1:]:
        total = total + one
    return total


def reduce_sum(
    input_tensor: Any,
    axis: Axis = None,
    keepdims: bool = False,
    name: str | None = None,
    **old: Any,
) -> torch.Tensor:
    """Return the sum along the axes, or of everything."""
    axis, keepdims = _old_words(axis, keepdims, old)
    x = as_tensor(input_tensor)
    return torch.sum(x, _axes(axis), keepdim=keepdims, dtype=x.dtype)


def reduce_mean(
    input_tensor: Any,
    axis: Axis = None,
    keepdims: bool = False,
    name: str | None = None,
    **old: Any,
) -> torch.Tensor:
    """Return the mean along the axes, or of everything; that of whole numbers is cut to one."""
    axis, keepdims = _old_words(axis, keepdims, old)
    x = as_tensor(input_tensor)
    if x.dtype in _WIDE:
        total = torch.sum(x, _axes(axis), keepdim=keepdims, dtype=x.dtype)
        count = x.numel() // max(total.numel(), 1)
        return torch.div(total, count, rounding_mode="trunc")
    return torch.mean(x, _axes(axis), keepdim=keepdims)


def reduce_max(
    input_tensor: Any,
    axis: Axis = None,
    keepdims: bool = False,
    name: str | None = None,
    **old: Any,
) -> torch.Tensor:
    """Return the largest element along the axes, or of everything."""
    axis, keepdims = _old_words(axis, keepdims, old)
    return torch.amax(as_tensor(input_tensor), _axes(axis) or (), keepdim=keepdims)


def reduce_min(
    input_tensor: Any,
    axis: Axis = None,
    keepdims: bool = False,
    name: str | None = None,
    **old: Any,
) -> torch.Tensor:
    """Return the smallest element along the axes, or of everything."""
    axis, keepdims = _old_words(axis, keepdims, old)
    return torch.amin(as_tensor(input_tensor), _axes(axis) or (), keepdim=keepdims)


def argmax(
    input: torch.Tensor, axis: int | None = None, output_type: object = torch.int64,
    name: str | None = None, dimension: int | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return the place of the largest element along `axis` (tensorflow's default is 0)."""
    axis = dimension if axis is None else axis
    return torch.argmax(input, axis or 0).to(dtype_of(output_type))


def argmin(
    input: torch.Tensor, axis: int | None = None, output_type: object = torch.int64,
    name: str | None = None, dimension: int | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return the place of the smallest element along `axis` (tensorflow's default is 0)."""
    axis = dimension if axis is None else axis
    return torch.argmin(input, axis or 0).to(dtype_of(output_type))


def _both(x: Any, y: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return both operands as tensors; a number takes the other one's type, as in tensorflow."""
    left, right = hasattr(x, "dtype"), hasattr(y, "dtype")
    if left and not right:
        return as_tensor(x), torch.as_tensor(y, dtype=dtype_of(x.dtype))
    if right and not left:
        return torch.as_tensor(x, dtype=dtype_of(y.dtype)), as_tensor(y)
    return as_tensor(x), as_tensor(y)


def _axes(axis: Axis) -> tuple[int, ...] | None:
    if axis is None:
        return None
    return (axis,) if isinstance(axis, int) else tuple(axis)


def _old_words(axis: Axis, keepdims: bool, old: dict[str, Any]) -> tuple[Axis, bool]:
    """Return axis and keepdims, told in tensorflow 1.0's words where the script uses them."""
    axis = old.pop("reduction_indices", axis)
    keepdims = old.pop("keep_dims", keepdims)
    if old:
        raise UnexpectedArgument(f"reduction: got unexpected argument {next(iter(old))!r}.")
    return axis, keepdims


take_symbols(globals())
