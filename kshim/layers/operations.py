"""Operations: functions and operators applied to symbols, as nodes of the graph.

`symbol + 1`, `torch.relu(symbol)` and `K.sum(symbol)` all come here. Each becomes a call of a
small layer around the function; lowering writes the function itself into the graph.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from kshim.core.names import unique_name
from kshim.core.symbols import Node, record_operations_with, symbols_in
from kshim.core.tracing import standing_for, variables_stand
from kshim.layers.base import Layer
from kshim.layers.functions import called, class_around
from kshim.layers.inference import infer
from kshim.layers.weights import Weight, read_weights

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Operation(Layer):
    """Apply a function to symbols, wherever they stand among its arguments.

    Shapes:
        x, y: what the function takes and gives

    Source: Keras 3.15 ops; TFOpLambda of tf.keras 2.15.
    """

    autocasts = False

    def __init__(self, function: Callable[..., Any], name: str | None = None) -> None:
        """Take the function; the name follows from it, unless it is given."""
        super().__init__(name=name or unique_name(called(function)))
        self.function = function
        self.built = True

    @property
    def keras_name(self) -> str:
        """Return what the era calls the class around such a function."""
        return class_around(self.function, self.era)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the function."""
        return self.function(*read_weights(args), **read_weights(kwargs))

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return symbols of the shapes a trial run shows."""
        return infer(self.name, self.call, args, kwargs)

    def record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record the function's call as a node; there may be no symbol in front to build by."""
        outputs = self.output_symbols(args, kwargs, None)
        node = Node(self, args, kwargs, outputs, number=len(self.inbound_nodes))
        for symbol in symbols_in(outputs):
            symbol.name = f"{self.name}:{symbol.index}"
        self.inbound_nodes.append(node)
        return outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Let no mask pass: nobody can know what a function does to steps."""


def operation(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Let a function of tensors take symbols and weights too: one node for the whole function."""

    @functools.wraps(function)
    def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        if variables_stand():
            args, kwargs = standing_for((args, kwargs))
        if symbols_in((args, kwargs)):
            made: Made = _record(function, args, kwargs)
            return made
        if _has_weight(args) or _has_weight(tuple(kwargs.values())):
            return function(*read_weights(args), **read_weights(kwargs))
        return function(*args, **kwargs)

    return call


def _has_weight(values: tuple[Any, ...]) -> bool:
    return any(
        isinstance(value, Weight)
        or (isinstance(value, list | tuple) and any(isinstance(item, Weight) for item in value))
        for value in values
    )


def _record(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return Operation(function).record(args, kwargs)


record_operations_with(_record)
