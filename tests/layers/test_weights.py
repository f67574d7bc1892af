"""Weight: a view of torch's tensor in Keras's name, order and shape."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim.errors import WeightError

KERNEL = np.arange(12, dtype="float32").reshape(4, 3) + 1


@pytest.fixture
def dense() -> Any:
    """Return a Dense whose kernel is KERNEL."""
    layer = L.Dense(3, name="hidden", weights=[KERNEL, np.zeros(3)])
    layer(L.Input((4,)))
    return layer


def test_it_has_kerass_name_and_shape(dense: Any) -> None:
    kernel = dense.kernel
    assert kernel.name == "hidden/kernel:0"
    assert kernel.shape == kernel._keras_shape == (4, 3)
    assert kernel.get_shape().as_list() == [4, 3]
    assert tuple(dense.linear.weight.shape) == (3, 4)
    assert len(kernel) == 4


def test_reading_gives_a_view_through_which_gradients_flow(dense: Any) -> None:
    read = dense.kernel.read()
    assert read.data_ptr() == dense.linear.weight.data_ptr()
    (read * torch.tensor(KERNEL)).sum().backward()
    np.testing.assert_array_equal(dense.linear.weight.grad, KERNEL.T)


def test_numpy_gives_a_copy(dense: Any) -> None:
    for copy in (dense.kernel.numpy(), dense.kernel.eval(), np.asarray(dense.kernel)):
        np.testing.assert_array_equal(copy, KERNEL)
        copy[:] = 0
    np.testing.assert_array_equal(dense.kernel.numpy(), KERNEL)


def test_writing_writes_the_torch_parameter_in_its_place(dense: Any) -> None:
    parameter = dense.linear.weight
    dense.kernel.assign(KERNEL * 2)
    dense.kernel.assign_add(KERNEL)
    dense.kernel.assign_sub(dense.kernel)
    assert dense.linear.weight is parameter
    np.testing.assert_array_equal(parameter.detach(), np.zeros((3, 4)))


def test_values_of_another_shape_are_refused(dense: Any) -> None:
    with pytest.raises(WeightError, match=r"hidden/kernel:0: values must have shape \(4, 3\)"):
        dense.kernel.assign(KERNEL.T)


@pytest.mark.parametrize("word", ["add", "sub", "mul", "truediv", "pow", "gt", "le"])
def test_operators_compute_in_kerass_order_on_both_sides(dense: Any, word: str) -> None:
    function = getattr(operator, word)
    left = function(dense.kernel, 2.0).detach()
    right = function(2.0, dense.kernel).detach()
    np.testing.assert_allclose(left, function(KERNEL, 2.0))
    np.testing.assert_allclose(right, function(2.0, KERNEL))


def test_torch_functions_methods_and_symbols_take_weights(dense: Any) -> None:
    np.testing.assert_allclose(torch.square(dense.kernel).detach(), KERNEL**2)
    np.testing.assert_allclose(dense.kernel.sum(0).detach(), KERNEL.sum(0))
    np.testing.assert_allclose((-dense.kernel[1]).detach(), -KERNEL[1])
    assert (L.Input((4,)) @ dense.kernel).shape == (None, 3)


def test_the_handle_follows_the_tensor_to_another_type(dense: Any) -> None:
    dense.to(torch.float64)
    assert dense.get_weights()[0].dtype == np.float64
    np.testing.assert_array_equal(dense.kernel.numpy(), KERNEL)


def test_an_array_that_runs_backwards_is_taken(dense: Any) -> None:
    values = np.arange(dense.kernel.numpy().size, dtype="f4").reshape(dense.kernel.shape)
    dense.kernel.assign(values[::-1, ::-1])
    np.testing.assert_array_equal(dense.kernel.numpy(), values[::-1, ::-1])


def test_a_weight_of_one_number_is_a_number(dense: Any) -> None:
    scale = dense.add_weight("scale", (1,), initializer="ones")
    scale.assign([2.75])
    assert (float(scale), int(scale)) == (2.75, 2)
    with pytest.raises(ValueError):
        float(dense.kernel)
