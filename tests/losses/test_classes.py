"""Loss objects: arguments by position, names, configs, and losses of the user's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported
from kshim.losses import classes
from kshim.losses.names import LOSSES, deserialize, serialize

EVERY = [LOSSES.find(name) for name in LOSSES.names() if isinstance(LOSSES.find(name), type)]


class Scaled(classes.Loss):
    """A loss as users write it."""

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(**options)
        self.scale = scale

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return torch.mean(self.scale * (y_true - y_pred) ** 2, -1)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_a_config_makes_the_same_loss_through_json(kind: type[classes.Loss]) -> None:
    loss = kind(reduction="sum")
    again = deserialize(json.loads(json.dumps(serialize(loss))))
    assert type(again) is kind
    assert again.get_config() == loss.get_config()


def test_arguments_stand_in_the_order_of_keras() -> None:
    loss = classes.BinaryCrossentropy(True, 0.1, 1, "sum", "mine")
    assert (loss.from_logits, loss.label_smoothing, loss.axis) == (True, 0.1, 1)
    assert (loss.reduction, loss.name) == ("sum", "mine")
    assert classes.MeanSquaredError("none").reduction == "none"


def test_an_unknown_reduction_is_refused() -> None:
    with pytest.raises(ArgumentError, match="MeanSquaredError: reduction must be one of 'auto'"):
        classes.MeanSquaredError(reduction="average")


def test_names_are_those_of_the_era() -> None:
    assert classes.KLDivergence().name == "kl_divergence"
    with in_era("2.3"):
        assert classes.KLDivergence().name == "kullback_leibler_divergence"
        assert classes.MeanSquaredError().reduction == "sum_over_batch_size"


def test_a_loss_of_the_users_own_is_reduced_and_weighted() -> None:
    y_true, y_pred = torch.ones(2, 3), torch.zeros(2, 3)
    assert Scaled(3.0)(y_true, y_pred).item() == 3.0
    assert Scaled(3.0, reduction="sum", name="mine")(y_true, y_pred, [1.0, 0.5]).item() == 4.5


def test_a_loss_without_call_says_what_is_missing() -> None:
    with pytest.raises(NotSupported, match=r"Loss: a Loss must define call"):
        classes.Loss()(torch.ones(2), torch.ones(2))


def test_a_column_too_many_does_not_spread_the_targets() -> None:
    assert classes.MeanSquaredError()([1.0, 2.0, 3.0], [[1.0], [2.0], [3.0]]).item() == 0.0


def test_ignored_targets_count_in_no_mean() -> None:
    logits = torch.tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 1.0]])
    loss = classes.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    some = classes.SparseCategoricalCrossentropy(from_logits=True)(torch.tensor([0, 1]), logits[:2])
    assert loss(torch.tensor([0, 1, -1]), logits).item() == pytest.approx(some.item())
