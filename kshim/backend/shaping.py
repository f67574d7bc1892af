"""Functions that give numbers another place: axes, joins, repeats, picks.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.backend.older_words import in_older_words
from kshim.backend.tensors import as_tensor, axes_of, of_tensors, sizes_of, torch_type
from kshim.core.symbols import Symbol, symbols_in

_slice = builtins.slice


def reshape(x: Any, shape: Any) -> Any:
    """Return the numbers in another shape; one size may be -1, which fits the rest."""
    if isinstance(shape, list | tuple) and isinstance(x, Symbol):
        # A size that is still to be computed is the one that fits the rest.
        shape = [-1 if isinstance(size, Symbol) or size is None else size for size in shape]
    return _reshaped(x, shape)


@of_tensors
def _reshaped(x: Tensor, shape: Any) -> Tensor:
    return torch.reshape(x, sizes_of(shape))


@of_tensors
def permute_dimensions(x: Tensor, pattern: Sequence[int]) -> Tensor:
    """Return the axes in another order, such as (0, 2, 1)."""
    return torch.permute(x, tuple(pattern))


@of_tensors
def transpose(x: Tensor) -> Tensor:
    """Return the axes in reverse order."""
    return torch.permute(x, tuple(reversed(range(x.dim()))))


@in_older_words
@of_tensors
def expand_dims(x: Tensor, axis: int = -1) -> Tensor:
    """Return x with a new axis of size 1 at `axis`."""
    return torch.unsqueeze(x, axis)


@of_tensors
def squeeze(x: Tensor, axis: int) -> Tensor:
    """Return x without an axis of size 1."""
    return torch.squeeze(x, axis)


@of_tensors
def flatten(x: Tensor) -> Tensor:
    """Return all numbers in one row, the batch included."""
    return torch.reshape(x, (-1,))


@of_tensors
def batch_flatten(x: Tensor) -> Tensor:
    """Return one row of numbers for each sample."""
    return torch.flatten(x, 1)


@of_tensors
def concatenate(tensors: Any, axis: int = -1) -> Tensor:
    """Return tensors joined along an axis."""
    return torch.cat(_alike(tensors), axis)


@of_tensors
def stack(x: Any, axis: int = 0) -> Tensor:
    """Return tensors of one shape joined along a new axis."""
    return torch.stack(_alike(x), axis)


pack = stack


@of_tensors
def tile(x: Tensor, n: Any) -> Tensor:
    """Return x repeated n times along each axis: n is one number an axis, or one for the last."""
    times = sizes_of([n] if isinstance(n, int) else n)
    return torch.tile(x, tuple(times))


@of_tensors
def repeat(x: Tensor, n: int) -> Tensor:
    """Return each sample's vector n times.

    Shapes:
        x: (batch, features), result: (batch, n, features)
    """
    return torch.unsqueeze(x, 1).expand(-1, sizes_of([n])[0], -1)


@of_tensors
def repeat_elements(x: Tensor, rep: int, axis: int) -> Tensor:
    """Return x with each slice along an axis `rep` times in a row, as numpy.repeat does."""
    return torch.repeat_interleave(x, int(rep), axis)


@of_tensors
def reverse(x: Tensor, axes: int | Sequence[int]) -> Tensor:
    """Return x with the order along these axes turned round."""
    return torch.flip(x, axes_of(x, axes))


@of_tensors
def gather(reference: Tensor, indices: Tensor) -> Tensor:
    """Return the slices of the first axis that the indices name.

    Shapes:
        reference: (n, ...), indices: any, result: (*indices, ...)
    """
    return reference[indices.to(torch.long)]


@in_older_words
@of_tensors
def one_hot(indices: Tensor, num_classes: int) -> Tensor:
    """Return rows with a 1 at the index and 0 elsewhere; an index of no class gives zeros.

    Shapes:
        indices: any, result: (*indices, num_classes)
    """
    classes = torch.arange(sizes_of([num_classes])[0], device=indices.device)
    return torch.eq(torch.unsqueeze(indices.to(torch.long), -1), classes).to(torch_type(None))


@of_tensors
def slice(x: Tensor, start: Any, size: Any) -> Tensor:
    """Return a part of x: from `start` on, `size` numbers along each axis (-1: all the rest)."""
    places = zip(sizes_of(start), sizes_of(size), strict=True)
    return x[
        tuple(_slice(first, None if count == -1 else first + count) for first, count in places)
    ]


@of_tensors
def pattern_broadcast(x: Tensor, broadcastable: Any) -> Tensor:
    """Return x as it is: torch stretches every axis of size 1 (Theano has to be told)."""
    return x


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Any:
    """Return the numbers from `start` (0, if only one is given) up to before `stop`."""
    begin, end = (0, start) if stop is None else (start, stop)
    return _arange(begin, end, step, dtype)


@of_tensors
def _arange(start: Any, stop: Any, step: Any, dtype: Any) -> Tensor:
    bounds = [bound.item() if isinstance(bound, Tensor) else bound for bound in (start, stop, step)]
    begin, end, step = bounds
    # Keras, as numpy, gives nothing where the end lies on the other side.
    end = begin if (end - begin) * step < 0 else end
    return torch.arange(begin, end, step, dtype=torch_type(dtype))


def _alike(tensors: Any) -> list[Any]:
    """Return tensors in one type: the first float's, if there is one."""
    found = [as_tensor(tensor) for tensor in tensors]
    if symbols_in(found):
        return found
    floats = [one.dtype for one in found if isinstance(one, Tensor) and one.is_floating_point()]
    whole = [isinstance(one, Tensor) and not one.is_floating_point() for one in found]
    return [
        one.to(floats[0]) if floats and is_whole else one
        for one, is_whole in zip(found, whole, strict=True)
    ]
