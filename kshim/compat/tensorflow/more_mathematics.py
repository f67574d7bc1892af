"""More of what tensorflow computes: sums along the way, norms, segments, matrices.

Each function names the operation of torch that it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from kshim.compat.tensorflow.arrays import as_tensor, dtype_of, int64
from kshim.compat.tensorflow.operations import take_symbols


class TopK(NamedTuple):
    """Hold the largest numbers and their places."""

    values: torch.Tensor
    indices: torch.Tensor


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None) -> Any:
    """Return numbers not under one bound and not over another (clamp)."""
    low, high = as_tensor(clip_value_min), as_tensor(clip_value_max)
    x = as_tensor(t)
    return torch.minimum(torch.maximum(x, low.to(x.dtype)), high.to(x.dtype))


def clip_by_norm(t: Any, clip_norm: float, axes: Any = None, name: Any = None) -> torch.Tensor:
    """Return a tensor made shorter where its length is over a bound."""
    x = as_tensor(t)
    length = torch.linalg.vector_norm(x, dim=axes, keepdim=True)
    return x * clip_norm / torch.clamp(length, min=clip_norm)


def clip_by_global_norm(
    t_list: Any, clip_norm: float, use_norm: Any = None, name: Any = None
) -> tuple[list[Any], torch.Tensor]:
    """Return tensors made shorter together where their common length is over a bound."""
    held = [as_tensor(one) for one in t_list if one is not None]
    length = global_norm(held) if use_norm is None else as_tensor(use_norm)
    factor = clip_norm / torch.clamp(length, min=clip_norm)
    return [None if one is None else as_tensor(one) * factor for one in t_list], length


def global_norm(t_list: Any, name: Any = None) -> torch.Tensor:
    """Return the common length of tensors."""
    squares = [(as_tensor(one) ** 2).sum() for one in t_list if one is not None]
    return torch.sqrt(torch.stack(squares).sum())


def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: Any = None
) -> torch.Tensor:
    """Return the length of a vector, or of all numbers together (linalg.vector_norm)."""
    order = 2 if ord == "euclidean" else ord
    return torch.linalg.vector_norm(as_tensor(tensor), order, axis, keepdims)


def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False,
           name: Any = None) -> torch.Tensor:  # fmt: skip
    """Return sums up to each place (cumsum), without its own where `exclusive`."""
    given = as_tensor(x)
    turned = torch.flip(given, [axis]) if reverse else given
    total = torch.cumsum(turned, axis, dtype=given.dtype)
    total = total - turned if exclusive else total
    return torch.flip(total, [axis]) if reverse else total


def cumprod(x: Any, axis: int = 0, name: Any = None) -> torch.Tensor:
    """Return products up to each place (cumprod)."""
    given = as_tensor(x)
    return torch.cumprod(given, axis, dtype=given.dtype)


def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> torch.Tensor:
    """Return the sums of products over pairs of axes (tensordot)."""
    return torch.tensordot(as_tensor(a), as_tensor(b), axes)


def einsum(equation: str, *inputs: Any, **options: Any) -> torch.Tensor:
    """Return the sums of products that an equation names (einsum)."""
    return torch.einsum(equation, *map(as_tensor, inputs))


def floordiv(x: Any, y: Any, name: Any = None) -> torch.Tensor:
    """Return quotients rounded down (floor_divide)."""
    return torch.floor_divide(as_tensor(x), as_tensor(y))


def divide_no_nan(x: Any, y: Any, name: Any = None) -> torch.Tensor:
    """Return quotients, 0 where the divisor is 0."""
    top, bottom = as_tensor(x), as_tensor(y)
    none = bottom == 0
    return torch.where(none, torch.zeros_like(top), top / (bottom + none))


def scalar_mul(scalar: Any, x: Any, name: Any = None) -> torch.Tensor:
    """Return a tensor times a number."""
    return as_tensor(scalar) * as_tensor(x)


def count_nonzero(
    input: Any, axis: Any = None, keepdims: bool = False, dtype: object = int64, name: Any = None
) -> torch.Tensor:
    """Return how many numbers are not 0."""
    x = as_tensor(input) != 0
    axes = tuple(range(x.dim())) if axis is None else axis
    return x.sum(axes, keepdim=keepdims).to(dtype_of(dtype))


def reduce_logsumexp(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> torch.Tensor:
    """Return the logarithm of the sum of exponentials (logsumexp)."""
    x = as_tensor(input_tensor)
    return torch.logsumexp(x, tuple(range(x.dim())) if axis is None else axis, keepdims)


def segment_sum(data: Any, segment_ids: Any, name: Any = None) -> torch.Tensor:
    """Return the sum of the rows of each segment; numbers of segments rise (index_add)."""
    places = as_tensor(segment_ids).long()
    return unsorted_segment_sum(data, places, int(places.max()) + 1)


def segment_mean(data: Any, segment_ids: Any, name: Any = None) -> torch.Tensor:
    """Return the mean of the rows of each segment."""
    x, places = as_tensor(data), as_tensor(segment_ids).long()
    counts = torch.bincount(places).clamp(min=1).to(x.dtype)
    return segment_sum(x, places) / counts.reshape(-1, *(1,) * (x.dim() - 1))


def segment_max(data: Any, segment_ids: Any, name: Any = None) -> torch.Tensor:
    """Return the largest of the rows of each segment (scatter_reduce)."""
    x, places = as_tensor(data), as_tensor(segment_ids).long()
    room = x.new_zeros((int(places.max()) + 1, *x.shape[1:]))
    spread = places.reshape(-1, *(1,) * (x.dim() - 1)).expand(x.shape)
    return room.scatter_reduce(0, spread, x, "amax", include_self=False)


def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: int, name: Any = None
) -> torch.Tensor:
    """Return the sum of the rows of each of so many segments (index_add)."""
    x, places = as_tensor(data), as_tensor(segment_ids).long()
    return x.new_zeros((int(num_segments), *x.shape[1:])).index_add(0, places, x)


def polyval(coeffs: Any, x: Any, name: Any = None) -> torch.Tensor:
    """Return a polynomial, the highest power's factor first."""
    total = torch.zeros_like(as_tensor(x))
    for factor in coeffs:
        total = total * as_tensor(x) + as_tensor(factor)
    return total


def diag(diagonal: Any, name: Any = None, **options: Any) -> torch.Tensor:
    """Return matrices with a diagonal (diag_embed)."""
    return torch.diag_embed(as_tensor(diagonal))


def diag_part(input: Any, name: Any = None, **options: Any) -> torch.Tensor:
    """Return the diagonals of matrices (diagonal)."""
    return torch.diagonal(as_tensor(input), dim1=-2, dim2=-1)


def set_diag(input: Any, diagonal: Any, name: Any = None, **options: Any) -> torch.Tensor:
    """Return matrices with another diagonal (diagonal_scatter)."""
    return torch.diagonal_scatter(as_tensor(input), as_tensor(diagonal), dim1=-2, dim2=-1)


def band_part(input: Any, num_lower: int, num_upper: int, name: Any = None) -> torch.Tensor:
    """Return matrices with zeros away from the diagonal; -1 keeps all of a side (tril, triu)."""
    x = as_tensor(input)
    x = torch.tril(x, num_upper) if num_upper >= 0 else x
    return torch.triu(x, -num_lower) if num_lower >= 0 else x


def trace(x: Any, name: Any = None) -> torch.Tensor:
    """Return the sums of diagonals."""
    return diag_part(x).sum(-1)


def matrix_transpose(a: Any, name: Any = None, **options: Any) -> torch.Tensor:
    """Return matrices with rows and columns exchanged (mT)."""
    return as_tensor(a).mT


def erf(x: Any, name: Any = None) -> torch.Tensor:
    """Return the error function (erf)."""
    return torch.erf(as_tensor(x))


def is_inf(x: Any, name: Any = None) -> torch.Tensor:
    """Return where numbers are infinite (isinf)."""
    return torch.isinf(as_tensor(x))


def top_k(input: Any, k: int = 1, sorted: bool = True, name: Any = None) -> Any:
    """Return the k largest numbers of each row and their places (topk)."""
    values, places = torch.topk(as_tensor(input), int(k), sorted=True)
    return TopK(values, places.to(torch.int32))


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: Any = None, **old: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and variance over axes (var_mean)."""
    keep = bool(old.get("keep_dims", keepdims))
    spread, middle = torch.var_mean(as_tensor(x), list(axes), correction=0, keepdim=keep)
    return middle, spread


def embedding_lookup(params: Any, ids: Any, *options: Any, **more: Any) -> torch.Tensor:
    """Return the rows of a table that numbers name (index_select)."""
    return as_tensor(params)[as_tensor(ids).long()]


take_symbols(globals())
matrix_diag, matrix_diag_part, matrix_set_diag, matrix_band_part = (
    diag, diag_part, set_diag, band_part,
)  # fmt: skip
