"""What 'accuracy' and 'crossentropy' stand for."""

from __future__ import annotations

import pytest

from kshim.core.eras import in_era
from kshim.losses.classes import BinaryCrossentropy, SparseCategoricalCrossentropy
from kshim.metrics.choice import accuracy_for

Shape = tuple[int | None, ...]


@pytest.mark.parametrize(
    ("loss", "y_pred", "kind"),
    [
        ("mse", (None, 1), "binary"),
        ("binary_crossentropy", (None, 3), "binary"),
        (BinaryCrossentropy(), (None, 3), "binary"),
        ("sparse_categorical_crossentropy", (None, 3), "sparse_categorical"),
        (SparseCategoricalCrossentropy(), (None, 3), "sparse_categorical"),
        ("categorical_crossentropy", (None, 3), "categorical"),
        ("mse", (None, 3), "categorical"),
    ],
)
@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3"])
def test_up_to_keras_2_3_the_loss_decides(era: str, loss: object, y_pred: Shape, kind: str) -> None:
    with in_era(era):
        assert accuracy_for(loss, y_pred, (None, 3)).__name__ == f"{kind}_accuracy"
        assert accuracy_for(loss, y_pred, word="ce").__name__ == f"{kind}_crossentropy"


@pytest.mark.parametrize(
    ("y_true", "y_pred", "kind"),
    [
        ((None, 1), (None, 1), "binary"),
        ((None, 3), (None, 3), "categorical"),
        ((None, 1), (None, 3), "sparse_categorical"),
        ((None,), (None, 3), "sparse_categorical"),
        ((None, 5), (None, 5, 3), "sparse_categorical"),
    ],
)
def test_in_tf_keras_the_shapes_decide(y_true: Shape, y_pred: Shape, kind: str) -> None:
    chosen = accuracy_for("binary_crossentropy", y_pred, y_true)
    assert chosen.__name__ == f"{kind}_accuracy"
