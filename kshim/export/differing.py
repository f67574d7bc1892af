"""Differing: how far two arrays are apart, and by which names outputs are told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.layers.handing import carrying

Array = np.ndarray[Any, Any]


def difference(mine: Tensor | Array, told: Tensor | Array) -> float:
    """Return the largest difference, absolute below 1 and relative above.

    It is inf where shapes differ, or where one is nan or infinite and the other is not.
    """
    ours, theirs = _numbers(mine), _numbers(told)
    if ours.shape != theirs.shape:
        return float("inf")
    sound = np.isfinite(theirs)
    if not np.array_equal(np.isfinite(ours), sound) or not np.array_equal(
        ours[~sound], theirs[~sound], equal_nan=True
    ):
        return float("inf")
    apart = np.abs(ours[sound] - theirs[sound]) / np.maximum(1.0, np.abs(theirs[sound]))
    return float(apart.max(initial=0.0))


def _numbers(values: Tensor | Array) -> Array:
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    return array.astype("f8")


def key_of(name: str, turn: int, place: int) -> str:
    """Return the name of an output of a layer's call: `lstm`, `lstm@1`, `lstm@1:2`."""
    return name + (f"@{turn}" if turn else "") + (f":{place}" if place else "")


def tensors_like(told: Array, mine: Tensor) -> Tensor:
    """Return an array as a tensor that stands in another's place, its mask too."""
    if tuple(told.shape) != tuple(mine.shape):
        return mine
    tensor = torch.as_tensor(np.array(told)).to(mine.device, mine.dtype)
    carrying(tensor, getattr(mine, "_keras_mask", None))
    return tensor
