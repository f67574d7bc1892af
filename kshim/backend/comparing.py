"""Comparisons, and choices by their results.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kshim.backend.tensors import of_tensors
from kshim.core.symbols import symbols_in
from kshim.core.tracing import refuse_to_trace
from kshim.optimizers.hyper import Hyper


@of_tensors
def equal(x: Tensor, y: Tensor | float) -> Tensor:
    """Return whether x and y are equal."""
    return torch.eq(x, y)


@of_tensors
def not_equal(x: Tensor, y: Tensor | float) -> Tensor:
    """Return whether x and y differ."""
    return torch.ne(x, y)


@of_tensors
def greater(x: Tensor, y: Tensor | float) -> Tensor:
    """Return whether x is larger."""
    return torch.gt(x, y)


@of_tensors
def greater_equal(x: Tensor, y: Tensor | float) -> Tensor:
    """Return whether x is not smaller."""
    return torch.ge(x, y)


@of_tensors
def less(x: Tensor, y: Tensor | float) -> Tensor:
    """Return whether x is smaller."""
    return torch.lt(x, y)


@of_tensors
def less_equal(x: Tensor, y: Tensor | float) -> Tensor:
    """Return whether x is not larger."""
    return torch.le(x, y)


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Return one thing or the other, each number by its own condition.

    A condition of fewer axes stands for whole rows.

    Args:
        condition: a number, or truths of as many axes as the expressions, or of fewer.
        then_expression, else_expression: tensors, or functions that give them.
    """
    if isinstance(condition, bool | int):
        return _value(then_expression if condition else else_expression)
    then, other = _value(then_expression), _value(else_expression)
    if isinstance(condition, Hyper):
        return by_number(condition)(then, other)
    return _by_truths(condition, then, other)


@of_tensors
def where(condition: Tensor, x: Tensor | float, y: Tensor | float) -> Tensor:
    """Return x where the condition is true, y elsewhere."""
    return torch.where(condition.to(torch.bool), x, y)


@of_tensors
def in_top_k(predictions: Tensor, targets: Tensor, k: int) -> Tensor:
    """Return whether the class of each row is among the k with the highest predictions.

    Shapes:
        predictions: (batch, classes), targets: (batch,) of class numbers
    """
    own = torch.gather(predictions, 1, torch.unsqueeze(targets.to(torch.long), 1))
    higher = torch.sum(torch.gt(predictions, own), 1)
    return torch.lt(higher, k)


def by_number(condition: Hyper) -> Callable[[Any, Any], Any]:
    """Return a function of two tensors that gives the first while a number is not zero."""

    @of_tensors
    def choose(then: Tensor, other: Tensor) -> Tensor:
        refuse_to_trace("the choice depends on a number that changes")
        return then if condition else other

    return choose


@of_tensors
def _by_truths(condition: Tensor, then: Tensor, other: Tensor) -> Tensor:
    truths = condition.to(torch.bool)
    for _ in range(then.dim() - condition.dim()):
        truths = torch.unsqueeze(truths, -1)
    return torch.where(truths, then, other)


def _value(expression: Any) -> Any:
    is_function = callable(expression) and not symbols_in(expression)
    return expression() if is_function and not isinstance(expression, Tensor) else expression
