"""Streaming: weights go between files and tensors piece by piece.

No second model stands in memory while one is read or written. What might turn out damaged while it
is read (compressed arrays) is read before any weight changes; the rest is read in its turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.layers.weights import Weight
from kshim.saving.h5 import Folder, Piece, rows_of_a_piece

LARGEST_NUMBER = 8  # bytes
# How many numbers far apart the nearest cache holds; whole pages apart they share its places.
MANY, FEW = 512, 16
PAGE = 4096


@dataclass(frozen=True)
class Waiting:
    """Hold where an array is that can be read when its turn comes."""

    folder: Folder
    path: str


def take(folder: Folder, path: str, shape: tuple[int, ...]) -> Any:
    """Return the array under a path, or where a large one waits if nothing can go wrong with it.

    Raises:
        FileError: when it cannot be read.
    """
    is_small = rows_of_a_piece((1, *shape), LARGEST_NUMBER) > 1
    return folder.array(path) if is_small or not folder.is_plain(path) else Waiting(folder, path)


@torch.no_grad()
def give(weight: Weight, value: Any) -> None:
    """Write a value of the weight's shape, as `take` gave it, into the weight."""
    shown = _view_of(weight)
    if not isinstance(value, Waiting):
        weight.assign(value)
    elif shown is None:
        weight.assign(value.folder.array(value.path))
    elif _lies_as_in_a_file(shown):
        value.folder.read_into(value.path, shown.numpy())
    else:

        def take(place: slice, piece: np.ndarray[Any, Any]) -> None:
            with torch.no_grad():
                _copy(shown[place], torch.from_numpy(piece))

        value.folder.take_pieces(value.path, take)


@torch.no_grad()
def put_weight(folder: Folder, path: str, weight: Weight) -> None:
    """Write a weight, in Keras's order and shape, under a path."""
    shown = weight.to_keras(*weight.tensors).detach()
    rows = rows_of_a_piece(tuple(shown.shape), shown.element_size())
    if shown.dim() == 0 or rows >= len(shown):
        folder.put_array(path, weight.numpy())
        return
    room = torch.empty((rows, *shown.shape[1:]), dtype=shown.dtype)
    folder.put_pieces(path, tuple(shown.shape), room.numpy().dtype, _pieces(shown, room))


def _pieces(shown: Tensor, room: Tensor) -> Iterator[Piece]:
    """Give a tensor some rows at a time; each takes the place of the last in `room`."""
    for start in range(0, len(shown), len(room)):
        place = slice(start, min(start + len(room), len(shown)))
        piece = room[: place.stop - start]
        _copy(piece, shown[place])
        yield place, piece.numpy()


def _copy(target: Tensor, source: Tensor) -> None:
    """Copy as much at a time as stays in the cache until what stands beside it is copied."""
    if target.dim() < 2 or (target.is_contiguous() and source.is_contiguous()):
        target.copy_(source)
        return
    far = target.element_size() * max(*target.stride(), *source.stride())
    many, along = MANY if far % PAGE else FEW, target.stride().index(min(target.stride()))
    for there, here in zip(target.split(many, along), source.split(many, along), strict=True):
        there.copy_(here)


def _lies_as_in_a_file(shown: Tensor) -> bool:
    """Return whether a file's bytes can be read to where a tensor's numbers are."""
    kinds = (torch.float32, torch.float64)
    return shown.is_contiguous() and shown.device.type == "cpu" and shown.dtype in kinds


def _view_of(weight: Weight) -> Tensor | None:
    """Return what Keras shows of a weight, if writing to it writes the weight."""
    if len(weight.tensors) != 1:
        return None
    tensor = weight.tensors[0]
    shown: Tensor = weight.to_keras(tensor)
    same = shown.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
    return shown.detach() if same and shown.dim() else None
