"""What losses and metrics do to their two arguments before they compare them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.core.settings import epsilon, floatx

SQUARED_NORM_FLOOR = 1e-12


def as_tensor(value: Any) -> Any:
    """Return a tensor of an array, a list or a number; tensors and symbols as they are."""
    if isinstance(value, Tensor) or hasattr(type(value), "__torch_function__"):
        return value
    return torch.as_tensor(value)


def paired(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Return targets and predictions as tensors of the predictions' type and device."""
    y_true, y_pred = as_tensor(y_true), as_tensor(y_pred)
    if isinstance(y_pred, Tensor):
        if not y_pred.is_floating_point():
            y_pred = y_pred.to(getattr(torch, floatx()))
        if isinstance(y_true, Tensor):
            y_true = y_true.to(y_pred)
    return y_true, y_pred


def same_rank(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Return both as tensors; one that has a last axis of size 1 too many loses it."""
    y_true, y_pred = as_tensor(y_true), as_tensor(y_pred)
    more = y_pred.dim() - y_true.dim()
    if more == 1 and y_pred.shape[-1] == 1:
        return y_true, torch.squeeze(y_pred, -1)
    if more == -1 and y_true.shape[-1] == 1:
        return torch.squeeze(y_true, -1), y_pred
    return y_true, y_pred


def aligned(given: Any, values: Tensor) -> Tensor:
    """Return a weight or mask in the type of `values` and with axes that broadcast to theirs.

    Axes of size 1 are added behind; one of size 1 too many is dropped.
    """
    weight: Tensor = as_tensor(given).to(values)
    if weight.dim() == values.dim() + 1 and weight.shape[-1] == 1:
        return weight.squeeze(-1)
    if 0 < weight.dim() < values.dim():
        return weight.reshape(*weight.shape, *(1,) * (values.dim() - weight.dim()))
    return weight


def class_numbers(y_true: Any, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Return whole numbers of classes, without the axis of size 1 they may stand in."""
    y_true = as_tensor(y_true)
    numbers = torch.squeeze(y_true, axis) if y_true.dim() == y_pred.dim() else y_true
    if isinstance(numbers, Tensor):
        return numbers.to(y_pred.device, torch.long)
    # A symbol has no `.long()`: a sum over one number gives it in another type.
    return torch.sum(torch.unsqueeze(numbers, -1), -1, dtype=torch.long)


def clipped(probabilities: Tensor) -> Tensor:
    """Return probabilities kept epsilon away from 0 and 1; no gradient outside."""
    return torch.clamp(probabilities, epsilon(), 1.0 - epsilon())


def unit_length(values: Tensor, axis: int = -1) -> Tensor:
    """Return vectors along `axis`, scaled to length 1."""
    squares = torch.sum(values * values, axis, keepdim=True)
    return values * torch.rsqrt(torch.clamp(squares, min=SQUARED_NORM_FLOOR))
