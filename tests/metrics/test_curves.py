"""Areas under curves and shares at a given other, on data small enough to follow."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError
from kshim.metrics import curves

TARGETS = np.array([0, 0, 1, 1], np.float32)
ANSWERS = np.array([0.1, 0.6, 0.35, 0.8], np.float32)


def test_the_roc_area_is_the_share_of_pairs_in_order() -> None:
    wanted = np.mean([high > low for high in ANSWERS[2:] for low in ANSWERS[:2]])
    assert curves.AUC()(TARGETS, ANSWERS).item() == pytest.approx(wanted, abs=1e-6)


def test_one_point_at_a_half_is_summed_from_below_between_and_above() -> None:
    below, middle, above = (
        curves.AUC(num_thresholds=3, summation_method=method)(TARGETS, ANSWERS).item()
        for method in ("minoring", "interpolation", "majoring")
    )
    assert (below, middle, above) == pytest.approx((0.25, 0.5, 0.75))


def test_a_label_has_a_curve_of_its_own() -> None:
    both = np.stack([TARGETS, 1 - TARGETS], -1), np.stack([ANSWERS, ANSWERS], -1)
    weighted = curves.AUC(multi_label=True, label_weights=[3.0, 1.0])
    assert curves.AUC(multi_label=True)(*both).item() == pytest.approx(0.5, abs=1e-6)
    assert weighted(*both).item() == pytest.approx(0.75 * 0.75 + 0.25 * 0.25, abs=1e-6)


def test_labels_need_a_second_axis() -> None:
    with pytest.raises(ShapeError, match=r"must be of shape \(batch, labels\), got \(4,\)"):
        curves.AUC(multi_label=True).update_state(TARGETS, ANSWERS)


def test_the_best_allowed_threshold_is_taken_and_the_nearest_in_keras_2_3() -> None:
    """At specificity 1 one of two positives is found, at .5 both: .7 allows 1, and .5 is nearer."""
    assert curves.SensitivityAtSpecificity(0.7)(TARGETS, ANSWERS).item() == 0.5
    with in_era("2.3"):
        assert curves.SensitivityAtSpecificity(0.7)(TARGETS, ANSWERS).item() == 1.0


def test_precision_and_recall_bound_each_other() -> None:
    assert curves.PrecisionAtRecall(1.0)(TARGETS, ANSWERS).item() == pytest.approx(2 / 3)
    assert curves.RecallAtPrecision(1.0)(TARGETS, ANSWERS).item() == 0.5
    assert curves.SpecificityAtSensitivity(1.0)(TARGETS, ANSWERS).item() == 0.5


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"recall must be a number between 0 and 1, got 1\.5"):
        curves.PrecisionAtRecall(1.5)
