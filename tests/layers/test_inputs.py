"""What layers take, from the type of `call`'s inputs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from kshim.errors import ArgumentError, ShapeError
from kshim.layers import LSTM, Add, Dense, Hashing, Lambda, Layer
from kshim.layers.inputs import Taken, check_one, only_inputs, taken_by

ONE = Taken(one=True, several=False)


@pytest.mark.parametrize(
    ("layer", "taken"),
    [
        (Dense, ONE),
        (Add, Taken(one=False, several=True)),
        (LSTM, Taken(one=True, several=True)),
        (Hashing, Taken(one=True, several=False, texts=True)),
        (Lambda, None),
    ],
)
def test_the_type_of_the_inputs_says_what_is_taken(layer: Any, taken: Any) -> None:
    assert layer.inputs_taken == taken


def test_layers_of_ones_own_take_anything() -> None:
    class Own(Layer):
        def call(self, inputs: Tensor) -> Tensor:
            return inputs

    assert taken_by(Own.call) is None
    assert Own()("text") == "text"


def test_what_is_taken_passes_and_a_list_of_one_is_that_one() -> None:
    values = torch.ones(2)
    assert only_inputs("Layer", ONE, values) is values
    assert only_inputs("Layer", ONE, [values]) is values
    assert only_inputs("Layer", None, "anything") == "anything"


@pytest.mark.parametrize("given", [None, 3, "text", [], {"a": 1}, [torch.ones(2)] * 2])
def test_anything_else_is_refused(given: Any) -> None:
    with pytest.raises(ArgumentError, match="Layer: inputs must be a tensor or an array of numb"):
        only_inputs("Layer", ONE, given)


def test_several_shapes_are_refused_where_one_is_taken() -> None:
    check_one("Layer", ONE, (None, 3))
    with pytest.raises(ShapeError, match="got a list of 2"):
        check_one("Layer", ONE, [(None, 3), (None, 4)])
