"""Sequential: every way to say its layers and its input, and how it changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError, StateError
from kshim.models import Model, Sequential

X = np.ones((3, 4), "float32")


@pytest.mark.parametrize(
    "first",
    [
        lambda: [L.Dense(2, input_shape=(4,))],
        lambda: [L.Dense(2, input_dim=4)],
        lambda: [L.Dense(2, batch_input_shape=(None, 4))],
        lambda: [L.InputLayer(input_shape=(4,)), L.Dense(2)],
        lambda: [L.Input((4,)), L.Dense(2)],
        lambda: [Sequential([L.Dense(2, input_shape=(4,))])],
        lambda: [Sequential([Sequential([L.Dense(2, input_shape=(4,))])])],
    ],
)
def test_the_first_layer_says_the_input_shape_in_any_way(first: Any) -> None:
    model = Sequential(first())
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))
    assert len(model.get_weights()) == 2


def test_layers_come_from_a_list_or_by_add() -> None:
    listed = Sequential([L.Dense(3, input_shape=(4,)), L.Activation("relu"), L.Dense(2)])
    added = Sequential()
    for layer in (L.Dense(3, input_shape=(4,)), L.Activation("relu"), L.Dense(2)):
        added.add(layer)
    added.set_weights(listed.get_weights())
    np.testing.assert_array_equal(added.predict(X), listed.predict(X))
    assert [type(layer) for layer in added.layers] == [L.Dense, L.Activation, L.Dense]


def test_a_fixed_batch_is_kept() -> None:
    assert Sequential([L.Dense(2, batch_input_shape=(5, 4))]).input_shape == (5, 4)
    assert Sequential([L.Dense(2, input_shape=(4,), batch_size=5)]).input_shape == (5, 4)


def test_without_an_input_shape_the_data_give_it() -> None:
    model = Sequential([L.Dense(3), L.Dense(2)])
    assert not model.built
    model.compile("sgd", "mse")
    model.fit(X, np.ones((3, 2)), verbose=0)
    assert model.input_shape == (None, 4) and len(model.get_weights()) == 4
    built = Sequential([L.Dense(3)])
    built.build((None, 4))
    assert built.output_shape == (None, 3)


@pytest.mark.parametrize("ask", [lambda m: m.summary(), lambda m: m.get_weights()])
def test_what_needs_the_input_shape_says_so(ask: Any) -> None:
    with pytest.raises(StateError, match=r"input shape must be known .* an input_shape"):
        ask(Sequential([L.Dense(3)]))


def test_pop_takes_the_last_layer_away() -> None:
    model = Sequential([L.Dense(3, input_shape=(4,)), L.Dense(2)])
    model.predict(X)
    model.pop()
    assert model.output_shape == (None, 3) and model.predict(X).shape == (3, 3)
    model.add(L.Dense(5))
    assert model.predict(X).shape == (3, 5)
    with pytest.raises(StateError, match="must have a layer to pop, got none"):
        Sequential().pop()


@pytest.mark.parametrize(
    ("add", "error", "told"),
    [
        (3, ArgumentError, "layer must be a layer, got 3"),
        (L.Dense(2, name="same"), ArgumentError, "named unlike the layers before it, got 'same'"),
        (L.Conv2D(2, 3), ShapeError, "4 axes"),
    ],
)
def test_what_cannot_follow_is_refused(add: Any, error: Any, told: str) -> None:
    model = Sequential([L.Dense(3, input_shape=(4,), name="same")])
    with pytest.raises(error) as caught:
        model.add(add)
    assert told in str(caught.value)
    assert model.predict(X).shape == (3, 3)


def test_its_symbols_make_functional_models() -> None:
    base = Sequential([L.Dense(3, input_shape=(4,), name="a"), L.Dense(2, name="b")])
    features = Model(base.input, base.get_layer("a").output)
    kernel, bias = base.layers[0].get_weights()
    np.testing.assert_allclose(features.predict(X), X @ kernel + bias, rtol=1e-5)
    top = Model(base.input, L.Dense(5)(base.layers[-1].output))
    assert top.predict(X).shape == (3, 5)


def test_classes_and_probabilities_are_predicted_as_up_to_keras_2_3() -> None:
    with in_era("2.2"):
        model = Sequential([L.Dense(3, "softmax", input_shape=(4,))])
        shares = model.predict_proba(X)
        np.testing.assert_array_equal(model.predict_classes(X), shares.argmax(-1))
        sure = Sequential([L.Dense(1, "sigmoid", input_shape=(4,), bias_initializer="ones")])
        sure.set_weights([np.zeros((4, 1)), np.ones(1)])
        np.testing.assert_array_equal(sure.predict_classes(X), [[1]] * 3)


def test_it_is_named_as_the_era_numbers() -> None:
    with in_era("2.2"):
        assert Sequential().name == "sequential_1"
    assert Sequential(name="mine").name == "mine"


def test_texts_lead_a_model_without_an_input_shape() -> None:
    texts = np.array(["a cat", "a dog"])
    vectors = L.TextVectorization(output_sequence_length=2, vocabulary=["cat", "dog"])
    model = Sequential([vectors, L.Embedding(4, 2), L.GlobalMaxPooling1D(), L.Dense(1)])
    made = model(texts)
    model.compile("sgd", "mse")
    model.fit(texts, np.ones(2), verbose=0)
    assert tuple(made.shape) == model.predict(texts, verbose=0).shape == (2, 1)
