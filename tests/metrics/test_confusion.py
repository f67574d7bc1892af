"""Counts of right and wrong answers at thresholds, against counts in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.errors import ArgumentError, ShapeError
from kshim.metrics import confusion

RANDOM = np.random.RandomState(5)
TARGETS = RANDOM.randint(0, 2, size=(7, 3)).astype(np.float32)
ANSWERS = RANDOM.uniform(size=(7, 3)).astype(np.float32)
WEIGHTS = RANDOM.uniform(size=7).astype(np.float32)


@pytest.mark.parametrize("limits", [[0.5], [0.8, 0.2, 0.4], [0.0, 0.25, 0.5, 0.75, 1.0]])
def test_the_four_counts_are_those_of_a_comparison(limits: list[float]) -> None:
    found = confusion.counts(TARGETS, ANSWERS, confusion.Thresholds(limits), sample_weight=WEIGHTS)
    above = np.array(limits)[:, None, None] < ANSWERS
    right = TARGETS.astype(bool)
    for value, cells in (
        (found.true_positives, above & right),
        (found.false_positives, above & ~right),
        (found.true_negatives, ~above & ~right),
        (found.false_negatives, ~above & right),
    ):
        np.testing.assert_allclose(value, (cells * WEIGHTS[:, None]).sum((1, 2)), rtol=1e-5)


def test_labels_can_be_counted_apart() -> None:
    found = confusion.counts(TARGETS, ANSWERS, confusion.Thresholds([0.5, 0.3]), by_label=True)
    above = np.array([0.5, 0.3])[:, None, None] < ANSWERS
    np.testing.assert_allclose(found.true_positives, (above * TARGETS).sum(1))


def test_precision_and_recall_divide_the_hits_of_all_batches() -> None:
    precision, recall = confusion.Precision(), confusion.Recall()
    for rows in (slice(0, 4), slice(4, 7)):
        precision.update_state(TARGETS[rows], ANSWERS[rows])
        recall.update_state(TARGETS[rows], ANSWERS[rows])
    hits = ((ANSWERS > 0.5) * TARGETS).sum()
    assert precision.result().item() == pytest.approx(hits / (ANSWERS > 0.5).sum())
    assert recall.result().item() == pytest.approx(hits / TARGETS.sum())


def test_several_thresholds_give_several_numbers_in_the_order_given() -> None:
    metric = confusion.TruePositives(thresholds=[0.8, 0.2])
    wanted = [((limit < ANSWERS) * TARGETS).sum() for limit in (0.8, 0.2)]
    np.testing.assert_allclose(metric(TARGETS, ANSWERS), wanted)


def test_a_threshold_outside_0_and_1_is_refused() -> None:
    with pytest.raises(ArgumentError, match="Recall: thresholds must be a number between 0 and 1"):
        confusion.Recall(thresholds=[0.5, 1.5])


def test_targets_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"of the predictions' shape \(7, 3\), got \(7, 2\)"):
        confusion.Precision().update_state(TARGETS[:, :2], ANSWERS)
