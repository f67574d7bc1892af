"""Kernels: what several rules compute over whole lists of tensors at once.

Source: Keras 2.2.4 optimizers.py for the formulas; torch's fused Adam for the kernel.
"""

from __future__ import annotations

import numpy as np
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
    rounded: bool = False,
) -> None:
    """Make Keras's Adam update with torch's kernel, whose epsilon stands elsewhere.

        torch: sqrt(v) / sqrt(1 - beta_2^t) + e,  Keras: (sqrt(v) + epsilon) / sqrt(1 - beta_2^t)

    Args:
        greatest: the greatest squares so far, for AMSGrad.
        step: the number of the update; infinite where the means carry no bias.
        rounded: whether Keras takes the powers of the betas in the parameters' own precision.
    """
    count = torch.full((), float(step), device=parameters[0].device)
    if rounded:
        rate = rate * bias_gap(beta_1, beta_2, step, parameters[0])
    torch._fused_adam_(
        parameters,
        strided_like(parameters, gradients),
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


def strided_like(parameters: list[Tensor], gradients: list[Tensor]) -> list[Tensor]:
    """Return gradients that lie in memory as their parameters do: the kernel looks no further."""
    return [
        gradient if gradient.stride() == parameter.stride()
        else torch.empty_like(parameter).copy_(gradient)
        for parameter, gradient in zip(parameters, gradients, strict=True)
    ]  # fmt: skip


def bias_gap(beta_1: float, beta_2: float, step: float, like: Tensor) -> float:
    """Return Keras's correction of Adam's bias over the exact one: it rounds the powers."""
    first, second = (power(beta, step, like) for beta in (beta_1, beta_2))
    seen = ((1.0 - second) / (1.0 - beta_2**step)) ** 0.5
    return seen * (1.0 - beta_1**step) / (1.0 - first)


def power(base: float, exponent: float, like: Tensor) -> float:
    """Return a power in the precision of a tensor, single or double."""
    kind = np.float64 if like.dtype == torch.float64 else np.float32
    return float(kind(base) ** kind(exponent))


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
