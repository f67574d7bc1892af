"""Variables, and what tensorflow 1 scripts do with them.

Source: tensorflow 1.15 and 2.15.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kshim import initializers
from kshim.backend.arithmetic import stop_gradient
from kshim.backend.graphs import placeholder as symbol_of
from kshim.backend.state import update, update_add, update_sub
from kshim.backend.tensors import torch_type
from kshim.backend.variables import Variable as Lasting
from kshim.compat.tensorflow.arrays import as_tensor, dtype_of, sizes
from kshim.layers.device import default_device
from kshim.layers.weights import Weight

__all__ = [
    "Variable", "assign", "assign_add", "assign_sub", "control_dependencies", "get_variable",
    "global_variables", "global_variables_initializer", "group", "initialize_all_variables",
    "local_variables_initializer", "no_op", "placeholder", "placeholder_with_default",
    "stop_gradient", "tables_initializer", "trainable_variables", "variable_scope",
    "variables_initializer",
]  # fmt: skip


class Variable(Lasting):
    """Hold a tensor that can be written to and learnt.

    Args:
        initial_value: a number, list, array, tensor, or a function that gives one.
        trainable: whether gradients flow to it.
        validate_shape, caching_device, shape, and more: taken, and let be.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        **options: Any,
    ) -> None:
        """Keep the first values; they are there at once."""
        value = initial_value() if callable(initial_value) else initial_value
        start = value.read() if isinstance(value, Weight) else as_tensor(value)
        kind = start.dtype if dtype is None else dtype_of(dtype)
        super().__init__(start.detach().to(default_device(), kind), name, constraint)
        if trainable is False:
            self.trainable = False
            for tensor in self.tensors:
                tensor.requires_grad_(False)

    @property
    def initializer(self) -> None:  # type: ignore[override]
        """Return nothing: the values are there already."""

    @initializer.setter
    def initializer(self, value: Any) -> None:
        """Let be what the variable's base sets."""

    def initialized_value(self) -> Any:
        """Return the values."""
        return self.read()


def assign(ref: Any, value: Any, *options: Any, **more: Any) -> Any:
    """Write to a variable."""
    return update(ref, value)


def assign_add(ref: Any, value: Any, *options: Any, **more: Any) -> Any:
    """Add to a variable."""
    return update_add(ref, as_tensor(value))


def assign_sub(ref: Any, value: Any, *options: Any, **more: Any) -> Any:
    """Take from a variable."""
    return update_sub(ref, as_tensor(value))


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Any:
    """Return the symbol of data to come."""
    kind = str(dtype_of(dtype)).removeprefix("torch.")
    return symbol_of(shape=shape, dtype=kind, name=name)


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Any:
    """Return the default itself: a variable or tensor that is read where nothing is fed."""
    return input


def get_variable(
    name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, **options: Any
) -> Variable:
    """Return a new variable; it is not found again by its name."""
    kind = torch_type(None) if dtype is None else dtype_of(dtype)
    chosen = initializers.get("glorot_uniform" if initializer is None else initializer)
    start = initializers.initial_value(chosen, sizes(shape), kind) if callable(chosen) else chosen
    return Variable(start, name=name, dtype=kind)


def global_variables(*options: Any) -> list[Any]:
    """Return nothing: variables belong to models and layers."""
    return []


trainable_variables = global_variables


def global_variables_initializer(*options: Any) -> None:
    """Return nothing to run: variables have their values from the start."""


initialize_all_variables = local_variables_initializer = global_variables_initializer
tables_initializer = variables_initializer = no_op = group = global_variables_initializer


@contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """Accept what should happen first; everything happens where it stands."""
    yield


@contextmanager
def variable_scope(name: Any, *options: Any, **more: Any) -> Iterator[None]:
    """Accept a scope's name."""
    yield
