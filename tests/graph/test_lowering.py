"""Lowering: what is traced, what stays a leaf, and that both compute the same in both phases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim import backend as K
from kshim import layers as L
from kshim.core.eras import in_era
from kshim.graph.lowering import plain
from kshim.layers.base import Layer
from kshim.models.model import Model
from kshim.models.sequential import Sequential

X = np.arange(8, dtype="float32").reshape(2, 4) / 4 - 0.7


def leaves(model: Model) -> list[str]:
    """Return the names of the layers that stand in the lowered graph as they are."""
    return [m.name for m in model.network.full.modules() if isinstance(m, Layer)]


def called(layer: Any, x: Any = X) -> Model:
    """Return a model of one layer."""
    entrance = L.Input(x.shape[1:])
    return Model(entrance, layer(entrance))


def trained_output(model: Model, x: Any = X) -> np.ndarray:
    """Return what the model computes while it trains."""
    with torch.no_grad(), model.network.in_mode(True):
        return model.network.predict(torch.tensor(x))[0].numpy()


def test_a_model_of_known_layers_is_straight_line_code_over_torch_modules() -> None:
    model = Sequential([L.Dense(3, "relu", input_shape=(4,)), L.BatchNormalization(), L.Dense(2)])
    assert leaves(model) == []
    kinds = {type(module) for module in model.children()}
    assert kinds == {nn.Linear, nn.BatchNorm1d} or nn.Linear in kinds
    called_modules = [n.target for n in model.network.full.graph.nodes if n.op == "call_module"]
    assert called_modules == [layer.name for layer in model.layers]


class PythonFlow(L.Layer):
    """Branch on a value."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2 if float(inputs.sum()) > 0 else inputs * 3


class Drawing(L.Layer):
    """Draw random numbers while training, by the mode."""

    def call(self, inputs: Any) -> Any:
        return inputs + torch.rand_like(inputs) if self.training else inputs


class Phased(L.Layer):
    """Ask for the phase in the call."""

    def call(self, inputs: Any, training: Any = None) -> Any:
        return inputs + 10 if training else inputs


class AskingBackend(L.Layer):
    """Ask the backend for the phase."""

    def call(self, inputs: Any) -> Any:
        return K.in_train_phase(inputs + 10, inputs)


class Counting(L.Layer):
    """Write to a weight while computing."""

    def build(self, input_shape: Any) -> None:
        self.total = self.add_weight("total", (4,), initializer="zeros", trainable=False)

    def call(self, inputs: Any) -> Any:
        self.total.assign_add(inputs.sum(0))
        return inputs + self.total


def test_python_control_flow_is_asked_anew_for_every_batch() -> None:
    model = called(PythonFlow(name="flow"))
    assert leaves(model) == ["flow"]
    np.testing.assert_allclose(model.predict(np.abs(X)), np.abs(X) * 2)
    np.testing.assert_allclose(model.predict(-np.abs(X)), -np.abs(X) * 3)


def test_random_numbers_are_drawn_anew_for_every_batch() -> None:
    model = called(Drawing(name="noise"))
    np.testing.assert_array_equal(model.predict(X), X)
    one, two = trained_output(model), trained_output(model)
    assert (one != two).all() and (one >= X).all()


@pytest.mark.parametrize("layer", [Phased, AskingBackend])
def test_a_layer_that_asks_for_the_phase_is_right_in_both(layer: Any) -> None:
    model = called(layer())
    np.testing.assert_allclose(model.predict(X), X)
    np.testing.assert_allclose(trained_output(model), X + 10, rtol=1e-6)
    np.testing.assert_allclose(model.predict(X), X)


def test_a_call_may_settle_the_phase() -> None:
    entrance, layer = L.Input((4,)), Phased()
    both = Model(entrance, [layer(entrance, training=True), layer(entrance)])
    made = both.predict(X)
    np.testing.assert_allclose(made[0] - made[1], np.full((2, 4), 10.0), rtol=1e-6)


def test_a_weight_updated_in_call_is_written_once_a_batch() -> None:
    layer = Counting(name="sums")
    model = called(layer)
    assert leaves(model) == ["sums"]
    np.testing.assert_array_equal(layer.get_weights()[0], np.zeros(4))  # tracing wrote nothing
    np.testing.assert_allclose(model.predict(X), X + X.sum(0), rtol=1e-6)
    np.testing.assert_allclose(model.predict(X), X + 2 * X.sum(0), rtol=1e-5)


def test_dropout_works_in_training_alone() -> None:
    model = called(L.Dropout(0.5), np.ones((50, 4), "float32"))
    assert leaves(model) == []
    np.testing.assert_array_equal(model.predict(np.ones((3, 4))), np.ones((3, 4)))
    assert set(np.unique(trained_output(model, np.ones((50, 4), "float32")))) == {0.0, 2.0}


def test_a_layer_with_layers_inside_is_traced_through() -> None:
    class Block(L.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.first, self.second = L.Dense(3, "relu"), L.Dense(4)

        def call(self, inputs: Any) -> Any:
            return self.second(self.first(inputs)) + inputs

    layer = Block(name="block")
    model = called(layer)
    assert leaves(model) == []
    assert list(model.state_dict()) == [
        f"block.{name}.{kind}" for name in ("first", "second") for kind in ("weight", "bias")
    ]
    first, bias, second, last = layer.get_weights()
    want = np.maximum(X @ first + bias, 0) @ second + last + X
    np.testing.assert_allclose(model.predict(X), want, rtol=1e-5, atol=1e-6)


def test_a_layer_of_one_module_comes_down_to_that_module() -> None:
    layer = L.Dense(3)
    layer(L.Input((4,)))
    assert plain(layer) is layer.linear
    assert plain(L.Activation("relu")) is None


def test_constants_stay_out_of_the_state_dict_and_follow_the_model() -> None:
    model = called(L.Lambda(lambda x: x * torch.arange(4.0)))
    assert list(model.state_dict()) == []
    np.testing.assert_allclose(model.predict(X), X * np.arange(4), rtol=1e-6)


def test_numbers_of_numpy_choose_from_outputs() -> None:
    """As Grad-CAM does: `model.output[:, np.argmax(predictions)]`."""
    model = called(L.Dense(3, use_bias=False))
    chosen = model.output[:, np.argmax([0, 0, 1])] * np.float32(2)
    score, slope = K.function([model.input], [chosen, K.gradients(chosen, model.input)[0]])([X])
    (kernel,) = model.get_weights()
    np.testing.assert_allclose(score, 2 * (X @ kernel)[:, 2], rtol=1e-5)
    np.testing.assert_allclose(slope, np.tile(2 * kernel[:, 2], (2, 1)), rtol=1e-6)


@pytest.mark.parametrize("name", ["train", "forward", "graph", "code", "constants", "a.b", "1"])
def test_a_layer_may_have_any_name(name: str) -> None:
    entrance = L.Input((4,))
    layer = L.Dense(3, name=name)
    model = Model(entrance, L.Dense(2)(layer(entrance)))
    assert model.predict(X).shape == (2, 2)
    assert len(model.state_dict()) == 4
    assert model.get_layer(name) is layer


def test_masks_travel_to_the_layers_that_use_them_and_to_the_loss() -> None:
    x = np.array([[[1.0], [2.0], [0.0]], [[3.0], [0.0], [0.0]]], "float32")
    model = Sequential([L.Masking(input_shape=(3, 1)), L.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    y = np.zeros((2, 3, 1))
    # tf.keras averages over the steps that count: (1 + 4 + 9) / 3.
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), 14 / 3, rtol=1e-6)


@pytest.mark.parametrize(("era", "want"), [("2.2", 14 / 3), ("2.3", 14 / 6), ("2.15", 14 / 3)])
def test_a_masked_loss_is_averaged_as_the_era_does(era: str, want: float) -> None:
    x = np.array([[[1.0], [2.0], [0.0]], [[3.0], [0.0], [0.0]]], "float32")
    with in_era(era):
        model = Sequential([L.Masking(input_shape=(3, 1)), L.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse")
        loss = model.evaluate(x, np.zeros((2, 3, 1)), verbose=0, batch_size=2)
    np.testing.assert_allclose(loss, want, rtol=1e-6)


@pytest.mark.parametrize(("era", "divisor"), [("2.2", 1), ("2.3", 1), ("2.15", 2)])
def test_activity_penalties_of_traced_and_leaf_layers_enter_the_loss(
    era: str, divisor: int
) -> None:
    with in_era(era):
        for layer in (
            L.Dense(3, kernel_initializer="ones", activity_regularizer="l1"),
            PythonFlow(activity_regularizer="l1"),
            Sequential([L.ActivityRegularization(l1=0.01, input_shape=(4,))]),
        ):
            model = called(layer)
            model.compile("sgd", "mse")
            made = model.predict(X)
            loss = model.evaluate(X, made, verbose=0)
            np.testing.assert_allclose(loss, 0.01 * np.abs(made).sum() / divisor, rtol=1e-5)


def test_predicting_leaves_nothing_behind_in_the_next_loss() -> None:
    class Adding(L.Layer):
        def call(self, inputs: Any, training: Any = None) -> Any:
            self.add_loss(inputs.sum() ** 2)
            return inputs

    model = called(Adding())
    model.compile("sgd", "mse")
    for _ in range(3):
        model.predict(X)
    np.testing.assert_allclose(model.evaluate(X, X, verbose=0), X.sum() ** 2, rtol=1e-5)
