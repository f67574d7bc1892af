"""One-hot labels and unit vectors, against numbers written from the manual."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, UnexpectedArgument
from kshim.utils.arrays import normalize, to_categorical


@pytest.mark.parametrize(
    ("labels", "shape"),
    [((2,), (2, 5)), ((3, 1), (3, 5)), ((3, 2), (3, 2, 5)), ((3, 2, 1), (3, 2, 5)), ((), (5,))],
)
def test_the_classes_are_a_new_last_axis(labels: tuple[int, ...], shape: tuple[int, ...]) -> None:
    y = np.arange(np.prod(labels, dtype=int)).reshape(labels) % 5
    rows = to_categorical(y, 5)
    assert rows.shape == shape
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows.argmax(-1).ravel(), y.ravel())
    np.testing.assert_array_equal(rows.sum(-1), np.ones(shape[:-1]))


def test_the_largest_label_gives_the_number_of_classes() -> None:
    np.testing.assert_array_equal(to_categorical([0, 2]), [[1, 0, 0], [0, 0, 1]])


def test_keras_1_flattens_and_gives_float64() -> None:
    with in_era("1.2"):
        rows = to_categorical([[0, 1], [2, 1]], nb_classes=3)
    assert (rows.shape, rows.dtype) == ((4, 3), np.float64)


def test_the_type_asked_for_is_given() -> None:
    assert to_categorical([1], 2, dtype="int32").dtype == np.int32


def test_a_label_beyond_the_classes_is_named() -> None:
    with pytest.raises(ArgumentError, match="y must be below num_classes=2, got 7"):
        to_categorical([0, 7], 2)


def test_a_misspelt_argument_is_named() -> None:
    with pytest.raises(UnexpectedArgument, match="classes"):
        to_categorical([0], classes=2)


@pytest.mark.parametrize(("axis", "order"), [(-1, 2), (0, 2), (1, 1)])
def test_normalize_divides_by_the_norm_of_the_axis(axis: int, order: int) -> None:
    x = np.arange(1.0, 25).reshape(2, 3, 4)
    norm = (np.abs(x) ** order).sum(axis, keepdims=True) ** (1 / order)
    np.testing.assert_allclose(normalize(x, axis, order), x / norm)


def test_normalize_leaves_zero_vectors_alone() -> None:
    np.testing.assert_array_equal(normalize([[0.0, 0], [3, 4]]), [[0, 0], [0.6, 0.8]])
