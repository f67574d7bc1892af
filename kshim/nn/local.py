"""Convolutions without shared weights: every place has a kernel of its own.

The three modules compute the same in three ways, with their weights in three forms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Local(nn.Module):
    """Hold what all three have: sizes, and a bias for each place and filter.

    Shapes:
        inputs: (batch, *sizes, channels), or channels behind the batch
        bias: (*new sizes, filters), which channels in front read row by row as (filters, *new
        sizes): the numbers lie in memory as Keras has them

    Args:
        starts: where the window of each output begins, for each axis; below 0 in the padding.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        channels: int,
        filters: int,
        kernel: Sequence[int],
        starts: Sequence[Sequence[int]],
        channels_first: bool = False,
        bias: bool = True,
        **factory: Any,
    ) -> None:
        """Note the sizes, and make a bias of zeros."""
        super().__init__()
        self.sizes, self.kernel = tuple(sizes), tuple(kernel)
        self.starts = [list(axis) for axis in starts]
        self.new_sizes = tuple(len(axis) for axis in starts)
        self.channels, self.filters, self.channels_first = channels, filters, channels_first
        self.bias = nn.Parameter(torch.zeros(*self.new_sizes, filters, **factory)) if bias else None

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.sizes} -> {self.new_sizes}, {self.channels} -> {self.filters}"

    def biased(self, outputs: Tensor) -> Tensor:
        """Return the outputs with the bias added."""
        return outputs if self.bias is None else outputs + self.bias.view(self.output_shape())

    def input_shape(self) -> tuple[int, ...]:
        """Return the shape of one sample."""
        return self._formed(self.sizes, self.channels)

    def output_shape(self) -> tuple[int, ...]:
        """Return the shape of what is made of one sample."""
        return self._formed(self.new_sizes, self.filters)

    def connected(self) -> Tensor:
        """Return True where an input cell is seen from an output cell, (*sizes, *new sizes)."""
        whole = torch.ones((), dtype=torch.bool)
        for size, window, starts in zip(self.sizes, self.kernel, self.starts, strict=True):
            cells, first = torch.arange(size)[:, None], torch.tensor(starts)[None]
            seen = (cells >= first) & (cells < first + window)
            whole = whole[..., None, None] & seen
        rank = len(self.sizes)
        return whole.permute(*range(0, 2 * rank, 2), *range(1, 2 * rank, 2))

    def _formed(self, sizes: tuple[int, ...], channels: int) -> tuple[int, ...]:
        return (channels, *sizes) if self.channels_first else (*sizes, channels)


class WindowedLocal(Local):
    """Multiply the window of each place with a matrix; windows lie within the inputs.

    Shapes:
        weight: (places, cells of a window, filters); the cells go as the inputs' axes do
    """

    def __init__(self, *args: Any, strides: Sequence[int], **options: Any) -> None:
        """Make weights of zeros."""
        super().__init__(*args, **options)
        self.strides = tuple(strides)
        factory = {key: options[key] for key in ("dtype", "device") if key in options}
        cells = math.prod(self.kernel) * self.channels
        shape = (math.prod(self.new_sizes), cells, self.filters)
        self.weight = nn.Parameter(torch.zeros(shape, **factory))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the sums of products at each place."""
        rank = len(self.sizes)
        first = 2 if self.channels_first else 1
        for axis, (window, step) in enumerate(zip(self.kernel, self.strides, strict=True), first):
            inputs = inputs.unfold(axis, window, step)
        channel = 1 if self.channels_first else rank + 1
        cells = list(range(rank + 2, 2 * rank + 2))
        cells = [channel, *cells] if self.channels_first else [*cells, channel]
        windows = inputs.permute(*range(first, first + rank), 0, *cells)
        places, features = self.weight.shape[:2]
        made = torch.bmm(windows.reshape(places, -1, features), self.weight)
        made = made.reshape(*self.new_sizes, -1, self.filters)
        order = (*range(rank), rank + 1) if not self.channels_first else (rank + 1, *range(rank))
        return self.biased(made.permute(rank, *order))


class MaskedLocal(Local):
    """Multiply all inputs with one matrix in which only the windows count.

    Shapes:
        weight: (*input shape, *output shape)
    """

    mask: Tensor

    def __init__(self, *args: Any, **options: Any) -> None:
        """Make weights of zeros."""
        super().__init__(*args, **options)
        factory = {key: options[key] for key in ("dtype", "device") if key in options}
        shape = (*self.input_shape(), *self.output_shape())
        self.weight = nn.Parameter(torch.zeros(shape, **factory))
        rank, seen = len(self.sizes), self.connected()
        if self.channels_first:
            spread = seen.unsqueeze(rank).unsqueeze(0)
        else:
            spread = seen.unsqueeze(rank).unsqueeze(-1)
        self.register_buffer("mask", spread, persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the sums of products at each place."""
        matrix = (self.weight * self.mask).reshape(math.prod(self.input_shape()), -1)
        made = torch.flatten(inputs, 1) @ matrix
        return self.biased(made.reshape(-1, *self.output_shape()))


class SparseLocal(Local):
    """Multiply all inputs with a matrix of which only what counts is kept.

    Shapes:
        weight: (how many pairs of output and input are connected,), output by output
    """

    places: Tensor

    def __init__(self, *args: Any, **options: Any) -> None:
        """Make weights of zeros."""
        super().__init__(*args, **options)
        factory = {key: options[key] for key in ("dtype", "device") if key in options}
        rank, seen = len(self.sizes), self.connected()
        across = seen.permute(*range(rank, 2 * rank), *range(rank))  # outputs in front
        lead = 0 if self.channels_first else rank
        whole = across.unsqueeze(rank if self.channels_first else 2 * rank).unsqueeze(lead)
        whole = whole.expand(*self.output_shape(), *self.input_shape())
        places = whole.reshape(-1).nonzero().flatten()
        self.register_buffer("places", places, persistent=False)
        self.weight = nn.Parameter(torch.zeros(len(places), **factory))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the sums of products at each place."""
        outputs, cells = math.prod(self.output_shape()), math.prod(self.input_shape())
        matrix = self.weight.new_zeros(outputs * cells).scatter(0, self.places, self.weight)
        made = torch.flatten(inputs, 1) @ matrix.view(outputs, cells).t()
        return self.biased(made.reshape(-1, *self.output_shape()))
