"""What every function of the backend does to its arguments before it computes.

Source: the conversions TensorFlow makes for Keras 2.2.4 and tf.keras 2.15.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Number
from typing import Any, ParamSpec, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from kshim.core.settings import floatx
from kshim.core.symbols import symbols_in
from kshim.core.tracing import know_rank, standing_for, variables_stand
from kshim.errors import ArgumentError
from kshim.layers.operations import operation
from kshim.layers.weights import Weight

Given = ParamSpec("Given")
Made = TypeVar("Made")
Axis = int | Sequence[int] | None

_TENSORS = frozenset({Tensor, nn.Parameter, type(None)})
_PLAIN = _TENSORS | {int, float, bool, str}


def of_tensors(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Let a function of tensors take symbols, weights, arrays, lists and numbers too.

    A parameter annotated `Tensor` is always given a tensor; one annotated `Tensor | float` may be
    given a Python number.
    """
    parameters = list(inspect.signature(function).parameters.values())
    kinds = {one.name: one.annotation for one in parameters if "Tensor" in str(one.annotation)}
    order = [one.name for one in parameters]
    strict = {name for name, kind in kinds.items() if "float" not in str(kind)}
    ready = {name: _TENSORS if name in strict else _PLAIN for name in order}

    @functools.wraps(function)
    def convert(*args: Any, **kwargs: Any) -> Made:
        device = _device_of((*args, *kwargs.values()))
        named = [*zip(order, args, strict=False), *kwargs.items()]
        made = {name: _converted(kinds.get(name), value, device) for name, value in named}
        rest = args[len(order) :]
        placed = [made.pop(name) for name in order[: len(args)]]
        return function(*placed, *rest, **made)

    recorded = operation(convert)

    @functools.wraps(function)
    def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        if variables_stand():
            args, kwargs = standing_for((args, kwargs))
        if _are_ready(ready, [*zip(order, args, strict=False), *kwargs.items()]):
            return function(*args, **kwargs)
        if symbols_in((args, kwargs)):
            return recorded(*args, **kwargs)
        read = {name: read_ranked(value) for name, value in kwargs.items()}
        return convert(*map(read_ranked, args), **read)

    return call


def as_tensor(value: Any, device: torch.device | None = None) -> Any:
    """Return a tensor of an array, a list or a number; tensors and stand-ins as they are.

    Doubles become floatx, as TensorFlow takes Python's floats.
    """
    if isinstance(value, Tensor) or hasattr(type(value), "__torch_function__"):
        return value
    if isinstance(value, list | tuple) and any(_is_tensor(item) for item in value):
        return torch.stack([as_tensor(item, device) for item in value])
    array = np.array(value.numpy() if hasattr(value, "numpy") else value, order="C")
    if array.dtype == np.float64:
        array = array.astype("float32" if floatx() == "bfloat16" else floatx())
    made = torch.from_numpy(array)
    return made if device is None else made.to(device)


def read_ranked(value: Any) -> Any:
    """Return the tensor a weight shows (its rank known while tracing), anything else as it is."""
    if isinstance(value, Weight):
        return know_rank(value.read(), len(value.shape))
    if type(value) in (list, tuple):
        return type(value)(read_ranked(item) for item in value)
    return value


def torch_type(dtype: Any) -> torch.dtype:
    """Return torch's type for a name, a numpy or a TensorFlow type; None is floatx.

    Raises:
        ArgumentError: for a type that torch lacks.
    """
    if isinstance(dtype, torch.dtype):
        return dtype
    name = floatx() if dtype is None else _type_name(dtype)
    kind = getattr(torch, name.removeprefix("torch."), None)
    if not isinstance(kind, torch.dtype):
        raise ArgumentError("dtype", "the name of a number type such as 'float32'", dtype)
    return kind


def rank_of(x: Any) -> int | None:
    """Return the number of axes, None where a stand-in does not know it."""
    rank = x.dim()
    return rank if isinstance(rank, int) else None


def axes_of(x: Any, axis: Axis) -> tuple[int, ...]:
    """Return the axes that `axis` names: all of them for None."""
    if axis is None:
        return tuple(range(x.dim()))
    return tuple(int(one) for one in axis) if isinstance(axis, Iterable) else (int(axis),)


def sizes_of(shape: Any) -> Any:
    """Return a shape given as numbers, tensors or a tensor of them as a list torch can take."""
    if isinstance(shape, Tensor):
        return [int(size) for size in shape.tolist()] if shape.dim() else [int(shape)]
    if isinstance(shape, np.ndarray):
        return [int(size) for size in shape]
    if isinstance(shape, Iterable) and not hasattr(type(shape), "__torch_function__"):
        return [-1 if size is None else _size(size) for size in shape]
    return shape


def _are_ready(ready: Mapping[str, Any], named: Iterable[tuple[str, Any]]) -> bool:
    """Return whether all arguments are tensors and plain values, so that nothing is to be done."""
    return all(type(value) in ready.get(name, ()) for name, value in named)


def _converted(kind: Any, value: Any, device: torch.device | None) -> Any:
    if kind is None or value is None:
        return value
    if "float" in str(kind) and isinstance(value, Number):
        return value
    return as_tensor(value, device)


def _device_of(values: Iterable[Any]) -> torch.device | None:
    """Return the device of the first tensor, also inside lists."""
    for value in values:
        if isinstance(value, Tensor):
            return value.device
        if isinstance(value, list | tuple):
            found = _device_of(value)
            if found is not None:
                return found
    return None


def _is_tensor(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_is_tensor(item) for item in value)
    return isinstance(value, Tensor) or hasattr(type(value), "__torch_function__")


def _type_name(dtype: Any) -> str:
    if isinstance(dtype, str):
        return dtype
    name = getattr(dtype, "name", None)
    return name if isinstance(name, str) else str(np.dtype(dtype).name)


def _size(size: Any) -> Any:
    if isinstance(size, float | np.number | np.ndarray):
        return int(size)
    return int(size) if isinstance(size, Tensor) else size
