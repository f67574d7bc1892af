"""What layers hold: weights and inner layers, trainable or not, in Keras's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim.compat.tensorflow import variables as tf
from kshim.core.eras import in_era
from kshim.errors import StateError, WeightError
from kshim.models import Model


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


class Variables(L.Layer):
    """Set variables on itself: alone, in a list, in a dict, and twice."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner = L.Dense(1, name="inner")
        self.first = tf.Variable(1.0, name="first")
        self.fixed = tf.Variable(2.0, trainable=False, name="fixed")
        self.listed = [tf.Variable(3.0, name="listed"), tf.Variable(4.0, name="listed_too")]
        self.named = {"x": tf.Variable(5.0, name="named")}
        self.again = self.first

    def build(self, input_shape: Any) -> None:
        self.made = self.add_weight(name="made", shape=(), initializer="zeros")
        self.late = tf.Variable(8.0, name="late")
        self.built = True

    def call(self, inputs: Any) -> Any:
        scaled = self.inner(inputs) * self.first + self.made
        return scaled + self.listed[0] * self.listed[1] + self.named["x"] + self.late


# What the real ones list, asked of Keras 2.3.1 and tf.keras 2.15; 2.2.4 takes up no variable.
INNER = ["kernel", "bias"]
TAKEN_UP = {
    "2.2": (["made", *INNER], []),
    "2.3": (["first", "made", "late", *INNER], ["fixed"]),
    "2.15": (["first", "listed", "listed_too", "named", "made", "late", *INNER], ["fixed"]),
}


@pytest.mark.parametrize("era", TAKEN_UP)
def test_a_variable_set_on_a_layer_becomes_a_weight_of_it(era: str) -> None:
    with in_era(era):
        layer = Variables()
        layer(torch.ones(1, 2))
        names = [
            [weight.name.rpartition("/")[2].removesuffix(":0") for weight in weights]
            for weights in (layer.trainable_weights, layer.non_trainable_weights)
        ]
    assert tuple(names) == TAKEN_UP[era]


@pytest.mark.parametrize(("era", "where"), [("2.3", 0), ("2.15", 2)])
def test_a_variable_set_on_a_model_learns_and_stands_where_the_era_has_it(
    era: str, where: int
) -> None:
    class Scaled(Model):
        def __init__(self) -> None:
            super().__init__()
            self.scale = tf.Variable(1.0, name="scale")
            self.dense = L.Dense(1, name="dense")

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs) * self.scale

    with in_era(era):
        model = Scaled()
        model.compile("sgd", "mse")
        model.train_on_batch(np.ones((2, 3), "float32"), np.full((2, 1), 9.0, "float32"))
        assert [weight.name for weight in model.weights].index("scale:0") == where
        assert model.weights[where] is model.scale
        assert len(model.get_weights()) == 3
    assert float(model.scale.numpy()) != 1.0
    assert "scale" in dict(model.named_parameters())


def test_variables_are_kept_in_files(tmp_path: Any) -> None:
    with in_era("2.15"):
        inputs = L.Input((2,))
        layer = Variables()
        model = Model(inputs, layer(inputs))
        layer.first.assign(7.0)
        layer.listed[1].assign(6.0)
        model.save_weights(tmp_path / "kept.weights.h5")
        layer.first.assign(0.0)
        layer.listed[1].assign(0.0)
        model.load_weights(tmp_path / "kept.weights.h5")
    assert (float(layer.first.numpy()), float(layer.listed[1].numpy())) == (7.0, 6.0)


def test_what_is_put_behind_the_lists_of_weights_is_taken_up() -> None:
    layer = L.Layer()
    layer._trainable_weights.append(torch.ones(2))
    layer._trainable_weights += [torch.ones(3)]
    layer._non_trainable_weights.extend([torch.ones(4)])
    assert [weight.shape[0] for weight in layer.trainable_weights] == [2, 3]
    assert [weight.shape[0] for weight in layer.non_trainable_weights] == [4]
    assert layer._trainable_weights[0] is layer.weights[0]


# Asked of Keras 2.2.4, 2.3.1 and tf.keras 2.15.
@pytest.mark.parametrize(
    ("era", "kinds"),
    [
        ("2.2", ("float32", "float32")),
        ("2.3", ("float64", "int64")),
        ("2.15", ("float64", "int64")),
    ],
)
def test_added_weights_have_the_type_of_the_layer_from_keras_2_3_on(
    era: str, kinds: tuple[str, str]
) -> None:
    with in_era(era):
        made = [
            L.Layer(dtype=kind).add_weight(name="w", shape=(2,), initializer="ones")
            for kind in ("float64", "int64")
        ]
    assert tuple(str(weight.tensors[0].dtype) for weight in made) == tuple(
        f"torch.{kind}" for kind in kinds
    )


def test_layers_stand_in_the_order_of_the_attributes_lists_and_dicts_among_them() -> None:
    # tf.keras 2.15.0 gave this order, once the model was called.
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.a = L.Dense(1, name="a")
            self.several = [L.Dense(1, name="b"), L.Dense(1, name="c")]
            self.d = L.Dense(1, name="d")
            self.named = {"x": L.Dense(1, name="e"), "y": [L.Dense(1, name="f")]}
            self.fixed = (L.Dense(1, name="g"),)
            self.h = L.Dense(1, name="h")
            self.late: list[Any] = []
            self.i = L.Dense(1, name="i")
            self.late.append(L.Dense(1, name="j"))
            self.again = self.a

        def call(self, x: Any) -> Any:
            inside = [*self.several, self.named["x"], *self.named["y"], *self.fixed, *self.late]
            for layer in [self.h, self.a, self.d, self.i, *inside]:
                x = layer(x)
            return x

    model = Own()
    model(torch.ones(1, 1))
    assert [layer.name for layer in model.layers] == list("abcdefghji")
    kernels = [weight for weight in model.weights if weight.name.endswith("kernel:0")]
    assert [weight.layer.name for weight in kernels] == list("abcdefghji")
    assert len(list(model.parameters())) == 20
