"""What scripts read of a model's inside under the names that Keras keeps for itself.

Source: Keras 2.2.4 engine/network.py.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from kshim.core.symbols import record
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
        """
        if self.graph is None:
            return super().losses
        held = {id(one): one for one in self.weights if one.regularizer is not None}
        penalties = [one.regularizer(one.read()) for one in held.values()]
        return [*penalties, *self._penalties_of_outputs(), *self.graph.losses, *self._losses]

    def _penalties_of_outputs(self) -> list[Any]:
        found: list[Any] = []
        for node in self.graph.nodes:
            if node.layer.activity_regularizer is not None:
                penalty = node.layer.activity_regularizer
                found += [record(penalty, (one,), {}) for one in node.output_tensors]
            if getattr(node.layer, "graph", None) is not None:
                found += node.layer._penalties_of_outputs()
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
