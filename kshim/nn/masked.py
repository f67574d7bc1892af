"""Recurrent layers of torch's that pass over masked steps, as plainly as a person would write them.

They are what a written source carries in the place of `recurrent.py`, which can more.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn


class Masked(nn.RNNBase):
    """Run torch's kernel over the steps that a mask leaves.

    A masked step keeps the states and repeats the output before it.

    Shapes:
        inputs: (batch, time, input_size), states: (batch, hidden_size) each
        mask: (batch, time), true where a step counts
        sequence: (batch, time, hidden_size), in the order of the steps taken

    Args:
        go_backwards: start at the last step.
        shows_start: masked steps before the first real one put out the starting state, not zeros.
    """

    state_count: ClassVar[int] = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        go_backwards: bool = False,
        shows_start: bool = False,
        **torch_options: Any,
    ) -> None:
        """Make torch's layer."""
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True, **torch_options)  # type: ignore[arg-type]
        self.go_backwards, self.shows_start = go_backwards, shows_start

    def forward(
        self, inputs: Tensor, states: tuple[Tensor, ...] | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the outputs of all steps and the states after the last."""
        if mask is None:
            mask = torch.ones_like(inputs[:, :, 0], dtype=torch.bool)
        if self.go_backwards:
            inputs, mask = inputs.flip(1), mask.flip(1)
        states = states or (inputs.new_zeros(inputs.shape[0], self.hidden_size),) * self.state_count
        real, done = mask.sum(1, keepdim=True), mask.cumsum(1)
        steps = torch.arange(inputs.shape[1], device=inputs.device)
        real_first = torch.where(mask, steps, steps + inputs.shape[1]).argsort(1)
        outputs, further = self.run(_pick(inputs, real_first), states, steps >= real)
        outputs = torch.cat([states[0].unsqueeze(1), outputs], 1)  # after 0, 1, 2 ... real steps
        sequence = _pick(outputs, done)
        if not self.shows_start:
            sequence = sequence.masked_fill((done == 0).unsqueeze(2), 0.0)
        return sequence, (_pick(outputs, real).squeeze(1), *further)

    def run(
        self, inputs: Tensor, states: tuple[Tensor, ...], over: Tensor
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the outputs of all steps, and the states but the first before those over."""
        sequence, _ = super().forward(inputs, states[0].unsqueeze(0))
        return sequence, ()


class MaskedRNN(Masked, nn.RNN):  # type: ignore[misc]
    """Mix the inputs and the state before."""


class MaskedGRU(Masked, nn.GRU):  # type: ignore[misc]
    """Blend the state before with new content."""


class MaskedLSTM(Masked, nn.LSTM):  # type: ignore[misc]
    """Keep a cell behind gates; states: h, c."""

    state_count = 2

    def run(
        self, inputs: Tensor, states: tuple[Tensor, ...], over: Tensor
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the outputs, and the cell, which a feature more shuts where all is over."""
        inputs = torch.cat([inputs, over.unsqueeze(2).to(inputs)], 2)
        shut = inputs.new_tensor([-1e4, 1e4, 0.0, 0.0]).repeat_interleave(self.hidden_size)
        weights: list[Any] = [*self._flat_weights]
        weights[0] = torch.cat([weights[0], shut.unsqueeze(1)], 1)
        start = [state.unsqueeze(0) for state in states]
        sequence, _, cell = torch.lstm(
            inputs, start, weights, self.bias, 1, 0.0, self.training, False, True
        )
        return sequence, (cell.squeeze(0),)


def _pick(sequence: Tensor, steps: Tensor) -> Tensor:
    """Return the given steps, (batch, steps), of each sequence."""
    return sequence.gather(1, steps.unsqueeze(2).expand(-1, -1, sequence.shape[2]))
