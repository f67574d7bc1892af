"""Losses and metrics that later Kerases renamed, under the names they had up to Keras 2.3.

A script sees `losses.logcosh.__name__`; the function that kshim keeps is called `log_cosh`, and a
twin of the older name is served in its place where the era has it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from kshim import losses as kshim_losses
from kshim import metrics as kshim_metrics
from kshim.losses.names import function_name


class Renamed:
    """Give, for each name of a module, what returns the function of that name in its era."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Callable[[], Any]:
        """Return what returns the function, to be asked each time."""
        return functools.partial(_of_era, getattr(self._module, name))


losses, metrics = Renamed(kshim_losses), Renamed(kshim_metrics)


def _of_era(function: Any) -> Any:
    name = function_name(function)
    return function if name == function.__name__ else _twin(function, name)


@functools.cache
def _twin(function: FunctionType, name: str) -> FunctionType:
    """Return a function that does the same under another name."""
    parts = (function.__globals__, name, function.__defaults__, function.__closure__)
    made = FunctionType(function.__code__, *parts)
    made.__doc__, made.__module__ = function.__doc__, function.__module__
    made.__kwdefaults__, made.__annotations__ = function.__kwdefaults__, function.__annotations__
    made.__qualname__ = name
    vars(made)["twin_of"] = function  # by which kshim knows it again
    return made
