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


def dropped(values: Tensor, p: float, stream: torch.Generator | None) -> Tensor:
    """Return values of which some are zeroed, each with the chance p, the rest scaled up."""
    return F.dropout(values, p) if stream is None else values * keeping(values, p, stream)


def normal(like: Tensor, stream: torch.Generator | None) -> Tensor:
    """Return normal numbers of mean 0 and deviation 1, as many as a tensor has."""
    if stream is None:
        return torch.randn_like(like)
    return torch.randn(like.shape, generator=stream).to(like)


def shares(alpha: Tensor, stream: torch.Generator | None) -> Tensor:
    """Return numbers that sum to 1 along the last axis, drawn from a Dirichlet distribution.

    Of two, the first follows the beta distribution. A gamma number of a small alpha is too near
    nought to be held, so its logarithm is taken: that of one of alpha + 1, and of a power.
    """
    even = torch.rand(alpha.shape, generator=stream).clamp_min(torch.finfo(torch.float32).tiny)
    logs = torch._standard_gamma(alpha + 1, generator=stream).log() + even.log() / alpha
    return torch.softmax(logs, -1)


def weights_of_two(alpha: Tensor | float, count: int, stream: torch.Generator | None) -> Tensor:
    """Return numbers from 0 to 1 of the beta distribution whose parameters are both alpha."""
    spread = torch.as_tensor(alpha, dtype=torch.float32).reshape(1, 1).expand(count, 2)
    return shares(spread.contiguous(), stream)[:, 0]
