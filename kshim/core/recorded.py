"""What Keras's own words for a node tell: where its symbols come from, and where they go.

Source: Keras 2.2.4 engine/base_layer.py, class Node.
"""

from __future__ import annotations

from typing import Any
from weakref import ref


class Recorded:
    """Answer for one call of a layer under the names Keras gives its parts."""

    layer: Any
    outputs: Any
    inputs: list[Any]

    def __init__(self) -> None:
        self._followers: list[Any] = []

    def follow(self) -> None:
        """Tell the calls that the inputs come from that this one uses them."""
        for symbol in self.inputs:
            if symbol.node is not None:
                symbol.node._followers.append(ref(self))

    @property
    def followers(self) -> list[Any]:
        """Return the calls that use the outputs, each once, as long as somebody holds them."""
        alive = (one() for one in self._followers)
        return list({id(node): node for node in alive if node is not None}.values())

    @property
    def outbound_layer(self) -> Any:
        """Return the layer that was called."""
        return self.layer

    @property
    def input_tensors(self) -> list[Any]:
        """Return the symbols that went in; those of an Input are its own."""
        return self.inputs or self.output_tensors

    @property
    def output_tensors(self) -> list[Any]:
        """Return the symbols that came out."""
        return list(self.outputs) if isinstance(self.outputs, list | tuple) else [self.outputs]

    @property
    def inbound_layers(self) -> list[Any]:
        """Return the layer that made each input."""
        return [symbol.node.layer for symbol in self.inputs]

    @property
    def node_indices(self) -> list[int]:
        """Return for each input which call of its layer made it."""
        return [symbol.node.number for symbol in self.inputs]

    @property
    def tensor_indices(self) -> list[int]:
        """Return for each input which output of that call it is."""
        return [symbol.index for symbol in self.inputs]

    @property
    def input_masks(self) -> list[Any]:
        """Return the mask of each input."""
        return [symbol.mask for symbol in self.input_tensors]

    @property
    def output_masks(self) -> list[Any]:
        """Return the mask of each output."""
        return [symbol.mask for symbol in self.output_tensors]

    @property
    def input_shapes(self) -> list[Any]:
        """Return the shape of each input."""
        return [tuple(symbol.shape) for symbol in self.input_tensors]

    @property
    def output_shapes(self) -> list[Any]:
        """Return the shape of each output."""
        return [tuple(symbol.shape) for symbol in self.output_tensors]

    def get_config(self) -> dict[str, Any]:
        """Return the names of the layers at both ends and the places of the symbols."""
        return {
            "outbound_layer": self.layer.name,
            "inbound_layers": [layer.name for layer in self.inbound_layers],
            "node_indices": self.node_indices,
            "tensor_indices": self.tensor_indices,
        }


def uses_learning_phase(symbol: Any) -> bool:
    """Return whether a symbol is computed otherwise in training."""
    waiting, met = [symbol], set()
    for one in waiting:
        node = one.node
        if node is None or id(node) in met:
            continue
        met.add(id(node))
        if node.layer.asks_for_phase(node.kwargs):
            return True
        waiting += node.inputs
    return False
