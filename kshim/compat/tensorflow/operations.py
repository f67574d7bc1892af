"""Lets tensorflow's functions take what Keras's do: symbols, variables, weights."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import torch

from kshim.layers.operations import operation


def take_symbols(names: dict[str, Any], without: Collection[str] = ()) -> None:
    """Let every public function of a file record a node where it is given symbols.

    Args:
        names: the globals of the file.
        without: functions that see to it themselves, or never meet one.
    """
    for name, value in list(names.items()):
        own = inspect.isfunction(value) and value.__module__ == names["__name__"]
        if own and not name.startswith("_") and name not in without:
            names[name] = operation(_of_tensors(value))


def as_tensor(value: Any) -> torch.Tensor:
    """Return a value as a tensor, in tensorflow's types; tensors and symbols as they are."""
    if hasattr(value, "__torch_function__") and not isinstance(value, (list, tuple)):
        return value  # type: ignore[no-any-return]
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value)
    if isinstance(value, (list, tuple)) and any(hasattr(one, "dtype") for one in value):
        return torch.stack([as_tensor(one) for one in value])
    made = torch.as_tensor(value)
    narrow = {torch.int64: torch.int32, torch.float64: torch.float32}
    return made.to(narrow.get(made.dtype, made.dtype))


def _of_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make tensors of the arrays and numbers for parameters that are annotated as tensors."""
    parameters = inspect.signature(function).parameters
    order = list(parameters)
    ready = {
        name: _READY[one.annotation] for name, one in parameters.items() if one.annotation in _READY
    }
    if not ready:
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        placed = [
            ready[name](one) if name in ready else one
            for name, one in zip(order, args, strict=False)
        ]
        named = {name: ready[name](one) if name in ready else one for name, one in kwargs.items()}
        return function(*placed, *args[len(order) :], **named)

    return call


def _all_tensors(values: Any) -> Any:
    """Return a list of tensors; one tensor stands for its parts."""
    return [as_tensor(one) for one in values] if isinstance(values, (list, tuple)) else values


# Annotations are texts in these files.
_READY: dict[object, Callable[[Any], Any]] = {
    "torch.Tensor": as_tensor, "Sequence[torch.Tensor]": _all_tensors,
}  # fmt: skip
