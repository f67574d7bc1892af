"""Hyper: one number of an optimizer that scripts read and set while training."""

from __future__ import annotations

import operator
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from kshim.core.checks import number
from kshim.core.settings import floatx
from kshim.core.tracing import standing_for, variables_stand


class Hyper:
    """Hold a number as Keras's variables do: read by `numpy()`, set by `assign(x)`.

    It takes part in arithmetic and comparisons as the number it holds.

    Attributes:
        value: the number as Python has it: a float, or an int for what counts.
    """

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        self.value: float = value

    def assign(self, value: Any) -> Hyper:
        """Set the number, from a number or a variable of one."""
        self.value = type(self.value)(value.item() if hasattr(value, "item") else value)
        return self

    def assign_add(self, value: Any) -> Hyper:
        """Add to the number."""
        return self.assign(self.value + value)

    def assign_sub(self, value: Any) -> Hyper:
        """Take from the number."""
        return self.assign(self.value - value)

    def numpy(self) -> Any:
        """Return the number as Keras's variable would: of the type floatx, or int64."""
        if isinstance(self.value, int):
            return np.int64(self.value)
        return np.dtype("float32" if floatx() == "bfloat16" else floatx()).type(self.value)

    def set_value(self, value: Any) -> None:
        """Set the number, in the words of Keras on Theano."""
        self.assign(value)

    def get_value(self) -> Any:
        """Return what `numpy` returns, in the words of Keras on Theano."""
        return self.numpy()

    eval = read_value = get_value

    def __float__(self) -> float:
        """Return the number as a float."""
        return float(self.value)

    def __int__(self) -> int:
        """Return the number as an int."""
        return int(self.value)

    def __index__(self) -> int:
        """Return the number where only a whole one will do."""
        return operator.index(self.value)  # type: ignore[arg-type]

    def __bool__(self) -> bool:
        """Return whether the number is not zero."""
        return bool(self.value)

    def __hash__(self) -> int:
        """Return a hash that stays while the number changes."""
        return id(self)

    def __repr__(self) -> str:
        """Return the number in the words of a program."""
        return f"Hyper({self.value!r})"

    def __format__(self, form: str) -> str:
        """Return the number as a text."""
        return format(self.value, form)


def hyper(value: Any) -> Hyper:
    """Take a number, or a thing that holds one."""
    if isinstance(value, Hyper):
        return value
    is_number = isinstance(value, Real) or not hasattr(value, "__float__")
    return Hyper(float(number()(value if is_number else float(value))))


def _number(value: Any) -> Any:
    """Return the number that is held, or what stands for it while symbols stand for variables."""
    if not isinstance(value, Hyper):
        return value
    return standing_for(value) if variables_stand() else value.value


def _operator(function: Callable[[Any, Any], Any], swapped: bool = False) -> Callable[..., Any]:
    def compute(self: Hyper, other: Any) -> Any:
        own, number = _number(self), _number(other)
        return function(number, own) if swapped else function(own, number)

    return compute


def _alone(function: Callable[[Any], Any]) -> Callable[..., Any]:
    def compute(self: Hyper) -> Any:
        return function(_number(self))

    return compute


_TWO_SIDED = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")

for _name in (*_TWO_SIDED, "lt", "le", "gt", "ge", "eq", "ne"):
    _function = getattr(operator, _name)
    setattr(Hyper, f"__{_name}__", _operator(_function))
    if _name in _TWO_SIDED:
        setattr(Hyper, f"__r{_name}__", _operator(_function, swapped=True))

for _name in ("neg", "abs"):
    setattr(Hyper, f"__{_name}__", _alone(getattr(operator, _name)))
