"""Functions of each number: powers, logarithms, roundings, limits.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

from numbers import Number
from typing import Any

import torch
from torch import Tensor

from kshim.backend.tensors import as_tensor, of_tensors, torch_type
from kshim.core.tracing import refuse_to_trace


@of_tensors
def abs(x: Tensor) -> Tensor:
    """Return the absolute value."""
    return torch.abs(x)


@of_tensors
def square(x: Tensor) -> Tensor:
    """Return x * x."""
    return torch.square(x)


@of_tensors
def sqrt(x: Tensor) -> Tensor:
    """Return the square root; negative numbers count as 0."""
    return torch.sqrt(torch.clamp(x, min=0.0))


@of_tensors
def exp(x: Tensor) -> Tensor:
    """Return e to the power of x."""
    return torch.exp(x)


@of_tensors
def log(x: Tensor) -> Tensor:
    """Return the natural logarithm."""
    return torch.log(x)


@of_tensors
def pow(x: Tensor, a: Tensor | float) -> Tensor:
    """Return x to the power of a."""
    return torch.pow(x, a)


@of_tensors
def sign(x: Tensor) -> Tensor:
    """Return -1, 0 or 1."""
    return torch.sign(x)


@of_tensors
def round(x: Tensor) -> Tensor:
    """Return the nearest whole number; halves go to the even one."""
    return torch.round(x)


@of_tensors
def sin(x: Tensor) -> Tensor:
    """Return the sine."""
    return torch.sin(x)


@of_tensors
def cos(x: Tensor) -> Tensor:
    """Return the cosine."""
    return torch.cos(x)


@of_tensors
def clip(
    x: Tensor,
    min_value: Tensor | float | None = None,
    max_value: Tensor | float | None = None,
) -> Tensor:
    """Return x kept between two limits; None stands for no limit.

    A maximum below the minimum counts as the minimum.
    """
    limits: tuple[Any, Any] = (min_value, max_value)
    if all(isinstance(limit, Number) for limit in limits):
        return torch.clamp(x, limits[0], max(limits))
    if all(limit is None or isinstance(limit, Number) for limit in limits):
        return x if limits == (None, None) else torch.clamp(x, *limits)
    return torch.clamp(x, *(None if limit is None else as_tensor(limit) for limit in limits))


@of_tensors
def maximum(x: Tensor, y: Tensor | float) -> Tensor:
    """Return the larger of two numbers; where they are equal the gradient goes to x."""
    if isinstance(y, Number):
        return torch.clamp(x, min=y)  # type: ignore[arg-type]
    return torch.where(torch.gt(y, x), y, x)  # type: ignore[arg-type]


@of_tensors
def minimum(x: Tensor, y: Tensor | float) -> Tensor:
    """Return the smaller of two numbers; where they are equal the gradient goes to x."""
    if isinstance(y, Number):
        return torch.clamp(x, max=y)  # type: ignore[arg-type]
    return torch.where(torch.lt(y, x), y, x)  # type: ignore[arg-type]


@of_tensors
def cast(x: Tensor, dtype: Any) -> Tensor:
    """Return the numbers in another type, given by name."""
    return x.to(torch_type(dtype))


@of_tensors
def identity(x: Tensor, name: str | None = None) -> Tensor:
    """Return a tensor of the same content."""
    return torch.clone(x)


@of_tensors
def _without_gradient(x: Tensor) -> Tensor:
    return x.detach()


def stop_gradient(variables: Any) -> Any:
    """Return the tensor (or each of several) as a constant: no gradient flows through it."""
    if isinstance(variables, list | tuple):
        return [_without_gradient(one) for one in variables]
    return _without_gradient(variables)


@of_tensors
def print_tensor(x: Tensor, message: str = "", summarize: int = 3) -> Tensor:
    """Return x, and print it with a message whenever it is computed."""
    refuse_to_trace("print_tensor prints values")
    print(f"{message} {x.detach().cpu().numpy() if not x.is_meta else x}")
    return x
