"""Accuracies of each sample."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.metrics import accuracies

SHARES = np.array([[0.1, 0.5, 0.4, 0.0], [0.3, 0.3, 0.2, 0.2], [0.0, 0.1, 0.2, 0.7]], np.float32)
CLASSES = np.array([1, 2, 3])


def test_classes_are_right_as_numbers_in_a_column_and_one_hot() -> None:
    wanted = [1.0, 0.0, 1.0]
    one_hot = np.eye(4, dtype=np.float32)[CLASSES]
    assert accuracies.categorical_accuracy(one_hot, SHARES).tolist() == wanted
    assert accuracies.sparse_categorical_accuracy(CLASSES, SHARES).tolist() == wanted
    assert accuracies.sparse_categorical_accuracy(CLASSES[:, None], SHARES).tolist() == wanted


def test_top_k_counts_predictions_larger_than_the_targets() -> None:
    top = accuracies.sparse_top_k_categorical_accuracy
    assert top(CLASSES, SHARES, k=2).tolist() == [1.0, 0.0, 1.0]
    assert top(CLASSES, SHARES, k=3).tolist() == [1.0, 1.0, 1.0]


def test_binary_accuracy_is_the_share_of_right_columns() -> None:
    answers = np.array([[0.2, 0.6, 0.7], [0.5, 0.4, 0.1]], np.float32)
    targets = np.array([[0, 1, 0], [0, 1, 1]])
    np.testing.assert_allclose(accuracies.binary_accuracy(targets, answers), [2 / 3, 1 / 3])
    np.testing.assert_allclose(accuracies.binary_accuracy(targets, answers, 0.65), [1 / 3, 1 / 3])


@pytest.mark.parametrize(("era", "wanted"), [("2.2", 0.0), ("2.3", 0.0), ("2.15", 1.0)])
def test_an_answer_above_one_and_a_half_is_1_in_tf_keras_alone(era: str, wanted: float) -> None:
    with in_era(era):
        assert accuracies.binary_accuracy([[1.0]], [[1.6]]).tolist() == [wanted]


def test_accuracy_compares_element_by_element() -> None:
    assert accuracies.accuracy([[1, 2], [3, 4]], [[1, 0], [3, 3]]).tolist() == [[1, 0], [1, 0]]
