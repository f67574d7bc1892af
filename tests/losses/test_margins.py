"""Hinge losses: labels 0 and 1, and labels of their own."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.losses import margins

LABELS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]], np.float32)
GUESSES = np.array([[0.3, -0.6, 2.0], [0.9, 0.2, 0.0]], np.float32)


@pytest.mark.parametrize(("era", "signs"), [("2.2", LABELS), ("2.3", 2 * LABELS - 1)])
def test_labels_0_and_1_mean_signs_from_keras_2_3_on(era: str, signs: np.ndarray) -> None:
    gap = np.maximum(1 - signs * GUESSES, 0)
    with in_era(era):
        np.testing.assert_allclose(margins.hinge(LABELS, GUESSES), gap.mean(-1), rtol=1e-6)
        squared = margins.squared_hinge(LABELS, GUESSES)
    np.testing.assert_allclose(squared, (gap**2).mean(-1), rtol=1e-6)


def test_one_label_of_another_kind_keeps_all_labels() -> None:
    labels = np.array([[0.0, 1.0, -1.0]], np.float32)
    wanted = np.maximum(1 - labels * GUESSES[:1], 0).mean(-1)
    np.testing.assert_allclose(margins.hinge(labels, GUESSES[:1]), wanted, rtol=1e-6)


def test_categorical_hinge_compares_the_right_class_with_the_best_wrong_one() -> None:
    one_hot = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], np.float32)
    wanted = [max(0, 2.0 - (-0.6) + 1), max(0, 0.2 - 0.9 + 1)]
    np.testing.assert_allclose(margins.categorical_hinge(one_hot, GUESSES), wanted, rtol=1e-5)
