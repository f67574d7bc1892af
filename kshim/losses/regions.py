"""Losses that Keras 3 brought: of regions, embeddings, noisy classes and unaligned sequences.

Source: Keras 3.15 losses/losses.py.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from kshim.core.settings import epsilon
from kshim.errors import ShapeError
from kshim.losses.names import LOSSES
from kshim.losses.tensors import paired

Axes = int | list[int] | tuple[int, ...] | None


@LOSSES.register()
def dice(y_true: Tensor, y_pred: Tensor, axis: Axes = None) -> Tensor:
    """Return 1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred)).

    Args:
        axis: the axes that are summed over; all unless given, which leaves one number.
    """
    y_true, y_pred = paired(y_true, y_pred)
    shared = _sum(y_true * y_pred, axis)
    return 1.0 - 2.0 * shared / (_sum(y_true, axis) + _sum(y_pred, axis) + epsilon())


@LOSSES.register()
def tversky(
    y_true: Tensor, y_pred: Tensor, alpha: float = 0.5, beta: float = 0.5, axis: Axes = None
) -> Tensor:
    """Return 1 - s / (s + alpha * missed + beta * wrongly found), s being sum(y_true * y_pred).

    Args:
        axis: the axes that are summed over; all unless given, which leaves one number.
    """
    y_true, y_pred = paired(y_true, y_pred)
    shared = _sum(y_true * y_pred, axis)
    missed = _sum((1.0 - y_pred) * y_true, axis)
    wrong = _sum(y_pred * (1.0 - y_true), axis)
    return 1.0 - shared / (shared + missed * alpha + wrong * beta + epsilon())


@LOSSES.register()
def categorical_generalized_cross_entropy(y_true: Tensor, y_pred: Tensor, q: float) -> Tensor:
    """Return (1 - p**q) / q, p being the probability of the true class.

    Shapes:
        y_true: (batch, ...) class numbers, y_pred: (batch, ..., classes).
    """
    classes = y_true.long()
    if classes.dim() == y_pred.dim():
        classes = classes.squeeze(-1)
    found = torch.gather(y_pred, -1, classes.unsqueeze(-1)).squeeze(-1)
    return (1.0 - torch.pow(found, q)) / q


@LOSSES.register()
def circle(
    y_true: Tensor,
    y_pred: Tensor,
    ref_labels: Tensor | None = None,
    ref_embeddings: Tensor | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> Tensor:
    """Return how badly each embedding stands near its class and far from the others.

        d = max(1 - cosine, 0)
        softplus(log sum over the class of exp(-gamma * (margin + d) * (margin - d))
                 + log sum over others of exp(gamma * (1 + margin - d)+ * (1 - margin - d)))

    Shapes:
        y_true: (batch,) or (batch, 1) class numbers, y_pred: (batch, size) of length 1.

    Args:
        ref_labels, ref_embeddings: what is compared with; the batch itself unless given.
        remove_diagonal: whether an embedding is not compared with itself.
    """
    others = y_pred if ref_embeddings is None else ref_embeddings
    labels = y_true if ref_labels is None else ref_labels
    apart = torch.clamp(1.0 - y_pred @ others.T, min=0.0)
    same = torch.eq(y_true.reshape(-1, 1).long(), labels.reshape(1, -1).long())
    near = same
    if remove_diagonal:
        rows = torch.arange(same.shape[0], device=same.device).unsqueeze(1)
        near = same & torch.ne(rows, torch.arange(same.shape[1], device=same.device))
    pull = -gamma * torch.clamp(margin + apart, min=0.0) * (margin - apart)
    push = gamma * torch.clamp(1.0 + margin - apart, min=0.0) * (1.0 - margin - apart)
    return functional.softplus(_log_sum(pull, near) + _log_sum(push, ~same))


@LOSSES.register()
def ctc(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the negative logarithm of what all alignments of the labels are worth.

    Shapes:
        y_true: (batch, labels), filled up with 0; y_pred: (batch, steps, classes), logits.
    """
    if y_true.dim() != 2 or y_pred.dim() != 3:
        given = f"{tuple(y_true.shape)} and {tuple(y_pred.shape)}"
        raise ShapeError(
            "ctc: y_true and y_pred must have the shapes (batch, labels) and "
            f"(batch, steps, classes), got {given}."
        )
    chances = functional.log_softmax(y_pred.transpose(0, 1), -1)
    steps = torch.full((len(y_pred),), y_pred.shape[1], dtype=torch.long)
    labels = torch.ne(y_true, 0).sum(-1).cpu()
    return functional.ctc_loss(chances, y_true.long(), steps, labels, blank=0, reduction="none")


def _sum(values: Tensor, axis: Axes) -> Tensor:
    return torch.sum(values) if axis is None else torch.sum(values, axis)


def _log_sum(values: Tensor, chosen: Tensor) -> Tensor:
    """Return log(sum(exp)) of the chosen values of each row; of none, minus infinity."""
    some = torch.any(chosen, 1, keepdim=True)
    kept = torch.where(chosen | ~some, values, float("-inf"))  # all, so that gradients are numbers
    return torch.where(some.squeeze(1), torch.logsumexp(kept, 1), float("-inf"))
