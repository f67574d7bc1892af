"""Right and wrong answers counted at thresholds: positives, negatives, precision, recall.

Predictions are sorted into the gaps between the thresholds once; sums over the gaps give all four
counts at every threshold.

Source: tf.keras 2.15 metrics/confusion_metrics.py, utils/metrics_utils.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import optional, whole_number
from kshim.core.settings import epsilon
from kshim.errors import ArgumentError, ShapeError
from kshim.losses.tensors import aligned, paired, same_rank
from kshim.metrics.base import Metric, divide_or_zero
from kshim.metrics.names import METRICS

FAR_BELOW = -1e10


class Counts(NamedTuple):
    """Hold the four counts, each of shape (thresholds,) or (thresholds, labels)."""

    true_positives: Tensor
    false_positives: Tensor
    true_negatives: Tensor
    false_negatives: Tensor


class Thresholds:
    """Hold thresholds in rising order, and how to count those below a prediction.

    Evenly spread ones are counted by arithmetic, as tf.keras does it, rounding included.
    """

    def __init__(self, values: Sequence[float]) -> None:
        order = np.argsort(np.asarray(values, dtype=np.float64), kind="stable")
        self.places = np.argsort(order).tolist()
        self.values = [float(values[place]) for place in order]
        self.given_in_order = self.places == list(range(len(self.values)))
        even = np.arange(len(values)) / max(len(values) - 1, 1)
        self.even = len(values) > 2 and np.allclose(values, even, atol=2 * epsilon())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.values)

    def count_below(self, predictions: Tensor) -> Tensor:
        """Return for each prediction how many thresholds it exceeds."""
        if not self.even:
            values = torch.tensor(self.values, dtype=predictions.dtype, device=predictions.device)
            return torch.searchsorted(values, predictions.contiguous())
        below = torch.ceil(torch.clamp(predictions, 0.0, 1.0) * (len(self) - 1)).long()
        return torch.clamp(below, min=1) if self.values[0] < 0 else below

    def as_given(self, counts: Tensor) -> Tensor:
        """Return counts in the order in which the thresholds were given."""
        return counts if self.given_in_order else counts[self.places]


def counts(
    y_true: Any,
    y_pred: Any,
    thresholds: Thresholds,
    *,
    sample_weight: Any | None = None,
    top_k: int | None = None,
    class_id: int | None = None,
    by_label: bool = False,
    label_weights: Any | None = None,
) -> Counts:
    """Return how many predictions above and not above each threshold are right.

    Shapes:
        y_true, y_pred: (batch, ...); by_label: (batch, labels), counted apart.

    Raises:
        ShapeError: when targets and predictions differ in shape.
    """
    y_true, y_pred = _of_one_shape(y_true, y_pred)
    weight = torch.ones_like(y_pred) if sample_weight is None else aligned(sample_weight, y_pred)
    if label_weights is not None:
        weight = weight * torch.as_tensor(label_weights).to(y_pred)
    weight = weight.expand_as(y_pred)
    if top_k is not None:
        y_pred = _only_largest(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred, weight = (it[..., class_id] for it in (y_true, y_pred, weight))
    gaps = _sums_in_gaps(y_true, y_pred, weight, thresholds, y_pred.shape[-1] if by_label else 1)
    return _from_gaps(gaps if by_label else gaps.squeeze(-1), thresholds)


def _of_one_shape(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    y_true, y_pred = paired(*same_rank(y_true, y_pred))
    if y_true.shape != y_pred.shape:
        raise ShapeError(
            f"metric: targets must be of the predictions' shape {tuple(y_pred.shape)}, "
            f"got {tuple(y_true.shape)}."
        )
    return y_true, y_pred


def _only_largest(y_pred: Tensor, k: int) -> Tensor:
    places = torch.topk(y_pred, k, dim=-1, sorted=False).indices
    chosen = torch.zeros_like(y_pred).scatter(-1, places, 1.0)
    return torch.where(chosen > 0, y_pred, torch.full_like(y_pred, FAR_BELOW))


def _sums_in_gaps(
    y_true: Tensor, y_pred: Tensor, weight: Tensor, thresholds: Thresholds, labels: int
) -> Tensor:
    """Return the weight of negatives and positives in each gap: (2, gaps, labels)."""
    gaps = len(thresholds) + 1
    place = ((y_true != 0).long() * gaps + thresholds.count_below(y_pred)) * labels
    if labels > 1:
        place = place + torch.arange(labels, device=y_pred.device)
    sums = torch.zeros(2 * gaps * labels, dtype=torch.float32, device=y_pred.device)
    sums.index_add_(0, place.reshape(-1), weight.reshape(-1).to(sums.dtype))
    return sums.reshape(2, gaps, labels)


def _from_gaps(gaps: Tensor, thresholds: Thresholds) -> Counts:
    above = gaps.flip(1).cumsum(1).flip(1)
    false_positives, true_positives = (thresholds.as_given(side[1:]) for side in above)
    negatives, positives = above[:, 0]
    return Counts(
        true_positives,
        false_positives,
        negatives - false_positives,
        positives - true_positives,
    )


def threshold_list(value: Any) -> Any:
    """Take a number between 0 and 1, or a list of them."""
    items = list(value) if isinstance(value, list | tuple | np.ndarray) else [value]
    if not all(isinstance(item, int | float) and 0 <= item <= 1 for item in items):
        raise ArgumentError("value", "a number between 0 and 1 or a list of them", value)
    return value


def thresholds_of(value: Any, default: float = 0.5) -> Thresholds:
    """Return the thresholds that an argument stands for."""
    chosen = default if value is None else value
    return Thresholds(list(chosen) if isinstance(chosen, list | tuple | np.ndarray) else [chosen])


class _Count(Metric):
    """Add up one of the four counts."""

    thresholds: Any = arg(optional(threshold_list), None)
    kind = ""

    def begin(self) -> None:
        """Make the state."""
        self.limits = thresholds_of(self.thresholds)
        self.accumulator = self.add_weight("accumulator", (len(self.limits),))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        found = counts(y_true, y_pred, self.limits, sample_weight=sample_weight)
        self.accumulator.assign_add(getattr(found, self.kind))

    def result(self) -> Tensor:
        """Return the count, one for each threshold when there are several."""
        return one_or_all(self.accumulator.clone())


@METRICS.register()
class TruePositives(_Count):
    """Count predictions above a threshold whose target is 1."""

    kind = "true_positives"


@METRICS.register()
class FalsePositives(_Count):
    """Count predictions above a threshold whose target is 0."""

    kind = "false_positives"


@METRICS.register()
class TrueNegatives(_Count):
    """Count predictions not above a threshold whose target is 0."""

    kind = "true_negatives"


@METRICS.register()
class FalseNegatives(_Count):
    """Count predictions not above a threshold whose target is 1."""

    kind = "false_negatives"


class _Share(Metric):
    """Divide the true positives by themselves and one kind of mistake."""

    thresholds: Any = arg(optional(threshold_list), None)
    top_k: int | None = arg(optional(whole_number(at_least=1)), None)
    class_id: int | None = arg(optional(whole_number(at_least=0)), None)
    mistake = ""

    def begin(self) -> None:
        """Make the state."""
        default = 0.5 if self.top_k is None else FAR_BELOW
        self.limits = thresholds_of(self.thresholds, default)
        self.true_positives = self.add_weight("true_positives", (len(self.limits),))
        self.mistakes = self.add_weight(self.mistake, (len(self.limits),))
        setattr(self, self.mistake, self.mistakes)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        found = counts(
            y_true,
            y_pred,
            self.limits,
            sample_weight=sample_weight,
            top_k=self.top_k,
            class_id=self.class_id,
        )
        self.true_positives.assign_add(found.true_positives)
        self.mistakes.assign_add(getattr(found, self.mistake))

    def result(self) -> Tensor:
        """Return the share, one for each threshold when there are several."""
        return one_or_all(divide_or_zero(self.true_positives, self.true_positives + self.mistakes))


@METRICS.register()
class Precision(_Share):
    """Compute the share of positive predictions that are right.

    Args:
        thresholds: above which a prediction is positive, 0.5 by default.
        top_k: only the k largest predictions of a sample are positive.
        class_id: the only column to look at.
    """

    mistake = "false_positives"


@METRICS.register()
class Recall(_Share):
    """Compute the share of positive targets that are predicted; arguments as of Precision."""

    mistake = "false_negatives"


def one_or_all(values: Tensor) -> Tensor:
    """Return a single value without its axis, several as they are."""
    return values[0] if values.shape[0] == 1 else values
