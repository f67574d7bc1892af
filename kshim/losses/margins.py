"""Hinge losses, of labels -1 and 1.

Source: Keras 1.2.2 objectives.py; 2.2.4, 2.3.1, tf.keras 2.15 losses.py.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kshim.core.eras import rule
from kshim.losses.names import LOSSES
from kshim.losses.tensors import paired


@LOSSES.register()
def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the mean of max(1 - y_true * y_pred, 0)."""
    return torch.mean(_margins(y_true, y_pred), -1)


@LOSSES.register()
def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the mean of max(1 - y_true * y_pred, 0)**2."""
    return torch.mean(torch.square(_margins(y_true, y_pred)), -1)


@LOSSES.register()
def categorical_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return how far the right class fails to be 1 above the best wrong one."""
    y_true, y_pred = paired(y_true, y_pred)
    right = torch.sum(y_true * y_pred, -1)
    wrong = torch.amax((1.0 - y_true) * y_pred, -1)
    lack = wrong - right + 1.0
    if rule("categorical_hinge_has_gradient_at_zero"):
        return torch.clamp(lack, min=0.0)
    return torch.relu(lack)


def _margins(y_true: Tensor, y_pred: Tensor) -> Tensor:
    y_true, y_pred = paired(y_true, y_pred)
    if rule("hinge_maps_labels"):
        y_true = _minus_one_for_zero(y_true)
    return torch.clamp(1.0 - y_true * y_pred, min=0.0)


def _minus_one_for_zero(y_true: Tensor) -> Tensor:
    """Return labels 0 and 1 as -1 and 1; labels of any other kind as they are."""
    known = torch.logical_or(torch.eq(y_true, 0), torch.eq(y_true, 1))
    return torch.where(torch.all(known), 2.0 * y_true - 1.0, y_true)
