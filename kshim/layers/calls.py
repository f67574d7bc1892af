"""What goes into a layer's calls and comes out of them, as scripts ask for it.

Source: Keras 2.2.4 engine/base_layer.py.
"""

from __future__ import annotations

from typing import Any

from kshim.core.shapes import Shape
from kshim.core.symbols import Node, map_symbols, symbols_in
from kshim.errors import CallsError
from kshim.layers.holding import Holder


class Calls(Holder):
    """Tell of the calls of a layer: of the only one, or of each by its number.

    Raises:
        CallsError: before the first call, and where the only one is asked for and there are more.
    """

    inbound_nodes: list[Node]
    batch_input_shape: Shape | None

    @property
    def who(self) -> str:
        """Return the class and name, as messages begin."""
        return f"{type(self).__name__} {self.name!r}"

    @property
    def input(self) -> Any:
        """Return the symbol or symbols of the layer's only call."""
        node = self._only_node("input")
        return node.args[0] if symbols_in(node.args[:1]) else node.outputs

    @property
    def output(self) -> Any:
        """Return what the layer's only call makes."""
        return self._only_node("output").outputs

    @property
    def input_shape(self) -> Any:
        """Return the shape of what goes in."""
        if not self.inbound_nodes and self.batch_input_shape is not None:
            return self.batch_input_shape
        return map_symbols(lambda symbol: tuple(symbol.shape), self.get_input_at(0))

    @property
    def output_shape(self) -> Any:
        """Return the shape of what comes out."""
        return map_symbols(lambda symbol: tuple(symbol.shape), self.get_output_at(0))

    @property
    def input_mask(self) -> Any:
        """Return the mask of the layer's only input."""
        self._only_node("input_mask")
        return map_symbols(lambda symbol: symbol.mask, self.input)

    @property
    def output_mask(self) -> Any:
        """Return the mask of the layer's only output."""
        self._only_node("output_mask")
        return map_symbols(lambda symbol: symbol.mask, self.output)

    def get_input_at(self, node_index: int) -> Any:
        """Return what went into one of the layer's calls."""
        node = self._node(node_index)
        return node.args[0] if symbols_in(node.args[:1]) else node.outputs

    def get_output_at(self, node_index: int) -> Any:
        """Return what one of the layer's calls makes."""
        return self._node(node_index).outputs

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the shape of what went into one of the layer's calls."""
        return map_symbols(lambda symbol: tuple(symbol.shape), self.get_input_at(node_index))

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the shape of what one of the layer's calls makes."""
        return map_symbols(lambda symbol: tuple(symbol.shape), self.get_output_at(node_index))

    def _only_node(self, what: str) -> Node:
        if len(self.inbound_nodes) > 1:
            raise CallsError(
                f"{self.who}: {what} must be asked of one call, got {len(self.inbound_nodes)} "
                f"calls. Use get_{what}_at(node_index)."
            )
        return self._node(0)

    def _node(self, index: int) -> Node:
        if not self.inbound_nodes:
            raise CallsError(f"{self.who}: must be called in a graph first, got no call.")
        return self.inbound_nodes[index]
