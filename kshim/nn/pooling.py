"""Pooling with 'same' padding for any stride, on torch's own kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from kshim.nn.padding import same_padding


class SamePooling(nn.Module):
    """Pool so that the output has ceil(size / stride) cells along each axis.

    Cells of padding never count: not for the largest, and not for the average, unless they repeat
    the cells at the edges.

    Shapes:
        inputs: (batch, channels, *sizes), output: (batch, channels, *ceil(sizes / stride))

    Args:
        kernel_size: cells of the window along each axis.
        stride: cells from one window to the next; None takes the kernel's size.
        repeats_edges: where any axis has an odd cell of padding, padding repeats the cells at
            the edges and counts as they do.

    Source: padding='same' of Keras on TensorFlow: the odd cell of padding stands at the end.
    Keras 3 on torch repeats the edges.
    """

    rank: int
    pool: Callable[..., Tensor]

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        repeats_edges: bool = False,
    ) -> None:
        """Keep the window and its steps, one number for each axis."""
        super().__init__()
        self.kernel_size = self._each_axis(kernel_size)
        self.stride = self._each_axis(kernel_size if stride is None else stride)
        self.repeats_edges = repeats_edges

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the pooled inputs."""
        totals = same_padding(inputs.shape[2:], self.kernel_size, self.stride, (1,) * self.rank)
        if self.repeats_edges and any(total % 2 for total in totals):
            ends = [end for total in reversed(totals) for end in (total // 2, (total + 1) // 2)]
            padded = F.pad(inputs, ends, mode="replicate")
            return self.pool(padded, self.kernel_size, self.stride)
        # ceil_mode lets the last window hang over the end by the odd cell. Stride 1 leaves it no
        # such rest: there the larger half goes to the start, and the first output is dropped.
        surplus = [
            total % 2 if step == 1 else 0 for total, step in zip(totals, self.stride, strict=True)
        ]
        padding = tuple(total // 2 + more for total, more in zip(totals, surplus, strict=True))
        outputs = self.pool(inputs, self.kernel_size, self.stride, padding, ceil_mode=True)
        for axis, more in enumerate(surplus, start=2):
            outputs = outputs.narrow(axis, 1, outputs.shape[axis] - 1) if more else outputs
        return outputs

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        told = f"kernel_size={self.kernel_size}, stride={self.stride}"
        return told + (", repeats_edges=True" if self.repeats_edges else "")

    def _each_axis(self, number: int | Sequence[int]) -> tuple[int, ...]:
        """Return one number for each axis that is pooled."""
        return (number,) * self.rank if isinstance(number, int) else tuple(number)


class SameMaxPool1d(SamePooling):
    """Take the largest cell of each window of (batch, channels, steps)."""

    rank = 1
    pool = staticmethod(F.max_pool1d)


class SameMaxPool2d(SamePooling):
    """Take the largest cell of each window of (batch, channels, rows, columns)."""

    rank = 2
    pool = staticmethod(F.max_pool2d)


class SameMaxPool3d(SamePooling):
    """Take the largest cell of each window of (batch, channels, depth, rows, columns)."""

    rank = 3
    pool = staticmethod(F.max_pool3d)


class SameAvgPool1d(SamePooling):
    """Average the real cells of each window of (batch, channels, steps)."""

    rank = 1
    pool = staticmethod(partial(F.avg_pool1d, count_include_pad=False))


class SameAvgPool2d(SamePooling):
    """Average the real cells of each window of (batch, channels, rows, columns)."""

    rank = 2
    pool = staticmethod(partial(F.avg_pool2d, count_include_pad=False))


class SameAvgPool3d(SamePooling):
    """Average the real cells of each window of (batch, channels, depth, rows, columns)."""

    rank = 3
    pool = staticmethod(partial(F.avg_pool3d, count_include_pad=False))
