"""Losses of numbers: squared, absolute, relative, logarithmic errors and angles.

Each is a function of targets and predictions that gives one value for each sample: a mean or sum
over the last axis.

Source: Keras 1.2.2 objectives.py; 2.2.4, 2.3.1, tf.keras 2.15 losses.py.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from kshim.core.eras import rule
from kshim.core.settings import epsilon
from kshim.losses.names import LOSSES
from kshim.losses.tensors import paired, unit_length


@LOSSES.register("mse", "MSE")
def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the mean of (y_pred - y_true)**2."""
    y_true, y_pred = paired(y_true, y_pred)
    return torch.mean(torch.square(y_pred - y_true), -1)


@LOSSES.register("mae", "MAE")
def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the mean of |y_pred - y_true|."""
    y_true, y_pred = paired(y_true, y_pred)
    return torch.mean(torch.abs(y_pred - y_true), -1)


@LOSSES.register("mape", "MAPE")
def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return 100 times the mean of |y_true - y_pred| / max(|y_true|, epsilon)."""
    y_true, y_pred = paired(y_true, y_pred)
    whole = torch.clamp(torch.abs(y_true), min=epsilon())
    return torch.mean(torch.abs((y_true - y_pred) / whole), -1) * 100.0


@LOSSES.register("msle", "MSLE")
def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the mean of (log(1 + y_pred) - log(1 + y_true))**2, both at least epsilon."""
    y_true, y_pred = paired(y_true, y_pred)
    return torch.mean(torch.square(_log_of_one_more(y_pred) - _log_of_one_more(y_true)), -1)


@LOSSES.register("logcosh")
def log_cosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the mean of log(cosh(y_pred - y_true))."""
    y_true, y_pred = paired(y_true, y_pred)
    error = y_pred - y_true
    return torch.mean(error + functional.softplus(-2.0 * error) - math.log(2.0), -1)


@LOSSES.register("huber_loss")
def huber(y_true: Tensor, y_pred: Tensor, delta: float = 1.0) -> Tensor:
    """Return the mean of a square up to `delta`, of a straight line beyond it.

    Keras 2.3 returns every element instead of the mean.
    """
    y_true, y_pred = paired(y_true, y_pred)
    error = torch.abs(y_pred - y_true)
    square = 0.5 * torch.square(error)
    each = torch.where(error <= delta, square, delta * error - 0.5 * delta * delta)
    return torch.mean(each, -1) if rule("huber_is_averaged") else each


@LOSSES.register("cosine", "cosine_proximity")
def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Return minus the cosine of the angle between target and prediction.

    Keras 1 divides by the number of columns.
    """
    y_true, y_pred = paired(y_true, y_pred)
    products = unit_length(y_true, axis) * unit_length(y_pred, axis)
    if rule("cosine_is_averaged"):
        return -torch.mean(products, axis)
    return -torch.sum(products, axis)


@LOSSES.register("kld", "KLD", "kullback_leibler_divergence")
def kl_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the sum of y_true * log(y_true / y_pred), both between epsilon and 1."""
    y_true, y_pred = paired(y_true, y_pred)
    y_true = torch.clamp(y_true, epsilon(), 1.0)
    return torch.sum(y_true * torch.log(y_true / torch.clamp(y_pred, epsilon(), 1.0)), -1)


@LOSSES.register()
def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the mean of y_pred - y_true * log(y_pred + epsilon)."""
    y_true, y_pred = paired(y_true, y_pred)
    return torch.mean(y_pred - y_true * torch.log(y_pred + epsilon()), -1)


def _log_of_one_more(values: Tensor) -> Tensor:
    return torch.log(torch.clamp(values, min=epsilon()) + 1.0)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
logcosh = log_cosh
huber_loss = huber
cosine = cosine_proximity = cosine_similarity
kld = KLD = kullback_leibler_divergence = kl_divergence
