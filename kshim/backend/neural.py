"""Activations, dropout, biases, normalisation and crossentropies.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kshim import activations
from kshim.backend.older_words import in_older_words
from kshim.backend.random import seeded
from kshim.backend.tensors import of_tensors
from kshim.core.axes import channel_axis
from kshim.core.checks import data_format as check_data_format
from kshim.core.eras import by_era
from kshim.core.tracing import refuse_to_trace
from kshim.errors import ArgumentError
from kshim.losses import crossentropy

# From Keras 2.2 on TensorFlow's fused kernel normalises images whose channels come last.
_IMAGES_ARE_FUSED = by_era({"1.2": False, "2.2": True})

relu = of_tensors(activations.relu)
elu = of_tensors(activations.elu)
softplus = of_tensors(activations.softplus)
softsign = of_tensors(activations.softsign)
sigmoid = of_tensors(activations.sigmoid)
hard_sigmoid = of_tensors(activations.hard_sigmoid)
tanh = of_tensors(activations.tanh)


@of_tensors
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Return exp(x) divided by its sum along the axis, for any number of axes."""
    return torch.softmax(x, axis)


@of_tensors
def dropout(x: Tensor, level: float, noise_shape: Any = None, seed: int | None = None) -> Tensor:
    """Return x with the share `level` of it set to zero, and the rest scaled up.

    Args:
        noise_shape: the shape of the draw; sizes of 1 share one draw along that axis.
        seed: starts a stream of its own, that gives the same draw at every call.
    """
    if not 0 <= level < 1:
        raise ArgumentError("level", "a number of at least 0 and under 1", level, who="dropout")
    refuse_to_trace("dropout draws random numbers")
    sizes = zip(noise_shape or x.shape, x.shape, strict=True)
    noise = torch.empty([given or size for given, size in sizes], device=x.device)
    generator = None if x.is_meta else seeded(seed, x.device)
    kept = noise.uniform_(generator=generator) >= level
    return x * kept.to(x.dtype) / (1.0 - level)


@of_tensors
def bias_add(x: Tensor, bias: Tensor, data_format: str | None = None) -> Tensor:
    """Return x plus a bias, whose numbers belong to the channels.

    Shapes:
        bias: (channels,), or the shape of one sample
    """
    if channel_axis(check_data_format(data_format)) == -1 or x.dim() <= 2:
        return x + bias
    if bias.dim() > 1:
        # Keras gives the numbers their new axes in the order in which they lie.
        return x + torch.reshape(bias, (bias.shape[-1], *bias.shape[:-1]))
    return x + torch.reshape(bias, (-1, *(1,) * (x.dim() - 2)))


@in_older_words
@of_tensors
def batch_normalization(
    x: Tensor,
    mean: Tensor,
    var: Tensor,
    beta: Tensor | None,
    gamma: Tensor | None,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Tensor:
    """Return (x - mean) / sqrt(var + epsilon) * gamma + beta."""
    rows = [_along(value, x, axis) for value in (mean, var, beta, gamma)]
    scaled = (x - rows[0]) * torch.rsqrt(rows[1] + epsilon)
    scaled = scaled if rows[3] is None else scaled * rows[3]
    return scaled if rows[2] is None else scaled + rows[2]


@of_tensors
def normalize_batch_in_training(
    x: Tensor,
    gamma: Tensor | None,
    beta: Tensor | None,
    reduction_axes: Sequence[int],
    epsilon: float = 1e-3,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return x normalised by the mean and variance over some axes, and those two.

    The variance handed out is, as the fused kernel of TensorFlow makes it from Keras 2.2 on, the
    unbiased one for images whose channels come last; what x is divided by is the biased one.
    """
    axes = tuple(reduction_axes)
    variance, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    made = (x - mean) * torch.rsqrt(variance + epsilon)
    made = made if gamma is None else made * torch.reshape(gamma, mean.shape)
    made = made if beta is None else made + torch.reshape(beta, mean.shape)
    if _IMAGES_ARE_FUSED.value() and x.dim() == 4 and axes == (0, 1, 2):
        count = x.shape[0] * x.shape[1] * x.shape[2]
        variance = variance * (count / (count - 1))
    return made, _squeezed(mean, axes), _squeezed(variance, axes)


@in_older_words
@of_tensors
def categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Return -sum(target * log output) over the classes; output is first made to sum to 1."""
    return crossentropy.categorical_crossentropy(target, output, from_logits, axis=axis)


@in_older_words
@of_tensors
def sparse_categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1,
    ignore_class: int | None = None,
) -> Tensor:  # fmt: skip
    """Return -log of the output at the class whose number the target is."""
    return crossentropy.sparse_categorical_crossentropy(
        target, output, from_logits, axis, ignore_class
    )


@in_older_words
@of_tensors
def binary_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False) -> Tensor:
    """Return -(t log p + (1 - t) log(1 - p)) of each number."""
    return crossentropy.binary_crossentropy_of_each(target.to(output), output, from_logits)


@of_tensors
def binary_focal_crossentropy(
    target: Tensor, output: Tensor, apply_class_balancing: bool = False, alpha: float = 0.25,
    gamma: float = 2.0, from_logits: bool = False,
) -> Tensor:  # fmt: skip
    """Return binary crossentropy times (1 - p of the right answer)**gamma, of each number.

    Args:
        apply_class_balancing: whether 1 weighs `alpha` and 0 weighs 1 - alpha.
    """
    return crossentropy.binary_focal_crossentropy_of_each(
        target.to(output), output, apply_class_balancing, alpha, gamma, from_logits
    )


@of_tensors
def categorical_focal_crossentropy(
    target: Tensor, output: Tensor, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, axis: int = -1,
) -> Tensor:  # fmt: skip
    """Return -sum(alpha * (1 - p)**gamma * target * log p) over the classes."""
    return crossentropy.categorical_focal_crossentropy(
        target, output, alpha, gamma, from_logits, axis=axis
    )


def _along(value: Tensor | None, x: Tensor, axis: int) -> Any:
    """Return a row of numbers so that it lies along an axis of x."""
    if value is None or value.dim() > 1 or axis in (-1, x.dim() - 1):
        return value
    return torch.reshape(value, (-1, *(1,) * (x.dim() - 1 - axis % x.dim())))


def _squeezed(x: Tensor, axes: Sequence[int]) -> Tensor:
    return torch.squeeze(x, tuple(axes))
