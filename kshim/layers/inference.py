"""The shape and type of what a function makes, found by running it on stand-ins.

It runs twice, with two different sizes for every unknown length; where the results differ, the
size is unknown. The stand-ins live on torch's meta device where the function allows, so that
nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from kshim.core.shapes import Shape
from kshim.core.symbols import Symbol, map_symbols, symbols_in
from kshim.errors import ShapeError

_SIZES = (6, 10)  # even, and with a batch of 2 and 3 divisible by little else in common
_BATCHES = (2, 3)


def infer(
    who: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Return symbols of the shapes and types that `function` makes of symbols.

    Raises:
        ShapeError: when the function cannot run on tensors of these shapes.
    """
    runs = [_run(who, function, args, kwargs, trial) for trial in (0, 1)]
    return _merge(runs[0], runs[1])


def stand_in(symbol: Symbol, trial: int, device: str) -> Tensor:
    """Return a tensor of ones (on meta: without values) of the symbol's shape and type."""
    sizes = [
        (_BATCHES if place == 0 else _SIZES)[trial] if size is None else size
        for place, size in enumerate(symbol.shape)
    ]
    return torch.ones(sizes, dtype=getattr(torch, symbol.dtype), device=device)


def dtype_name(tensor: Tensor) -> str:
    """Return Keras's word for a tensor's type."""
    return str(tensor.dtype).removeprefix("torch.")


def _run(
    who: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    trial: int,
) -> Any:
    problem: Exception | None = None
    for device in ("meta", "cpu"):
        make = partial(stand_in, trial=trial, device=device)
        stand = map_symbols(make, (args, kwargs))
        try:
            with torch.no_grad():
                return function(*stand[0], **stand[1])
        except Exception as error:  # the function is the user's: anything may come out of it
            problem = error
    shapes = [tuple(symbol.shape) for symbol in symbols_in((args, kwargs))]
    raise ShapeError(
        f"{who}: cannot be applied to inputs of shape {', '.join(map(str, shapes))}: "
        f"{str(problem).partition(chr(10))[0]}"
    ) from problem


def _merge(one: Any, other: Any) -> Any:
    if isinstance(one, Tensor):
        return Symbol(_common(one, other), dtype_name(one))
    if isinstance(one, dict):
        return {key: _merge(one[key], other[key]) for key in one}
    if isinstance(one, list | tuple):
        return [_merge(a, b) for a, b in zip(one, other, strict=True)]
    return one


def _common(one: Tensor, other: Tensor) -> Shape:
    return tuple(a if a == b else None for a, b in zip(one.shape, other.shape, strict=True))
