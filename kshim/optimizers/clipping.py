"""Clipping: gradients made smaller before an optimizer uses them, without asking for values."""

from __future__ import annotations

import torch
from torch import Tensor


def by_global_norm(gradients: list[Tensor], limit: float) -> list[Tensor]:
    """Scale all gradients alike, so that together they are no longer than the limit."""
    device = gradients[0].device
    norms = [norm.to(device) for norm in torch._foreach_norm(gradients)]
    whole: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    return list(torch._foreach_mul(gradients, whole.reciprocal().mul(limit).clamp(max=1.0)))


def by_own_norm(gradients: list[Tensor], limit: float) -> list[Tensor]:
    """Scale each gradient that is longer than the limit."""
    norms = torch._foreach_clamp_min(torch._foreach_norm(gradients), limit)
    scales = torch._foreach_mul(torch._foreach_reciprocal(norms), limit)
    return list(torch._foreach_mul(gradients, scales))


def by_value(gradients: list[Tensor], limit: float) -> list[Tensor]:
    """Cut each number of the gradients off at the limit, and at its negative."""
    return list(torch._foreach_clamp_max(torch._foreach_clamp_min(gradients, -limit), limit))
