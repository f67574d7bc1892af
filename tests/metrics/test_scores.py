"""F-beta and R2, against the formulas in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.errors import ShapeError
from kshim.metrics import scores

RANDOM = np.random.RandomState(7)
ONE_HOT = np.eye(3, dtype=np.float32)[[0, 1, 2, 1, 0, 0, 2]]
SHARES = RANDOM.uniform(size=(7, 3)).astype(np.float32)
TARGETS = RANDOM.normal(size=(7, 3)).astype(np.float32)
GUESSES = (TARGETS + RANDOM.normal(size=(7, 3)) * 0.3).astype(np.float32)


def f_beta(beta: float) -> np.ndarray:
    said = np.eye(3)[SHARES.argmax(-1)]
    hits, said, right = (said * ONE_HOT).sum(0), said.sum(0), ONE_HOT.sum(0)
    return (1 + beta**2) * hits / (beta**2 * right + said)


def test_the_largest_answer_is_the_predicted_class() -> None:
    np.testing.assert_allclose(scores.F1Score()(ONE_HOT, SHARES), f_beta(1.0), rtol=1e-5)
    score = scores.FBetaScore("macro", 2.0)(ONE_HOT, SHARES)
    assert score.item() == pytest.approx(f_beta(2.0).mean(), rel=1e-5)


def test_r2_is_one_less_the_unexplained_share() -> None:
    residual = ((TARGETS - GUESSES) ** 2).sum(0)
    spread = ((TARGETS - TARGETS.mean(0)) ** 2).sum(0)
    wanted = 1 - residual / spread
    np.testing.assert_allclose(scores.R2Score(None)(TARGETS, GUESSES), wanted, rtol=1e-4)
    weighted = scores.R2Score("variance_weighted_average")(TARGETS, GUESSES)
    assert weighted.item() == pytest.approx(1 - residual.sum() / spread.sum(), rel=1e-4)


def test_columns_need_two_axes_of_one_shape() -> None:
    with pytest.raises(ShapeError, match=r"one shape \(batch, columns\), got \(7,\) and \(7,\)"):
        scores.R2Score().update_state(TARGETS[:, 0], GUESSES[:, 0])
