"""Draws: from torch's stream, or from one of a module's own that begins at a seed.

A module's own stream draws on the CPU, whatever device its inputs are on: a seed gives the same
numbers on every machine.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def stream_of(seed: int | None) -> torch.Generator | None:
    """Return the stream that begins at a seed; None for torch's own."""
    return None if seed is None else torch.Generator().manual_seed(seed)


def keeping(like: Tensor, p: float, stream: torch.Generator | None) -> Tensor:
    """Return what dropout multiplies by: 0 with the chance p, else 1 / (1 - p)."""
    if stream is None:
        return F.dropout(torch.ones_like(like), p)
    scale = 1 / (1 - p) if p < 1 else 0.0
    return (torch.rand(like.shape, generator=stream) >= p).to(like) * scale


def normal(like: Tensor, stream: torch.Generator | None) -> Tensor:
    """Return normal numbers of mean 0 and deviation 1, as many as a tensor has."""
    if stream is None:
        return torch.randn_like(like)
    return torch.randn(like.shape, generator=stream).to(like)
