"""Losses of numbers against the manual's formulas, and the eras' differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.core.settings import epsilon
from kshim.losses import regression

TARGETS = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 4.0]], np.float32)
GUESSES = np.array([[0.5, 1.0, 0.5], [2.0, 2.0, 1.0]], np.float32)


def test_a_target_of_zero_counts_as_epsilon_in_percent_errors() -> None:
    error = np.abs(TARGETS - GUESSES) / np.maximum(np.abs(TARGETS), epsilon())
    value = regression.mape(TARGETS, GUESSES).numpy()
    np.testing.assert_allclose(value, 100 * error.mean(-1), rtol=1e-5)


def test_huber_is_square_inside_delta_and_straight_outside() -> None:
    error = np.abs(TARGETS - GUESSES)
    each = np.where(error <= 2.0, 0.5 * error**2, 2.0 * error - 2.0)
    np.testing.assert_allclose(regression.huber(TARGETS, GUESSES, 2.0), each.mean(-1), rtol=1e-6)
    with in_era("2.3"):
        np.testing.assert_allclose(regression.huber(TARGETS, GUESSES, 2.0), each, rtol=1e-6)


@pytest.mark.parametrize(("era", "divisor"), [("1.2", 3), ("2.2", 1), ("2.15", 1)])
def test_the_cosine_is_averaged_in_keras_1_and_summed_later(era: str, divisor: int) -> None:
    lengths = np.linalg.norm(TARGETS, axis=-1) * np.linalg.norm(GUESSES, axis=-1)
    wanted = -(TARGETS * GUESSES).sum(-1) / lengths / divisor
    with in_era(era):
        value = regression.cosine_proximity(TARGETS, GUESSES)
    np.testing.assert_allclose(value, wanted, rtol=1e-5)


def test_targets_take_the_type_of_the_predictions() -> None:
    value = regression.mse(TARGETS.astype(np.float64), torch.tensor(GUESSES))
    assert value.dtype == torch.float32


def test_log_cosh_of_a_large_error_does_not_overflow() -> None:
    value = regression.log_cosh([[0.0, 0.0]], [[500.0, -500.0]])
    np.testing.assert_allclose(value, [500.0 - np.log(2.0)], rtol=1e-6)
