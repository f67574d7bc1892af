"""Scores of whole columns: F-beta of classes, R2 of outputs.

Source: tf.keras 2.15 metrics/f_score_metrics.py, metrics/regression_metrics.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import number, one_of, optional, text, whole_number
from kshim.errors import ShapeError
from kshim.losses.tensors import aligned, as_tensor, paired
from kshim.metrics.base import Metric, divide_or_zero
from kshim.metrics.names import METRICS

_NEARLY_ZERO = 1e-9


class _Columns(Metric):
    """Gather numbers for each column of two-dimensional targets and predictions."""

    def columns(self, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
        """Return both as tensors of shape (batch, columns).

        Raises:
            ShapeError: when they have other axes.
        """
        y_true, y_pred = paired(y_true, y_pred)
        if y_true.dim() != 2 or y_true.shape != y_pred.shape:
            raise ShapeError(
                f"{self.name}: targets and predictions must be of one shape (batch, columns), "
                f"got {tuple(y_true.shape)} and {tuple(y_pred.shape)}."
            )
        return y_true, y_pred

    def weight_of(self, sample_weight: Any | None, values: Tensor) -> Tensor:
        """Return the weights in the shape of the values, 1 where none are given."""
        if sample_weight is None:
            return torch.ones_like(values)
        return aligned(sample_weight, values).expand_as(values)


@METRICS.register()
class FBetaScore(_Columns):
    """Compute the harmonic mean of precision and recall of each class.

    Args:
        average: None for one score a class, micro, macro, or weighted by the classes' counts.
        beta: how many times as much recall counts.
        threshold: above which a class is predicted; None predicts the largest alone.
    """

    average: str | None = arg(optional(one_of("micro", "macro", "weighted")), None)
    beta: float = arg(number(at_least=0), 1.0)
    threshold: float | None = arg(optional(number(0, 1)), None)
    name: str = arg(optional(text), "fbeta_score")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of one-hot or multi-hot targets, and predictions."""
        y_true, y_pred = self.columns(y_true, y_pred)
        weight = self.weight_of(sample_weight, y_pred)
        said = self._predicted(y_pred).to(y_true.dtype)
        if not self.weights:
            self._make_state(y_true.shape[1])
        self.true_positives.assign_add(self._sum(said * y_true * weight))
        self.false_positives.assign_add(self._sum(said * (1 - y_true) * weight))
        self.false_negatives.assign_add(self._sum((1 - said) * y_true * weight))
        self.intermediate_weights.assign_add(self._sum(y_true * weight))

    def result(self) -> Tensor:
        """Return the score, one a class without `average`."""
        hits = self.true_positives
        precision = divide_or_zero(hits, hits + self.false_positives)
        recall = divide_or_zero(hits, hits + self.false_negatives)
        square = self.beta**2
        score = (1 + square) * divide_or_zero(precision * recall, square * precision + recall)
        if self.average == "weighted":
            weight = self.intermediate_weights
            return (score * divide_or_zero(weight, weight.sum())).sum()
        return score if self.average is None else score.mean()

    def _predicted(self, y_pred: Tensor) -> Tensor:
        if self.threshold is not None:
            return y_pred > self.threshold
        return (y_pred >= y_pred.amax(-1, keepdim=True)) & (y_pred.abs() > _NEARLY_ZERO)

    def _make_state(self, classes: int) -> None:
        shape = () if self.average == "micro" else (classes,)
        self.true_positives = self.add_weight("true_positives", shape)
        self.false_positives = self.add_weight("false_positives", shape)
        self.false_negatives = self.add_weight("false_negatives", shape)
        self.intermediate_weights = self.add_weight("intermediate_weights", shape)

    def _sum(self, values: Tensor) -> Tensor:
        return values.sum() if self.average == "micro" else values.sum(0)


@METRICS.register()
class F1Score(FBetaScore):
    """Compute the harmonic mean of precision and recall of each class, both counting alike."""

    average: str | None = arg(optional(one_of("micro", "macro", "weighted")), None)
    threshold: float | None = arg(optional(number(0, 1)), None)
    name: str = arg(optional(text), "f1_score")
    beta: float = arg(number(1, 1), 1.0, saved=False)


@METRICS.register()
class R2Score(_Columns):
    """Compute how much of the targets' variance is explained, 1 for all of it.

    Args:
        class_aggregation: uniform_average, variance_weighted_average, or None for each column.
        num_regressors: how many inputs the adjusted score allows for; 0 for the plain score.
    """

    class_aggregation: str | None = arg(
        optional(one_of("uniform_average", "variance_weighted_average")), "uniform_average"
    )
    num_regressors: int = arg(whole_number(at_least=0), 0)
    name: str = arg(optional(text), "r2_score")

    def begin(self) -> None:
        """Start counting."""
        self.num_samples = self.add_weight("num_samples")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        y_true, y_pred = self.columns(y_true, y_pred)
        weight = self.weight_of(sample_weight, y_true)
        if len(self.weights) == 1:
            self._make_state(y_true.shape[1])
        self.sum.assign_add((y_true * weight).sum(0))
        self.squared_sum.assign_add((y_true * y_true * weight).sum(0))
        self.residual.assign_add((torch.square(y_true - y_pred) * weight).sum(0))
        self.count.assign_add(weight.sum(0))
        self.num_samples.assign_add(y_true.numel())

    def result(self) -> Tensor:
        """Return the score."""
        spread = self.squared_sum - self.sum * (self.sum / self.count)
        scores = 1 - self.residual / spread
        scores = torch.where(torch.isinf(scores), torch.zeros_like(scores), scores)
        return self._adjusted(self._averaged(scores, spread))

    def _averaged(self, scores: Tensor, spread: Tensor) -> Tensor:
        if self.class_aggregation == "uniform_average":
            return scores.mean()
        if self.class_aggregation == "variance_weighted_average":
            return (spread * scores).sum() / spread.sum()
        return scores

    def _adjusted(self, score: Tensor) -> Tensor:
        """Return the score adjusted for the number of inputs, where there are samples enough."""
        left = self.num_samples - self.num_regressors - 1
        adjusted = 1 - (1 - score) * (self.num_samples - 1) / left
        wanted = (left > 0) & (self.num_regressors > 0)
        return torch.where(as_tensor(wanted).to(score.device), adjusted, score)

    def _make_state(self, outputs: int) -> None:
        self.sum = self.add_weight("sum", (outputs,))
        self.squared_sum = self.add_weight("squared_sum", (outputs,))
        self.residual = self.add_weight("residual", (outputs,))
        self.count = self.add_weight("count", (outputs,))
