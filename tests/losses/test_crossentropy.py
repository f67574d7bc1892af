"""Crossentropies: probabilities, logits, clips, smoothing, axes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.losses import crossentropy

LOGITS = np.random.RandomState(3).normal(size=(2, 4, 3)).astype(np.float32)
CLASSES = np.array([[0, 2, 1, 1], [2, 2, 0, 1]])
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]


def softmax(values: np.ndarray, axis: int = -1) -> np.ndarray:
    raised = np.exp(values)
    return raised / raised.sum(axis, keepdims=True)


def test_logits_and_their_softmax_give_the_same_loss() -> None:
    wanted = -np.log((softmax(LOGITS) * ONE_HOT).sum(-1))
    for given, from_logits in ((LOGITS, True), (softmax(LOGITS), False)):
        value = crossentropy.categorical_crossentropy(ONE_HOT, given, from_logits)
        np.testing.assert_allclose(value, wanted, rtol=1e-5)
        value = crossentropy.sparse_categorical_crossentropy(CLASSES, given, from_logits)
        np.testing.assert_allclose(value, wanted, rtol=1e-5)


def test_probabilities_are_made_to_sum_to_one() -> None:
    given = 7 * softmax(LOGITS)
    wanted = -np.log((softmax(LOGITS) * ONE_HOT).sum(-1))
    value = crossentropy.categorical_crossentropy(ONE_HOT, given)
    np.testing.assert_allclose(value, wanted, rtol=1e-5)


def test_class_numbers_may_stand_in_a_column() -> None:
    flat = crossentropy.sparse_categorical_crossentropy(CLASSES, LOGITS, True)
    column = crossentropy.sparse_categorical_crossentropy(CLASSES[..., None], LOGITS, True)
    assert flat.shape == (2, 4)
    assert torch.equal(flat, column)


def test_classes_may_stand_on_another_axis() -> None:
    turned = np.moveaxis(LOGITS, -1, 1)
    wanted = crossentropy.sparse_categorical_crossentropy(CLASSES, LOGITS, True)
    value = crossentropy.sparse_categorical_crossentropy(CLASSES, turned, True, axis=1)
    np.testing.assert_allclose(value, wanted, rtol=1e-6)
    one_hot = np.moveaxis(ONE_HOT, -1, 1)
    value = crossentropy.categorical_crossentropy(one_hot, turned, True, axis=1)
    np.testing.assert_allclose(value, wanted, rtol=1e-5)


def test_no_gradient_passes_where_a_probability_was_clipped() -> None:
    p = torch.tensor([[1.0, 0.0], [0.3, 0.6]], requires_grad=True)
    crossentropy.binary_crossentropy(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), p).sum().backward()
    assert torch.equal(p.grad[0], torch.zeros(2))
    np.testing.assert_allclose(p.grad[1], [-0.5 / 0.3, 0.5 / 0.4], rtol=1e-5)


def test_smoothing_spreads_a_share_of_the_targets() -> None:
    p = softmax(LOGITS)
    smooth = 0.8 * ONE_HOT + 0.2 / 3
    value = crossentropy.categorical_crossentropy(ONE_HOT, p, label_smoothing=0.2)
    np.testing.assert_allclose(value, -(smooth * np.log(p)).sum(-1), rtol=1e-5)
    half = 0.8 * ONE_HOT + 0.1
    each = -(half * np.log(p) + (1 - half) * np.log(1 - p))
    value = crossentropy.binary_crossentropy(ONE_HOT, p, label_smoothing=0.2)
    np.testing.assert_allclose(value, each.mean(-1), rtol=1e-5)


def test_an_ignored_class_costs_nothing() -> None:
    value = crossentropy.sparse_categorical_crossentropy(CLASSES, LOGITS, True, ignore_class=2)
    assert torch.equal(value == 0, torch.tensor(CLASSES == 2))


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ([[4, 0]], "from 0 to 2, got 4. Give the last layer 5 units."),
        ([[-1, 0]], "from 0 to 2, got -1."),
    ],
)
def test_a_class_without_a_column_is_told_with_the_cure(classes: Any, told: str) -> None:
    with pytest.raises(ArgumentError, match=f"class numbers must be {re.escape(told)}$"):
        crossentropy.sparse_categorical_crossentropy(np.array(classes), softmax(LOGITS[:1, :2]))


def test_a_confidently_wrong_answer_costs_what_each_keras_says() -> None:
    """`K.binary_crossentropy` of Keras 2.2.4, 2.3.1, 2.15 for targets 0, 1 and answers 1, 0."""
    for era, wanted in (
        ("2.2", [15.942385, 16.118095]),
        ("2.3", [15.333239, 15.424949]),
        ("2.15", [15.333239, 15.424949]),
    ):
        with in_era(era):
            value = crossentropy.binary_crossentropy([[0.0], [1.0]], [[1.0], [0.0]])
        np.testing.assert_allclose(value, wanted, rtol=1e-5)


@pytest.mark.parametrize(("shape", "axis"), [((3, 2), 0), ((2, 4, 3), 1), ((2, 4, 3, 5), 1)])
@pytest.mark.parametrize("kept", [True, False])
def test_sparse_crossentropy_takes_classes_on_any_axis(
    shape: tuple[int, ...], axis: int, kept: bool
) -> None:
    rng = np.random.default_rng(0)
    y_pred = rng.uniform(0.1, 1, shape)
    y_pred /= y_pred.sum(axis, keepdims=True)
    numbers = rng.integers(shape[axis], size=[*shape[:axis], *shape[axis + 1 :]])
    expected = -np.log(np.take_along_axis(y_pred, np.expand_dims(numbers, axis), axis))
    y_true = np.expand_dims(numbers, axis) if kept else numbers
    found = crossentropy.sparse_categorical_crossentropy(
        torch.from_numpy(y_true), torch.from_numpy(y_pred), axis=axis
    )
    np.testing.assert_allclose(found, expected.squeeze(axis), rtol=1e-5)
