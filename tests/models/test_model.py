"""Functional models: what goes in and out, what they hold, what they are asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError, StateError
from kshim.models import Model, Sequential

X = np.arange(12, dtype="float32").reshape(3, 4) / 10


def two_in_two_out() -> Model:
    one, two = L.Input((4,), name="one"), L.Input((3,), name="two")
    joined = L.concatenate([one, two])
    ends = [L.Dense(2, name="left")(joined), L.Dense(5, name="right")(joined)]
    return Model(inputs=[one, two], outputs=ends)


def test_several_inputs_go_in_order_by_name_and_come_out_in_order() -> None:
    model = two_in_two_out()
    both = [X, X[:, :3]]
    one = model.predict(both)
    two = model.predict({"two": both[1], "one": both[0]})
    assert [made.shape for made in one] == [(3, 2), (3, 5)]
    for mine, theirs in zip(one, two, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    kernel, bias = model.get_layer("left").get_weights()
    np.testing.assert_allclose(one[0], np.hstack(both) @ kernel + bias, rtol=1e-5)
    called = model([X, X[:, :3]])
    np.testing.assert_allclose(called[1].detach(), one[1], rtol=1e-6)
    with pytest.raises(ShapeError, match="must be 2 arrays"):
        model.predict(X)


def test_a_model_tells_what_goes_in_and_out() -> None:
    model = two_in_two_out()
    assert (model.input_names, model.output_names) == (["one", "two"], ["left", "right"])
    assert model.input_shape == [(None, 4), (None, 3)]
    assert model.output_shape == [(None, 2), (None, 5)]
    assert [symbol.shape for symbol in model.inputs] == model.input_shape
    single = Model(model.inputs, model.outputs[0])
    assert single.output_shape == (None, 2) and single.output is model.outputs[0]


def test_outputs_of_one_layer_are_named_apart() -> None:
    # What tf.keras 2.15 answered for the same models; others name them all alike.
    entrance = L.Input((5, 3))
    sequence, *states = L.LSTM(4, return_sequences=True, return_state=True, name="m")(entrance)
    assert Model(entrance, [sequence, *states]).output_names == ["m", "m_1", "m_2"]
    other = L.Dense(2, name="m_1")(states[0])
    model = Model(entrance, [other, sequence, *states])
    assert model.output_names == ["m_1", "m", "m_2", "m_3"]


def test_keras_1_says_input_and_output() -> None:
    entrance = L.Input((4,))
    assert Model(input=entrance, output=L.Dense(2)(entrance)).predict(X).shape == (3, 2)


def test_outputs_keep_the_form_they_were_given_in() -> None:
    entrance = L.Input((4,))
    made = L.Dense(2)(entrance)
    assert set(Model(entrance, {"a": made, "b": made + 1}).predict(X)) == {"a", "b"}
    assert [one.shape for one in Model(entrance, [made, made + 1]).predict(X)] == [(3, 2)] * 2


def test_a_shared_layer_has_one_set_of_weights() -> None:
    one, two, layer = L.Input((4,)), L.Input((4,)), L.Dense(2)
    model = Model([one, two], L.subtract([layer(one), layer(two)]))
    assert len(model.get_weights()) == 2
    np.testing.assert_allclose(model.predict([X, X]), np.zeros((3, 2)), atol=1e-7)


def test_a_model_is_a_layer_of_another() -> None:
    inner = two_in_two_out()
    one, two = L.Input((4,)), L.Input((3,))
    left, right = inner([one, two])
    outer = Model([one, two], [right, L.Dense(1)(left)])
    made, want = outer.predict([X, X[:, :3]]), inner.predict([X, X[:, :3]])
    np.testing.assert_allclose(made[0], want[1], rtol=1e-6)
    assert inner in outer.layers
    outer.compile("sgd", "mse")
    before = inner.get_weights()[0]
    outer.train_on_batch([X, X[:, :3]], [np.ones((3, 5)), np.ones((3, 1))])
    assert (inner.get_weights()[0] != before).any()


def test_a_nested_model_takes_other_lengths_than_its_own_through_operations() -> None:
    entrance = L.Input((None, None, 3))
    inner = Model(entrance, L.Conv2D(2, 3)(entrance) * 2.0 + 1.0)
    image = L.Input((8, 9, 3))
    outer = Model(image, L.Flatten()(inner(image)))
    assert outer.output_shape == (None, 84)
    assert inner.compute_output_shape((5, 4, 6, 3)) == (5, 2, 4, 2)


def test_layers_are_found_by_name_and_by_place() -> None:
    model = two_in_two_out()
    assert model.get_layer("left") is model.layers[-2] is model.get_layer(index=-2)
    with pytest.raises(ArgumentError, match=r"name must be the name of a layer .*got 'lefd'"):
        model.get_layer("lefd")
    with pytest.raises(ArgumentError, match="index must be less than 5, got 9"):
        model.get_layer(index=9)


def test_weights_are_read_and_written_layer_by_layer() -> None:
    model = two_in_two_out()
    values = [np.full(value.shape, place) for place, value in enumerate(model.get_weights())]
    model.set_weights(values)
    assert [value.max() for value in model.get_weights()] == [0, 1, 2, 3]
    assert model.get_layer("right").get_weights()[0].max() == 2
    assert model.count_params() == 7 * 2 + 2 + 7 * 5 + 5


@pytest.mark.parametrize(("era", "names"), [
    ("2.2", ["gamma", "beta", "kernel", "bias", "moving_mean", "moving_variance"]),
    ("2.15", ["gamma", "beta", "moving_mean", "moving_variance", "kernel", "bias"]),
])  # fmt: skip
def test_weights_stand_trainable_first_or_layer_by_layer(era: str, names: list[str]) -> None:
    with in_era(era):
        model = Sequential([L.BatchNormalization(input_shape=(4,)), L.Dense(2)])
        assert [weight.key for weight in model.weights] == names
        layered = ["gamma", "beta", "moving_mean", "moving_variance", "kernel", "bias"]
        for weight, value in zip(model.weights, range(6), strict=True):
            weight.assign(np.full(weight.shape, value))
        found = [int(value.flat[0]) for value in model.get_weights()]
        assert [names[place] for place in found] == layered


@pytest.mark.parametrize(("era", "reaches"), [("2.2", False), ("2.15", True)])
def test_freezing_a_model_reaches_its_layers_in_tf_keras(era: str, reaches: bool) -> None:
    with in_era(era):
        model = Sequential([L.Dense(3, input_shape=(4,)), L.Dense(2)])
        model.trainable = False
        assert model.trainable_weights == []
        assert len(model.non_trainable_weights) == 4
        assert model.layers[0].trainable is not reaches


def test_batch_calls_give_numbers_and_arrays() -> None:
    model = two_in_two_out()
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = [X, X[:, :3]], [np.ones((3, 2)), np.ones((3, 5))]
    tested = model.test_on_batch(x, y)
    np.testing.assert_allclose(tested, model.evaluate(x, y, verbose=0), rtol=1e-6)
    np.testing.assert_allclose(tested, model.train_on_batch(x, y), rtol=1e-6)
    assert model.test_on_batch(x, y)[0] < tested[0]
    told = model.test_on_batch(x, y, return_dict=True)
    assert list(told) == model.metrics_names
    for mine, theirs in zip(model.predict_on_batch(x), model.predict(x), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


def test_a_model_without_a_graph_says_what_is_missing() -> None:
    with pytest.raises((StateError, Exception)) as caught:
        Model().predict(X)
    assert "got none" in str(caught.value) or "must" in str(caught.value)


def test_stateful_layers_are_reset_through_the_model() -> None:
    model = Sequential([L.LSTM(3, stateful=True, batch_input_shape=(2, 5, 4)), L.Dense(1)])
    values = np.random.normal(size=(2, 5, 4))
    first, second = (model.predict(values, batch_size=2) for _ in range(2))
    assert (first != second).any()
    model.reset_states()
    np.testing.assert_allclose(model.predict(values, batch_size=2), first, rtol=1e-6)


def test_one_sample_columns_and_lists_are_taken() -> None:
    model = Sequential([L.Dense(1, input_shape=(1,), kernel_initializer="ones")])
    for given in ([1.0, 2.0], np.array([1.0, 2.0]), np.array([[1.0], [2.0]])):
        np.testing.assert_allclose(model.predict(given), [[1.0], [2.0]])


def test_an_input_of_another_width_is_refused_with_the_layers_name() -> None:
    model = two_in_two_out()
    given: Any = [X[:, :3], X[:, :3]]
    with pytest.raises(ShapeError, match=r"input 'one' must have shape \(None, 4\), got \(None, 3"):
        model.predict(given)
