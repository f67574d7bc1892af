"""What scripts read of a model's inside, and quirks of Keras 2 that show there."""

import pickle

import numpy as np
import pytest

import kshim
from kshim import backend as K
from kshim.core.eras import in_era
from kshim.core.symbols import Symbol
from kshim.layers import BatchNormalization, Dense, Dropout, Input, concatenate
from kshim.models import Model, Sequential, clone_model

X = np.random.RandomState(0).rand(6, 3).astype("float32")


def test_a_node_keeps_what_a_list_held_when_it_was_called() -> None:
    x = y = Input((2,))
    held = [x]
    for _ in range(3):
        held.append(y)
        y = concatenate(held)
    assert Model(x, y).predict(X[:, :2]).shape == (6, 16)


def test_calls_are_shown_under_keras_2s_names() -> None:
    x = Input((3,), name="x")
    layer = Dense(2, name="d")
    y, z = layer(x), Dense(2)(layer(x))
    assert [node.inbound_layers[0].name for node in layer._inbound_nodes] == ["x", "x"]
    assert len(layer._outbound_nodes) == 1 and layer._inbound_nodes[0].get_config() == {
        "outbound_layer": "d", "inbound_layers": ["x"], "node_indices": [0], "tensor_indices": [0],
    }  # fmt: skip
    with pytest.raises(AttributeError, match="must be asked of one call"):
        layer.input  # noqa: B018
    model = Model(x, [y, z])
    assert [one.name for one in model._input_layers] == ["x"]
    assert model._layers_by_depth[2] == [model.layers[0]]


def test_what_depends_on_the_phase_says_so() -> None:
    x = Input((3,))
    assert Dropout(0.5)(x)._uses_learning_phase
    assert not Dropout(0.5)(x, training=True)._uses_learning_phase
    assert not Dense(2)(x)._uses_learning_phase
    assert Model(x, concatenate([x, Dropout(0.5)(x)])).uses_learning_phase


def test_up_to_2_3_freezing_a_model_stops_its_moving_statistics() -> None:
    for era, moves in (("2.2", False), ("2.15", False)):
        with kshim.era(era):
            model = Sequential([BatchNormalization(input_shape=(3,))])
            assert len(model.updates) == 2
            model.trainable = False
            model.compile("sgd", "mse")
            before = model.layers[0].get_weights()
            model.train_on_batch(X, X)
            after = model.layers[0].get_weights()
            same = all(np.array_equal(*pair) for pair in zip(before, after, strict=True))
            assert same is not moves and model.updates == []


def test_penalties_of_outputs_are_symbols() -> None:
    model = Sequential([Dense(2, input_dim=3, activity_regularizer="l1", kernel_regularizer="l2")])
    assert [isinstance(term, Symbol) for term in model.losses] == [False, True]


def test_data_may_stand_in_the_model_itself() -> None:
    model = Sequential([Dense(2, input_dim=3)])
    held = clone_model(model, input_tensors=K.variable(X))
    held.compile("sgd", "mse")
    assert np.isfinite(held.train_on_batch(None, np.zeros((6, 2))))


def test_up_to_2_3_targets_are_left_out_where_there_is_no_loss() -> None:
    with kshim.era("2.3"):
        x = Input((3,))
        model = Model(x, [Dense(1, name="a")(x), Dense(2, name="b")(x)])
        model.compile("sgd", {"b": "mse"})
        assert np.all(np.isfinite(model.train_on_batch(X, [np.zeros((6, 2))])))


def test_a_model_is_pickled_as_the_file_it_saves() -> None:
    model = Sequential([Dense(2, input_dim=3)])
    model.compile("adam", "mse")
    model.fit(X, np.zeros((6, 2)), verbose=0)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(again.predict(X), model.predict(X))
    both = [one.train_on_batch(X, np.ones((6, 2))) for one in (model, again)]
    np.testing.assert_allclose(both[0], both[1], rtol=1e-6)


# What Keras 1.2.2, 2.2.4 and 2.3.1 did; from tf.keras on the list is a copy.
@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3", "2.15"])
def test_layers_are_taken_from_the_list_of_a_model(era: str) -> None:
    with in_era(era):
        source = Input((4,))
        hidden = Dense(3, name="b")(Dense(5, name="a")(source))
        model = Model(source, Dense(2, name="c")(hidden))
        model.layers.pop()
        names = [layer.name for layer in model.layers]
        if era == "2.15":
            assert names[1:] == ["a", "b", "c"]
            return
        assert names[1:] == ["a", "b"] and len(model.get_weights()) == 4
        assert model.predict(np.ones((2, 4)), verbose=0).shape == (2, 2)
        model.layers.pop()
        model.layers[-1].outbound_nodes = []
        model.outputs = [model.layers[-1].output]
        assert [layer.name for layer in model.layers][1:] == ["a"]
        top = Model(model.input, Dense(7, name="d")(model.layers[-1].output))
        assert [layer.name for layer in top.layers][1:] == ["a", "d"]
        assert top.predict(np.ones((2, 4)), verbose=0).shape == (2, 7)


@pytest.mark.parametrize(("era", "left"), [("1.2", "a b d"), ("2.2", "a b c d")])
def test_layers_are_taken_from_a_sequential_in_keras_1(era: str, left: str) -> None:
    with in_era(era):
        model = Sequential([Dense(5, input_dim=4, name="a"), Dense(3, name="b")])
        model.add(Dense(2, name="c"))
        model.layers.pop()
        model.outputs = [model.layers[-1].output]
        model.add(Dense(6, name="d"))
        assert [layer.name for layer in model.layers] == left.split()
        assert model.predict(np.ones((2, 4)), verbose=0).shape == (2, 6)
