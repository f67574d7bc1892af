"""Casting: floats in the type that a layer works in, and functions that run in half precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import torch
from torch import Tensor


def cast_float(value: Any, kind: torch.dtype) -> Any:
    """Return a tensor of floats in another type of floats; anything else as it is."""
    if isinstance(value, Tensor) and value.is_floating_point() and value.dtype != kind:
        return value.to(kind)
    return value


def cast_floats(structure: Any, kind: torch.dtype) -> Any:
    """Return nested lists, tuples and dicts with all tensors of floats in one type."""
    if isinstance(structure, dict):
        return {key: cast_floats(value, kind) for key, value in structure.items()}
    if type(structure) in (list, tuple):
        return type(structure)(cast_floats(item, kind) for item in structure)
    return cast_float(structure, kind)


def working_in(kind: torch.dtype, values: Any) -> AbstractContextManager[Any]:
    """Return a context in which products are taken in a half type, or in the type they have.

    Args:
        kind: float16 and bfloat16 are torch's autocast; any other type is none.
        values: what will be worked on; the first tensor tells the device.
    """
    tensor = next(_tensors(values), None)
    where = "cpu" if tensor is None else tensor.device.type
    if where == "meta":
        return nullcontext()
    half = kind in (torch.float16, torch.bfloat16)
    if not half and not torch.is_autocast_enabled(where):
        return nullcontext()
    # Nothing is kept in a cache: a cast of a weight from before an update would be taken again.
    return torch.autocast(where, kind if half else None, enabled=half, cache_enabled=False)


@cache
def function_in(kind: torch.dtype, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that works in a half type."""

    def call(*args: Any, **kwargs: Any) -> Any:
        with working_in(kind, (args, kwargs)):
            return function(*args, **kwargs)

    name = getattr(function, "__name__", type(function).__name__)
    call.__name__ = f"{name}_in_{str(kind).removeprefix('torch.')}"
    return call


@cache
def method_in(kind: torch.dtype, method: str) -> Callable[..., Any]:
    """Return a function that calls a method of its first argument, and works in a half type."""
    return function_in(kind, operator_of(method))


@cache
def operator_of(method: str) -> Callable[..., Any]:
    """Return a function that calls a method of its first argument."""

    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(value, method)(*args, **kwargs)

    call.__name__ = method.strip("_") if method != "__call__" else "module"
    return call


def _tensors(structure: Any) -> Iterator[Tensor]:
    if isinstance(structure, Tensor):
        yield structure
    elif isinstance(structure, list | tuple):
        for item in structure:
            yield from _tensors(item)
    elif isinstance(structure, dict):
        yield from _tensors(list(structure.values()))
