"""The names at the top of tensorflow that pick, order, scatter and join parts of tensors.

Each function names the operation of torch that it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.nn import functional

from kshim.compat.tensorflow.arrays import as_tensor, dtype_of, int32, sizes
from kshim.compat.tensorflow.operations import take_symbols
from kshim.errors import ArgumentError

_PADDINGS = {"CONSTANT": "constant", "REFLECT": "reflect", "SYMMETRIC": "symmetric"}


class Unique(NamedTuple):
    """Hold the different values, and for each element which of them it is."""

    y: torch.Tensor
    idx: torch.Tensor


def boolean_mask(tensor: Any, mask: Any, name: str | None = None, axis: int = 0) -> torch.Tensor:
    """Return the parts at which a mask is true: `tensor[mask]`, the mask's axes from `axis` on."""
    places: tuple[Any, ...] = (*(slice(None),) * axis, as_tensor(mask).bool())
    return as_tensor(tensor)[places]


def gather_nd(
    params: Any, indices: Any, batch_dims: int = 0, name: str | None = None
) -> torch.Tensor:
    """Return the parts that rows of indices name: `params[indices[..., 0], indices[..., 1], ...]`.

    Args:
        batch_dims: how many leading axes params and indices share.
    """
    values, places = as_tensor(params), as_tensor(indices).long()
    if batch_dims:
        pairs = zip(values, places, strict=True)
        return torch.stack([gather_nd(one, place, batch_dims - 1) for one, place in pairs])
    return values[torch.unbind(places, -1)]


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> torch.Tensor:
    """Return zeros with updates added at the places that rows of indices name (index_put_)."""
    values = as_tensor(updates)
    made = torch.zeros(sizes(shape), dtype=values.dtype, device=values.device)
    return made.index_put_(torch.unbind(as_tensor(indices).long(), -1), values, accumulate=True)


def tensor_scatter_nd_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> torch.Tensor:
    """Return a tensor with updates at the places that rows of indices name (index_put)."""
    whole, values = as_tensor(tensor), as_tensor(updates)
    return whole.index_put(torch.unbind(as_tensor(indices).long(), -1), values.to(whole.dtype))


def tensor_scatter_nd_add(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> torch.Tensor:
    """Return a tensor with updates added at the places that rows of indices name (index_put)."""
    places = torch.unbind(as_tensor(indices).long(), -1)
    return as_tensor(tensor).index_put(places, as_tensor(updates), accumulate=True)


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: float = 0,
    name: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return a tensor with cells around: a number, or its own cells turned round at the edges.

    Args:
        paddings: for each axis how many cells before and behind.
        mode: CONSTANT, REFLECT (the edge once) or SYMMETRIC (the edge twice).

    Raises:
        ArgumentError: for another mode.
    """
    x = as_tensor(tensor)
    listed = paddings.tolist() if hasattr(paddings, "tolist") else paddings
    ends = [sizes(pair) for pair in listed]
    way = _PADDINGS.get(mode.upper())
    if way is None:
        raise ArgumentError("mode", "CONSTANT, REFLECT or SYMMETRIC", mode, who="tf.pad")
    if way == "constant":
        flat = [cells for pair in reversed(ends) for cells in pair]
        return functional.pad(x, flat, value=constant_values)
    for axis, (before, behind) in enumerate(ends):
        x = _turned(x, axis, before, behind, twice=way == "symmetric")
    return x


def size(input: Any, out_type: object = int32, name: str | None = None) -> Any:
    """Return how many numbers there are (numel)."""
    return torch.tensor(as_tensor(input).numel(), dtype=dtype_of(out_type))


def rank(input: Any, name: str | None = None) -> int:
    """Return the number of axes (dim)."""
    return as_tensor(input).dim()


def repeat(
    input: Any, repeats: Any, axis: int | None = None, name: str | None = None
) -> torch.Tensor:
    """Return each element so many times (repeat_interleave)."""
    times = repeats if isinstance(repeats, int) else as_tensor(repeats).long()
    return torch.repeat_interleave(as_tensor(input), times, axis)


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> torch.Tensor:
    """Return a tensor stretched to a shape (broadcast_to)."""
    return torch.broadcast_to(as_tensor(input), sizes(shape))


def meshgrid(*args: Any, indexing: str = "xy", **options: Any) -> list[torch.Tensor]:
    """Return the coordinates of a grid (meshgrid)."""
    return list(torch.meshgrid(*map(as_tensor, args), indexing=indexing))


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    """Return the values of an axis in order (sort)."""
    down = direction == "DESCENDING"
    return torch.sort(as_tensor(values), dim=axis, descending=down, stable=True).values


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False,
    name: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return the places of the values of an axis in order (argsort)."""
    order = torch.argsort(
        as_tensor(values), dim=axis, descending=direction == "DESCENDING", stable=True
    )
    return order.to(int32)


def unique(x: Any, out_idx: object = int32, name: str | None = None) -> Unique:
    """Return the different values in the order in which they first come."""
    values = as_tensor(x)
    kept, of_kept = torch.unique(values, return_inverse=True)
    first = torch.full((len(kept),), len(values), dtype=torch.long)
    first = first.scatter_reduce(0, of_kept, torch.arange(len(values)), "amin")
    order = torch.argsort(first)
    places = torch.argsort(order)
    return Unique(kept[order], places[of_kept].to(dtype_of(out_idx)))


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: object = torch.bool, name: str | None = None
) -> torch.Tensor:
    """Return true at the first so many places of each row."""
    counts = as_tensor(lengths).long()
    longest = int(counts.max()) if maxlen is None else int(maxlen)
    return torch.lt(torch.arange(longest), counts[..., None]).to(dtype_of(dtype))


def depth_to_space(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> torch.Tensor:
    """Return images whose channels became blocks of cells (reshape and permute)."""
    x = as_tensor(input)
    batch, rows, columns, channels = x.shape
    left = channels // block_size**2
    parts = x.reshape(batch, rows, columns, block_size, block_size, left)
    moved = parts.permute(0, 1, 3, 2, 4, 5)
    return moved.reshape(batch, rows * block_size, columns * block_size, left)


def space_to_depth(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> torch.Tensor:
    """Return images whose blocks of cells became channels (reshape and permute)."""
    x = as_tensor(input)
    batch, rows, columns, channels = x.shape
    high, wide = rows // block_size, columns // block_size
    parts = x.reshape(batch, high, block_size, wide, block_size, channels)
    return parts.permute(0, 1, 3, 2, 4, 5).reshape(batch, high, wide, -1)


def reverse(tensor: Any, axis: Any, name: str | None = None) -> torch.Tensor:
    """Return a tensor with some axes turned round (flip)."""
    return torch.flip(as_tensor(tensor), list(axis) if hasattr(axis, "__len__") else [axis])


def slice_(input_: Any, begin: Any, size: Any, name: str | None = None) -> torch.Tensor:
    """Return a part: from `begin` on, `size` cells along each axis (-1: all the rest)."""
    places = zip(sizes(begin), sizes(size), strict=True)
    cuts = [slice(first, None if count == -1 else first + count) for first, count in places]
    return as_tensor(input_)[tuple(cuts)]


def map_fn(fn: Callable[[Any], Any], elems: Any, dtype: Any = None, **options: Any) -> Any:
    """Return what a function makes of each part along the first axis, stacked."""
    if isinstance(elems, (list, tuple)):
        made = [fn(type(elems)(row)) for row in zip(*map(as_tensor, elems), strict=True)]
    else:
        made = [fn(row) for row in as_tensor(elems)]
    if isinstance(made[0], (list, tuple)):
        parts = zip(*made, strict=True)
        return type(made[0])(torch.stack([as_tensor(one) for one in part]) for part in parts)
    return torch.stack([as_tensor(one) for one in made])


def scan(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **options: Any
) -> torch.Tensor:
    """Return what a function makes of the last result and each part, all results stacked."""
    parts = list(as_tensor(elems))
    state = parts.pop(0) if initializer is None else as_tensor(initializer)
    made = [state] if initializer is None else []
    for part in parts:
        state = as_tensor(fn(state, part))
        made.append(state)
    return torch.stack(made)


def _turned(x: torch.Tensor, axis: int, before: int, behind: int, twice: bool) -> torch.Tensor:
    """Return a tensor with its own cells turned round at both ends of one axis."""
    length, skipped = x.shape[axis], 0 if twice else 1
    front = torch.arange(before + skipped - 1, skipped - 1, -1)
    back = torch.arange(length - 1 - skipped, length - 1 - skipped - behind, -1)
    return torch.index_select(x, axis, torch.cat([front, torch.arange(length), back]))


take_symbols(globals(), without=("rank", "map_fn", "scan"))
