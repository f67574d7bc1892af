"""Cells: one step of a recurrent layer; and RNN, which takes any cell through a sequence.

kshim's own cells run a whole sequence at once on their torch module. A cell of the user's own is
called step by step, and its RNN stays in the lowered graph as it is.

Source: Keras 2.2.4 layers/recurrent.py; get_initial_state from tf.keras 2.15.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import true_or_false
from kshim.core.config import to_config
from kshim.core.eras import by_era, rule
from kshim.core.shapes import Shape, as_shape, is_shape, known_axis
from kshim.core.tracing import refuse_to_trace
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer, takes
from kshim.layers.device import on_default_device
from kshim.layers.gates import Gated, GRUGates, LSTMGates, SimpleGates, shows_start
from kshim.layers.recurrent import Recurrent, States, known_sizes, listed, sequence_shape
from kshim.layers.spec import InputSpec


@LAYERS.register()
class AbstractRNNCell(Layer):
    """Take one step of a recurrent layer: the base of a cell of the user's own.

    A cell gives `state_size` and `output_size`, and its `call(inputs, states)` returns the output
    and the new states.

    Shapes:
        x: (batch, features), y: (batch, output_size), states: (batch, state_size) each

    Source: tf.keras 2.15 layers/rnn/abstract_rnn_cell.py.
    """

    def call(self, inputs: Any, states: Any) -> tuple[Any, Any]:
        """Return the output of one step, and the states behind it."""
        raise NotImplementedError(f"{self.who}: call must be defined.")

    @property
    def state_size(self) -> Any:
        """Return the width of the state, or of each where there are several."""
        raise NotImplementedError(f"{self.who}: state_size must be defined.")

    @property
    def output_size(self) -> Any:
        """Return the width of the output."""
        raise NotImplementedError(f"{self.who}: output_size must be defined.")

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return states of zeros, one alone or a list."""
        count = len(inputs) if inputs is not None else batch_size
        with on_default_device():
            states = [
                torch.zeros(count, *known_sizes(size), dtype=self.torch_dtype)
                for size in _sizes(self.state_size)
            ]
        return states if len(states) > 1 else states[0]


class Cell(Gated):
    """Take one step on the torch module of a recurrent layer.

    Shapes:
        x: (batch, features), states and output: (batch, units)
    """

    def build(self, input_shape: Any) -> None:
        """Make kernel, recurrent kernel and bias."""
        self.make_module(known_axis(self.who, sequence_shape(input_shape), -1))

    def call(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """Return the output of one step, and the states behind it."""
        _, finals = self.run_module(torch.unsqueeze(inputs, 1), tuple(listed(states)), None)
        return finals[0], list(finals)

    def run_sequence(
        self, inputs: Any, states: States | None, mask: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        """Return the outputs of all steps, and the states behind the last."""
        return self.run_module(inputs, states, mask)

    def unroll(self, unrolls: bool) -> None:
        """Say whether the layer around the cell unrolls, which masked first steps show."""
        self.recurrence.shows_start = shows_start(self, unrolls)

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return states of zeros, one alone or a list."""
        count = len(inputs) if inputs is not None else batch_size
        with on_default_device():
            states = [torch.zeros(count, size, dtype=self.torch_dtype) for size in self.state_sizes]
        return states if len(states) > 1 else states[0]


@LAYERS.register()
class SimpleRNNCell(Cell, SimpleGates):
    """Take one step of a SimpleRNN."""


@LAYERS.register()
class LSTMCell(Cell, LSTMGates):
    """Take one step of an LSTM."""


@LAYERS.register()
class GRUCell(Cell, GRUGates):
    """Take one step of a GRU."""


def a_cell(value: Any) -> Any:
    """Take a cell, the config of one, or a list of them, which are stacked."""
    if isinstance(value, list | tuple):
        return StackedRNNCells(list(value))
    made = LAYERS.make(value) if isinstance(value, Mapping) else value
    if not (hasattr(made, "call") and hasattr(made, "state_size")):
        raise ArgumentError("value", "a cell, with call and state_size", value)
    return made


def cells(value: Any) -> list[Any]:
    """Take a list of cells, or of their configs."""
    if not isinstance(value, list | tuple) or not value:
        raise ArgumentError("value", "a list of cells", value)
    return [a_cell(cell) for cell in value]


@LAYERS.register()
class StackedRNNCells(Layer):
    """Take one step through several cells, the output of each being the input of the next.

    The states stand one behind the other in a flat list, those of the first cell first.

    Shapes:
        x: (batch, features), states: those of the cells, y: (batch, units of the last cell)

    Args:
        cells: from the inputs to the output.
        reverse_state_order: the states of the last cell come first, as up to Keras 2.1.
    """

    cells: list[Any] = arg(cells)
    reverse_state_order: bool = arg(true_or_false, by_era({"1.2": True, "2.2": False}), saved=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Hold the cells that are layers under names of their own."""
        super().__init__(*args, **kwargs)
        for place, cell in enumerate(self.cells):
            if isinstance(cell, Layer):
                setattr(self, f"cell_{place}", cell)

    @property
    def state_size(self) -> tuple[Any, ...]:
        """Return the widths of all states."""
        return tuple(size for cell in self._in_state_order() for size in _sizes(cell.state_size))

    @property
    def state_counts(self) -> list[int]:
        """Return how many states each cell has, in the order of the states."""
        return [len(_sizes(cell.state_size)) for cell in self._in_state_order()]

    @property
    def output_size(self) -> Any:
        """Return the width of the last cell's output."""
        return _output_size(self.cells[-1])

    def build(self, input_shape: Any) -> None:
        """Make the weights of the cells."""
        shape, *constants = [input_shape] if is_shape(input_shape) else list(input_shape)
        for cell in self.cells:
            _build(cell, shape, constants)
            shape = (shape[0], *as_shape(_output_size(cell)))
        if rule("cells_are_numbered", self.era):
            self._number_weights()

    def call(self, inputs: Any, states: Any, constants: Any = None) -> tuple[Any, list[Any]]:
        """Return the output of one step, and the states behind it."""
        parts, after = self._by_cell(states), {}
        for cell in self.cells:
            inputs, after[id(cell)] = _step(cell, inputs, parts[id(cell)], listed(constants))
        return inputs, [state for cell in self._in_state_order() for state in after[id(cell)]]

    def runs_sequences(self) -> bool:
        """Return whether every cell is one of kshim's own."""
        return all(isinstance(cell, Cell) for cell in self.cells)

    def run_sequence(
        self, inputs: Any, states: States | None, mask: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        """Return the outputs of all steps, and the states behind the last."""
        parts, after = self._by_cell(states) if states else {}, {}
        for cell in self.cells:
            given = tuple(parts.get(id(cell), ())) or None
            inputs, after[id(cell)] = cell.run_sequence(inputs, given, mask)
        finals = [state for cell in self._in_state_order() for state in after[id(cell)]]
        return inputs, tuple(finals)

    def unroll(self, unrolls: bool) -> None:
        """Say whether the layer around the cells unrolls."""
        for cell in self.cells:
            cell.unroll(unrolls)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        return super().get_config() | {"cells": to_config(self.cells)}

    def _number_weights(self) -> None:
        """Tell the weights of the cells apart, as kernel, kernel_1, kernel_2."""
        seen: Counter[str] = Counter()
        for weight in self.weights:
            weight.word = f"{weight.key}_{seen[weight.key]}" if seen[weight.key] else ""
            seen[weight.key] += 1

    def _in_state_order(self) -> Sequence[Any]:
        return self.cells[::-1] if self.reverse_state_order else self.cells

    def _by_cell(self, states: Any) -> dict[int, list[Any]]:
        """Return each cell's states, by the cell's identity."""
        rest, found = list(states), {}
        for cell in self._in_state_order():
            count = len(_sizes(cell.state_size))
            found[id(cell)], rest = rest[:count], rest[count:]
        return found


@LAYERS.register()
class RNN(Recurrent):
    """Take a sequence through a cell, step by step.

    Args:
        cell: one of kshim's, or any thing with `state_size` and `call(inputs, states)` that gives
            the output and the new states; a list of cells is stacked. A cell whose `call` takes
            `constants` gets those that the layer is called with.

        >>> RNN(cell=LSTMCell(3))(Input((5, 4))).shape
        (None, 3)
    """

    cell: Any = arg(a_cell)
    order = (
        "cell", "return_sequences", "return_state", "go_backwards", "stateful", "unroll",
        "time_major",
    )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; a penalty, which few Kerases know, only if told."""
        config = super().get_config()
        if self.activity_regularizer is None:
            del config["activity_regularizer"]
        return config

    @property
    def state_sizes(self) -> Sequence[Any]:
        """Return the width, or the shape of one sample, of each state."""
        return _sizes(self.cell.state_size)

    @property
    def state_size(self) -> Any:
        """Return what the cell says of its states."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """Return the width, or the shape of one sample, of one step's output."""
        return _output_size(self.cell)

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **options: Any
    ) -> Any:
        """Record a node or compute; from tf.keras on the states stand together by cell."""
        made = super().__call__(inputs, initial_state, constants, **options)
        nests = self.return_state and rule("states_stand_by_cell", self.era)
        return self._by_cell(made) if nests else made

    def build(self, input_shape: Any) -> None:
        """Make the cell's weights, and the states of a stateful layer."""
        shape = sequence_shape(input_shape)
        step = (shape[1 if self.time_major else 0], *shape[2:])
        number = self.number_of_constants
        _build(self.cell, step, list(input_shape)[-number:] if number else [])
        spec = InputSpec(ndim=len(shape))
        if self._runs_sequences():
            self.cell.unroll(self.unroll)
            spec = InputSpec(ndim=len(shape), axes={-1: shape[-1]})
        self.make_states(input_shape)
        self.input_spec = [spec, *self.input_spec[1:]]

    def run(
        self, inputs: Any, states: States | None, mask: Any, constants: list[Any]
    ) -> tuple[Any, States]:
        """Return the outputs of all steps, in the order taken, and the last states."""
        if self.go_backwards:
            inputs = torch.flip(inputs, (1,))
            mask = None if mask is None else torch.flip(mask, (1,))
        if self._runs_sequences():
            made: tuple[Any, States] = self.cell.run_sequence(inputs, states, mask)
            return made
        refuse_to_trace(f"{self.who} takes the steps of a cell of the user's own")
        return self._walk(inputs, list(states or self._starts(inputs)), mask, constants)

    def _by_cell(self, values: Any) -> list[Any]:
        """Return what stands for the output and each state, several states of a cell in a list."""
        output, *rest = values
        if not isinstance(self.cell, StackedRNNCells):
            return [output, *rest]
        made = [output]
        for count in self.cell.state_counts:
            made.append(rest[0] if count == 1 else rest[:count])
            rest = rest[count:]
        return made

    def _runs_sequences(self) -> bool:
        """Return whether the cell can take all steps at once."""
        if isinstance(self.cell, StackedRNNCells):
            return self.cell.runs_sequences()
        return hasattr(self.cell, "run_sequence")

    def _starts(self, inputs: Tensor) -> list[Tensor]:
        """Return the states before the first step: the cell's own, or zeros."""
        make = getattr(self.cell, "get_initial_state", None)
        if make is not None:
            return listed(make(inputs=inputs, batch_size=len(inputs), dtype=inputs.dtype))
        return [inputs.new_zeros(len(inputs), *known_sizes(size)) for size in self.state_sizes]

    def _walk(
        self, inputs: Tensor, states: list[Any], mask: Any, constants: list[Any]
    ) -> tuple[Tensor, States]:
        """Take the steps one by one; a masked one keeps the states and shows an older output."""
        outputs: list[Tensor] = []
        shows_state = shows_start(self, self.unroll)
        kept = [None] * inputs.shape[1] if mask is None else list(mask.unbind(1))
        for step, counts in zip(inputs.unbind(1), kept, strict=True):
            output, after = _step(self.cell, step, states, constants)
            if counts is not None:
                before = outputs[-1] if outputs else torch.zeros_like(output)
                output = _where(counts, output, states[0] if shows_state else before)
                pairs = zip(after, states, strict=True)
                after = [_where(counts, new, old) for new, old in pairs]
            outputs.append(output)
            states = after
        return torch.stack(outputs, 1), tuple(states)


def _step(cell: Any, inputs: Any, states: Any, constants: list[Any]) -> tuple[Any, list[Any]]:
    """Return a cell's output, and its states behind the step as a list."""
    options = {"constants": constants} if constants and takes(type(cell), "constants") else {}
    run = cell if isinstance(cell, Layer) else cell.call
    output, after = run(inputs, list(states), **options)
    return output, listed(after)


def _build(cell: Any, shape: Shape, constants: list[Any]) -> None:
    """Let a cell make its weights, unless it has them or makes none."""
    wanted = [shape, *constants] if constants and takes(type(cell), "constants") else shape
    if isinstance(cell, Layer):
        cell.build_once(wanted)
    elif hasattr(cell, "build") and not getattr(cell, "built", False):
        cell.build(wanted)


def _sizes(state_size: Any) -> list[Any]:
    """Return the width or shape of each state, from whichever form a cell tells them in."""
    if hasattr(state_size, "as_list") or not isinstance(state_size, list | tuple):
        return [state_size]
    return list(state_size)


def _output_size(cell: Any) -> Any:
    told = getattr(cell, "output_size", None)
    return _sizes(cell.state_size)[0] if told is None else told


def _where(counts: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Return the new values of the samples that count, the old ones of the rest."""
    return torch.where(counts.reshape(-1, *[1] * (new.dim() - 1)), new, old)
