"""The names at the top of tensorflow that make, reshape and join tensors, and its types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kshim.backend.inspecting import shape as sizes_of_symbol
from kshim.compat.tensorflow.operations import as_tensor as as_tensor
from kshim.compat.tensorflow.operations import take_symbols
from kshim.compat.versions import is_tensorflow_1
from kshim.core.symbols import Symbol
from kshim.core.texts import as_texts, is_text
from kshim.errors import UnknownName, nearest

Sizes = int | Sequence[int] | torch.Tensor

float16, float32, float64 = torch.float16, torch.float32, torch.float64
bfloat16 = torch.bfloat16
int8, int16, int32, int64 = torch.int8, torch.int16, torch.int32, torch.int64
uint8, bool, complex64 = torch.uint8, torch.bool, torch.complex64
string = "string"
newaxis = None
Tensor = torch.Tensor

_DTYPES: dict[str, torch.dtype] = {
    str(kind).removeprefix("torch."): kind
    for kind in (
        float16,
        float32,
        float64,
        bfloat16,
        int8,
        int16,
        int32,
        int64,
        uint8,
        bool,
        complex64,
    )
}


def shape(input: Any, out_type: object = int32, name: str | None = None) -> Any:
    """Return the sizes of a tensor, to be indexed and unpacked; of a symbol, a symbol of them."""
    if isinstance(input, Symbol):
        return sizes_of_symbol(input)  # type: ignore[arg-type]
    return as_tensor(input).shape


def cast(x: Any, dtype: object, name: str | None = None) -> torch.Tensor:
    """Return x as another type."""
    return as_tensor(x).to(dtype_of(dtype))


def to_float(x: Any, name: str | None = None) -> torch.Tensor:
    """Return x as float32."""
    return cast(x, float32)


def to_int32(x: Any, name: str | None = None) -> torch.Tensor:
    """Return x as int32."""
    return cast(x, int32)


def constant(
    value: Any, dtype: object = None, shape: Sizes | None = None, name: str | None = None
) -> torch.Tensor:
    """Return a tensor of the value; Python floats become float32, integers int32.

    A text is returned as it is, several as an array: tensors hold none.
    """
    if isinstance(value, (str, bytes)):
        return value  # type: ignore[return-value]
    if is_text(value):
        return as_texts(value)  # type: ignore[return-value]
    made = as_tensor(value) if dtype is None else torch.as_tensor(value, dtype=dtype_of(dtype))
    return made if shape is None else made.expand(sizes(shape)).clone()


def convert_to_tensor(
    value: Any, dtype: object = None, dtype_hint: object = None, name: str | None = None
) -> torch.Tensor:
    """Return the value as a tensor."""
    return constant(value, dtype)


def zeros(shape: Sizes, dtype: object = float32, name: str | None = None) -> torch.Tensor:
    """Return a tensor of zeros."""
    return torch.zeros(sizes(shape), dtype=dtype_of(dtype))


def ones(shape: Sizes, dtype: object = float32, name: str | None = None) -> torch.Tensor:
    """Return a tensor of ones."""
    return torch.ones(sizes(shape), dtype=dtype_of(dtype))


def zeros_like(input: torch.Tensor, dtype: object = None, name: str | None = None) -> torch.Tensor:
    """Return zeros of the same shape."""
    return torch.zeros_like(input, dtype=None if dtype is None else dtype_of(dtype))


def ones_like(input: torch.Tensor, dtype: object = None, name: str | None = None) -> torch.Tensor:
    """Return ones of the same shape."""
    return torch.ones_like(input, dtype=None if dtype is None else dtype_of(dtype))


def fill(dims: Sizes, value: float, name: str | None = None) -> torch.Tensor:
    """Return a tensor of one value."""
    return torch.full(sizes(dims), value, dtype=as_tensor(value).dtype)


def range(
    start: int, limit: int | None = None, delta: int = 1, dtype: object = None
) -> torch.Tensor:
    """Return the numbers from start up to limit."""
    first, last = (0, start) if limit is None else (start, limit)
    kind = dtype_of(dtype) if dtype is not None else _kind_of_numbers(first, last, delta)
    return torch.arange(first, last, delta, dtype=kind)


def eye(
    num_rows: int, num_columns: int | None = None, batch_shape: Sizes | None = None,
    dtype: object = float32, name: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return a matrix with ones on its diagonal, as often as `batch_shape` has places."""
    made = torch.eye(num_rows, num_columns or num_rows, dtype=dtype_of(dtype))
    return made if batch_shape is None else made.expand(*sizes(batch_shape), *made.shape).clone()


def identity(input: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """Return x itself."""
    return input


def reshape(tensor: Any, shape: Sizes, name: str | None = None) -> torch.Tensor:
    """Return the same elements in another shape; one size may be -1."""
    return as_tensor(tensor).reshape(sizes(shape))


def transpose(
    a: torch.Tensor, perm: Sequence[int] | None = None, name: str | None = None
) -> torch.Tensor:
    """Return x with its axes in the order `perm`, by default reversed."""
    return a.permute(*(perm if perm is not None else reversed(tuple(_axes_of(a)))))


def expand_dims(input: Any, axis: int = -1, name: str | None = None) -> torch.Tensor:
    """Return x with an axis of size 1 more."""
    return as_tensor(input).unsqueeze(axis)


def squeeze(
    input: torch.Tensor, axis: int | Sequence[int] | None = None, name: str | None = None
) -> torch.Tensor:
    """Return x without its axes of size 1, or without those named."""
    if axis is None:
        return input.squeeze()
    return input.squeeze(axis if isinstance(axis, int) else tuple(axis))


def concat(values: Sequence[torch.Tensor], axis: int = 0, name: str | None = None) -> torch.Tensor:
    """Return tensors joined along an axis."""
    return torch.cat([*values], axis)


def stack(values: Sequence[Any], axis: int = 0, name: str | None = None) -> torch.Tensor:
    """Return tensors of one shape laid along a new axis."""
    return torch.stack([as_tensor(one) for one in values], axis)


def unstack(
    value: torch.Tensor, num: int | None = None, axis: int = 0, name: str | None = None
) -> Sequence[torch.Tensor]:
    """Return the slices of a tensor along an axis."""
    return torch.unbind(value, axis)


def split(
    value: torch.Tensor,
    num_or_size_splits: int | Sequence[int],
    axis: int = 0,
    num: int | None = None,
    name: str | None = None,
) -> Sequence[torch.Tensor]:
    """Return so many equal parts of a tensor, or parts of the sizes given."""
    if isinstance(num_or_size_splits, int):
        return torch.tensor_split(value, num_or_size_splits, axis)
    return torch.split(value, [*num_or_size_splits], axis)


def tile(input: torch.Tensor, multiples: Sizes, name: str | None = None) -> torch.Tensor:
    """Return x repeated so many times along each axis."""
    return torch.tile(input, sizes(multiples))


def gather(
    params: torch.Tensor, indices: torch.Tensor, validate_indices: Any = None,
    axis: int | None = None, batch_dims: int = 0, name: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return the slices of a tensor at integer places along an axis.

    Args:
        axis: None is the first that is not of the batch.
        batch_dims: how many leading axes both share, each place of them taken by itself.
    """
    axis = batch_dims if axis is None else axis
    if not batch_dims:
        return _gathered(params, indices, axis)
    within = axis - batch_dims if axis > 0 else axis
    pairs = zip(params.flatten(0, batch_dims - 1), indices.flatten(0, batch_dims - 1), strict=True)
    made = torch.stack([_gathered(one, places, within) for one, places in pairs])
    return made.reshape(*params.shape[:batch_dims], *made.shape[1:])


def _gathered(params: torch.Tensor, places: torch.Tensor, axis: int) -> torch.Tensor:
    chosen = torch.index_select(params, axis, places.reshape(-1).long())
    axis %= len(params.shape)
    return chosen.reshape((*params.shape[:axis], *places.shape, *params.shape[axis + 1 :]))


def where(
    condition: torch.Tensor, x: Any = None, y: Any = None, name: str | None = None
) -> torch.Tensor:
    """Return x where the condition holds and y elsewhere; or the places where it holds.

    In TensorFlow 1 a condition of one axis chooses among the rows of x and y.
    """
    if is_tensorflow_1():
        return select(condition, x, y)
    return _chosen(condition, x, y)


def select(
    condition: torch.Tensor, x: Any = None, y: Any = None, name: str | None = None
) -> torch.Tensor:
    """Return what `where` of TensorFlow 1 does: a condition of one axis chooses among rows."""
    rank = len(getattr(x, "shape", ()))
    if len(condition.shape) == 1 < rank:
        condition = condition.reshape(-1, *[1] * (rank - 1))
    return _chosen(condition, x, y)


def _chosen(condition: torch.Tensor, x: Any, y: Any) -> torch.Tensor:
    if x is None and y is None:
        return torch.nonzero(condition)
    x, y = (one if isinstance(one, (int, float)) else as_tensor(one) for one in (x, y))
    return torch.where(condition, x, y)


def one_hot(
    indices: Any, depth: int, on_value: float = 1.0, off_value: float = 0.0, axis: int = -1,
    dtype: object = float32, name: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return a new axis of size `depth`, the last by default, with on_value at each index."""
    marks = torch.arange(depth) == as_tensor(indices).unsqueeze(-1)
    return torch.where(marks, on_value, off_value).to(dtype_of(dtype)).movedim(-1, axis)


def dtype_of(kind: object) -> torch.dtype:
    """Return the torch type of a tensorflow, numpy or written type."""
    if isinstance(kind, torch.dtype):
        return kind
    word = kind if isinstance(kind, str) else np.dtype(kind).name  # type: ignore[call-overload]
    if word not in _DTYPES:
        raise UnknownName("dtype", "a tensorflow type", word, who="tf", hint=nearest(word, _DTYPES))
    return _DTYPES[word]


def sizes(shape: Sizes) -> tuple[int, ...]:
    """Return a shape as a tuple, however it was given."""
    if isinstance(shape, int):
        return (shape,)
    return tuple(shape.tolist() if isinstance(shape, torch.Tensor) else shape)


def _axes_of(tensor: torch.Tensor) -> Sequence[int]:
    return [*np.arange(len(tensor.shape)).tolist()]


def _kind_of_numbers(*numbers: float) -> torch.dtype:
    return int32 if all(isinstance(one, int) for one in numbers) else float32


take_symbols(globals(), without=("shape", "as_tensor", "dtype_of", "sizes"))
