"""Clipping: gradients made smaller before an optimizer uses them, without asking for values."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kshim.optimizers.variables import joined


def by_global_norm(
    gradients: list[Tensor], limit: float, lengths: Sequence[Tensor]
) -> list[Tensor]:
    """Scale all gradients alike, so that together they are no longer than the limit.

    Args:
        lengths: the norm of each, of which there may be a part here alone.
    """
    device = gradients[0].device
    found = [norm.to(device) for norm in lengths]
    whole: Tensor = torch.linalg.vector_norm(torch.stack(found))
    return list(torch._foreach_mul(gradients, whole.reciprocal().mul(limit).clamp(max=1.0)))


def by_own_norm(
    gradients: list[Tensor],
    limit: float,
    groups: Sequence[Sequence[int]],
    lengths: Sequence[Tensor],
) -> list[Tensor]:
    """Scale the gradients of each variable, given by their places, that are longer than the limit.

    Args:
        groups: the places of each variable's gradients, all of which have one norm.
        lengths: the norm of each gradient, of which there may be a part here alone.
    """
    longest = torch._foreach_clamp_min(joined(lengths, groups), limit)
    scales = torch._foreach_mul(torch._foreach_reciprocal(longest), limit)
    return list(torch._foreach_mul(gradients, scales))


def by_value(gradients: list[Tensor], limit: float) -> list[Tensor]:
    """Cut each number of the gradients off at the limit, and at its negative."""
    return list(torch._foreach_clamp_max(torch._foreach_clamp_min(gradients, -limit), limit))
