"""AttentiveGru: a network in plain PyTorch; load its weights with load_state_dict.

Source: the model attentive_gru, with the formulas of Keras 2.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn


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


def hard_gate(x: Tensor) -> Tensor:
    """Return 0.2 * x + 0.5, cut off below 0 and above 1: Keras's hard_sigmoid."""
    # The gradient of hardtanh is one operation, that of clamp four.
    return nn.functional.hardtanh(0.2 * x + 0.5, 0.0, 1.0)


class AttentiveGru(nn.Module):
    """Compute what the model attentive_gru computes."""

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.embedding = nn.Embedding(40, 8)
        self.reader_forward_layer = SteppedGRU(8, 6, recurrent_activation=hard_gate)
        self.reader_backward_layer = SteppedGRU(
            8, 6, recurrent_activation=hard_gate, go_backwards=True
        )
        self.score = nn.Linear(12, 1, bias=False)
        self.label = nn.Linear(12, 3)

    def forward(self, words: Tensor) -> Tensor:
        """Return the output for words (batch, time)."""
        embedding = self.embedding(words.long())  # (batch, time, 8)
        reader_forward_layer, _ = self.reader_forward_layer(embedding)
        reader_backward_layer, _ = self.reader_backward_layer(embedding)
        reader = torch.cat((reader_forward_layer, torch.flip(reader_backward_layer, (1,))), -1)
        weighted = torch.einsum(
            "abc,abe->ace", torch.softmax(torch.tanh(self.score(reader)), 1), reader
        )
        return torch.softmax(self.label(torch.flatten(weighted, 1)), -1)  # (batch, 3)
