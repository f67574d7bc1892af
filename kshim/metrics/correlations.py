"""Correlations: how predictions rise and fall with their targets.

Source: Keras 3.15 metrics/correlation_metrics.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, optional, text
from kshim.core.settings import epsilon
from kshim.losses.tensors import paired, same_rank
from kshim.metrics.means import FunctionMean
from kshim.metrics.names import METRICS

Axes = int | list[int] | tuple[int, ...]


@METRICS.register()
def pearson_correlation(y_true: Tensor, y_pred: Tensor, axis: Axes = -1) -> Tensor:
    """Return the mean product of both, each less its mean and over its deviation along `axis`."""
    y_true, y_pred = paired(*same_rank(y_true, y_pred))
    return torch.mean(_standard(y_true, axis) * _standard(y_pred, axis), axis)


@METRICS.register()
def concordance_correlation(y_true: Tensor, y_pred: Tensor, axis: Axes = -1) -> Tensor:
    """Return how near predictions are to their targets, by mean, spread and order along `axis`.

        2 * mean((y - mean(p)) * (p - mean(p))) / (var(y) + var(p) + (mean(y) - mean(p))²)

    Keras takes the predictions' mean from the targets; on average that is their own.
    """
    y_true, y_pred = paired(*same_rank(y_true, y_pred))
    true_mean, mean = (torch.mean(it, axis, keepdim=True) for it in (y_true, y_pred))
    shared = (y_true - mean) * (y_pred - mean)
    spread = _variance(y_true, axis) + _variance(y_pred, axis) + torch.square(true_mean - mean)
    return torch.mean(2.0 * shared / (spread + epsilon()), axis)


@METRICS.register()
class PearsonCorrelation(FunctionMean):
    """Average the correlation of Pearson."""

    function = staticmethod(pearson_correlation)
    called = "pearson_correlation"
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    axis: Any = arg(anything, -1)


@METRICS.register()
class ConcordanceCorrelation(FunctionMean):
    """Average the concordance of predictions with their targets."""

    function = staticmethod(concordance_correlation)
    called = "concordance_correlation"
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    axis: Any = arg(anything, -1)


def _standard(values: Tensor, axis: Axes) -> Tensor:
    """Return values less their mean, over their deviation."""
    return (values - torch.mean(values, axis, keepdim=True)) / torch.sqrt(_variance(values, axis))


def _variance(values: Tensor, axis: Axes) -> Tensor:
    """Return the mean squared distance from the mean, which is less than torch's own."""
    return torch.var(values, axis, correction=0, keepdim=True)
