"""Sequential: layers one behind the other."""

from __future__ import annotations

from typing import Any

from kshim.core.eras import rule
from kshim.core.shapes import as_shape, is_shape
from kshim.core.symbols import Symbol
from kshim.core.texts import is_text
from kshim.errors import ArgumentError, StateError
from kshim.graph.order import Graph, source_inputs
from kshim.layers.base import LAYERS, Layer
from kshim.layers.core import Input, InputLayer
from kshim.layers.handing import shapes_of
from kshim.models.model import Model
from kshim.saving.configs import sequential_config, sequential_from_config


@LAYERS.register()
class Sequential(Model):
    """Compute through layers, one behind the other.

    The graph exists as soon as the first layer says its input shape (`input_shape`, `input_dim`,
    `batch_input_shape`, an `InputLayer`, or a model); otherwise when data is first seen.

    Args:
        layers: to begin with; `add` and `pop` change them.
    """

    def __init__(self, layers: Any = None, name: str | None = None, **options: Any) -> None:
        """Take the layers, in order."""
        super().__init__(name=name, **options)
        self._stack: list[Layer] = []
        self._steps: list[Any] = []  # the symbol behind each layer, the input or inputs first
        for layer in [layers] if isinstance(layers, Layer) else layers or []:
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Put a layer behind the last one.

        Raises:
            ArgumentError: when it is no layer, or its name is taken.
        """
        if isinstance(layer, Symbol) and layer.node is not None:
            layer = layer.node.layer
        if not isinstance(layer, Layer):
            raise ArgumentError("layer", "a layer", layer, who=self.who)
        if any(layer.name == other.name for other in self._stack):
            wanted = "named unlike the layers before it"
            raise ArgumentError("layer", wanted, layer.name, who=self.who)
        if isinstance(layer, InputLayer) and not self._stack and not self._steps:
            self._steps = [layer.output]
            return
        made = layer.made_at_once if not self._stack else None
        if made is not None:  # Keras 1's Merge, which stands on models with inputs of their own
            self._steps = [source_inputs(made), made]
        elif not self._stack and not self._steps:
            self._steps = _start(layer)
        if self._steps and made is None:
            self._steps.append(_single(layer, layer(self._steps[-1])))
        self._stack.append(layer)
        self._changed()

    def pop(self) -> None:
        """Take the last layer away.

        Raises:
            StateError: when there is none.
        """
        if not self._stack:
            raise StateError(f"{self.who}: must have a layer to pop, got none.")
        layer = self._stack.pop()
        if self._steps:
            self._steps.pop()
            layer.inbound_nodes.pop()
        self._changed()

    def build(self, input_shape: Any = None) -> None:
        """Make the graph for inputs of this shape, the batch counted."""
        first = self._stack[0] if self._stack else None
        self._build_of(input_shape, "string" if first and first.dtype == "string" else None)

    def _build_of(self, input_shape: Any, kind: str | None) -> None:
        """Make the graph for inputs of this shape and type."""
        if self._steps or input_shape is None:
            return
        self._steps = [Input(batch_shape=(None, *as_shape(input_shape)[1:]), dtype=kind)]
        for layer in self._stack:
            self._steps.append(_single(layer, layer(self._steps[-1])))
        self._changed()

    def build_once(self, input_shape: Any) -> None:
        """Make the graph, unless it is there."""
        self.build(input_shape)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on tensors or arrays, making the graph for their shape if need be."""
        if self.graph is None:
            if is_text(args[0]):
                self._build_of(shapes_of(args[0]), "string")
            self.build(shapes_of(args[0]))
        return super().forward(*args, **kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape behind the last layer."""
        if self.graph is not None:
            return super().compute_output_shape(input_shape)
        shape = input_shape if is_shape(input_shape) else input_shape[0]
        for layer in self._stack:
            shape = layer.compute_output_shape(shape)
        return shape

    @property
    def layers(self) -> list[Any]:
        """Return the layers in order, without the input."""
        if rule("layers_are_one_list", self.era) != "all":
            return list(self._stack)
        return self.__dict__.setdefault("_layers_of_stack", list(self._stack))

    @property
    def outputs(self) -> list[Symbol]:
        """Return the symbols of the outputs."""
        return super().outputs

    @outputs.setter
    def outputs(self, symbols: Any) -> None:
        for _ in range(len(self._stack) - len(self.layers)):  # taken from the list before
            self.pop()

    @property
    def operations(self) -> list[Any]:
        """Return the layers: no function of symbols stands among them."""
        return self.layers

    @property
    def flattened_layers(self) -> list[Any]:
        """Return the layers that hold weights: those that a Merge in front stands on, too."""
        several = bool(self._steps) and isinstance(self._steps[0], list)
        return list(self.graph.layers) if several and self.graph is not None else self.layers

    def get_config(self) -> dict[str, Any]:
        """Return name and layers as JSON values."""
        return sequential_config(self)

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """Return the model that `get_config` described; lists of layers (Keras 1) too."""
        return sequential_from_config(cls, config, custom_objects)

    def _connected(self) -> Graph | None:
        """Return the graph of the layers, if the input's shape is known."""
        steps = self.__dict__.get("_steps")
        return Graph(steps[0], steps[-1]) if steps and self._stack else None

    def _changed(self) -> None:
        """Let the graph follow the layers: it is made anew when it is next asked for."""
        self.__dict__.update(graph=None, _network=None, _modules={})
        self.__dict__.pop("_layers_of_stack", None)
        self.built = bool(self._steps and self._stack)
        if self.built:
            self.give_waiting()


def _start(layer: Layer) -> list[Symbol]:
    """Return the input symbol that a first layer asks for, if it says."""
    first: Any = layer
    while isinstance(first, Model) and first.layers and first.batch_input_shape is None:
        if first.graph is not None:
            return [_input_like(symbol) for symbol in first.inputs[:1]]
        first = first.layers[0]
    if first.batch_input_shape is None:
        return []
    kind = first.input_dtype or first.dtype
    return [Input(batch_shape=first.batch_input_shape, dtype=kind, name=f"{layer.name}_input")]


def _input_like(symbol: Symbol) -> Symbol:
    return Input(batch_shape=tuple(symbol.shape), dtype=symbol.dtype)


def _single(layer: Layer, output: Any) -> Symbol:
    if not isinstance(output, Symbol):
        wanted = "a layer with one output"
        raise ArgumentError("layer", wanted, layer.name, who="Sequential")
    return output
