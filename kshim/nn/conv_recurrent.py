"""An LSTM whose products are convolutions: over images, or over lines or blocks of cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kshim.nn.drawing import keeping, stream_of
from kshim.nn.padding import same_padding

Activation = Callable[[Tensor], Tensor]
States = tuple[Tensor, Tensor]
_CONVOLVE: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_GATES = 4


class ConvLSTM(nn.Module):
    """Keep a cell behind three gates, every product of an LSTM being a convolution.

        i, f, o = recurrent_activation(W * x + b + U * h), g = activation(W * x + b + U * h)
        c' = f c + i g,  h' = o activation(c')

    All inputs are convolved at once, before the steps are taken. A masked step keeps the states
    and repeats the output before it, zeros at the start.

    Shapes:
        inputs: (batch, time, channels, *sizes), states: (batch, out_channels, *new sizes)
        mask: (batch, time), true where a step counts
        sequence: (batch, time, out_channels, *new sizes), in the order of the steps taken
        weight_ih: (4 * out_channels, channels, *kernel_size), in blocks i, f, g, o
        weight_hh: (4 * out_channels, out_channels, *kernel_size)

    Args:
        padding: of the inputs' convolution, valid or same; the states' is always the latter.
        dropout: part of the inputs zeroed while training, for each gate apart, the same at every
            step.
        recurrent_dropout: part of the state zeroed in the same way.
        seed: where a stream of the module's own begins; None draws from torch's.

    Source: ConvLSTM2D of Keras; arXiv 1506.04214 without its peepholes.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sequence[int],
        stride: Sequence[int],
        padding: str = "valid",
        dilation: Sequence[int] | None = None,
        bias: bool = True,
        activation: Activation = torch.tanh,
        recurrent_activation: Activation = torch.sigmoid,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        go_backwards: bool = False,
        seed: int | None = None,
        **factory: Any,
    ) -> None:
        """Make the weights, of zeros."""
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.rank = len(kernel_size)
        self.stride, self.padding = tuple(stride), padding
        self.dilation = tuple(dilation or (1,) * self.rank)
        self.activation, self.recurrent_activation = activation, recurrent_activation
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.go_backwards = go_backwards
        self.seed, self.stream = seed, stream_of(seed)
        wide, kernel = _GATES * out_channels, tuple(kernel_size)
        self.weight_ih = nn.Parameter(torch.zeros(wide, in_channels, *kernel, **factory))
        self.weight_hh = nn.Parameter(torch.zeros(wide, out_channels, *kernel, **factory))
        self.bias = nn.Parameter(torch.zeros(wide, **factory)) if bias else None

    def forward(
        self, inputs: Tensor, states: States | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, States]:
        """Return the outputs of all steps and the states after the last."""
        if self.go_backwards:
            inputs, mask = inputs.flip(1), None if mask is None else mask.flip(1)
        shares = self._shares(inputs)
        if states is None:
            zeros = torch.zeros_like(shares[:, 0, : self.out_channels])
            states = (zeros, zeros)
        return self._walk(shares, states, mask)

    def extra_repr(self) -> str:
        """Return the sizes, and how the inputs' kernel moves."""
        kernel = tuple(self.weight_ih.shape[2:])
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={kernel}, "
            f"stride={self.stride}, padding={self.padding!r}, dilation={self.dilation}"
        )

    def _walk(self, shares: Tensor, states: States, mask: Tensor | None) -> tuple[Tensor, States]:
        """Take the steps one by one."""
        state, cell = states
        kept = self._kept(state, self.recurrent_dropout)
        shown, history = torch.zeros_like(state), []
        counted = [None] * shares.shape[1] if mask is None else mask.unbind(1)
        for share, counts in zip(shares.unbind(1), counted, strict=True):
            new, new_cell = self._step(share, state, cell, kept)
            if counts is None:
                shown, state, cell = new, new, new_cell
            else:
                here = counts.reshape(-1, *[1] * (self.rank + 1))
                pairs = ((new, shown), (new, state), (new_cell, cell))
                shown, state, cell = (torch.where(here, one, other) for one, other in pairs)
            history.append(shown)
        return torch.stack(history, 1), (state, cell)

    def _step(
        self, share: Tensor, state: Tensor, cell: Tensor, kept: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return the state and the cell after one step."""
        state, groups = self._dropped(state, kept)
        once = (1,) * self.rank
        padded = _padded(state, self.weight_hh, once, once)
        mixed = _CONVOLVE[self.rank](padded, self.weight_hh, groups=groups)
        gates = (share + mixed).unflatten(1, (_GATES, self.out_channels))
        into, stay, new, out = gates.unbind(1)
        inner = self.recurrent_activation
        cell = inner(stay) * cell + inner(into) * self.activation(new)
        return inner(out) * self.activation(cell), cell

    def _shares(self, inputs: Tensor) -> Tensor:
        """Return the inputs' share of every gate at every step."""
        batch, time = inputs.shape[:2]
        kept = self._kept(inputs[:, 0], self.dropout)
        if kept is not None:  # one draw for all steps
            kept = kept.repeat_interleave(time, 0)
        folded, groups = self._dropped(inputs.flatten(0, 1), kept)
        if self.padding == "same":
            folded = _padded(folded, self.weight_ih, self.stride, self.dilation)
        convolve = _CONVOLVE[self.rank]
        shares = convolve(folded, self.weight_ih, self.bias, self.stride, 0, self.dilation, groups)
        return shares.unflatten(0, (batch, time))

    def _kept(self, like: Tensor, rate: float) -> Tensor | None:
        """Return what dropout multiplies by, the gates' draws side by side among the channels."""
        if not (self.training and rate):
            return None
        return keeping(like.repeat(1, _GATES, *[1] * self.rank), rate, self.stream)

    def _dropped(self, inputs: Tensor, kept: Tensor | None) -> tuple[Tensor, int]:
        """Return what is convolved, and in how many groups: one for each gate."""
        if kept is None:
            return inputs, 1
        return inputs.repeat(1, _GATES, *[1] * self.rank) * kept, _GATES


def _padded(
    inputs: Tensor, weight: Tensor, stride: Sequence[int], dilation: Sequence[int]
) -> Tensor:
    """Return the inputs with the zeros around them that 'same' asks for."""
    totals = same_padding(inputs.shape[2:], weight.shape[2:], stride, dilation)
    return F.pad(inputs, [end for t in totals[::-1] for end in (t // 2, t - t // 2)])
