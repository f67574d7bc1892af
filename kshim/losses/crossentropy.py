"""Crossentropies, of probabilities and of logits.

Of probabilities: they are kept `epsilon()` away from 0 and 1, and where that changes them no
gradient passes, as in Keras. Of logits: torch's fused functions.

Source: Keras 1.2.2, 2.2.4 backend/tensorflow_backend.py; Keras 2.3.1 on TensorFlow 1.15,
tf.keras 2.15 losses.py, backend.py.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from kshim.core.eras import rule
from kshim.core.settings import epsilon
from kshim.errors import ArgumentError
from kshim.losses.names import LOSSES
from kshim.losses.tensors import as_tensor, class_numbers, clipped, paired

NO_CLASS = -100


@LOSSES.register("bce", "BCE")
def binary_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Return the mean of -(t log p + (1 - t) log(1 - p)) over `axis`.

    Args:
        from_logits: whether y_pred has yet to go through a sigmoid.
        label_smoothing: how much of each target is drawn to one half.
    """
    y_true, y_pred = paired(y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 2)
    return torch.mean(binary_crossentropy_of_each(y_true, y_pred, from_logits), axis)


@LOSSES.register()
def categorical_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Return -sum(t log p) over the classes; probabilities are first made to sum to 1.

    Args:
        from_logits: whether y_pred has yet to go through a softmax.
        label_smoothing: how much of each target is spread over all classes.
        axis: the axis of the classes.
    """
    y_true, y_pred = paired(y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, y_true.shape[axis])
    if from_logits:
        logarithms = torch.log_softmax(y_pred, axis)
    else:
        logarithms = torch.log(clipped(shares(y_pred, axis)))
    return -torch.sum(y_true * logarithms, axis)


@LOSSES.register()
def sparse_categorical_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Tensor:
    """Return -log p of the class whose number the target is.

    Shapes:
        y_true: the shape of y_pred without the classes, or with 1 in their place.

    Args:
        ignore_class: a number that stands for no class; its loss is 0.
    """
    y_pred = as_tensor(y_pred)
    logits = y_pred if from_logits else _logarithms(y_pred, axis)
    if logits.dim() > 2 or (logits.dim() == 2 and axis % 2 == 0):
        logits = torch.movedim(logits, axis, 1)
    numbers = class_numbers(y_true, y_pred, axis)
    ignored = NO_CLASS if ignore_class is None else ignore_class
    try:
        return functional.cross_entropy(logits, numbers, ignore_index=ignored, reduction="none")
    except IndexError as error:  # looked for only now: asking each time would wait for the device
        raise _no_such_class(numbers, y_pred.shape[axis], ignored) from error


@LOSSES.register()
def binary_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Return binary crossentropy times (1 - p of the right answer)**gamma.

    Args:
        apply_class_balancing: whether 1 weighs `alpha` and 0 weighs 1 - alpha.
    """
    y_true, y_pred = paired(y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 2)
    each = binary_focal_crossentropy_of_each(
        y_true, y_pred, apply_class_balancing, alpha, gamma, from_logits
    )
    return torch.mean(each, axis)


@LOSSES.register()
def categorical_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Return -sum(alpha * (1 - p)**gamma * t * log p) over the classes."""
    y_true, y_pred = paired(y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, y_true.shape[-1])
    p = clipped(shares(torch.softmax(y_pred, axis) if from_logits else y_pred, axis))
    return -torch.sum(alpha * torch.pow(1 - p, gamma) * y_true * torch.log(p), axis)


def binary_focal_crossentropy_of_each(
    y_true: Tensor,
    y_pred: Tensor,
    apply_class_balancing: bool,
    alpha: float,
    gamma: float,
    from_logits: bool,
) -> Tensor:
    """Return the binary focal crossentropy of each element (see `binary_focal_crossentropy`)."""
    p = torch.sigmoid(y_pred) if from_logits else y_pred
    right = y_true * p + (1 - y_true) * (1 - p)
    each = torch.pow(1 - right, gamma) * binary_crossentropy_of_each(y_true, y_pred, from_logits)
    if not apply_class_balancing:
        return each
    return (y_true * alpha + (1 - y_true) * (1 - alpha)) * each


def binary_crossentropy_of_each(
    y_true: Tensor, y_pred: Tensor, from_logits: bool = False
) -> Tensor:
    """Return binary crossentropy of each element."""
    if from_logits:
        return functional.binary_cross_entropy_with_logits(y_pred, y_true, reduction="none")
    inner = epsilon() if rule("binary_crossentropy_adds_epsilon") else 0.0
    p = clipped(y_pred)
    return -(y_true * torch.log(p + inner) + (1 - y_true) * torch.log(1 - p + inner))


def smoothed(y_true: Tensor, smoothing: float, classes: int) -> Tensor:
    """Return targets of which the share `smoothing` is spread evenly over the classes."""
    return y_true * (1.0 - smoothing) + smoothing / classes if smoothing else y_true


def _no_such_class(numbers: Tensor, classes: int, ignored: int) -> ArgumentError:
    """Return what to say of class numbers that the predictions have no column for."""
    strange = numbers[((numbers < 0) | (numbers >= classes)) & (numbers != ignored)]
    largest = int(strange.max())
    cure = f" Give the last layer {largest + 1} units." if largest >= classes else ""
    who = "sparse_categorical_crossentropy"
    return ArgumentError("class numbers", f"from 0 to {classes - 1}", largest, who=who, hint=cure)


def shares(values: Tensor, axis: int) -> Tensor:
    """Return each value's share of their sum over `axis`."""
    return values / torch.sum(values, axis, keepdim=True)


def _logarithms(y_pred: Tensor, axis: int) -> Tensor:
    """Return logits whose softmax is y_pred.

    Up to tf.keras 2.15 the softmax that follows renormalises what was clipped; later versions
    renormalise first.
    """
    if rule("sparse_crossentropy_renormalises_first"):
        y_pred = shares(y_pred, axis)
    return torch.log(clipped(y_pred))


bce = BCE = binary_crossentropy
