"""The symbols behind `get_updates`: gradients, and a script's own updates as a function.

While a script's `get_updates` runs, symbols stand for variables, so that what it computes of them
is computed again at each step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.backend.graphs import (
    Function,
    dtype_of,
    given_gradients,
    gradients,
    placeholder,
    standing_symbol,
)
from kshim.backend.tensors import of_tensors
from kshim.core.tracing import variables_as_symbols
from kshim.layers.weights import Weight
from kshim.optimizers.hyper import Hyper
from kshim.optimizers.updating import make_symbols_with


class KerasSymbols:
    """Make what optimizers need of symbols."""

    def gradients(self, loss: Any, params: Sequence[Any]) -> list[Any]:
        """Return the symbols of gradients, None where there is none."""
        return gradients(loss, list(params))

    def clipped(self, grads: list[Any], norm: float | None, value: float | None) -> list[Any]:
        """Return gradients shortened to a norm together, then cut to a value."""
        if norm:
            grads = _shortened(grads, norm)
        return [_cut(grad, value) for grad in grads] if value else grads

    def own_step(self, optimizer: Any, params: Sequence[Any]) -> Callable[..., Any]:
        """Return a function of a loss and gradients that does what `get_updates` says."""
        loss = placeholder((), name="loss")
        grads = [placeholder(tuple(one.shape), dtype=dtype_of(one)) for one in params]
        given_gradients[loss] = dict(zip(map(id, params), grads, strict=True))
        with variables_as_symbols(_Standing()):
            updates = optimizer.get_updates(loss=loss, params=list(params))
        return Function([loss, *grads], [], updates)


class _Standing:
    """Give the symbols that stand for variables, the same one each time."""

    def __init__(self) -> None:
        self.known: dict[int, Any] = {}

    def __call__(self, structure: Any) -> Any:
        """Return a structure with symbols in the places of variables."""
        if isinstance(structure, Weight | Hyper):
            if id(structure) not in self.known:
                self.known[id(structure)] = standing_symbol(structure)
            return self.known[id(structure)]
        if type(structure) in (list, tuple):
            return type(structure)(self(one) for one in structure)
        if type(structure) is dict:
            return {key: self(one) for key, one in structure.items()}
        return structure


@of_tensors
def _length(grad: Tensor) -> Tensor:
    return grad.square().sum()


@of_tensors
def _shorter(grad: Tensor, length: Tensor, norm: float) -> Tensor:
    whole = length.sqrt()
    return torch.where(whole >= norm, grad * (norm / whole), grad)


@of_tensors
def _cut(grad: Tensor, value: float) -> Tensor:
    return grad.clamp(-value, value)


def _shortened(grads: list[Any], norm: float) -> list[Any]:
    whole: Any = sum(_length(grad) for grad in grads)
    return [_shorter(grad, whole, norm) for grad in grads]


make_symbols_with(KerasSymbols())
