"""tf.TensorArray, branches, switches, tf.nest and tf.debugging, as TensorFlow 2.15 has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow import debugging, devices, nest
from kshim.compat.tensorflow import execution as tf
from kshim.compat.tensorflow.variables import Variable
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, StateError
from kshim.layers import Input
from kshim.layers.device import default_device, set_device


def test_a_tensor_array_is_written_and_read_by_number() -> None:
    array = tf.TensorArray("float32", size=0, dynamic_size=True)
    for number in (1, 0, 3):
        array = array.write(torch.tensor(number), [number, number])
    assert array.stack().tolist() == [[0, 0], [1, 1], [0, 0], [3, 3]]
    assert int(array.size()) == len(array) == 4 and array.read(3).dtype == torch.float32
    assert array.gather([3, 0]).tolist() == [[3, 3], [0, 0]]
    with pytest.raises(StateError, match="2 must be written first"):
        array.read(2)
    fixed = tf.TensorArray(torch.int64, 2).unstack([[1, 2], [3, 4]])
    assert fixed.concat().tolist() == [1, 2, 3, 4]
    assert fixed.scatter([1], [[7, 8]]).stack().tolist() == [[1, 2], [7, 8]]
    with pytest.raises(ArgumentError, match=r"index must be below 2 .*got 2"):
        fixed.write(2, [0, 0])
    assert tf.TensorArray("float32").stack().shape == (0,)


def test_a_tensor_array_keeps_gradients() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    array = tf.TensorArray("float32", 2)
    for place, part in enumerate(x * x):
        array = array.write(place, part)
    array.stack().sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2.0, 4.0]


def test_branches_and_folds() -> None:
    yes, no = torch.tensor(True), torch.tensor(False)
    assert tf.case([(no, lambda: 1), (yes, lambda: 2)], default=lambda: 3) == 2
    assert tf.case({no: lambda: 1}, default=lambda: 3) == 3
    with pytest.raises(ArgumentError, match="default"):
        tf.case([(no, lambda: 1)])
    assert tf.switch_case(torch.tensor(1), [lambda: "a", lambda: "b"]) == "b"
    assert tf.switch_case(9, {0: lambda: "a", 5: lambda: "b"}) == "b"
    assert tf.switch_case(9, [lambda: "a"], default=lambda: "c") == "c"
    assert int(tf.foldl(lambda total, one: total * 2 + one, [1, 2, 3])) == 11
    assert int(tf.foldl(lambda total, one: total - one, [1, 2], initializer=10)) == 7
    assert tf.vectorized_map(lambda row: row * 2, torch.tensor([[1.0], [2.0]])).tolist() == [
        [2.0],
        [4.0],
    ]
    pairs = tf.vectorized_map(lambda both: both[0] + both[1], ([1.0, 2.0], [3.0, 4.0]))
    assert pairs.tolist() == [4.0, 6.0]


@pytest.mark.parametrize(("era", "eager"), [("1.2", False), ("2.3", False), ("2.15", True)])
def test_code_is_eager_from_tf_keras_on(era: str, eager: bool) -> None:
    with in_era(era):
        assert tf.executing_eagerly() is eager
    tf.disable_eager_execution()
    assert tf.recompute_grad(len) is len


def test_what_is_a_tensor() -> None:
    assert tf.is_tensor(torch.ones(1)) and tf.is_tensor(Variable(1.0)) and tf.is_tensor(Input((2,)))
    assert not tf.is_tensor(np.ones(1)) and not tf.is_tensor(1.0)


def test_printing_and_asserting(capsys: Any) -> None:
    tf.print_("loss:", torch.tensor([1.5]), sep="|")
    assert capsys.readouterr().err == "loss:|[1.5]\n"
    tf.Assert(True, [])
    with pytest.raises(StateError, match="condition must hold"):
        tf.Assert(torch.tensor([True, False]), ["x"])
    assert tf.get_logger().name == "tensorflow"
    spec = tf.TensorSpec((None, 3), torch.int32)
    assert spec.shape == (None, 3) and spec.dtype == torch.int32


class Both(NamedTuple):
    x: Any
    y: Any


def test_nests_are_walked_in_the_order_of_keys() -> None:
    whole = {"b": [1, (2, 3)], "a": Both(4, 5)}
    assert nest.flatten(whole) == [4, 5, 1, 2, 3]
    packed = nest.pack_sequence_as(whole, "vwxyz")
    assert packed == {"b": ["x", ("y", "z")], "a": Both("v", "w")}
    assert nest.map_structure(lambda a, b: a + b, [1, {"k": 2}], [3, {"k": 4}]) == [4, {"k": 6}]
    assert nest.flatten(7) == [7] and nest.is_nested(()) and not nest.is_nested("ab")
    with pytest.raises(ArgumentError, match="must be 5 values, got 1"):
        nest.pack_sequence_as(whole, [1])
    with pytest.raises(ArgumentError, match=r"tf\.nest: nest2 must be of the form"):
        nest.map_structure(max, [1, 2], [1, [2]])


def test_what_must_hold_is_checked() -> None:
    debugging.assert_equal([1, 2], [1, 2])
    debugging.assert_non_negative([0.0])
    debugging.assert_rank(torch.ones(2, 2), 2)
    assert debugging.check_numerics([1.0], "x").tolist() == [1.0]
    for check, given in (
        (debugging.assert_equal, ([1], [2])), (debugging.assert_less, ([2], [2])),
        (debugging.assert_greater_equal, ([1], [2])), (debugging.assert_positive, ([0.0],)),
        (debugging.assert_rank, ([1.0], 2)), (debugging.check_numerics, ([float("nan")], "bad")),
    ):  # fmt: skip
        with pytest.raises(ArgumentError):
            check(*given)


def test_threads_are_torchs() -> None:
    before = torch.get_num_threads()
    devices.set_intra_op_parallelism_threads(0)
    assert devices.get_intra_op_parallelism_threads() == before


@pytest.mark.parametrize(
    ("named", "wanted"),
    [([], "cpu"), ([devices.PhysicalDevice("/physical_device:GPU:1", "GPU")], "cuda:1")],
)
def test_devices_that_are_not_visible_are_not_used(named: Any, wanted: str) -> None:
    try:
        devices.set_visible_devices(named, "GPU")
        assert str(default_device()) == wanted
    finally:
        set_device(None)
