"""Shards: tensors of which every process holds a part, cut along the first axis.

torch's FSDP2 makes parameters such tensors (`DTensor`); all else here is a plain tensor, and is
its own whole and its own part. `whole` is something that all processes do together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def is_shared_out(tensor: Any) -> bool:
    """Return whether a tensor's numbers lie in several processes."""
    return hasattr(tensor, "full_tensor")


def whole(tensor: Any) -> Any:
    """Return all of a tensor; gradients reach the part that this process holds."""
    return tensor.full_tensor() if is_shared_out(tensor) else tensor


@torch.no_grad()
def part(tensor: Any) -> Any:
    """Return what this process holds of a tensor, which writing to it writes."""
    return tensor.to_local() if is_shared_out(tensor) else tensor


def lengths(parts: list[Tensor], owners: Sequence[Any]) -> list[Tensor]:
    """Return the norms of what lies in all processes of some tensors, as their owners lie."""
    found = list(torch._foreach_norm(parts))
    if not is_shared_out(owners[0]):
        return found
    squares = torch.stack(found).square()
    dist.all_reduce(squares, group=owners[0].device_mesh.get_group())
    return list(squares.sqrt().unbind())


@torch.no_grad()
def fill(tensor: Any, value: Tensor) -> None:
    """Write the whole of a value, which every process has, into a tensor."""
    if not is_shared_out(tensor):
        tensor.copy_(value)
        return
    held, (placement,) = tensor.to_local(), tensor.placements
    if not placement.is_shard():
        held.copy_(value)
        return
    parts = value.chunk(tensor.device_mesh.size(), placement.dim)
    place = tensor.device_mesh.get_local_rank()
    if place < len(parts):  # few rows do not reach all processes
        held.copy_(parts[place])
