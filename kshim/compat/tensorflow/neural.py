"""`tf.nn`: activations and crossentropies on logits."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from kshim.compat.tensorflow.mathematics import sigmoid, softplus, tanh
from kshim.compat.tensorflow.operations import take_symbols

__all__ = [
    "bias_add",
    "elu",
    "l2_normalize",
    "leaky_relu",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "softplus",
    "sparse_softmax_cross_entropy_with_logits",
    "swish",
    "tanh",
]


def relu(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """Return max(x, 0)."""
    return functional.relu(features)


def relu6(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """Return min(max(x, 0), 6)."""
    return functional.relu6(features)


def leaky_relu(features: torch.Tensor, alpha: float = 0.2, name: str | None = None) -> torch.Tensor:
    """Return x where positive, alpha * x elsewhere."""
    return functional.leaky_relu(features, alpha)


def elu(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """Return x where positive, exp(x) - 1 elsewhere."""
    return functional.elu(features)


def selu(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """Return the scaled exponential linear unit of x."""
    return functional.selu(features)


def swish(features: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
    """Return x * sigmoid(beta * x)."""
    return features * torch.sigmoid(features * beta)


def softmax(logits: torch.Tensor, axis: int = -1, name: str | None = None) -> torch.Tensor:
    """Return the softmax along `axis`."""
    return torch.softmax(logits, axis)


def log_softmax(logits: torch.Tensor, axis: int = -1, name: str | None = None) -> torch.Tensor:
    """Return the logarithm of the softmax along `axis`."""
    return torch.log_softmax(logits, axis)


def bias_add(
    value: torch.Tensor, bias: torch.Tensor, data_format: str | None = None,
    name: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return x with a bias added along the last axis, along the second for "NCHW"."""
    if (data_format or "").startswith("NC"):
        return value + bias.reshape(-1, *(1,) * (value.dim() - 2))
    return value + bias


def l2_normalize(
    x: torch.Tensor, axis: Any = None, epsilon: float = 1e-12, name: str | None = None,
    dim: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return x / sqrt(max(sum(x ** 2), epsilon)) along `axis` (once `dim`), or over all."""
    axis = dim if axis is None else axis
    squares = torch.sum(x * x) if axis is None else torch.sum(x * x, axis, keepdim=True)
    return x * torch.rsqrt(torch.clamp(squares, min=epsilon))


def softmax_cross_entropy_with_logits(
    labels: torch.Tensor, logits: torch.Tensor, axis: int = -1, name: str | None = None
) -> torch.Tensor:
    """Return -sum(labels * log(softmax(logits))) along `axis`."""
    return -torch.sum(labels * torch.log_softmax(logits, axis), axis)


softmax_cross_entropy_with_logits_v2 = softmax_cross_entropy_with_logits


def sparse_softmax_cross_entropy_with_logits(
    labels: torch.Tensor, logits: torch.Tensor, name: str | None = None
) -> torch.Tensor:
    """Return minus the log probability of each integer label; classes on the last axis."""
    chosen = labels.long().unsqueeze(-1)
    return -torch.gather(torch.log_softmax(logits, -1), -1, chosen).squeeze(-1)


def sigmoid_cross_entropy_with_logits(
    labels: torch.Tensor, logits: torch.Tensor, name: str | None = None
) -> torch.Tensor:
    """Return max(z, 0) - z * labels + log(1 + exp(-|z|)) of logits z."""
    return torch.clamp(logits, min=0) - logits * labels + torch.log1p(torch.exp(-torch.abs(logits)))


take_symbols(globals())
