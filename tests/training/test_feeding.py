"""Feeding: what scripts hand over for x, y and weights, and what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.errors import ArgumentError, ShapeError
from kshim.training.feeding import (
    as_inputs,
    as_targets,
    as_tensor,
    as_weights,
    check_same_length,
    listed,
)

ONE = np.ones((3, 2))


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (np.zeros(2, "float64"), torch.float32),
        (np.zeros(2, "float16"), torch.float32),
        (np.zeros(2, bool), torch.float32),
        (np.zeros(2, "int64"), torch.int64),
        (np.zeros(2, "uint8"), torch.uint8),
        (np.zeros(2, "uint16"), torch.int64),
        ([1.0, 2.0], torch.float32),
        (torch.zeros(2, dtype=torch.float64), torch.float32),
    ],
)
def test_floats_become_floatx_and_whole_numbers_stay(given: Any, kind: torch.dtype) -> None:
    assert as_tensor("x", given).dtype == kind


def test_arrays_of_any_layout_are_taken() -> None:
    array = np.arange(6.0).reshape(2, 3)
    for given in (array[:, ::-1], array.T, np.broadcast_to(array[0], (2, 3))):
        np.testing.assert_array_equal(as_tensor("x", given), given)
    array.flags.writeable = False
    np.testing.assert_array_equal(as_tensor("x", array), array)


@pytest.mark.parametrize("given", [None, ["a"], np.array([object()])])
def test_what_holds_no_numbers_is_refused(given: Any) -> None:
    with pytest.raises(ArgumentError, match="x: data must be an array of numbers"):
        as_tensor("x", given)


@pytest.mark.parametrize("given", [[ONE, ONE * 2], (ONE, ONE * 2), {"b": ONE * 2, "a": ONE}])
def test_several_values_go_in_order_or_by_name(given: Any) -> None:
    found = listed("m", "x", given, ["a", "b"])
    assert [value.max() for value in found] == [1, 2]


@pytest.mark.parametrize("given", [ONE, [ONE], {"a": ONE}, {"whatever": ONE}])
def test_one_value_may_stand_alone(given: Any) -> None:
    assert listed("m", "x", given, ["a"])[0] is ONE


@pytest.mark.parametrize(
    ("what", "given", "told"),
    [
        ("x", [ONE], "x must be 2 arrays (price, kind), got 1."),
        ("x", ONE, "x must be 2 arrays (price, kind), got 1."),
        ("x", {"price": ONE, "kint": ONE}, "keys price, kind, got price, kint. Did you mean"),
        ("y", {"prise": ONE}, "y must have the keys price, kind, got prise. Did you mean 'prise'?"),
    ],
)
def test_values_that_are_too_few_or_misnamed_are_refused(what: str, given: Any, told: str) -> None:
    with pytest.raises(ShapeError) as caught:
        listed("m", what, given, ["price", "kind"])
    assert told in str(caught.value)


def test_inputs_are_held_to_the_graphs_shapes() -> None:
    (column,) = as_inputs("m", np.arange(3.0), ["a"], [(None, 1)])
    assert column.shape == (3, 1)
    with pytest.raises(ShapeError) as caught:
        as_inputs("m", np.ones((3, 28, 28)), ["image"], [(None, 784)])
    assert "input 'image' must have shape (None, 784), got (None, 28, 28)" in str(caught.value)
    assert "Reshape it: x.reshape((-1, 784))." in str(caught.value)
    with pytest.raises(ShapeError, match="Check the data, or the input_shape"):
        as_inputs("m", np.ones((3, 5)), ["a"], [(None, 4)])
    with pytest.raises(ShapeError, match=r"same number of samples, got \[3, 2\]"):
        as_inputs("m", [ONE, ONE[:2]], ["a", "b"], [(None, 2)] * 2)


def test_targets_fit_the_outputs_rank_and_type() -> None:
    found = as_targets("m", [np.arange(3), np.arange(3), None], list("abc"), [2, 2, 2], [0, 1, 0])
    assert [None if t is None else (tuple(t.shape), t.dtype) for t in found] == [
        ((3, 1), torch.float32), ((3, 1), torch.int64), None,
    ]  # fmt: skip
    with pytest.raises(ShapeError, match="y must have as many samples as x, 3, got 2"):
        check_same_length("m", [torch.ones(3)], [None, torch.ones(2)])


def weights(sample: Any = None, table: Any = None, y: Any = None) -> Any:
    target = torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]) if y is None else torch.tensor(y)
    return as_weights("m", sample, table, [target], ["a"])[0]


def test_classes_weigh_by_number_or_one_hot_and_multiply_sample_weights() -> None:
    table = {0: 2.0, 1: 5.0}
    assert weights() is None
    assert weights(table=table).tolist() == [5, 2, 5]
    assert weights(table=table, y=[[1], [0], [0]]).tolist() == [5, 2, 2]
    assert weights(np.array([1.0, 2.0, 3.0]), table).tolist() == [5, 4, 15]


def test_weights_go_to_the_output_they_are_named_for() -> None:
    targets = [torch.ones(3, 1), torch.ones(3, 1)]
    found = as_weights("m", {"b": np.ones(3)}, {"a": {1: 4.0}}, targets, ["a", "b"])
    assert found[0].tolist() == [4, 4, 4] and found[1].tolist() == [1, 1, 1]


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="sample_weight of 'a' must have as many samples"):
        weights(np.ones(2))
    with pytest.raises(ArgumentError, match=r"a weight for every class in y \(missing: \[1\]\)"):
        weights(table={0: 1.0})
