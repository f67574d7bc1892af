"""Kernels: what several rules compute over whole lists of tensors at once.

Source: Keras 2.2.4 optimizers.py for the formulas; torch's fused Adam for the kernel.
"""

from __future__ import annotations

import torch
from torch import Tensor


def fused_adam(
    parameters: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    greatest: list[Tensor] | None = None,
    *,
    rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: float,
) -> None:
    """Make Keras's Adam update with torch's kernel, whose epsilon stands elsewhere.

        torch: sqrt(v) / sqrt(1 - beta_2^t) + e,  Keras: (sqrt(v) + epsilon) / sqrt(1 - beta_2^t)

    Args:
        greatest: the greatest squares so far, for AMSGrad.
        step: the number of the update; infinite where the means carry no bias.
    """
    count = torch.full((), float(step), device=parameters[0].device)
    torch._fused_adam_(
        parameters,
        gradients,
        means,
        squares,
        greatest or [],
        [count] * len(parameters),
        lr=rate,
        beta1=beta_1,
        beta2=beta_2,
        weight_decay=0.0,
        eps=epsilon / (1.0 - beta_2**step) ** 0.5,
        amsgrad=greatest is not None,
        maximize=False,
    )


def follow(means: list[Tensor], values: list[Tensor], keep: float) -> list[Tensor]:
    """Move running means towards the values, in place, and return them."""
    torch._foreach_mul_(means, keep)
    torch._foreach_add_(means, values, alpha=1.0 - keep)
    return means


def follow_square(means: list[Tensor], values: list[Tensor], keep: float) -> list[Tensor]:
    """Move running means towards the squared values, in place, and return them."""
    torch._foreach_mul_(means, keep)
    torch._foreach_addcmul_(means, values, values, value=1.0 - keep)
    return means


def root_with(values: list[Tensor], epsilon: float, *, inside: bool) -> list[Tensor]:
    """Return sqrt(x + epsilon), or sqrt(x) + epsilon."""
    if inside:
        roots = list(torch._foreach_add(values, epsilon))
        torch._foreach_sqrt_(roots)
    else:
        roots = list(torch._foreach_sqrt(values))
        torch._foreach_add_(roots, epsilon)
    return roots
