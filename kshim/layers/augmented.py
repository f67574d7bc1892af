"""Augmented assignments: in a layer of a script's own `x += y` makes a new tensor, as in Keras.

torch writes into the tensor that is there. That may be what another layer gave, which the graph
uses elsewhere too, or what a gradient will be taken of. So in the methods of such classes, and in
no other code, the operators of tensors do what they do without the assignment; parameters are
written into even there. From the first such class on, this costs all code a look at the caller for
each such statement.
"""

from __future__ import annotations

import dis
import functools
import inspect
import operator
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

from torch import Tensor, nn

_OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor")
_methods: set[CodeType] = set()


def make_new_tensors_in(kind: type) -> bool:
    """Let `x += y` in the methods of a class make new tensors; return whether any has it."""
    functions = (it for member in vars(kind).values() for it in _functions(member))
    found = {it for function in functions for it in _codes(function.__code__) if _assigns(it)}
    if found:
        _methods.update(found)
        _teach_tensors()
    return bool(found)


def _assigns(code: CodeType) -> bool:
    """Return whether there is an augmented assignment in code."""
    return any(
        it.opname.startswith("INPLACE_") or (it.opname == "BINARY_OP" and it.argrepr.endswith("="))
        for it in dis.get_instructions(code)
    )


def _functions(member: Any) -> Iterator[Any]:
    """Yield the functions behind a member of a class, whatever is wrapped around them."""
    if isinstance(member, property):
        parts: tuple[Any, ...] = (member.fget, member.fset)
    else:
        parts = (getattr(member, "__func__", member),)
    yield from (it for it in map(inspect.unwrap, parts) if inspect.isfunction(it))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of those written inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _assigning(name: str) -> Any:
    """Return the method of tensors for an assignment with an operator."""
    usual, fresh = getattr(Tensor, name), getattr(operator, name.replace("__i", "__", 1))

    @functools.wraps(usual)
    def assign(self: Any, other: Any) -> Any:
        if sys._getframe(1).f_code in _methods and not isinstance(self, nn.Parameter):
            return fresh(self, other)
        return usual(self, other)

    return assign


@functools.cache
def _teach_tensors() -> None:
    """Let tensors look at the caller's code, once there is a class that it matters to."""
    for word in _OPERATORS:
        name = f"__i{word.strip('_')}__"
        if hasattr(Tensor, name):  # where there is none, Python makes a new tensor
            setattr(Tensor, name, _assigning(name))
