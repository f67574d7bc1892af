"""A graph becomes a list of calls and comes back from the lists of every Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers
from kshim.errors import GraphError, NotSupported
from kshim.layers.base import LAYERS
from kshim.models import Input, Model, Sequential
from kshim.saving.nodes import connected, graph_config

X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)


def shared() -> Any:
    """Return a model that calls one layer on two inputs."""
    left, right = Input((4,), name="left"), Input((4,), name="right")
    dense = layers.Dense(3, name="dense")
    both = layers.Concatenate(name="both")([dense(right), dense(left)])
    return Model([left, right], [both, dense.get_output_at(0)])


def calls(config: dict[str, Any]) -> dict[str, Any]:
    """Return the calls of each layer."""
    return {entry["name"]: entry["inbound_nodes"] for entry in config["layers"]}


def test_calls_are_numbered_by_layer() -> None:
    config = graph_config(shared())
    assert calls(config) == {
        "left": [],
        "right": [],
        "dense": [[["right", 0, 0, {}]], [["left", 0, 0, {}]]],
        "both": [[["dense", 0, 0, {}], ["dense", 1, 0, {}]]],
    }
    assert config["input_layers"] == [["left", 0, 0], ["right", 0, 0]]
    assert config["output_layers"] == [["both", 0, 0], ["dense", 0, 0]]


def test_calls_outside_the_model_are_not_counted() -> None:
    dense = layers.Dense(3, name="dense")
    dense(Input((4,)))
    inputs = Input((4,), name="inputs")
    config = graph_config(Model(inputs, dense(inputs)))
    assert calls(config)["dense"] == [[["inputs", 0, 0, {}]]]
    assert config["output_layers"] == [["dense", 0, 0]]


def test_the_first_call_of_a_nested_model_is_number_one() -> None:
    inner = Sequential([layers.Dense(4, input_shape=(4,))], name="inner")
    inputs = Input((4,), name="inputs")
    model = Model(inputs, layers.Add(name="sum")([inner(inputs), inner(inner(inputs))]))
    config = graph_config(model)
    assert calls(config)["sum"] == [[["inner", 1, 0, {}], ["inner", 3, 0, {}]]]
    assert calls(config)["inner"][2] == [["inner", 2, 0, {}]]


@pytest.mark.parametrize("first", [0, 1])
def test_nested_models_are_read_whichever_number_their_first_call_has(first: int) -> None:
    inner = Sequential([layers.Dense(4, input_shape=(4,))], name="inner")
    inputs = Input((4,), name="inputs")
    model = Model(inputs, inner(inner(inputs)))
    config = graph_config(model)
    config["layers"][1]["inbound_nodes"][1] = [["inner", first, 0, {}]]
    config["output_layers"] = [["inner", first + 1, 0]]
    made = Model(*connected(config))
    made.set_weights(model.get_weights())
    np.testing.assert_array_equal(made.predict(X), model.predict(X))


def test_layers_and_calls_may_stand_in_any_order() -> None:
    model = shared()
    config = graph_config(model)
    config["layers"].reverse()
    made = Model(*connected(config))
    made.set_weights(model.get_weights())
    for got, wanted in zip(made.predict([X, 2 * X]), model.predict([X, 2 * X]), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_initial_states_are_listed_behind_the_inputs() -> None:
    source, state = Input((5, 2), name="source"), Input((3,), name="state")
    model = Model([source, state], layers.GRU(3, name="gru")(source, initial_state=state))
    config = graph_config(model)
    assert calls(config)["gru"] == [[["source", 0, 0, {}], ["state", 0, 0, {}]]]
    made = Model(*connected(config))
    made.set_weights(model.get_weights())
    x, h = np.ones((2, 5, 2), np.float32), np.ones((2, 3), np.float32)
    np.testing.assert_allclose(made.predict([x, h]), model.predict([x, h]), atol=1e-7)


class Scaled(layers.Layer):
    """Multiply by a number or by another symbol."""

    def call(self, inputs: Any, factor: Any = 1.0) -> Any:
        """Return the product."""
        return inputs * factor


@pytest.mark.parametrize("positional", [False, True])
def test_keywords_that_hold_symbols_or_numbers_are_kept(positional: bool) -> None:
    left, right = Input((4,), name="left"), Input((4,), name="right")
    layer, again = Scaled(name="scaled"), Scaled(name="again")
    scaled = layer(left, right) if positional else layer(left, factor=right)
    config = graph_config(Model([left, right], again(scaled, factor=3.0)))
    assert calls(config)["scaled"] == [[["left", 0, 0, {"factor": ["right", 0, 0]}]]]
    assert calls(config)["again"] == [[["scaled", 0, 0, {"factor": 3.0}]]]
    made = Model(*connected(config, make=_with(Scaled)))
    np.testing.assert_allclose(made.predict([X, X + 1]), X * (X + 1) * 3, rtol=1e-6)


def test_outputs_of_other_models_layers_become_inputs() -> None:
    base = Sequential([layers.Dense(3, input_shape=(4,), name="low"), layers.Dense(2, name="high")])
    model = Model(base.layers[0].output, base.output)
    config = graph_config(model)
    assert config["input_layers"] == [["low_input", 0, 0]]
    made = Model(*connected(config))
    made.set_weights(model.get_weights())
    np.testing.assert_array_equal(made.predict(X[:, :3]), model.predict(X[:, :3]))


def test_keras_1_lists_calls_without_keywords() -> None:
    config = graph_config(shared())
    for entry in config["layers"]:
        entry["inbound_nodes"] = [[item[:3] for item in call] for call in entry["inbound_nodes"]]
    _, outputs = connected(config)
    assert [tuple(symbol.shape) for symbol in outputs] == [(None, 6), (None, 3)]


def test_keras_3_lists_arguments() -> None:
    def tensor(name: str) -> dict[str, Any]:
        config = {"shape": [None, 4], "dtype": "float32", "keras_history": [name, 0, 0]}
        return {"class_name": "__keras_tensor__", "config": config}

    config = {
        "layers": [
            _entry("InputLayer", "x", batch_input_shape=[None, 4]),
            _entry("Dense", "dense", units=4)
            | {"inbound_nodes": [{"args": [tensor("x")], "kwargs": {}}]},
            _entry("Add", "sum")
            | {"inbound_nodes": [{"args": [[tensor("x"), tensor("dense")]], "kwargs": {}}]},
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["sum", 0, 0]],
    }
    _, output = connected(config)
    assert tuple(output.shape) == (None, 4)


def test_a_chain_of_thousands_of_layers_needs_no_recursion() -> None:
    symbol = inputs = Input((4,), name="inputs")
    for _ in range(3000):
        symbol = layers.Activation("linear")(symbol)
    config = graph_config(Model(inputs, symbol))
    config["layers"].reverse()
    _, output = connected(config)
    assert tuple(output.shape) == (None, 4)


def test_a_circle_is_refused() -> None:
    config = graph_config(shared())
    _of(config, "dense")["inbound_nodes"] = [[["both", 0, 0, {}]], [["left", 0, 0, {}]]]
    with pytest.raises(GraphError, match="call 0 of 'dense' must follow from the inputs"):
        connected(config)


def test_a_missing_layer_is_named() -> None:
    config = graph_config(shared())
    config["layers"] = [entry for entry in config["layers"] if entry["name"] != "right"]
    with pytest.raises(GraphError, match="must be in the config, got 'right'"):
        connected(config)


def test_an_output_that_is_not_there_is_refused() -> None:
    config = graph_config(shared())
    config["output_layers"] = [["both", 0, 1]]
    with pytest.raises(GraphError, match="must point at an output, got 1"):
        connected(config)


def test_two_layers_of_one_name_are_refused() -> None:
    config = graph_config(shared())
    config["layers"].append(config["layers"][0])
    with pytest.raises(GraphError, match=r"must differ, got '(left|right)' twice"):
        connected(config)


def test_functions_that_files_have_no_name_for_are_not_saved() -> None:
    inputs = Input((4,))
    with pytest.raises(NotSupported, match="Lambda"):
        graph_config(Model(inputs, torch.sort(inputs)[0]))


def _entry(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "name": name, "config": {"name": name, **config}}


def _of(config: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in config["layers"] if entry["name"] == name)


def _with(kind: Any) -> Any:
    """Return what makes layers of entries, those of `kind` too."""

    def make(entry: Any) -> Any:
        known = entry["class_name"] != kind.__name__
        return LAYERS.make(entry) if known else kind(name=entry["name"])

    return make
