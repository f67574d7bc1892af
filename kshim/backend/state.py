"""Variables made, read and written; tensors that are filled.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.backend.graphs import evaluate
from kshim.backend.older_words import in_older_words
from kshim.backend.random import random_normal, random_uniform
from kshim.backend.tensors import as_tensor, of_tensors, sizes_of, torch_type
from kshim.backend.variables import Variable
from kshim.core.symbols import Symbol, symbols_in
from kshim.core.tracing import active_tracing, standing_for, variables_stand
from kshim.layers.device import default_device
from kshim.layers.weights import Weight
from kshim.optimizers.hyper import Hyper

# Making.


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """Return a variable that starts at a value; it is used like a layer's weight.

    Args:
        value: a number, a list, an array or a tensor.
        dtype: the name of its type; None is floatx, for whole numbers too.
    """
    tensor = value.read() if isinstance(value, Weight) else as_tensor(value)
    start = tensor.detach().to(default_device(), torch_type(dtype))
    return Variable(start, name, constraint)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """Return a tensor of the values; a single one fills the shape."""
    array = np.asarray(value.numpy() if isinstance(value, Tensor | Weight) else value)
    made = torch.tensor(array, dtype=torch_type(dtype), device=default_device())
    if shape is None:
        return made
    sizes = sizes_of(shape)
    return made.expand(sizes).clone() if made.numel() == 1 else made.reshape(sizes)


def zeros(shape: Any = (), dtype: Any = None, name: str | None = None) -> Any:
    """Return a variable of zeros."""
    return _lasting(torch.zeros(sizes_of(shape), dtype=torch_type(dtype)), name)


def ones(shape: Any = (), dtype: Any = None, name: str | None = None) -> Any:
    """Return a variable of ones."""
    return _lasting(torch.ones(sizes_of(shape), dtype=torch_type(dtype)), name)


def eye(size: int | Sequence[int], dtype: Any = None, name: str | None = None) -> Any:
    """Return a variable with ones on the diagonal and zeros elsewhere."""
    sizes = (size, size) if isinstance(size, int) else tuple(size)
    return _lasting(torch.eye(*sizes, dtype=torch_type(dtype)), name)


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None,
    seed: int | None = None,
) -> Any:  # fmt: skip
    """Return a variable that starts anywhere between two numbers."""
    return _lasting(random_uniform(shape, low, high, dtype, seed), name)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None,
    seed: int | None = None,
) -> Any:  # fmt: skip
    """Return a variable that starts normally distributed."""
    return _lasting(random_normal(shape, mean, scale, dtype, seed), name)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return zeros of the shape of x (and its type, unless another is named)."""
    return _filled_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return ones of the shape of x (and its type, unless another is named)."""
    return _filled_like(x, 1, dtype)


# Reading and writing.


def get_value(x: Any) -> Any:
    """Return the values of a variable, a weight or an optimizer's number as an array."""
    return x.numpy() if isinstance(x, Hyper) else evaluate(x)


def set_value(x: Any, value: Any) -> None:
    """Write the values of a variable, a weight or an optimizer's number."""
    x.assign(np.asarray(value).item() if isinstance(x, Hyper) else value)


@in_older_words
def batch_get_value(ops: Iterable[Any]) -> list[Any]:
    """Return the values of several variables."""
    return [get_value(x) for x in ops]


def batch_set_value(tuples: Iterable[tuple[Any, Any]]) -> None:
    """Write the values of several variables, given as pairs."""
    for x, value in tuples:
        set_value(x, value)


def eval(x: Any) -> Any:
    """Return the value of a tensor, a variable, or of a symbol that needs no input."""
    return get_value(x)


def update(x: Any, new_x: Any) -> Any:
    """Write to a variable now; of a symbol return the pair that `K.function` takes as an update."""
    return (x, standing_for(new_x)) if _is_recorded(new_x) else x.assign(new_x)


def update_add(x: Any, increment: Any) -> Any:
    """Add to a variable (see `update`)."""
    return (x, _sum(x, increment)) if _is_recorded(increment) else x.assign_add(increment)


def update_sub(x: Any, decrement: Any) -> Any:
    """Take from a variable (see `update`)."""
    return (x, _difference(x, decrement)) if _is_recorded(decrement) else x.assign_sub(decrement)


@in_older_words
def moving_average_update(x: Any, value: Any, momentum: float) -> Any:
    """Write x * momentum + value * (1 - momentum) to x (see `update`)."""
    return update(x, _average(x, value, momentum))


def get_variable_shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of a variable."""
    return tuple(x.shape)


@of_tensors
def _sum(x: Tensor, y: Tensor | float) -> Tensor:
    return x + y


@of_tensors
def _difference(x: Tensor, y: Tensor | float) -> Tensor:
    return x - y


@of_tensors
def _average(x: Tensor, value: Tensor | float, momentum: float) -> Tensor:
    return x * momentum + value * (1.0 - momentum)


@of_tensors
def _filled_like(x: Tensor, number: int, dtype: Any) -> Tensor:
    return torch.full_like(x, number, dtype=None if dtype is None else torch_type(dtype))


def _is_recorded(value: Any) -> bool:
    return bool(symbols_in(value)) or variables_stand()


def _lasting(tensor: Any, name: str | None) -> Any:
    """Return a variable; while layers are traced a constant, which is all they can hold then."""
    if active_tracing() is not None or isinstance(tensor, Symbol):
        return tensor
    return Variable(tensor.to(default_device()), name)
