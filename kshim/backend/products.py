"""Products of matrices, with the axis conventions of Keras.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from kshim.backend.tensors import of_tensors, rank_of
from kshim.core.eras import by_era
from kshim.core.tracing import know_rank
from kshim.errors import ShapeError

_SHARED_LEADING_AXES = by_era({"1.2": True, "2.3": False})


@of_tensors
def dot(x: Tensor, y: Tensor) -> Tensor:
    """Return sums over the last axis of x and the last but one of y.

    Shapes:
        x: (..., n), y: (*rest, n, m), result: (..., *rest, m)
    """
    ranks = rank_of(x), rank_of(y)
    product = torch.matmul(x, y) if ranks[1] in (1, 2) else torch.tensordot(x, y, ([-1], [-2]))
    return product if None in ranks else know_rank(product, sum(ranks) - 2)  # type: ignore[arg-type]


@of_tensors
def batch_dot(x: Tensor, y: Tensor, axes: int | Sequence[int] | None = None) -> Tensor:
    """Return, for each sample, sums over one axis of x and one of y.

    Shapes:
        x: (batch, *a, n, *b), y: (batch, *c, n, *d), result: (batch, *a, *b, *c, *d)
        A result without axes of its own is a column: (batch, 1).
        Up to Keras 2.2, of the leading axes of two tensors of more than three axes only those
        that are not shared are laid side by side.

    Args:
        axes: the axis of x and that of y, or one number for both. By default the last of x and
            the last but one of y (of a y of two axes, the last).
    """
    one, other = _axes(x, y, axes)
    if _SHARED_LEADING_AXES.value() and max(x.dim(), y.dim()) > 3:
        return _shared_leading_product(x, y, one, other)
    left, right = torch.movedim(x, one, -1), torch.movedim(y, other, 1)
    rows, columns = left.shape[1:-1], right.shape[2:]
    flat_left = torch.reshape(left, (left.shape[0], _product(rows), left.shape[-1]))
    flat_right = torch.reshape(right, (right.shape[0], right.shape[1], _product(columns)))
    made = torch.matmul(flat_left, flat_right)
    return torch.reshape(made, (made.shape[0], *(_own(rows, columns) or (1,))))


def _axes(x: Tensor, y: Tensor, axes: int | Sequence[int] | None) -> tuple[int, int]:
    ranks = x.dim(), y.dim()
    if axes is None:
        return ranks[0] - 1, ranks[1] - (1 if ranks[1] == 2 else 2)
    pair = (axes, axes) if isinstance(axes, int) else tuple(axes)
    one, other = (axis % rank for axis, rank in zip(pair, ranks, strict=True))
    if not (one and other):
        raise ShapeError(f"batch_dot: axes must not name the batch, got {axes}.")
    return one, other


def _own(rows: Sequence[int], columns: Sequence[int]) -> tuple[int, ...]:
    return (*rows, *columns)


def _product(sizes: Sequence[int]) -> int:
    return math.prod(sizes)


def _shared_leading_product(x: Tensor, y: Tensor, one: int, other: int) -> Tensor:
    """Return the product of the last two axes, the axes before them being a batch together."""
    rank = max(x.dim(), y.dim())
    short = x.dim() - y.dim()
    left = x.reshape(*x.shape, *(1,) * (rank - x.dim()))
    right = y.reshape(*y.shape, *(1,) * (rank - y.dim()))
    left = left if one == rank - 1 else torch.transpose(left, -1, -2)
    right = torch.transpose(right, -1, -2) if other == rank - 1 else right
    made = torch.matmul(left, right)
    for _ in range(abs(short)):
        made = torch.squeeze(made, -1 if short > 0 else x.dim() - 1)
    return made
