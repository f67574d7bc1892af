"""The names of metrics and the keys they are logged under."""

from __future__ import annotations

import pytest

from kshim.errors import UnknownName
from kshim.losses import regression
from kshim.metrics import accuracies, names
from kshim.metrics.confusion import Precision
from kshim.metrics.functions import cosine_similarity


def mine(y_true: object, y_pred: object) -> object:
    """Stand for a metric of the user's own."""
    return y_pred


@pytest.mark.parametrize(
    ("metric", "up_to_2_2", "from_2_3"),
    [
        ("accuracy", "acc", "accuracy"),
        ("acc", "acc", "acc"),
        ("ce", "ce", "ce"),
        ("mse", "mean_squared_error", "mse"),
        ("binary_accuracy", "binary_accuracy", "binary_accuracy"),
        (regression.mae, "mean_absolute_error", "mean_absolute_error"),
        (mine, "mine", "mine"),
    ],
)
def test_the_key_is_the_functions_name_first_and_the_typed_word_later(
    metric: object, up_to_2_2: str, from_2_3: str
) -> None:
    assert names.key_for(metric, "1.2") == names.key_for(metric, "2.2") == up_to_2_2
    assert names.key_for(metric, "2.3") == names.key_for(metric, "2.15") == from_2_3


def test_an_object_is_logged_under_its_name() -> None:
    assert names.key_for(Precision(name="p")) == "p"


def test_weighted_metrics_say_so_up_to_keras_2_2() -> None:
    assert names.key_for("acc", "2.2", weighted=True) == "weighted_acc"
    assert names.key_for("acc", "2.3", weighted=True) == "acc"


def test_losses_are_metrics_under_all_their_names() -> None:
    assert names.get("MSE") is regression.mean_squared_error
    assert names.get("ACC") is accuracies.accuracy
    assert names.get("cosine_proximity") is cosine_similarity


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'binary_accuracy'"):
        names.get("binary_acuracy")
