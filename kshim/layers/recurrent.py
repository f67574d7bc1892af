"""Recurrent layers: SimpleRNN, LSTM and GRU, on torch's own modules wherever they can be.

Source: Keras 2.2.4 layers/recurrent.py; older names from 1.2.2; time_major from tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim import regularizers
from kshim.core.arguments import arg
from kshim.core.checks import true_or_false
from kshim.core.shapes import Shape, as_shape, is_shape, known_axis, need_rank
from kshim.core.symbols import record, symbols_in
from kshim.core.tracing import refuse_to_trace
from kshim.errors import ArgumentError, ShapeError, StateError, UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.layers.gates import Gated, GRUGates, LSTMGates, Ordered, SimpleGates, shows_start
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight, reordered

States = tuple[Any, ...]


class Recurrent(Ordered):
    """Take a sequence step by step, carrying states along.

    Called on `x`, on `[x, *states]`, or on `x` with `initial_state=`. Steps that a mask leaves out
    keep the states and repeat the output before them.

    Shapes:
        x: (batch, time, ...), (time, batch, ...) with `time_major`
        y: (batch, units), or (batch, time, units) with `return_sequences`
        states: (batch, units) each

    Args:
        return_sequences: give the output of every step, not of the last alone.
        return_state: give `[y, *states]`.
        go_backwards: start at the last step; the outputs come in the order they are made.
        stateful: start each batch where the one before it ended.
        unroll: taken for its place in files; the numbers are the same.
        zero_output_for_mask: give zeros at the steps that the mask leaves out.
    """

    activity_regularizer: Any = arg(regularizers.get, None)
    return_sequences: bool = arg(true_or_false, False)
    return_state: bool = arg(true_or_false, False)
    go_backwards: bool = arg(true_or_false, False)
    stateful: bool = arg(true_or_false, False)
    unroll: bool = arg(true_or_false, False)
    time_major: bool = arg(true_or_false, False, since="2.15")
    zero_output_for_mask: bool = arg(true_or_false, False, since="2.15", saved=False)

    supports_masking = True
    sequence_spec = InputSpec(min_ndim=3)
    number_of_constants = 0
    keeps_states_at_rest = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; there are no states yet."""
        super().__init__(*args, **kwargs)
        self.input_spec = [self.sequence_spec]
        self.states: list[Any] = [None] * len(self.state_sizes)

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **options: Any
    ) -> Any:
        """Record a node or compute; states that are symbols stand among the node's inputs."""
        states = [one for some in listed(initial_state) for one in listed(some)]
        fixed = listed(constants)
        if fixed:
            self.number_of_constants = len(fixed)
        if fixed or symbols_in(states):
            inputs = [*listed(inputs), *states, *fixed]
        elif states:
            options["initial_state"] = states
        return super().__call__(inputs, **options)

    def takes_beside(self, args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
        """Return whether states or constants are given, which stand in a list with the sequence."""
        return len(listed(args[0])) > 1 or super().takes_beside(args, options)

    def record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a call on symbols as a node."""
        count = len(listed(args[0]))
        self.input_spec = [self.input_spec[0], *[None] * (count - 1)]
        check_states(self.who, args[0], self.state_sizes, self.number_of_constants)
        return super().record(args, kwargs)

    def call(
        self,
        inputs: Tensor | list[Tensor],
        mask: Any = None,
        initial_state: Any = None,
        **options: Any,
    ) -> Any:
        """Return the output, and the states behind it if asked.

        `training`, which subclasses hand on, is what the phase in force says already.
        """
        _expect_only_training(self.who, options)
        sequence, given, fixed = parted(
            self.who, inputs, initial_state, len(self.state_sizes), self.number_of_constants
        )
        mask = first(mask)
        if self.time_major:
            sequence = sequence.transpose(0, 1)
            mask = None if mask is None else mask.transpose(0, 1)
        starts = self._kept_states(sequence) if self.stateful and not given else given
        sequence, finals = self.run(sequence, tuple(starts) or None, mask, fixed)
        if self.stateful and (self.training or self.keeps_states_at_rest):
            self._keep_states(finals)
        output = self._output(sequence, finals, mask)
        return [output, *finals] if self.return_state else output

    def run(
        self, inputs: Any, states: States | None, mask: Any, constants: list[Any]
    ) -> tuple[Any, States]:
        """Return the outputs of all steps, in the order taken, and the last states."""
        raise NotImplementedError

    @property
    def state_sizes(self) -> Sequence[Any]:
        """Return the width, or the shape of one sample, of each state."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """Return the width, or the shape of one sample, of one step's output."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output, and those of the states if they are asked for."""
        shape = sequence_shape(input_shape)
        batch, time = (shape[1], shape[0]) if self.time_major else (shape[0], shape[1])
        lead: Shape = (batch,)
        if self.return_sequences:
            lead = (time, batch) if self.time_major else (batch, time)
        output = (*lead, *as_shape(self.output_size))
        states = [(batch, *as_shape(size)) for size in self.state_sizes]
        return [output, *states] if self.return_state else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the sequence, where there is still a sequence."""
        kept = first(mask) if self.return_sequences else None
        return [kept, *[None] * len(self.state_sizes)] if self.return_state else kept

    def sample_shape(self, input_dim: int, input_length: int | None) -> Shape:
        """Return (time, features), which Keras 1 calls input_length and input_dim."""
        return (input_length, input_dim)

    def make_states(self, input_shape: Any) -> None:
        """Make the states that a stateful layer keeps from batch to batch.

        Raises:
            ShapeError: when the batch size is unknown.
        """
        if not self.stateful:
            return
        shape = sequence_shape(input_shape)
        batch = shape[1 if self.time_major else 0]
        if batch is None:
            raise ShapeError(
                f"{self.who}: a stateful layer must know its batch size, got inputs of shape "
                f"{tuple(shape)}. Give the first layer batch_input_shape=(batch, time, features), "
                "or Input batch_shape=."
            )
        to_keras, to_torch = reordered(None)
        for place, size in enumerate(self.state_sizes):
            slot = f"state_{place}"
            zeros = torch.zeros([batch, *known_sizes(size)], dtype=self.torch_dtype)
            self.register_buffer(slot, zeros, persistent=False)
            self.states[place] = Weight(
                self, slot, self, (slot,), to_keras=to_keras, to_torch=to_torch, trainable=False
            )

    def reset_states(self, states: Any = None) -> None:
        """Start again from zeros, or from the states given.

        Raises:
            StateError: for a layer that keeps no states, or has none yet.
            ShapeError: for states that do not fit.
        """
        if not self.stateful or None in self.states:
            wanted = "made with stateful=True" if not self.stateful else "called"
            raise StateError(f"{self.who}: must be {wanted} before its states are reset.")
        values = listed(states) or [np.zeros(kept.shape, "float32") for kept in self.states]
        wanted_shapes = [tuple(kept.shape) for kept in self.states]
        given_shapes = [tuple(np.shape(value)) for value in values]
        if given_shapes != wanted_shapes:
            raise ShapeError(
                f"{self.who}: states must have the shapes {wanted_shapes}, got {given_shapes}."
            )
        self._keep_states([torch.as_tensor(np.asarray(value)) for value in values])

    reset_state = reset_states

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Return the states a sequence starts from: zeros."""
        return [_zero_state(inputs, as_shape(size)) for size in self.state_sizes]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        config = super().get_config()
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = True
        if self.number_of_constants:
            config["num_constants"] = self.number_of_constants
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return what `get_config` described."""
        words = dict(config)
        number = words.pop("num_constants", None)
        made = cls(**words)
        made.number_of_constants = number or 0
        return made

    def _kept_states(self, inputs: Any) -> list[Tensor]:
        refuse_to_trace(f"{self.who} keeps states")
        states = [getattr(self, kept.key) for kept in self.states]
        if len(states[0]) != len(inputs):
            raise ShapeError(
                f"{self.who}: a stateful layer must get batches of {len(states[0])} samples, "
                f"got {len(inputs)}."
            )
        return states

    def _keep_states(self, states: Sequence[Any]) -> None:
        """Keep states for the next batch, in new tensors: gradients may still need the old."""
        refuse_to_trace(f"{self.who} keeps states")
        for kept, state in zip(self.states, states, strict=True):
            before = getattr(self, kept.key)
            # A state kept while predicting may go into training.
            with torch.inference_mode(False):
                setattr(self, kept.key, state.detach().clone().to(before))

    def _output(self, sequence: Any, finals: States, mask: Any) -> Any:
        if mask is not None and self.zero_output_for_mask:
            steps = torch.flip(mask, (1,)) if self.go_backwards else mask
            over_features = (..., *[None] * len(as_shape(self.output_size)))
            sequence = sequence * steps[over_features]
        if not self.return_sequences:
            # Behind masked steps alone, the last output is not the last state.
            return self.last_output(sequence, finals) if mask is None else sequence[:, -1]
        return sequence.transpose(0, 1) if self.time_major else sequence

    def last_output(self, sequence: Any, finals: States) -> Any:
        """Return the output of the last step."""
        return sequence[:, -1]


class GatedRecurrent(Gated, Recurrent):
    """Run a sequence through one of the modules of `kshim.nn.recurrent`."""

    sequence_spec = InputSpec(ndim=3)

    @property
    def cell(self) -> CellOf:
        """Return what shows the weights and arguments as those of the cell that Keras has here."""
        return CellOf(self)

    def build(self, input_shape: Any) -> None:
        """Make kernel, recurrent kernel, bias, and the states of a stateful layer."""
        shape = sequence_shape(input_shape)
        need_rank(self.who, shape, 3)
        features = known_axis(self.who, shape, -1)
        self.make_module(
            features, go_backwards=self.go_backwards, shows_start=shows_start(self, self.unroll)
        )
        self.make_states(input_shape)
        self.input_spec = [InputSpec(ndim=3, axes={-1: features}), *self.input_spec[1:]]

    def run(
        self, inputs: Any, states: States | None, mask: Any, constants: list[Any]
    ) -> tuple[Any, States]:
        """Return the outputs of all steps, in the order taken, and the last states."""
        return self.run_module(inputs, states, mask)

    def last_output(self, sequence: Any, finals: States) -> Any:
        """Return the output of the last step, which is the first of the last states."""
        return finals[0]


class CellOf:
    """Show a recurrent layer under the names that Keras's cell inside it has: layer.cell.units."""

    def __init__(self, layer: GatedRecurrent) -> None:
        self._layer = layer

    @property
    def losses(self) -> list[Any]:
        """Return the penalties of the weights; that of the outputs is the layer's."""
        penalties: list[Any] = self._layer.get_losses_for(None)
        return penalties

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """Return the penalties of the weights for None, nothing for inputs."""
        return self.losses if inputs is None else []

    def __getattr__(self, name: str) -> Any:
        """Return what the layer has under a name."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._layer, name)


@LAYERS.register()
class SimpleRNN(SimpleGates, GatedRecurrent):
    """Mix each step with the output before it: h' = activation(x kernel + h recurrent + bias).

    Shapes:
        kernel: (features, units), recurrent_kernel: (units, units), bias: (units,) or None

        >>> SimpleRNN(units=3)(Input((5, 4))).shape
        (None, 3)
    """


@LAYERS.register()
class LSTM(LSTMGates, GatedRecurrent):
    """Keep a cell behind three gates, which open by what comes in and what was put out.

        i, f, o = recurrent_activation(x kernel + h recurrent + bias)
        c' = f * c + i * activation(...),  h' = o * activation(c')

    Shapes:
        kernel: (features, 4 * units), recurrent_kernel: (units, 4 * units), bias: (4 * units,)
        in blocks i, f, c, o

    Args:
        unit_forget_bias: the forget gate's bias starts at one.
        implementation: 1 drops for each gate apart, 2 for all alike; without dropout the same.

        >>> LSTM(units=3)(Input((5, 4))).shape
        (None, 3)
    """


@LAYERS.register()
class GRU(GRUGates, GatedRecurrent):
    """Blend what was put out before with new content: h' = z * h + (1 - z) * n.

        z, r = recurrent_activation(x kernel + h recurrent + bias)
        n = activation(x kernel + (r * h) recurrent + bias), or r * (h recurrent + bias')

    Shapes:
        kernel: (features, 3 * units), recurrent_kernel: (units, 3 * units), in blocks z, r, h
        bias: (3 * units,), or (2, 3 * units) with `reset_after`

    Args:
        reset_after: the reset gate comes after the product, as in cuDNN.

        >>> GRU(units=3)(Input((5, 4))).shape
        (None, 3)
    """


def known_sizes(size: Any) -> list[int]:
    """Return the shape of one sample that a width, or a shape, stands for."""
    return [known or 0 for known in as_shape(size)]


def parted(
    who: str, inputs: Any, initial_state: Any, wanted: int, number_of_constants: int
) -> tuple[Any, list[Any], list[Any]]:
    """Return the sequence, the states and the constants, wherever they were given.

    Raises:
        ArgumentError: when there are states, but not as many as wanted.
    """
    sequence, *rest = listed(inputs)
    count = len(rest) - number_of_constants
    states = rest[:count] or listed(initial_state)
    if states and len(states) != wanted:
        raise ArgumentError("initial_state", f"{wanted} tensors", len(states), who=who)
    return sequence, states, rest[count:]


def check_states(who: str, inputs: Any, sizes: Sequence[Any], number_of_constants: int) -> None:
    """Refuse states of another number or width than a recurrent layer has.

    Raises:
        ArgumentError, ShapeError: naming the layer and what it wants.
    """
    _, states, _ = parted(who, inputs, None, len(sizes), number_of_constants)
    given = [tuple(state.shape)[1:] for state in states]
    wanted = [as_shape(size) for size in sizes]
    fit = (
        not other  # not known before the first call, where they hang on the images
        or (len(one) == len(other) and all(a == b or None in (a, b) for a, b in zip(one, other)))
        for one, other in zip(given, wanted, strict=False)
    )  # fmt: skip
    if not all(fit):
        raise ShapeError(
            f"{who}: initial_state must have the shapes "
            f"{', '.join(str((None, *size)) for size in wanted)}, "
            f"got {', '.join(str((None, *size)) for size in given)}."
        )


def listed(value: Any) -> list[Any]:
    """Return one value or several as a list, None as an empty one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def first(value: Any) -> Any:
    """Return the first of several values, or the only one."""
    return value[0] if isinstance(value, list | tuple) else value


def sequence_shape(input_shape: Any) -> Shape:
    """Return the shape of the sequence, states behind it or not."""
    shape: Shape = input_shape if is_shape(input_shape) else input_shape[0]
    return shape


def _expect_only_training(who: str, options: Mapping[str, Any]) -> None:
    unknown = next((word for word in options if word != "training"), None)
    if unknown is not None:
        wanted = "keyword must be one of mask, initial_state, constants, training"
        raise UnexpectedArgument(f"{who}: {wanted}, got {unknown!r}.")


def _zero_state(inputs: Any, sizes: Any) -> Any:
    """Return zeros for each sample of the inputs, which may be symbols."""

    def zeros(given: Tensor) -> Tensor:
        return torch.zeros((given.shape[0], *sizes), dtype=given.dtype, device=given.device)

    return record(zeros, (inputs,), {}) if symbols_in(inputs) else zeros(inputs)
