"""Recurrent layers that take their steps one by one, as plainly as a person would write them.

They are what a written source carries in the place of `recurrent.py`, which can more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn


def hard_gate(x: Tensor) -> Tensor:
    """Return 0.2 * x + 0.5, cut off below 0 and above 1: Keras's hard_sigmoid."""
    # The gradient of hardtanh is one operation, that of clamp four.
    return nn.functional.hardtanh(0.2 * x + 0.5, 0.0, 1.0)


class Stepped(nn.RNNBase):
    """Take the steps of a recurrent layer one by one, with activations that torch's have not.

    A masked step keeps the states and repeats the output before it.

    Shapes:
        inputs: (batch, time, input_size), states: (batch, hidden_size) each
        mask: (batch, time), true where a step counts
        sequence: (batch, time, hidden_size), in the order of the steps taken

    Args:
        activation: for the new content; None is tanh.
        recurrent_activation: for the gates; None is the sigmoid.
        go_backwards: start at the last step.
        shows_start: masked steps before the first real one put out the starting state, not zeros.
    """

    kind: ClassVar[str]
    state_count: ClassVar[int] = 1
    two_biases: ClassVar[bool] = False
    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] | None = None,
        recurrent_activation: Callable[[Tensor], Tensor] | None = None,
        go_backwards: bool = False,
        shows_start: bool = False,
    ) -> None:
        """Make torch's weights, of which one bias learns where Keras has one."""
        super().__init__(self.kind, input_size, hidden_size, bias=bias, batch_first=True)
        self.activation = activation or torch.tanh
        self.recurrent_activation = recurrent_activation or torch.sigmoid
        self.go_backwards, self.shows_start = go_backwards, shows_start
        if bias and not self.two_biases:
            nn.init.zeros_(self.bias_hh_l0.requires_grad_(False))

    def forward(
        self, inputs: Tensor, states: tuple[Tensor, ...] | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the outputs of all steps and the states after the last."""
        if self.go_backwards:
            inputs, mask = inputs.flip(1), None if mask is None else mask.flip(1)
        bias = self.arranged(self.bias_ih_l0) if self.bias else None
        shares = nn.functional.linear(
            inputs.transpose(0, 1), self.arranged(self.weight_ih_l0), bias
        )
        weight = self.arranged(self.weight_hh_l0)
        zeros = shares.new_zeros(inputs.shape[0], self.hidden_size)
        states = states or (zeros,) * self.state_count
        output = states[0] if self.shows_start else zeros
        outputs = []
        for number, share in enumerate(shares.unbind(0)):
            made = self.step(share, weight, *states)
            if mask is None:
                output, states = made[0], made
            else:
                real = mask[:, number, None]
                output = torch.where(real, made[0], output)
                states = tuple(torch.where(real, *pair) for pair in zip(made, states, strict=True))
            outputs.append(output)
        return torch.stack(outputs, 1), states

    def arranged(self, weight: Tensor) -> Tensor:
        """Return a weight with its gates in the order that the steps take them in."""
        return weight

    def step(self, share: Tensor, weight: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Return the states after a step, from the inputs' share of its gates."""
        raise NotImplementedError


class SteppedRNN(Stepped):
    """Mix the inputs and the state before: h' = activation(W x + b + U h)."""

    kind = "RNN_TANH"

    def step(self, share: Tensor, weight: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Return h'."""
        return (self.activation(torch.addmm(share, states[0], weight.t())),)


class SteppedLSTM(Stepped):
    """Keep a cell behind gates.

    i, f, o = recurrent_activation(W x + b + U h), g = activation(W x + b + U h)
    c' = f * c + i * g,  h' = o * activation(c')
    """

    kind = "LSTM"
    state_count = 2

    def arranged(self, weight: Tensor) -> Tensor:
        """Return i, f, g, o with the gates together: i, f, o, g."""
        into, stay, new, out = weight.chunk(4)
        return torch.cat([into, stay, out, new])

    def step(self, share: Tensor, weight: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Return h' and c'."""
        state, cell = states
        sizes = [3 * self.hidden_size, self.hidden_size]
        gates, new = torch.split(torch.addmm(share, state, weight.t()), sizes, 1)
        into, stay, out = self.recurrent_activation(gates).chunk(3, 1)
        cell = torch.addcmul(stay * cell, into, self.activation(new))
        return out * self.activation(cell), cell


class SteppedGRU(Stepped):
    """Blend the state before with new content, from what a gate leaves of the state.

    r, z = recurrent_activation(W x + b + U h),  h' = z * h + (1 - z) * n
    n = activation(W x + b + U (r * h))
    """

    kind = "GRU"

    def step(self, share: Tensor, weight: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Return h'."""
        (state,), sizes = states, [2 * self.hidden_size, self.hidden_size]
        inner, new = torch.split(share, sizes, 1)
        of_gates, of_new = torch.split(weight, sizes)
        gates = self.recurrent_activation(torch.addmm(inner, state, of_gates.t()))
        reset, stay = gates.chunk(2, 1)
        content = self.activation(torch.addmm(new, reset * state, of_new.t()))
        return (torch.lerp(content, state, stay),)


class SteppedGRUResetAfter(Stepped):
    """Blend the state before with new content, a gate coming after the state's product.

    r, z = recurrent_activation(W x + b + U h + b'),  h' = z * h + (1 - z) * n
    n = activation(W x + b + r * (U h + b'))
    """

    kind = "GRU"
    two_biases = True

    def step(self, share: Tensor, weight: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Return h'."""
        (state,), sizes = states, [2 * self.hidden_size, self.hidden_size]
        bias = self.bias_hh_l0 if self.bias else None
        mixed = nn.functional.linear(state, weight, bias)
        (inner, new), (inner_state, new_state) = (
            torch.split(it, sizes, 1) for it in (share, mixed)
        )
        reset, stay = self.recurrent_activation(inner + inner_state).chunk(2, 1)
        content = self.activation(new + reset * new_state)
        return (torch.lerp(content, state, stay),)
