"""Keras 1's metrics of a whole batch, against counts made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.errors import ArgumentError
from kshim.metrics import batchwise

TARGETS = np.array([1, 1, 1, 0, 0, 0, 0, 1], np.float32)
ANSWERS = np.array([0.9, 0.8, 0.2, 0.7, 0.1, 0.3, 0.2, 1.7], np.float32)
TP, FP, TN, FN = 3, 1, 3, 1


def test_precision_and_recall_divide_the_hits() -> None:
    assert batchwise.precision(TARGETS, ANSWERS).item() == pytest.approx(TP / (TP + FP))
    assert batchwise.recall(TARGETS, ANSWERS).item() == pytest.approx(TP / (TP + FN))


def test_the_f_scores_join_them() -> None:
    p, r = TP / (TP + FP), TP / (TP + FN)
    assert batchwise.fmeasure(TARGETS, ANSWERS).item() == pytest.approx(2 * p * r / (p + r))
    wanted = 5 * p * r / (4 * p + r)
    assert batchwise.fbeta_score(TARGETS, ANSWERS, beta=2).item() == pytest.approx(wanted)


def test_matthews_correlation_is_that_of_the_rounded_answers() -> None:
    wanted = np.corrcoef(TARGETS, ANSWERS > 0.5)[0, 1]
    assert batchwise.matthews_correlation(TARGETS, ANSWERS).item() == pytest.approx(wanted)


def test_a_negative_beta_is_refused() -> None:
    with pytest.raises(ArgumentError, match="beta must be a number of at least 0, got -1"):
        batchwise.fbeta_score(TARGETS, ANSWERS, beta=-1)
