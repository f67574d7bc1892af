"""K.function, K.gradients and K.placeholder on the symbols of models."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim.core.eras import in_era
from kshim.core.settings import set_learning_phase
from kshim.errors import GraphError, ShapeError
from kshim.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    Lambda,
    Layer,
)
from kshim.models import Model


@pytest.fixture
def x() -> np.ndarray:
    return np.random.RandomState(3).normal(size=(2, 4)).astype("float32")


@pytest.fixture
def model() -> Model:
    data = Input((4,))
    hidden = Dense(5, activation="tanh", name="hidden")(data)
    return Model(data, Dense(3, name="out")(hidden))


def test_a_function_gives_the_outputs_of_layers_inside_a_model(model, x) -> None:
    hidden = model.get_layer("hidden")
    kernel, bias = hidden.get_weights()
    (found,) = K.function([model.input], [hidden.output])([x])
    np.testing.assert_allclose(found, np.tanh(x @ kernel + bias), rtol=1e-5)


def test_a_function_of_one_output_gives_one_array(model, x) -> None:
    assert K.function(model.input, model.output)([x]).shape == (2, 3)


@pytest.mark.parametrize("inputs", [["x", "phase"], ["x", 0]])
def test_the_learning_phase_among_the_inputs_turns_dropout_on(inputs) -> None:
    data = Input((50,))
    dropped = Dropout(0.5)(data)
    slots = [data if word == "x" else K.learning_phase() for word in inputs]
    function = K.function(slots, [dropped])
    ones = np.ones((2, 50), "float32")
    assert set(np.unique(function([ones, 1])[0])) == {0.0, 2.0}
    assert (function([ones, 0])[0] == 1.0).all()


def test_a_function_says_how_many_inputs_it_wants(model, x) -> None:
    with pytest.raises(ShapeError, match="inputs must be 1, got 2"):
        K.function([model.input], [model.output])([x, x])


def test_the_gradient_of_a_loss_by_the_input_is_the_chain_rule(model, x) -> None:
    (w1, b1), (w2, _) = (layer.get_weights() for layer in model.layers[1:])
    loss = K.sum(model.output)
    gradient = K.gradients(loss, model.input)[0]
    value, found = K.function([model.input], [loss, gradient])([x])
    hidden = np.tanh(x @ w1 + b1)
    wanted = ((1 - hidden**2) * w2.sum(1)) @ w1.T
    assert value.shape == ()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_gradients_by_weights_have_the_order_of_keras(model, x) -> None:
    loss = K.sum(model.output)
    weights = model.trainable_weights
    found = K.function([model.input], K.gradients(loss, weights))([x])
    assert [one.shape for one in found] == [(4, 5), (5,), (5, 3), (3,)]
    np.testing.assert_allclose(found[3], [2.0, 2.0, 2.0])
    kernel, bias = model.get_layer("hidden").get_weights()
    hidden = np.tanh(x @ kernel + bias).sum(0)
    np.testing.assert_allclose(found[2], np.repeat(hidden[:, None], 3, 1), rtol=1e-4)


def test_the_gradient_by_a_feature_map_between_convolutions_is_found() -> None:
    """Grad-CAM: the layout pass must not take the map out of the way of the gradient."""
    data = Input((6, 5, 2))
    first = Conv2D(3, 2, name="first")(data)
    second = Conv2D(4, 3, activation="relu")(first)
    model = Model(data, Dense(2)(Flatten()(second)))
    score = model.output[:, 0]
    gradient = K.gradients(score, model.get_layer("first").output)[0]
    image = np.random.RandomState(0).normal(size=(1, 6, 5, 2)).astype("float32")
    maps, found = K.function([model.input], [model.get_layer("first").output, gradient])([image])
    assert maps.shape == found.shape == (1, 5, 4, 3)
    tail = Model(model.get_layer("first").output, model.output)
    step = np.zeros_like(maps)
    step[0, 2, 1, 0] = 1e-2
    rise = tail.predict(maps + step, verbose=0) - tail.predict(maps - step, verbose=0)
    np.testing.assert_allclose(found[0, 2, 1, 0], rise[0, 0] / 2e-2, rtol=1e-2, atol=1e-4)


def test_gradients_can_be_taken_of_gradients(x) -> None:
    data = Input((4,))
    cube = data * data * data
    first = K.gradients(K.sum(cube), data)[0]
    second = K.gradients(K.sum(first), data)[0]
    found = K.function([data], [first, second])([x])
    np.testing.assert_allclose(found[0], 3 * x**2, rtol=1e-5)
    np.testing.assert_allclose(found[1], 6 * x, rtol=1e-5)


def test_arithmetic_goes_on_behind_a_gradient(x) -> None:
    """The deep dream and visualisation scripts normalise the gradient they took."""
    data = Input((4,))
    gradient = K.gradients(K.sum(K.square(data)), data)[0]
    gradient /= K.sqrt(K.mean(K.square(gradient))) + 1e-5
    found = K.function([data], [gradient])([x])[0]
    np.testing.assert_allclose(found, 2 * x / (np.sqrt(np.mean(4 * x**2)) + 1e-5), rtol=1e-5)


def test_there_is_no_gradient_by_what_a_loss_does_not_need(model) -> None:
    other = Input((2,))
    assert K.gradients(K.sum(model.output), [other, model.input])[0] is None


def test_gradients_of_tensors_are_taken_at_once() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (found,) = K.gradients(K.square(x), x)
    assert found.tolist() == [2.0, 4.0]


def test_a_loss_may_start_from_a_variable(x) -> None:
    data = Input((4,))
    loss = K.variable(1.0)
    loss = loss + 2.0 * K.sum(data)
    gradient = K.gradients(loss, data)[0]
    value, found = K.function([data], [loss, gradient])([x])
    np.testing.assert_allclose(value, 1 + 2 * x.sum(), rtol=1e-5)
    assert (found == 2.0).all()


def test_a_function_reads_a_variable_as_it_is_when_called(x) -> None:
    data, factor = Input((4,)), K.variable(2.0)
    function = K.function([data], [data * factor])
    np.testing.assert_allclose(function([x])[0], 2 * x)
    K.set_value(factor, 3.0)
    np.testing.assert_allclose(function([x])[0], 3 * x)


def test_updates_are_written_after_the_outputs_are_computed(x) -> None:
    data, count = Input((4,)), K.variable(1.0)
    function = K.function([data], [data + count], updates=[K.update_add(count, K.sum(data))])
    np.testing.assert_allclose(function([x])[0], x + 1, rtol=1e-6)
    np.testing.assert_allclose(K.get_value(count), 1 + x.sum(), rtol=1e-5)


def test_a_placeholder_is_an_input_with_its_batch(x) -> None:
    place = K.placeholder(shape=(None, 4))
    assert K.int_shape(place) == (None, 4)
    assert K.is_placeholder(place)
    assert K.int_shape(K.placeholder(ndim=3)) == (None, None, None)
    np.testing.assert_allclose(K.function([place], [K.exp(place)])([x])[0], np.exp(x), rtol=1e-6)


def test_eval_refuses_a_symbol_that_needs_data() -> None:
    symbol = K.placeholder(shape=(2,))
    with pytest.raises(GraphError, match=r"must follow from variables alone.*Use K\.function"):
        K.eval(K.exp(symbol))


class Projection(Layer):
    """What old scripts write: a kernel of its own and K.dot."""

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", (input_shape[-1], 3), initializer="uniform")
        super().build(input_shape)

    def call(self, x):
        return K.softmax(K.bias_add(K.relu(K.dot(x, self.kernel)), K.constant([0.0, 1.0, 2.0])))


def test_a_layer_written_with_k_is_lowered_to_torch_functions(x) -> None:
    data = Input((4,))
    model = Model(data, Projection()(data))
    assert not [one for one in model.network.predict.modules() if isinstance(one, Layer)]
    kernel = model.get_weights()[0]
    values = np.exp(np.maximum(x @ kernel, 0) + [0, 1, 2])
    wanted = values / values.sum(1, keepdims=True)
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=1e-5)


def test_in_train_phase_follows_the_phase_of_the_model(x) -> None:
    data = Input((4,))
    doubled = Lambda(lambda t: K.in_train_phase(t * 2, t), name="doubled")(data)
    function = K.function([data, K.learning_phase()], [doubled])
    np.testing.assert_allclose(function([x, 1])[0], 2 * x)
    np.testing.assert_allclose(function([x, 0])[0], x)


def test_the_alternatives_of_a_phase_may_be_functions(x) -> None:
    data = Input((4,))
    chosen = K.in_train_phase(lambda: data * 2, lambda: data)
    function = K.function([data, K.learning_phase()], [chosen, K.in_test_phase(data, data * 3)])
    for phase, factors in ((1, (2, 3)), (0, (1, 1))):
        for found, factor in zip(function([x, phase]), factors, strict=True):
            np.testing.assert_allclose(found, factor * x, rtol=1e-6)


def test_switch_takes_the_learning_phase_as_its_condition(x) -> None:
    data = Input((4,))
    chosen = K.switch(K.learning_phase(), data * 2, data)
    function = K.function([data, K.learning_phase()], [chosen])
    np.testing.assert_allclose(function([x, 1])[0], 2 * x)
    np.testing.assert_allclose(function([x, 0])[0], x)


def test_a_learning_phase_that_was_set_is_a_number() -> None:
    try:
        K.set_learning_phase(1)
        assert K.learning_phase() == 1
        assert isinstance(K.learning_phase(), int)
    finally:
        set_learning_phase(None)


def test_random_numbers_are_drawn_anew_in_every_call(x) -> None:
    data = Input((4,))
    noisy = Lambda(lambda t: t + K.random_normal(K.shape(t)), name="noisy")(data)
    with in_era("2.2"):
        function = K.function([data], [noisy])
    first, second = function([x])[0], function([x])[0]
    assert first.shape == (2, 4)
    assert np.abs(first - second).max() > 1e-3


# Recorded from Keras 2.2.4 and 2.3.1: the moving statistics after one run in training.
MOVED = {
    "2.2": ([6.381347, 8.974196], [41.71859, 57.971317]),
    "2.3": ([0.063813, 0.089742], [1.407186, 1.569713]),
}


@pytest.mark.parametrize("era", MOVED)
def test_a_function_moves_statistics_only_where_it_is_given_the_updates(era: str) -> None:
    x = np.arange(8).reshape(4, 2).astype("float32") ** 1.5
    with in_era(era):
        data = Input((2,))
        model = Model(data, BatchNormalization()(data))
        fed = [model.input, K.learning_phase()]
        [made] = K.function(fed, [model.output])([x, 1])
        np.testing.assert_allclose(made[0], [-1.14099, -1.20953], rtol=1e-5)
        np.testing.assert_array_equal(model.get_weights()[2:], [[0, 0], [1, 1]])
        [again] = K.function(fed, [model.output], updates=model.updates)([x, 1])
        np.testing.assert_array_equal(again, made)
        np.testing.assert_allclose(model.get_weights()[2:], MOVED[era], rtol=1e-5)
        K.function(fed, [model.output])([x, 1])
        np.testing.assert_allclose(model.get_weights()[2:], MOVED[era], rtol=1e-5)
