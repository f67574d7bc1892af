"""What scripts read of a model's inside under the names that Keras keeps for itself.

Source: Keras 2.2.4 engine/network.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from kshim.core.symbols import Node, record, symbols_in
from kshim.core.tracing import Measured, collecting_losses
from kshim.layers.base import Layer


class Insides(Layer):
    """Show the graph of a model: its ends, the depths of its layers, its updates."""

    @property
    def _layers(self) -> list[Any]:
        return self.layers

    @property
    def _input_layers(self) -> list[Any]:
        return [symbol.node.layer for symbol in self.inputs]

    @property
    def _output_layers(self) -> list[Any]:
        return [symbol.node.layer for symbol in self.outputs]

    input_layers, output_layers = _input_layers, _output_layers
    container_nodes = property(lambda self: set(self.graph.nodes) if self.graph else set())

    @property
    def _layers_by_depth(self) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for layer in self.graph.layers if self.graph else []:
            found[self.graph.depths[id(layer)]].append(layer)
        return dict(found)

    layers_by_depth = _layers_by_depth

    @property
    def _is_graph_network(self) -> bool:
        return self.graph is not None

    @property
    def losses(self) -> list[Any]:
        """Return the penalties of the weights, those of the outputs of layers, and added terms.

        What depends on data is a symbol; in a nested model, one that hangs on its own inputs.
        After a call on numbers it is, in tf.keras, what that call added.
        """
        if self.graph is None:
            return super().losses
        held = {id(one): one for one in self.weights if one.regularizer is not None}
        penalties = [one.regularizer(one.read()) for one in held.values()]
        symbols = [] if self._tells_losses else [*self._penalties_of_outputs(), *self.graph.losses]
        return [*penalties, *symbols, *self._losses]

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """Return the losses of some inputs: of the model's own, all that depend on data."""
        if self.graph is None or list(symbols_in(inputs)) != self.inputs:
            return super().get_losses_for(inputs)
        return [*self._penalties_of_outputs(), *self.graph.losses]

    def _penalties_of_outputs(self) -> list[Any]:
        found: list[Any] = []
        for node in self.graph.nodes:
            found += node.layer.penalties_of_calls([node])
            if getattr(node.layer, "graph", None) is not None:
                found += node.layer._penalties_of_outputs()
            else:
                found += _penalties_inside(node)
        return found

    @property
    def uses_learning_phase(self) -> bool:
        """Return whether the outputs are other ones in training."""
        if self.graph is None:
            return super().uses_learning_phase
        return any(node.layer.asks_for_phase(node.kwargs) for node in self.graph.nodes)

    @property
    def updates(self) -> list[Any]:
        """Return what the layers change while they train; none in a frozen model."""
        own = [one for one, _ in self._noted.get("updates", [])]
        inner = [one for layer in self.layers for one in layer.updates]
        once = {id(one): one for one in own + inner}
        return list(once.values()) if self.trainable else []

    @updates.setter
    def updates(self, values: Any) -> None:
        self._noted["updates"] = [(one, None) for one in values]


def _penalties_inside(node: Node) -> list[Any]:
    """Return the penalties of what layers inside a layer make in one of its calls, as symbols."""
    count = sum(one.activity_regularizer is not None for one in _layers_inside(node.layer))
    penalties = [partial(_penalty_inside, node.layer, place) for place in range(count)]
    return [record(penalty, node.args, node.kwargs) for penalty in penalties]


def _layers_inside(layer: Any) -> Iterator[Any]:
    for inner in layer.sublayers:
        yield inner
        yield from _layers_inside(inner)


def _penalty_inside(layer: Any, place: int, *args: Any, **kwargs: Any) -> Any:
    with collecting_losses() as added:
        layer(*args, **kwargs)
    return [one for one in added if not isinstance(one, Measured)][place]
