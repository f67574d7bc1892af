"""Regularizers against numpy and numbers of tf.keras 2.15; their configs in each era's words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import regularizers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, UnknownName

W = np.array([[1.0, 2.0, 3.0], [3.0, -4.0, 1.0]])
ONE, TWO = np.abs(W).sum(), (W**2).sum()


@pytest.mark.parametrize(
    ("regularizer", "wanted"),
    [
        (regularizers.L1L2(), 0.0),
        (regularizers.L1L2(0.1, 0.2), 0.1 * ONE + 0.2 * TWO),
        (regularizers.l1(0.1), 0.1 * ONE),
        (regularizers.l2(0.1), 0.1 * TWO),
        (regularizers.l1_l2(), 0.01 * (ONE + TWO)),
        (regularizers.get("l1"), 0.01 * ONE),
        (regularizers.get("l2"), 0.01 * TWO),
        (regularizers.get("l1_l2"), 0.01 * (ONE + TWO)),
        (regularizers.get("L1L2"), 0.0),
        (regularizers.l1l2(0.1, 0.2), 0.1 * ONE + 0.2 * TWO),
        (regularizers.activity_l2(0.1), 0.1 * TWO),
        (regularizers.WeightRegularizer(l1=0.1), 0.1 * ONE),
    ],
)
def test_a_regularizer_is_its_formula(regularizer: Any, wanted: float) -> None:
    assert regularizer(torch.from_numpy(W)).item() == pytest.approx(wanted, rel=1e-6)


def test_the_eigenvalue_is_found_by_nine_multiplications() -> None:
    vector = np.linalg.matrix_power(W.T @ W, 9) @ np.ones(3)
    wanted = 0.5 * np.sqrt(vector @ W.T @ W @ vector / (vector @ vector))
    assert wanted == pytest.approx(0.5 * np.linalg.svd(W)[1][0], rel=1e-3)
    penalty = regularizers.EigenvalueRegularizer(0.5)(torch.from_numpy(W))
    assert penalty.item() == pytest.approx(wanted)


@pytest.mark.parametrize(("mode", "wanted"), [("rows", 0.031448554), ("columns", 0.1448528)])
def test_orthogonal_regularizer_gives_the_numbers_of_tf_keras(mode: str, wanted: float) -> None:
    regularizer = regularizers.OrthogonalRegularizer(0.3, mode)
    assert regularizer(torch.from_numpy(W)).item() == pytest.approx(wanted, rel=1e-6)


def test_the_gradient_of_l2_has_no_half_in_it() -> None:
    w = torch.tensor([3.0], requires_grad=True)
    regularizers.l2(0.1)(w).backward()
    assert w.grad is not None and w.grad.item() == pytest.approx(0.6)


def test_configs_are_in_the_words_of_the_era() -> None:
    both = {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.1}}
    with in_era("2.2"):
        assert regularizers.serialize(regularizers.l2(0.1)) == both
        assert regularizers.get(both).l2 == 0.1
    own = {"class_name": "L2", "config": {"l2": 0.1}}
    assert regularizers.serialize(regularizers.l2(0.1)) == own
    assert regularizers.get(own).l2 == 0.1


def test_a_config_of_keras_1_is_read() -> None:
    regularizer = regularizers.get({"name": "L1L2Regularizer", "l1": 0.1, "l2": 0.0})
    assert (regularizer.l1, regularizer.l2) == (0.1, 0.0)


@pytest.mark.filterwarnings("ignore:L2. l is an old word")
def test_the_strength_has_an_older_name() -> None:
    assert regularizers.l2(l=0.5).l2 == 0.5


def test_functions_and_none_are_kept() -> None:
    def mine(w: torch.Tensor) -> torch.Tensor:
        return w.sum()

    assert regularizers.get(mine) is mine
    assert regularizers.get(None) is None
    assert regularizers.deserialize("mine", custom_objects={"mine": mine}) is mine


def test_what_cannot_be_used_is_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'WeightRegularizer'"):
        regularizers.get("WeightRegulariser")
    with pytest.raises(ArgumentError, match="OrthogonalRegularizer: inputs must be a matrix"):
        regularizers.OrthogonalRegularizer()(torch.ones(3))


def test_l1_l2_that_is_told_nothing_penalises_nothing_in_keras_3() -> None:
    with in_era("3"):
        assert regularizers.l1_l2().get_config() == {"l1": 0.0, "l2": 0.0}
        assert regularizers.l1_l2(l2=0.5).get_config() == {"l1": 0.0, "l2": 0.5}
