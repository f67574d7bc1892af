"""The order of nodes and layers: Keras's own, as it was recorded, and what forms no graph."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.errors import GraphError
from kshim.graph.order import Graph
from kshim.models import model_from_json
from kshim.models.model import Model
from tests.recorded import Recorded, models_in_json, own_objects


def model_of(case: Recorded) -> Any:
    """Return the model that a recorded JSON text describes, in its era."""
    told = case.spec["to_json"]
    text = told if isinstance(told, str) else json.dumps(told)
    return model_from_json(text, custom_objects=own_objects(case))


@pytest.mark.parametrize("case", models_in_json(), ids=str)
def test_layers_and_weights_stand_in_the_order_keras_gave_them(case: Recorded) -> None:
    with in_era(case.era):
        model = model_of(case)
        assert [layer.name for layer in model.layers] == case.spec["layers"]
        shapes = [list(weight.shape) for weight in model.weights]
        assert shapes == [shape for _, shape in case.spec["weights"]]
        # `weight_i` is what the real `get_weights` gave.
        wanted = [value.shape for value in case.weights]
        assert [value.shape for value in model.get_weights()] == wanted
        assert len(model.trainable_weights) == len(case.spec["trainable"])


def test_every_node_runs_behind_those_it_needs() -> None:
    entrance = L.Input((4,))
    one, two = L.Dense(4)(entrance), L.Dense(4)(entrance)
    end = L.add([L.add([one, two]), one])
    done: list[Any] = [entrance]
    for node in Graph(entrance, end).nodes:
        assert all(symbol in done for symbol in node.inputs)
        done.append(node.outputs)
    assert done[-1] is end


def test_a_very_deep_graph_needs_no_recursion() -> None:
    symbol = entrance = L.Input((2,))
    for _ in range(1500):
        symbol = symbol + 1.0
    assert len(Graph(entrance, symbol).nodes) == 1500


def test_a_layer_called_twice_is_listed_once() -> None:
    entrance, layer = L.Input((4,)), L.Dense(4)
    graph = Graph(entrance, layer(layer(entrance)))
    assert len(graph.nodes) == 2
    assert graph.layers.count(layer) == 1


def test_an_input_that_no_output_needs_stays_an_input() -> None:
    used, spare = L.Input((4,), name="used"), L.Input((3,), name="spare")
    model = Model([used, spare], L.Dense(2)(used))
    assert {"used", "spare"} <= {layer.name for layer in model.layers}
    assert model.input_names == ["used", "spare"]


def test_outputs_that_need_another_input_are_told_which() -> None:
    one, two = L.Input((4,), name="one"), L.Input((4,), name="two")
    with pytest.raises(GraphError, match=r"also needs 'two'\. Add 'two' to the inputs\."):
        Model(one, L.add([one, two]))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda x: Model(x, 3), "outputs must be symbols that layers made, got none"),
        (lambda x: Model(3, L.Dense(2)(x)), "inputs must be symbols made by Input, got none"),
        (lambda x: Model([x, x], L.Dense(2)(x)), "got one of them twice"),
        (lambda x: Model(x, L.Dense(2, name="a")(L.Dense(2, name="a")(x))), "got 'a' twice"),
    ],
)
def test_what_forms_no_graph_is_refused(make: Any, told: str) -> None:
    with pytest.raises(GraphError) as caught:
        make(L.Input((4,)))
    assert told in str(caught.value)
