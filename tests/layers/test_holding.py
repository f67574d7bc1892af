"""What layers hold: weights and inner layers, trainable or not, in Keras's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.errors import StateError, WeightError


class Outer(L.Layer):
    """Hold weights of its own, and a layer with some that do not learn."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.norm = L.BatchNormalization()

    def build(self, input_shape: Any) -> None:
        self.counter = self.add_weight("counter", (), initializer="zeros", trainable=False)
        self.scale = self.add_weight("scale", (input_shape[-1],), initializer="ones")

    def call(self, inputs: Any) -> Any:
        return self.norm(inputs) * self.scale


def keys(weights: list[Any]) -> list[str]:
    """Return the weights' names without the layers'."""
    return [weight.key for weight in weights]


@pytest.fixture
def outer() -> Any:
    """Return an Outer that has its weights."""
    layer = Outer()
    layer(L.Input((4,)))
    return layer


def test_weights_that_learn_come_first(outer: Any) -> None:
    assert keys(outer.trainable_weights) == ["scale", "gamma", "beta"]
    assert keys(outer.non_trainable_weights) == ["counter", "moving_mean", "moving_variance"]
    assert keys(outer.weights) == keys(outer.trainable_weights + outer.non_trainable_weights)
    assert outer.variables == outer.weights


def test_freezing_reaches_inner_layers_and_torch(outer: Any) -> None:
    outer.trainable = False
    assert outer.trainable_weights == []
    assert not outer.norm.trainable
    assert not any(tensor.requires_grad for tensor in outer.parameters())
    outer.trainable = True
    learning = [name for name, tensor in outer.named_parameters() if tensor.requires_grad]
    assert sorted(name.rpartition(".")[2] for name in learning) == ["bias", "scale", "weight"]


def test_a_layer_made_frozen_does_not_learn() -> None:
    layer = L.Dense(3, trainable=False)
    layer(L.Input((4,)))
    assert layer.trainable_weights == []
    assert keys(layer.non_trainable_weights) == ["kernel", "bias"]
    assert not layer.linear.weight.requires_grad


def test_set_weights_writes_all_or_nothing(outer: Any) -> None:
    values = [np.full(weight.shape, place + 2.0) for place, weight in enumerate(outer.weights)]
    outer.set_weights(values)
    for found, value in zip(outer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(found, value)
    wrong = [np.zeros(5), np.zeros(4), np.zeros(3), *values[3:]]
    with pytest.raises(WeightError) as caught:
        outer.set_weights(wrong)
    assert "scale:0 must have shape (4,), got (5,)" in str(caught.value)
    assert "beta:0 must have shape (4,), got (3,)" in str(caught.value)
    np.testing.assert_array_equal(outer.get_weights()[0], values[0])
    with pytest.raises(WeightError, match="weights must be 6 arrays"):
        outer.set_weights(values[:2])


def test_parameters_are_counted_once_they_are_made(outer: Any) -> None:
    assert outer.count_params() == 4 + 4 * 4 + 1
    with pytest.raises(StateError, match="weights must be made before they are counted"):
        L.Dense(3).count_params()


@pytest.mark.parametrize(
    ("call", "name", "shape"),
    [
        (lambda layer: layer.add_weight("kernel", (2, 3)), "kernel", (2, 3)),
        (lambda layer: layer.add_weight(name="kernel", shape=[2, 3]), "kernel", (2, 3)),
        (lambda layer: layer.add_weight((2, 3), "ones", name="kernel"), "kernel", (2, 3)),
        (lambda layer: layer.add_weight(shape=()), "weight", ()),
        (lambda layer: layer.add_weight(), "weight", ()),
    ],
)
def test_add_weight_takes_the_orders_of_every_keras(call: Any, name: str, shape: Any) -> None:
    weight = call(L.Layer())
    assert (weight.key, weight.shape, weight.trainable) == (name, shape, True)


def test_add_weight_keeps_type_regularizer_constraint_and_state() -> None:
    layer = L.Layer()
    steps = layer.add_weight("steps", (), dtype="int64", initializer="zeros")
    assert not steps.trainable and steps.numpy().dtype == np.int64
    held = layer.add_weight("held", (2,), regularizer="l2", constraint="non_neg", trainable=False)
    assert held.regularizer is not None and held.constraint is not None
    assert keys(layer.non_trainable_weights) == ["steps", "held"]


def test_weights_of_the_same_name_are_told_apart() -> None:
    layer = L.Layer()
    assert [layer.add_weight("w", (1,)).key for _ in range(3)] == ["w", "w_1", "w_2"]
