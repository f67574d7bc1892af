"""Keras's recurrent layers on torch's own: free activations, masks, dropout at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from kshim.nn.drawing import keeping, stream_of

Activation = Callable[[Tensor], Tensor]
States = tuple[Tensor, ...]
History = Tensor | Sequence[Tensor]  # (time, batch, units), or its steps
Masks = tuple[Tensor | None, Tensor | None]  # to keep for all gates alike, for each gate apart
_SHUT = 1e4  # what makes a sigmoid 0 or 1 whatever else a gate is given


class Recurrent(nn.RNNBase):
    """Run one recurrent layer over a batch of sequences, with torch's own parameters.

    What torch can say runs on torch's kernel; else one product makes all inputs' shares and a
    loop takes the steps. A masked step keeps the states and repeats the output before it.

    Shapes:
        inputs: (batch, time, input_size), states: (batch, hidden_size) each
        mask: (batch, time), true where a step counts
        sequence: (batch, time, hidden_size), in the order of the steps taken

    Args:
        activation: for the new content; None is torch's own.
        recurrent_activation: for the gates; None is torch's sigmoid.
        dropout: part of the inputs zeroed while training, the same at every step.
        recurrent_dropout: part of the state zeroed while training, the same at every step.
        go_backwards: start at the last step.
        seed: where a stream of the module's own begins; None draws from torch's.
        implementation: 1 drops for each gate apart, 2 for all gates alike.
        shows_start: masked steps before the first real one put out the starting state, not zeros.

    Source: measured on Keras 2.2.4 (which has shows_start unless it unrolls), 2.3.1 and tf.keras
    2.15 (which have not), on TensorFlow.
    """

    gates: ClassVar[int] = 1
    loop_order: ClassVar[tuple[int, ...]] = (0,)
    state_count: ClassVar[int] = 1
    two_biases: bool = False
    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        activation: Activation | None = None,
        recurrent_activation: Activation | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        go_backwards: bool = False,
        implementation: int = 2,
        shows_start: bool = False,
        seed: int | None = None,
        **torch_options: Any,
    ) -> None:
        """Make torch's layer, with one bias where Keras has one."""
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True, **torch_options)  # type: ignore[arg-type]
        self.activation = activation or torch.tanh
        self.recurrent_activation = recurrent_activation or torch.sigmoid
        self.input_dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.go_backwards = go_backwards
        self.drops_apart = implementation == 1 and self.gates > 1
        self.shows_start = shows_start
        self.seed, self.stream = seed, stream_of(seed)
        if bias and not self.two_biases:
            # One bias of Keras is two of torch: only one of them may learn, from zero.
            nn.init.zeros_(self.bias_hh_l0.requires_grad_(False))

    def forward(
        self, inputs: Tensor, states: States | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, States]:
        """Return the outputs of all steps and the states after the last."""
        if self.go_backwards:
            inputs, mask = inputs.flip(1), None if mask is None else mask.flip(1)
        if mask is None:
            return self.run(inputs, states, None)
        return self._run_masked(inputs, states, mask)

    def extra_repr(self) -> str:
        """Return the sizes, and the direction when it is not the usual one."""
        backwards = ", go_backwards=True" if self.go_backwards else ""
        return f"{self.input_size}, {self.hidden_size}{backwards}"

    def _run_masked(
        self, inputs: Tensor, states: States | None, mask: Tensor
    ) -> tuple[Tensor, States]:
        """Run the real steps alone, moved to the start, and spread their outputs again."""
        steps = torch.arange(inputs.shape[1], device=inputs.device)
        real_first = torch.where(mask, steps, steps + inputs.shape[1]).argsort(1)
        done = mask.cumsum(1)
        lengths = done[:, -1]
        sequence, finals = self.run(_pick(inputs, real_first), states, lengths)
        sequence = _pick(sequence, (done - 1).clamp(min=0))
        starts = states or tuple(torch.zeros_like(final) for final in finals)
        shown = starts[0] if self.shows_start else torch.zeros_like(starts[0])
        sequence = torch.where((done == 0).unsqueeze(2), shown.unsqueeze(1), sequence)
        empty = (lengths == 0).unsqueeze(1)
        return sequence, tuple(map(torch.where, [empty] * len(finals), starts, finals))

    def run(
        self, inputs: Tensor, states: States | None, lengths: Tensor | None
    ) -> tuple[Tensor, States]:
        """Take each sequence's first `lengths` steps, or all, on torch's kernel or in a loop."""
        drops = self.training and self.input_dropout
        if drops and not self.drops_apart:
            inputs = inputs * keeping(inputs[:, :1], self.input_dropout, self.stream)
        needs_loop = (drops and self.drops_apart) or (self.training and self.recurrent_dropout)
        if needs_loop or not self.is_torch():
            return self._loop(inputs, states, lengths)
        return self._kernel(inputs, states, lengths)

    def is_torch(self) -> bool:
        """Return whether torch's own layer computes this one."""
        return self.activation is torch.tanh and self.recurrent_activation is torch.sigmoid

    def _kernel(
        self, inputs: Tensor, states: States | None, lengths: Tensor | None
    ) -> tuple[Tensor, States]:
        """Run torch's kernel, over packed steps where sequences end early."""
        start = None if states is None else tuple(state.unsqueeze(0) for state in states)
        if start and self.state_count == 1:
            (start,) = start  # type: ignore[assignment]
        if lengths is None:
            sequence, final = super().forward(inputs, start)
        elif not self._packs(inputs):
            sequence, final = self._run_over(inputs, start, lengths)
        else:
            counts = lengths.clamp(min=1).cpu()
            packed = pack_padded_sequence(inputs, counts, batch_first=True, enforce_sorted=False)
            packed, final = super().forward(packed, start)
            time = inputs.shape[1]
            sequence, _ = pad_packed_sequence(packed, batch_first=True, total_length=time)
        return sequence, tuple(s.squeeze(0) for s in (final if self.state_count > 1 else [final]))

    def _packs(self, inputs: Tensor) -> bool:
        """Return whether sequences that end early are packed, which is slow on CPUs."""
        return False

    def _run_over(self, inputs: Tensor, start: Any, lengths: Tensor) -> tuple[Tensor, Any]:
        """Run over the ends of the sequences too, which changes nothing before them."""
        sequence, _ = super().forward(inputs, start)
        return sequence, _pick(sequence, _last(lengths)).transpose(0, 1)

    def _loop(
        self, inputs: Tensor, states: States | None, lengths: Tensor | None
    ) -> tuple[Tensor, States]:
        """Take the steps, and find the states behind the last of them."""
        histories = self._histories(inputs, states)
        sequence = _stacked(histories[0])
        if lengths is None:
            return sequence, tuple(history[-1] for history in histories)
        stacked = [sequence, *map(_stacked, histories[1:])]
        return sequence, tuple(_pick(one, _last(lengths)).squeeze(1) for one in stacked)

    def _histories(self, inputs: Tensor, states: States | None) -> tuple[History, ...]:
        """Project all inputs at once, and return each state after every step."""
        projected = self._projected(inputs)
        if states is None:
            states = (projected.new_zeros(inputs.shape[0], self.hidden_size),) * self.state_count
        # Under autocast the projection is of another type: states and weights follow it, once.
        states = tuple(state.to(projected.dtype) for state in states)
        weight = reordered(self.weight_hh_l0, self.loop_order).to(projected.dtype)
        return self._steps(projected, weight, states, self.state_masks(states))

    def _steps(
        self, projected: Tensor, weight: Tensor, states: States, masks: Masks
    ) -> tuple[History, ...]:
        """Return each state after every step."""
        raise NotImplementedError

    def _projected(self, inputs: Tensor) -> Tensor:
        """Return the inputs' share of every gate, (time, batch, gates * units)."""
        weight, bias = reordered(self.weight_ih_l0, self.loop_order), self.input_bias()
        inputs = inputs.transpose(0, 1)
        if not (self.training and self.input_dropout and self.drops_apart):
            return F.linear(inputs, weight, bias)
        drawn = keeping(inputs[0].expand(self.gates, -1, -1), self.input_dropout, self.stream)
        shares = map(F.linear, (inputs * each for each in drawn), weight.chunk(self.gates))
        projected = torch.cat(list(shares), -1)
        return projected if bias is None else projected + bias

    def input_bias(self) -> Tensor | None:
        """Return the bias that the inputs' share carries."""
        if not self.bias:
            return None
        bias = self.bias_ih_l0 if self.two_biases else self.bias_ih_l0 + self.bias_hh_l0
        return reordered(bias, self.loop_order)

    def state_masks(self, states: States) -> Masks:
        """Return what to keep of the state: for all gates, and for each gate."""
        if not (self.training and self.recurrent_dropout):
            return None, None
        if self.drops_apart:
            each = states[0].expand(self.gates, -1, -1)
            return None, keeping(each, self.recurrent_dropout, self.stream)
        return keeping(states[0], self.recurrent_dropout, self.stream), None


class SimpleRNN(Recurrent, nn.RNN):  # type: ignore[misc]
    """Mix the inputs and the state before: h' = activation(W x + b + U h)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        activation: Activation | None = None,
        **options: Any,
    ) -> None:
        """Make torch's layer; the activations torch.tanh and torch.relu run on its kernel."""
        nonlinearity = "relu" if activation is torch.relu else "tanh"
        super().__init__(
            input_size, hidden_size, bias, activation, nonlinearity=nonlinearity, **options
        )

    def is_torch(self) -> bool:
        """Return whether torch's own layer computes this one."""
        return self.activation in (torch.tanh, torch.relu)

    def _steps(
        self, projected: Tensor, weight: Tensor, states: States, masks: Masks
    ) -> tuple[History, ...]:
        activation, (kept, _) = self.activation, masks
        (state,), transposed, history = states, weight.t(), []
        for share in projected.unbind(0):
            state = state if kept is None else state * kept
            state = activation(torch.addmm(share, state, transposed))
            history.append(state)
        return (history,)


class LSTM(Recurrent, nn.LSTM):  # type: ignore[misc]
    """Keep a cell behind gates.

        i, f, o = recurrent_activation(W x + b + U h), g = activation(W x + b + U h)
        c' = f * c + i * g,  h' = o * activation(c')

    States: h, c.
    """

    gates = 4
    loop_order = (0, 1, 3, 2)  # torch's i, f, g, o with the gates together: i, f, o, g
    state_count = 2
    stepper: Any = None  # a quicker way to take the steps of a loop, where there is one

    def _packs(self, inputs: Tensor) -> bool:
        return inputs.is_cuda

    def _run_over(self, inputs: Tensor, start: Any, lengths: Tensor) -> tuple[Tensor, Any]:
        """Run over the ends of the sequences, with a feature that shuts the cell there."""
        batch, time, _ = inputs.shape
        over = torch.arange(time, device=inputs.device) >= lengths.unsqueeze(1)
        inputs = torch.cat([inputs, over.unsqueeze(2).to(inputs)], 2)
        shut = inputs.new_tensor([-_SHUT, _SHUT, 0.0, 0.0]).repeat_interleave(self.hidden_size)
        weights: list[Any] = [*self._flat_weights]
        weights[0] = torch.cat([weights[0], shut.unsqueeze(1)], 1)
        zeros = inputs.new_zeros(1, batch, self.hidden_size)
        sequence, _, cell = torch.lstm(
            inputs, start or (zeros, zeros), weights, self.bias, 1, 0.0, self.training,
            False, True,
        )  # fmt: skip
        return sequence, (_pick(sequence, _last(lengths)).transpose(0, 1), cell)

    def _histories(self, inputs: Tensor, states: States | None) -> tuple[History, ...]:
        if self.stepper is not None and self.stepper.takes(self, inputs):
            quick: tuple[Tensor, Tensor] = self.stepper(self, inputs, states)
            return quick
        return super()._histories(inputs, states)

    def _steps(
        self, projected: Tensor, weight: Tensor, states: States, masks: Masks
    ) -> tuple[History, ...]:
        activation, recurrent_activation = self.activation, self.recurrent_activation
        (state, cell), (kept, kept_by_gate) = states, masks
        mix = _mixer(weight, kept_by_gate)
        parts, gates = [3 * self.hidden_size, self.hidden_size], (-1, 3, self.hidden_size)
        history, cells = [], []
        for share in projected.unbind(0):
            state = state if kept is None else state * kept
            inner, new = torch.split(mix(share, state), parts, 1)
            into, stay, out = recurrent_activation(inner.view(gates)).unbind(1)
            cell = torch.addcmul(into * activation(new), stay, cell)
            state = out * activation(cell)
            history.append(state)
            cells.append(cell)
        return history, cells


class GRU(Recurrent, nn.GRU):  # type: ignore[misc]
    """Blend the state before with new content.

    r, z = recurrent_activation(W x + b + U h),  h' = z * h + (1 - z) * n
    n = activation(W x + b + r * (U h + b'))   with reset_after, b' learning too
    n = activation(W x + b + U (r * h))        without
    """

    gates = 3
    loop_order = (0, 1, 2)  # torch's r, z, n

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        reset_after: bool = True,
        carries_dropped: bool = True,
        **options: Any,
    ) -> None:
        """Make torch's layer, whose own place for the reset is after the product."""
        self.two_biases = self.reset_after = reset_after
        super().__init__(input_size, hidden_size, **options)
        self.carries_dropped = carries_dropped

    def is_torch(self) -> bool:
        """Return whether torch's own layer computes this one."""
        return self.reset_after and super().is_torch()

    def state_masks(self, states: States) -> Masks:
        """Return what to keep of the state, where the whole state is carried on."""
        kept, by_gate = super().state_masks(states)
        if kept is None or self.carries_dropped:
            return kept, by_gate
        return None, kept.expand(self.gates, -1, -1)

    def _steps(
        self, projected: Tensor, weight: Tensor, states: States, masks: Masks
    ) -> tuple[History, ...]:
        steps = self._steps_reset_after if self.reset_after else self._steps_reset_before
        return (steps(projected, weight, states[0], masks),)

    def _steps_reset_after(
        self, projected: Tensor, weight: Tensor, state: Tensor, masks: Masks
    ) -> list[Tensor]:
        activation, recurrent_activation = self.activation, self.recurrent_activation
        kept, kept_by_gate = masks
        mix = _mixer(weight, kept_by_gate)
        bias = self.bias_hh_l0.to(projected.dtype) if self.bias else projected.new_zeros(())
        parts, gates = [2 * self.hidden_size, self.hidden_size], (-1, 2, self.hidden_size)
        history = []
        for inner, new in zip(*_unbound(projected, parts), strict=True):
            state = state if kept is None else state * kept
            inner_state, new_state = torch.split(mix(bias, state), parts, 1)
            reset, stay = recurrent_activation((inner + inner_state).view(gates)).unbind(1)
            state = torch.lerp(activation(torch.addcmul(new, reset, new_state)), state, stay)
            history.append(state)
        return history

    def _steps_reset_before(
        self, projected: Tensor, weight: Tensor, state: Tensor, masks: Masks
    ) -> list[Tensor]:
        activation, recurrent_activation = self.activation, self.recurrent_activation
        kept, kept_by_gate = masks
        parts, gates = [2 * self.hidden_size, self.hidden_size], (-1, 2, self.hidden_size)
        inner_weight, new_weight = torch.split(weight, parts)
        by_gate = (None, None) if kept_by_gate is None else torch.split(kept_by_gate, [2, 1])
        mix, mix_new = _mixer(inner_weight, by_gate[0]), _mixer(new_weight, by_gate[1])
        history = []
        for inner, new in zip(*_unbound(projected, parts), strict=True):
            state = state if kept is None else state * kept
            reset, stay = recurrent_activation(mix(inner, state).view(gates)).unbind(1)
            state = torch.lerp(activation(mix_new(new, reset * state)), state, stay)
            history.append(state)
        return history


def _last(lengths: Tensor) -> Tensor:
    """Return the last step of each sequence, (batch, 1)."""
    return (lengths - 1).clamp(min=0).unsqueeze(1)


def _stacked(history: History) -> Tensor:
    """Return (batch, time, units) of the steps, whether they are a list or stacked by time."""
    return history.transpose(0, 1) if isinstance(history, Tensor) else torch.stack([*history], 1)


def _mixer(weight: Tensor, kept: Tensor | None) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the function (share, state) -> share + state @ weight.T, each gate's state dropped."""
    if kept is None:
        transposed = weight.t()
        return lambda share, state: torch.addmm(share, state, transposed)
    by_gate = torch.unflatten(weight, 0, (len(kept), -1)).transpose(1, 2)
    return lambda share, state: share + torch.bmm(state * kept, by_gate).transpose(0, 1).flatten(1)


def _unbound(projected: Tensor, parts: list[int]) -> tuple[Sequence[Tensor], ...]:
    """Return the steps of the gates' shares and those of the new content's."""
    return tuple(part.unbind(0) for part in torch.split(projected, parts, 2))


def _pick(sequence: Tensor, steps: Tensor) -> Tensor:
    """Return the given steps, (batch, steps), of each sequence."""
    return sequence.gather(1, steps.unsqueeze(2).expand(-1, -1, sequence.shape[2]))


def reordered(tensor: Tensor, order: tuple[int, ...]) -> Tensor:
    """Return the gates' blocks in another order."""
    if order == tuple(sorted(order)):
        return tensor
    blocks = tensor.chunk(len(order))
    return torch.cat([blocks[place] for place in order])
