"""Keras 1's metrics of a whole batch: one number, not one a sample.

Source: Keras 1.2.2 metrics.py; removed in Keras 2.0.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from kshim.core.settings import epsilon
from kshim.errors import ArgumentError
from kshim.losses.tensors import paired
from kshim.metrics.names import METRICS


class Counts(NamedTuple):
    """Hold how many answers of a batch are right and wrong in each way."""

    true_positives: Tensor
    false_positives: Tensor
    true_negatives: Tensor
    false_negatives: Tensor


@METRICS.register()
def matthews_correlation(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return Matthews's correlation between binary targets and rounded predictions."""
    tp, fp, tn, fn = _counts(y_true, y_pred)
    spread = torch.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (spread + epsilon())


@METRICS.register()
def precision(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the share of what was predicted that is right."""
    tp, fp, _, _ = _counts(y_true, y_pred)
    return tp / (tp + fp + epsilon())


@METRICS.register()
def recall(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the share of what is right that was predicted."""
    tp, _, _, fn = _counts(y_true, y_pred)
    return tp / (tp + fn + epsilon())


@METRICS.register()
def fbeta_score(y_true: Tensor, y_pred: Tensor, beta: float = 1) -> Tensor:
    """Return the harmonic mean of precision and recall, recall counting `beta` times as much."""
    if beta < 0:
        raise ArgumentError("beta", "a number of at least 0", beta, who="fbeta_score")
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    return (1 + beta**2) * (p * r) / (beta**2 * p + r + epsilon())


@METRICS.register()
def fmeasure(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return the harmonic mean of precision and recall."""
    return fbeta_score(y_true, y_pred, beta=1)


fscore = f1score = fmeasure
METRICS.register("fscore", "f1score")(fmeasure)


def _counts(y_true: Tensor, y_pred: Tensor) -> Counts:
    y_true, y_pred = paired(y_true, y_pred)
    right, said = (torch.round(torch.clamp(values, 0.0, 1.0)) for values in (y_true, y_pred))
    tp = torch.sum(right * said)
    fp, fn = torch.sum(said) - tp, torch.sum(right) - tp
    return Counts(tp, fp, torch.sum((1 - right) * (1 - said)), fn)
