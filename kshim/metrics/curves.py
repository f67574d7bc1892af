"""Metrics over a whole row of thresholds: areas under curves, one share at a given other.

Source: tf.keras 2.15 metrics/confusion_metrics.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, number, one_of, optional, text, true_or_false, whole_number
from kshim.core.eras import rule
from kshim.core.settings import epsilon
from kshim.errors import ShapeError
from kshim.losses.tensors import as_tensor
from kshim.metrics.base import Metric, State, divide_or_zero
from kshim.metrics.confusion import Counts, Thresholds, counts, threshold_list
from kshim.metrics.names import METRICS


class _Curve(Metric):
    """Gather the four counts at a row of thresholds."""

    true_positives: State
    false_positives: State
    true_negatives: State
    false_negatives: State

    def make_counts(self, thresholds: Thresholds, *labels: int) -> None:
        """Make the state."""
        self.limits = thresholds
        shape = (len(thresholds), *labels)
        for name in Counts._fields:
            setattr(self, name, self.add_weight(name, shape))

    def add_counts(self, found: Counts) -> None:
        """Take in the counts of a batch."""
        for name, value in found._asdict().items():
            getattr(self, name).assign_add(value)

    def precisions(self) -> Tensor:
        """Return the share of positive predictions that are right, at each threshold."""
        return divide_or_zero(self.true_positives, self.true_positives + self.false_positives)

    def recalls(self) -> Tensor:
        """Return the share of positive targets that are predicted, at each threshold."""
        return divide_or_zero(self.true_positives, self.true_positives + self.false_negatives)

    def specificities(self) -> Tensor:
        """Return the share of negative targets that are predicted, at each threshold."""
        return divide_or_zero(self.true_negatives, self.true_negatives + self.false_positives)

    def false_positive_rates(self) -> Tensor:
        """Return the share of negative targets that are not predicted, at each threshold."""
        return divide_or_zero(self.false_positives, self.true_negatives + self.false_positives)


@METRICS.register()
class AUC(_Curve):
    """Compute the area under the ROC or the precision-recall curve.

    Args:
        num_thresholds: how many points the curve has.
        curve: ROC or PR.
        summation_method: interpolation, minoring (from below) or majoring (from above).
        thresholds: the thresholds between 0 and 1, instead of evenly spread ones.
        multi_label: whether every column has a curve of its own; the areas are averaged.
        label_weights: how much each column counts.
        from_logits: whether predictions have yet to go through a sigmoid.
    """

    num_thresholds: int = arg(optional(whole_number(at_least=2)), 200)
    curve: str = arg(one_of("ROC", "PR", "roc", "pr"), "ROC")
    summation_method: str = arg(one_of("interpolation", "minoring", "majoring"), "interpolation")
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    thresholds: Any = arg(optional(threshold_list), None, attribute="thresholds_given")
    thresholds_given: Any
    multi_label: bool = arg(true_or_false, False)
    num_labels: int | None = arg(optional(whole_number(at_least=1)), None)
    label_weights: Any = arg(anything, None)
    from_logits: bool = arg(true_or_false, False)

    def begin(self) -> None:
        """Make the state; of several labels at the first batch, when their number is known."""
        self.curve = self.curve.upper()
        if self.thresholds_given is not None:
            self.num_thresholds = len(self.thresholds_given) + 2
        self.thresholds = self._spread()
        if not self.multi_label:
            self.make_counts(self._thresholds())
        elif self.num_labels is not None:
            self.make_counts(self._thresholds(), self.num_labels)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        y_pred = as_tensor(y_pred)
        if self.multi_label and y_pred.dim() != 2:
            raise ShapeError(
                f"{self.name}: predictions must be of shape (batch, labels), "
                f"got {tuple(y_pred.shape)}."
            )
        if not self.weights:
            self.make_counts(self._thresholds(), y_pred.shape[1])
        found = counts(
            y_true,
            torch.sigmoid(y_pred) if self.from_logits else y_pred,
            self.limits,
            sample_weight=sample_weight,
            by_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
        )
        self.add_counts(found)

    def result(self) -> Tensor:
        """Return the area."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            pieces = self._pieces_of_interpolated_precision()
        elif self.curve == "PR":
            pieces = self._pieces(self.recalls(), self.precisions())
        else:
            pieces = self._pieces(self.false_positive_rates(), self.recalls())
        areas = pieces.sum(0)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return areas.mean()
        weight = as_tensor(self.label_weights).to(areas)
        return divide_or_zero((areas * weight).sum(), weight.sum())

    def _spread(self) -> list[float]:
        """Return the thresholds in rising order, one beyond either end among them."""
        if self.thresholds_given is None:
            inner = [step / (self.num_thresholds - 1) for step in range(1, self.num_thresholds - 1)]
        else:
            inner = sorted(self.thresholds_given)
        return [-epsilon(), *inner, 1.0 + epsilon()]

    def _thresholds(self) -> Thresholds:
        return Thresholds(self.thresholds)

    def _pieces(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the area between each two neighbouring points."""
        heights = {
            "interpolation": (y[:-1] + y[1:]) / 2,
            "minoring": torch.minimum(y[:-1], y[1:]),
            "majoring": torch.maximum(y[:-1], y[1:]),
        }
        return (x[:-1] - x[1:]) * heights[self.summation_method]

    def _pieces_of_interpolated_precision(self) -> Tensor:
        """Return the areas when true positives, not precision, go straight between points.

        Source: Davis and Goadrich, The relationship between precision-recall and ROC curves, 2006.
        """
        hits, said = self.true_positives, self.true_positives + self.false_positives
        more_hits, more_said = hits[:-1] - hits[1:], said[:-1] - said[1:]
        slope = divide_or_zero(more_hits, torch.clamp(more_said, min=0))
        start = hits[1:] - slope * said[1:]
        both = (said[:-1] > 0) & (said[1:] > 0)
        ratio = torch.where(both, divide_or_zero(said[:-1], said[1:]), torch.ones_like(start))
        right = torch.clamp(hits[1:] + self.false_negatives[1:], min=0)
        return divide_or_zero(slope * (more_hits + start * torch.log(ratio)), right)


class _BestAt(_Curve):
    """Find the largest value of one share where another is at least as large as asked.

    Keras 2.3 takes it where the other is nearest to what was asked.
    """

    num_thresholds: int
    class_id: int | None

    def begin(self) -> None:
        """Make the state."""
        last = self.num_thresholds - 1
        self.make_counts(Thresholds([step / last for step in range(last + 1)] if last else [0.5]))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        found = counts(
            y_true, y_pred, self.limits, sample_weight=sample_weight, class_id=self.class_id
        )
        self.add_counts(found)

    @staticmethod
    def best(wanted: Tensor, where: Tensor, at_least: float) -> Tensor:
        """Return the wanted value at the threshold that the era in force chooses."""
        if rule("share_is_taken_at_nearest"):
            return wanted[torch.argmin(torch.abs(where - at_least))]
        return torch.where(where >= at_least, wanted, torch.zeros_like(wanted)).amax()


@METRICS.register()
class SensitivityAtSpecificity(_BestAt):
    """Compute the best sensitivity (recall) where specificity is at least `specificity`."""

    specificity: float = arg(number(0, 1))
    num_thresholds: int = arg(whole_number(at_least=1), 200)
    class_id: int | None = arg(optional(whole_number(at_least=0)), None)

    def result(self) -> Tensor:
        """Return the best sensitivity (recall)."""
        return self.best(self.recalls(), self.specificities(), self.specificity)


@METRICS.register()
class SpecificityAtSensitivity(_BestAt):
    """Compute the best specificity where sensitivity (recall) is at least `sensitivity`."""

    sensitivity: float = arg(number(0, 1))
    num_thresholds: int = arg(whole_number(at_least=1), 200)
    class_id: int | None = arg(optional(whole_number(at_least=0)), None)

    def result(self) -> Tensor:
        """Return the best specificity."""
        return self.best(self.specificities(), self.recalls(), self.sensitivity)


@METRICS.register()
class PrecisionAtRecall(_BestAt):
    """Compute the best precision where recall is at least `recall`."""

    recall: float = arg(number(0, 1))
    num_thresholds: int = arg(whole_number(at_least=1), 200)
    class_id: int | None = arg(optional(whole_number(at_least=0)), None)

    def result(self) -> Tensor:
        """Return the best precision."""
        return self.best(self.precisions(), self.recalls(), self.recall)


@METRICS.register()
class RecallAtPrecision(_BestAt):
    """Compute the best recall where precision is at least `precision`."""

    precision: float = arg(number(0, 1))
    num_thresholds: int = arg(whole_number(at_least=1), 200)
    class_id: int | None = arg(optional(whole_number(at_least=0)), None)

    def result(self) -> Tensor:
        """Return the best recall."""
        return self.best(self.recalls(), self.precisions(), self.precision)
