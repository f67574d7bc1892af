"""The losses that Keras 3 brought, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim import losses
from kshim.errors import ArgumentError, ShapeError

TRUE = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], "f4")
MADE = np.array([[0.5, 0.25], [0.75, 1.0], [0.5, 0.125]], "f4")


def test_dice_is_what_two_regions_do_not_share() -> None:
    found = losses.dice(torch.from_numpy(TRUE), torch.from_numpy(MADE))
    assert float(found) == pytest.approx(1 - 2 * 2.25 / (3 + 3.125), rel=1e-6)


def test_dice_along_an_axis_has_a_value_for_each_sample() -> None:
    found = losses.Dice(axis=1, reduction="none")(TRUE, MADE).numpy()
    both = TRUE.sum(1) + MADE.sum(1) + 1e-7
    np.testing.assert_allclose(found, 1 - 2 * (TRUE * MADE).sum(1) / both, rtol=1e-6)


def test_tversky_weighs_both_kinds_of_fault() -> None:
    found = losses.Tversky(alpha=0.3, beta=0.8)(TRUE, MADE)
    shared, missed, wrong = 2.25, 3 - 2.25, 3.125 - 2.25
    wanted = 1 - shared / (shared + 0.3 * missed + 0.8 * wrong)
    assert float(found) == pytest.approx(wanted, rel=1e-6)


def test_generalized_crossentropy_reads_the_true_class() -> None:
    shares = np.array([[0.25, 0.75], [0.5, 0.5]], "f4")
    found = losses.CategoricalGeneralizedCrossEntropy(q=0.5, reduction="none")([1, 0], shares)
    np.testing.assert_allclose(found, (1 - np.sqrt([0.75, 0.5])) / 0.5, rtol=1e-6)
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        losses.CategoricalGeneralizedCrossEntropy(q=1.0)


def test_circle_leaves_out_samples_without_a_like_or_without_an_unlike() -> None:
    made = torch.eye(3)[[0, 1, 2]]
    alone = losses.Circle(reduction="none")(torch.tensor([0, 1, 2]), made)
    assert alone.tolist() == [0.0, 0.0, 0.0]
    pair = losses.circle(torch.tensor([0, 0, 1]), made, gamma=2.0, margin=0.25)
    apart = 1.0  # all at right angles
    pull = -2 * (0.25 + apart) * (0.25 - apart)
    push = 2 * (1.25 - apart) * (0.75 - apart)
    assert float(pair[0]) == pytest.approx(np.log1p(np.exp(pull + push)), rel=1e-6)
    assert float(pair[2]) == 0.0


def test_ctc_adds_up_all_alignments() -> None:
    logits = torch.zeros(1, 2, 3)  # every path of two steps has the chance 1/9
    found = losses.CTC()(torch.tensor([[1, 0]]), logits)
    assert float(found) == pytest.approx(-np.log(3 / 9), rel=1e-6)  # 11, 1-, -1
    with pytest.raises(ShapeError, match="labels"):
        losses.ctc(torch.ones(1), logits)
