"""How much 'same' padding takes: as many output cells as the strides fit into the input."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def same_padding(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[int]:
    """Return the cells to add along each axis, half of them (rounded down) at its start.

        total = max((ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)

    The odd cell goes to the end. A size may be unknown (a `torch.SymInt` while exporting).

    Source: TensorFlow's padding='same', as every Keras on TensorFlow uses it.
    """
    # (ceil(n / s) - 1) * s - n is (-n % s) - s, which holds for symbolic n without a branch.
    return [
        _at_least_zero((cells - 1) * spread + 1 - step, -size % step)
        for size, cells, step, spread in zip(sizes, kernel, stride, dilation, strict=True)
    ]


def _at_least_zero(overlap: int, remainder: int) -> int:
    """Return the sum, or zero: asked of an unknown remainder only where it can matter."""
    if overlap >= 0:
        return overlap + remainder
    return torch.sym_max(overlap + remainder, 0)  # type: ignore[no-any-return, no-untyped-call]
