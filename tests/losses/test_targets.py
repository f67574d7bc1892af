"""What targets an output takes, and the cures when they do not fit."""

from __future__ import annotations

import pytest

from kshim.errors import ShapeError
from kshim.losses.classes import CategoricalCrossentropy
from kshim.losses.targets import check_targets

Shape = tuple[int | None, ...]


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred"),
    [
        ("mse", (7, 3), (None, 3)),
        ("mse", (7,), (None, 1)),
        ("mae", (7, 5, 1), (None, 5)),
        ("mse", (7, 5, 3), (None, None, 3)),
        ("binary_crossentropy", (7, 1), (None, 1)),
        ("categorical_crossentropy", (7, 4), (None, 4)),
        ("sparse_categorical_crossentropy", (7, 1), (None, 4)),
        ("sparse_categorical_crossentropy", (7,), (None, 4)),
        ("sparse_categorical_crossentropy", (7, 5), (None, 5, 4)),
        (lambda y_true, y_pred: y_pred, (7, 2), (None, 9)),
    ],
)
def test_targets_that_fit_pass(loss: object, y_true: Shape, y_pred: Shape) -> None:
    assert check_targets(loss, y_true, y_pred, "out") is None


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "cure"),
    [
        ("categorical_crossentropy", (7, 1), (None, 4), "sparse_categorical_crossentropy"),
        (CategoricalCrossentropy(), (7,), (None, 4), r"to_categorical\(y, 4\)"),
        ("sparse_categorical_crossentropy", (7, 4), (None, 4), "categorical_crossentropy"),
        ("mse", (7, 10), (None, 1), "Give the last layer 10 units instead of 1"),
        ("binary_crossentropy", (7,), (None, 2), "Check the targets"),
    ],
)
def test_targets_that_do_not_fit_are_refused_with_a_cure(
    loss: object, y_true: Shape, y_pred: Shape, cure: str
) -> None:
    with pytest.raises(ShapeError, match=cure):
        check_targets(loss, y_true, y_pred, "out")


def test_the_message_names_output_loss_and_both_shapes() -> None:
    with pytest.raises(ShapeError) as raised:
        check_targets("mse", (7, 10), (None, 1), "dense_2")
    assert str(raised.value).startswith(
        "output 'dense_2': targets for mean_squared_error must be of shape (None, 1), "
        "got (None, 10)."
    )
