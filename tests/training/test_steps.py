"""Steps: the loss of a batch with all its parts, and what an update changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim import layers as L
from kshim import metrics
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError, StateError
from kshim.models.model import Model
from kshim.models.sequential import Sequential

X = np.arange(12, dtype="float32").reshape(3, 4) / 10
Y = np.ones((3, 2), "float32")


def linear(**words: Any) -> Sequential:
    """Return a Dense of 2 on 4 inputs."""
    return Sequential([L.Dense(2, input_shape=(4,), **words)])


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.15"])
def test_regularizers_count_in_training_and_in_evaluation(era: str) -> None:
    with in_era(era):
        model = linear(kernel_regularizer="l2", bias_regularizer="l1")
        model.compile("sgd", "mse")
        kernel, _ = model.get_weights()
        want = np.mean((X @ kernel - 1) ** 2) + 0.01 * (kernel**2).sum()
        np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), want, rtol=1e-5)
        np.testing.assert_allclose(model.test_on_batch(X, Y), want, rtol=1e-5)
        np.testing.assert_allclose(model.train_on_batch(X, Y), want, rtol=1e-5)


def test_a_regularizer_inside_a_nested_model_counts_once() -> None:
    entrance, inner = L.Input((4,)), linear(kernel_regularizer="l2")
    model = Model(entrance, L.add([inner(entrance), inner(entrance)]))
    model.compile("sgd", "mse")
    made = model.predict(X)
    want = 0.01 * (inner.get_weights()[0] ** 2).sum()
    np.testing.assert_allclose(model.evaluate(X, made, verbose=0), want, rtol=1e-4)


def test_an_added_symbol_is_part_of_the_loss_and_learns() -> None:
    entrance = L.Input((4,))
    made = L.Dense(4)(entrance)
    model = Model(entrance, made)
    model.add_loss(K.mean(K.square(made - entrance)) * 2.0)
    model.compile("sgd")
    want = 2 * np.mean((model.predict(X) - X) ** 2)
    np.testing.assert_allclose(model.evaluate(X, verbose=0), want, rtol=1e-5)
    history = model.fit(X, epochs=5, verbose=0).history["loss"]
    np.testing.assert_allclose(history[0], want, rtol=1e-5)
    assert history[-1] < history[0]


def test_an_added_symbol_joins_the_compiled_loss() -> None:
    entrance = L.Input((4,))
    made = L.Dense(2)(entrance)
    model = Model(entrance, made)
    model.compile("sgd", "mse")
    alone = model.evaluate(X, Y, verbose=0)
    model.add_loss(torch.sum(made * 0.0) + 3.0)
    model.compile("sgd", "mse")
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), alone + 3.0, rtol=1e-5)


def test_a_constraint_holds_after_each_update() -> None:
    model = linear(kernel_constraint="non_neg", kernel_initializer="ones")
    model.compile("sgd", "mse")
    model.optimizer.lr = 10.0
    model.train_on_batch(X, -100 * Y)
    assert (model.get_weights()[0] == 0).all()


def test_gradients_do_not_stay_behind() -> None:
    model = linear()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(("era", "want"), [("2.2", 3.0), ("2.3", 2.0), ("2.15", 2.0)])
def test_sample_weights_divide_as_the_era_does(era: str, want: float) -> None:
    with in_era(era):
        model = linear(kernel_initializer="zeros")
        model.compile("sgd", "mse")
        weight = np.array([2.0, 4.0, 0.0])
        loss = model.test_on_batch(X, Y, sample_weight=weight)
        np.testing.assert_allclose(loss, want, rtol=1e-6)
        np.testing.assert_allclose(model.evaluate(X, Y, 3, 0, weight), want, rtol=1e-6)


def test_a_custom_loss_function_may_give_samples_or_a_number() -> None:
    for loss in (lambda t, p: (t - p).abs().mean(-1), lambda t, p: K.mean(K.abs(t - p))):
        model = linear(kernel_initializer="zeros")
        model.compile("sgd", loss)
        assert model.evaluate(X, Y, verbose=0) == 1.0


def test_nothing_to_minimise_is_told() -> None:
    model = linear()
    model.compile("sgd")
    with pytest.raises(
        StateError, match=r"there must be a loss to make smaller, got none\. Give y"
    ):
        model.fit(X, verbose=0)


def test_targets_that_are_missing_or_do_not_fit_are_told_with_the_cure() -> None:
    entrance = L.Input((4,))
    ends = [L.Dense(1, name="price")(entrance), L.Dense(3, "softmax", name="kind")(entrance)]
    model = Model(entrance, ends)
    model.compile("sgd", ["mse", "categorical_crossentropy"])
    with pytest.raises(StateError, match="y must hold targets for 'kind', got none"):
        model.fit(X, {"price": np.ones(3)}, verbose=0)
    with pytest.raises(ShapeError, match=r"'price': .*\(None, 1\), got \(None, 10\).*10 units"):
        model.fit(X, [np.ones((3, 10)), np.eye(3)], verbose=0)
    with pytest.raises(ShapeError, match=r"'kind': .*sparse_categorical_crossentropy, or through"):
        model.fit(X, [np.ones(3), np.arange(3)], verbose=0)


def test_crossentropy_behind_a_softmax_keeps_its_gradient_in_tf_keras() -> None:
    """Up to Keras 2.2 clipping leaves no gradient for a sample that is surely wrong."""
    for era, learns in (("2.2", False), ("2.15", True)):
        with in_era(era):
            model = Sequential([L.Dense(2, "softmax", input_shape=(1,), use_bias=False)])
            model.set_weights([np.array([[60.0, 0.0]])])
            model.compile("sgd", "categorical_crossentropy")
            model.train_on_batch(np.ones((1, 1)), np.array([[0.0, 1.0]]))
            assert (model.get_weights()[0] != [[60.0, 0.0]]).any() == learns


class Watched(L.Layer):
    """Hand on its input, and measure it."""

    def __init__(self, told: str | None = None, metric: Any = None) -> None:
        super().__init__()
        self.told, self.metric = told, metric

    def call(self, inputs: Any) -> Any:
        """Measure the sum, or what a metric makes of the input."""
        value = inputs.sum() if self.metric is None else self.metric(inputs)
        self.add_metric(value, self.told)
        return inputs * 1.0


def watched(layer: Any) -> Any:
    """Return a compiled model with a layer behind one that changes nothing."""
    model = Sequential([L.Activation("linear", input_shape=(2,)), layer])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


NUMBERS = np.array([[1, 2], [3, 4], [5, 6]], "f4")


def test_what_a_layer_measures_is_told_as_its_mean_over_batches() -> None:
    model = watched(Watched("reach"))
    found = model.evaluate(NUMBERS, NUMBERS, batch_size=2, verbose=0)
    assert found == [0.0, 0.0, (10 + 11) / 2]
    assert model.metrics_names == ["loss", "mae", "reach"]


def test_a_metric_that_a_layer_keeps_is_told_itself_and_begins_anew() -> None:
    model = watched(Watched(metric=metrics.Mean(name="level")))
    for _ in range(2):
        found = model.evaluate(NUMBERS, NUMBERS, batch_size=2, verbose=0, return_dict=True)
        assert found["level"] == pytest.approx(3.5)  # over all six numbers


def test_a_model_measures_symbols_of_its_graph() -> None:
    inputs = L.Input((2,))
    model = Model(inputs, L.Activation("linear")(inputs))
    model.add_metric(inputs * 2.0, name="twice", aggregation="mean")
    model.compile("sgd", "mse")
    history = model.fit(NUMBERS, NUMBERS, batch_size=3, epochs=2, verbose=0)
    assert history.history["twice"] == [7.0, 7.0]


def test_a_measured_value_needs_a_name() -> None:
    with pytest.raises(ShapeError, match="name must be the word it is told as"):
        watched(Watched())
    inputs = L.Input((2,))
    model = Model(inputs, L.Activation("linear")(inputs))
    with pytest.raises(ArgumentError, match="name must be the word it is told as"):
        model.add_metric(inputs)
    with pytest.raises(ArgumentError, match="aggregation must be 'mean' or None"):
        model.layers[-1].add_metric(torch.ones(1), "one", "sum")
