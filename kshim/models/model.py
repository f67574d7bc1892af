"""Model: a graph of layers, or a class of the user's own that calls layers.

A functional model is lowered once, when its torch modules are first asked for; it then *is* that
torch module: `state_dict()`, `parameters()`, `.to()`, `.train()` and hooks see the plain modules
under the names of the Keras layers.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from kshim.core.eras import rule
from kshim.core.settings import learning_phase
from kshim.core.shapes import as_shape, is_shape
from kshim.core.symbols import Symbol, map_symbols, symbols_in
from kshim.core.texts import as_texts, is_text
from kshim.core.tracing import collected_losses, collecting_losses
from kshim.errors import ArgumentError, ShapeError, StateError
from kshim.graph.eager import Eager
from kshim.graph.network import Network
from kshim.graph.order import Graph
from kshim.graph.summary import print_summary
from kshim.layers.base import LAYERS
from kshim.layers.core import Input
from kshim.layers.handing import shapes_of
from kshim.layers.holding import assign_all
from kshim.layers.inference import dtype_name
from kshim.layers.operations import Operation
from kshim.layers.weights import Weight
from kshim.models.insides import Insides
from kshim.models.saved import Saved
from kshim.models.trainable import Trainable

if TYPE_CHECKING:
    from kshim.export.onnx import Exported


@LAYERS.register("Functional", "Container")
class Model(Trainable, Saved, Insides):
    """Compute outputs from inputs through layers, and train.

    Args:
        inputs, outputs: a symbol, or a list or dict of them (Keras 1 says input, output). A
            subclass that defines `call` takes neither.
        name: made from the class's name when left out.
    """

    supports_masking = True
    build_makes_weights = False
    _rests = False  # whether `eval()` was called

    def __new__(cls, *args: Any, **kwargs: Any) -> Model:
        """Ready the torch module before any constructor has run."""
        model = super().__new__(cls)
        model.__dict__["graph"] = None
        model.__dict__["_network"] = None
        model.__dict__["_ends"] = None
        return model  # type: ignore[return-value]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Build the graph between inputs and outputs, if they are given."""
        words = {"input": "inputs", "output": "outputs"}
        given = {words.get(key, key): value for key, value in kwargs.items()}
        given |= dict(zip(("inputs", "outputs", "name"), args, strict=False))
        inputs, outputs = given.pop("inputs", None), given.pop("outputs", None)
        super().__init__(**given)
        if inputs is not None and outputs is not None:
            self.connect(inputs, outputs)

    @property
    def graph(self) -> Any:
        """Return the graph of the layers, made when it is first asked for; None without one."""
        if self.__dict__.get("graph") is None:
            self.__dict__["graph"] = self._connected()
        return self.__dict__["graph"]

    def _connected(self) -> Graph | None:
        """Return the graph of a model that is not told its inputs and outputs."""
        return None

    def connect(self, inputs: Any, outputs: Any) -> None:
        """Take what leads from inputs to outputs as this model's graph."""
        alone = isinstance(outputs, list | tuple) and len(outputs) == 1
        form = outputs[0] if alone and not rule("one_output_stays_in_list") else outputs
        self.__dict__["graph"] = Graph(inputs, form)
        self.__dict__["_network"] = None
        self.__dict__.pop("_layers_of_graph", None)
        self.built = True

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add terms to the loss of training: symbols of this model's graph, or values."""
        symbols = symbols_in(losses)
        if not symbols or self.graph is None:
            super().add_loss(losses, inputs)
            return
        self._regraph([*self.graph.losses, *symbols], self.graph.measured)

    def add_metric(self, value: Any, name: str | None = None, aggregation: Any = None) -> None:
        """Tell a symbol of this model's graph beside its metrics: its mean over the batches.

        Args:
            value: a symbol; in `call` of a class of one's own, a tensor.
            name: what it is told as.
            aggregation: understood as "mean", which it always is.
        """
        symbols = symbols_in([value])
        if not symbols or self.graph is None:
            super().add_metric(value, name, aggregation)
            return
        if name is None:
            raise ArgumentError(
                "name", "the word it is told as", name, who=f"{self.who}.add_metric"
            )
        self._regraph(self.graph.losses, {**self.graph.measured, name: symbols[0]})

    def _regraph(self, losses: Sequence[Any], measured: Mapping[str, Any]) -> None:
        """Take the same inputs and outputs with other losses and measured values."""
        graph = self.graph
        self.__dict__["graph"] = Graph(graph.inputs, graph.outputs, losses, measured)
        self.__dict__["_network"] = None
        self.__dict__.pop("_layers_of_graph", None)

    # The torch module that the model is.

    @property
    def _modules(self) -> dict[str, nn.Module | None]:  # type: ignore[override]
        """Return the lowered modules by layer name, lowering the graph if that is yet to be."""
        if self.graph is not None and self.__dict__["_network"] is None:
            self.network  # noqa: B018  (lowers)
        held: dict[str, nn.Module | None] = self.__dict__["_modules"]
        return held

    @_modules.setter
    def _modules(self, value: dict[str, nn.Module | None]) -> None:
        self.__dict__["_modules"] = value

    @property
    def network(self) -> Any:
        """Return the lowered graph; for a class of the user's own, what stands for it.

        Raises:
            StateError: for a model that has no graph yet.
        """
        if self.graph is None:
            return self._eager()
        if self.__dict__["_network"] is None:
            network = Network(self.graph)
            self.__dict__["_network"] = network
            self.__dict__["_modules"] = network.modules
            nn.Module.train(self, self.training)
        lowered: Network = self.__dict__["_network"]
        return lowered

    def defines_call(self) -> bool:
        """Return whether the model's class computes outputs of inputs."""
        return type(self).call is not Model.call

    def _eager(self) -> Eager:
        if not self.defines_call() and not self.overrides("train_step"):
            raise StateError(f"{self.who}: must have layers and an input shape, got none yet.")
        if self.__dict__["_network"] is None:
            self.__dict__["_network"] = Eager(self, len(self.outputs))
        network: Eager = self.__dict__["_network"]
        return network

    def build(self, input_shape: Any = None) -> None:
        """Make the weights of a class of the user's own by a trial run of its `call`.

        Args:
            input_shape: the batch counted, None for sizes not known; of several inputs a list.
        """
        if self.graph is None and self.defines_call() and input_shape is not None:
            kind = self.compute_dtype
            shapes = [input_shape] if is_shape(input_shape) else list(input_shape)
            given = [Symbol(as_shape(shape), kind) for shape in shapes]
            self._trial((given[0] if is_shape(input_shape) else given,), {})
        self.built = True

    def build_once(self, input_shape: Any) -> None:
        """Make the weights, unless they are there; a class that has no `build` does in its call."""
        if type(self).build is not Model.build:
            super().build_once(input_shape)
        elif not self.built:
            self.finish_build()

    def ready_for(self, inputs: Sequence[Tensor]) -> None:
        """Make the weights of a class of the user's own by a first call, and note the shapes."""
        if self.__dict__["_ends"] is not None:
            return
        given = [_tensor_for(self, tensor) for tensor in inputs]
        with torch.no_grad():
            made = self(given[0] if len(given) == 1 else given)
        outputs = list(made) if isinstance(made, list | tuple) else [made]
        self.__dict__["_output_form"] = made
        self.note_ends(given, outputs)
        self.built = True

    def note_ends(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        """Note the shapes of what goes in and comes out, of a class of the user's own."""
        self.__dict__["_ends"] = (_named_ends("input", inputs), _named_ends("output", outputs))

    def __getattr__(self, name: str) -> Any:
        """Lower the graph before one of its modules is asked for by its layer's name."""
        graph = self.__dict__.get("graph")
        layers = graph.layers if graph is not None and self.__dict__["_network"] is None else ()
        if any(layer.name == name for layer in layers):
            self.network  # noqa: B018  (lowers)
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep layers set on a functional model as plain attributes: the graph holds them."""
        if isinstance(value, nn.Module) and self.graph is not None:
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Model:
        """Copy node by node, from the inputs on, so that deep graphs need no deep recursion."""
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        for node in self.graph.nodes if self.graph is not None else []:
            copy.deepcopy(node, memo)
        for key, value in self.__dict__.items():
            left = key in ("_network", "_stepper")  # made anew when they are needed
            twin.__dict__[key] = None if left else copy.deepcopy(value, memo)
        if self.graph is not None:
            twin.__dict__["_modules"] = {}
        return twin

    # Computing.

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return the outputs; subclasses of one's own say how."""
        flat = self.network.predict(*self.flat_inputs(inputs))
        return self.in_output_form(flat)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on tensors or arrays."""
        if self.graph is None:
            return super().forward(*args, **kwargs)
        training = kwargs.get("training")
        inputs = args[0] if len(args) == 1 else list(args)
        flat = self.flat_inputs(inputs)
        if training is None and not self._is_by_itself():
            return self.in_output_form(self._computed_flat(flat))
        mode = self.network.by_itself() if training is None else self._in_mode(bool(training))
        with mode:
            return self.in_output_form(self._computed_flat(flat))

    def _computed_flat(self, flat: Sequence[Tensor]) -> Sequence[Any]:
        """Return the outputs in a row; keep what the call adds to the loss, or hand it on."""
        network = self.network
        if not network.adds_losses:
            outputs: Sequence[Any] = network.predict(*flat)
            return outputs
        with collecting_losses() as added:
            outputs, _, losses, _ = network.full(*flat)
        self.keep_losses([*losses, *added])
        return outputs

    def eval(self) -> Model:
        """Let all modules rest, those too that train in a call by itself."""
        super().eval()
        self._rests = True
        return self

    def train(self, mode: bool = True) -> Model:
        """Let all modules train, or rest."""
        super().train(mode)
        self._rests = self._rests and not mode
        return self

    def _is_by_itself(self) -> bool:
        """Return whether layers are to train that do so unless something says otherwise.

        Around the call nothing does, and `eval()` did not; Keras trains those that change images.
        """
        told = learning_phase() is not None or collected_losses() is not None
        return bool(self.network.alone) and not told and not self._rests

    def flat_inputs(self, inputs: Any) -> list[Tensor]:
        """Return one tensor for each input of the graph, on the model's device.

        Raises:
            ShapeError: when there are more or fewer than the graph has.
        """
        symbols = self.graph.input_symbols
        if isinstance(inputs, Mapping):
            inputs = [inputs[symbol.node.layer.name] for symbol in symbols]
        given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if len(given) != len(symbols):
            raise ShapeError(f"{self.who}: inputs must be {len(symbols)}, got {len(given)}.")
        kinds = [self.input_kind(symbol) for symbol in symbols]
        return [_tensor(value, kind) for value, kind in zip(given, kinds, strict=True)]

    def input_kind(self, symbol: Symbol) -> torch.dtype | None:
        """Return the type of an input: its symbol's; floats as the weights are, if `.to` moved.

        Texts have none.
        """
        if symbol.dtype == "string":
            return None
        kind: torch.dtype = getattr(torch, symbol.dtype)
        if not kind.is_floating_point:
            return kind
        floats = (t.dtype for t in self.tensors() if t.is_floating_point())
        return next(floats, kind)

    def in_output_form(self, flat: Sequence[Any]) -> Any:
        """Return a flat list of outputs in the form the model was given its outputs."""
        rest = iter(flat)
        if self.graph is None:
            several = isinstance(self._output_form, list | tuple)
            return list(rest) if several else next(rest)
        return map_symbols(lambda symbol: next(rest), self.graph.outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shapes of the outputs for inputs of these shapes."""
        if self.graph is None:
            return super().compute_output_shape(input_shape)
        shapes = [input_shape] if is_shape(input_shape) else list(input_shape)
        known = [tuple(symbol.shape) for symbol in self.graph.input_symbols]
        if [tuple(shape) for shape in shapes] == known:
            found = [tuple(symbol.shape) for symbol in self.graph.output_symbols]
        else:
            found = self._shapes_through(shapes)
        return found[0] if isinstance(self.graph.outputs, Symbol) else found

    def _shapes_through(self, shapes: Sequence[Any]) -> list[Any]:
        """Return the shapes of the outputs for inputs of other shapes than the graph's own."""
        pairs = zip(shapes, self.graph.input_symbols, strict=True)
        given = [Symbol(tuple(shape), symbol.dtype) for shape, symbol in pairs]
        made, _ = self.graph.run(given, [None] * len(given), _symbols_of_node)
        return [tuple(symbol.shape) for symbol in made[: len(self.outputs)]]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the masks of the outputs, as the model's own layers make them of symbols."""
        if self.graph is None or not symbols_in(inputs):
            return None
        masks = map_symbols(lambda symbol: symbol.mask, self.graph.outputs)
        return masks if not symbols_in(mask) else _masks_through(self.graph, inputs, mask)

    # What it holds.

    @property
    def layers(self) -> list[Any]:
        """Return the layers in Keras's order; up to 2.15 functions of symbols are among them."""
        if rule("operations_are_layers", self.era):
            return self._shown_layers(self.operations)
        return [layer for layer in self.operations if not isinstance(layer, Operation)]

    def _shown_layers(self, layers: list[Any]) -> list[Any]:
        """Return the layers of a graph, up to Keras 2.3 always in the same list.

        Scripts take the last ones away from it: `model.layers.pop()`.
        """
        if self.graph is None or rule("layers_are_one_list", self.era) == "none":
            return layers
        return self.__dict__.setdefault("_layers_of_graph", layers)  # type: ignore[no-any-return]

    @property
    def operations(self) -> list[Any]:
        """Return layers and functions of symbols in Keras's order."""
        if self.graph is None:
            return list(super().sublayers)
        return list(self.__dict__.get("_layers_of_graph") or self.graph.layers)

    @property
    def sublayers(self) -> list[Any]:
        """Return the layers directly inside this model."""
        return self.flattened_layers

    @property
    def flattened_layers(self) -> list[Any]:
        """Return the layers that hold weights, side by side."""
        return self.operations

    @property
    def weights(self) -> list[Weight]:
        """Return all weights: layer by layer, or the trainable ones first, as the era has it."""
        if rule("model_weights_by_layer", self.era):
            return self._weights_in_order()
        return _once(self.trainable_weights + self.non_trainable_weights)

    @property
    def trainable_weights(self) -> list[Weight]:
        """Return the weights that training may change."""
        return _once(super().trainable_weights)

    @trainable_weights.setter
    def trainable_weights(self, values: Iterable[Any]) -> None:
        Trainable.trainable_weights.fset(self, values)  # type: ignore[attr-defined]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """Return the weights that training leaves alone."""
        return _once(super().non_trainable_weights)

    @property
    def trainable(self) -> bool:
        """Return whether training may change the model's weights."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        if rule("trainable_reaches_sublayers", self.era):
            for layer in self.layers:
                layer.trainable = bool(value)

    def get_weights(self) -> list[Any]:
        """Return copies of all weights, layer by layer."""
        self.need_built("asked for its weights")
        return [weight.numpy() for weight in self._weights_in_order()]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Write values in the order `get_weights` gives them."""
        self.need_built("given weights")
        assign_all(self.who, self._weights_in_order(), values)

    def need_built(self, purpose: str) -> None:
        """Refuse what cannot be done before the weights are made.

        Raises:
            StateError: naming the first layer, which should say the input's shape.
        """
        if not self.built and not (self.layers and all(layer.built for layer in self.layers)):
            first = self.layers[0] if self.layers else None
            where = f"give its first layer, {first.who}, an input_shape" if first else "add layers"
            raise StateError(
                f"{self.who}: input shape must be known before the model is {purpose}, got none; "
                f"{where}, or call the model on data."
            )

    def _weights_in_order(self) -> list[Weight]:
        """Return all weights layer by layer, the model's own where the era has them."""
        inner = [weight for layer in self.flattened_layers for weight in layer.weights]
        own = sorted(self._all_shown(), key=lambda weight: not weight.trainable)
        return _once(self._in_turn(own, inner))

    def _in_turn(self, own: list[Weight], inner: list[Weight]) -> list[Weight]:
        return inner + own if rule("own_weights_come_last", self.era) else own + inner

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """Return the layer of that name, or at that place in `layers`.

        Raises:
            ArgumentError: when there is none.
        """
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ArgumentError("index", f"less than {len(self.layers)}", index, who=self.who)
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in self.layers)
        raise ArgumentError("name", f"the name of a layer ({known})", name, who=self.who)

    @property
    def inputs(self) -> list[Symbol]:
        """Return the symbols of the inputs."""
        if self.graph is not None:
            return list(self.graph.input_symbols)
        return list(self._ends[0]) if self._ends else []

    @property
    def outputs(self) -> list[Symbol]:
        """Return the symbols of the outputs."""
        if self.graph is not None:
            return list(self.graph.output_symbols)
        return list(self._ends[1]) if self._ends else []

    @outputs.setter
    def outputs(self, symbols: Any) -> None:
        self.connect(self.graph.inputs, symbols)

    @property
    def input(self) -> Any:
        """Return the symbol of the input, or all of them."""
        return _form(self.graph.inputs) if self.graph is not None else None

    @property
    def output(self) -> Any:
        """Return the symbol of the output, or all of them."""
        return _form(self.graph.outputs) if self.graph is not None else None

    @property
    def input_names(self) -> list[str]:
        """Return the names of the input layers."""
        return [symbol.node.layer.name for symbol in self.inputs if symbol.node]

    @property
    def output_names(self) -> list[str]:
        """Return the names of the layers that make the outputs; repeated ones get a number.

        Source: tf.keras 2.15; other versions leave them alike, so that one hides another.
        """
        found: list[str] = []
        for symbol in self.outputs:
            name = made = symbol.node.layer.name if symbol.node else ""
            number = 0
            while made in found:
                number += 1
                made = f"{name}_{number}"
            found.append(made)
        return found

    @property
    def input_shape(self) -> Any:
        """Return the shape of the input, or of each."""
        return map_symbols(lambda symbol: tuple(symbol.shape), self.input)

    @property
    def output_shape(self) -> Any:
        """Return the shape of the output, or of each."""
        return map_symbols(lambda symbol: tuple(symbol.shape), self.output)

    def summary(self, line_length: int | None = None, positions: Any = None,
                print_fn: Any = None, expand_nested: bool = False, show_trainable: bool = False,
                layer_range: Any = None) -> None:  # fmt: skip
        """Print a table of the layers, their output shapes and weights.

        The arguments are those of `kshim.utils.print_summary`.

        Raises:
            StateError: before the model has a shape.
        """
        self.need_built("summarised")
        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable,
                      layer_range)  # fmt: skip

    def export(self, path: Any, **options: Any) -> Exported:
        """Write the model as ONNX; the options are those of `kshim.export.to_onnx`."""
        from kshim.export.onnx import to_onnx

        return to_onnx(self, path, **options)

    def to_torch(self) -> nn.Module:
        """Return the model as a module of plain torch, with copies of its weights."""
        from kshim.export.source import to_torch

        return to_torch(self)


def _symbols_of_node(
    node: Any, args: tuple[Any, ...], kwargs: dict[str, Any], mask: Any
) -> tuple[Any, Any]:
    """Return symbols of what a node makes of symbols, without recording a call."""
    return node.layer.output_symbols(args, kwargs, shapes_of(args[0])), None


def _masks_through(graph: Graph, inputs: Any, masks: Any) -> Any:
    """Return symbols of the output masks when masks come in from outside."""

    def call(node: Any, args: Any, kwargs: Any, mask: Any) -> tuple[Any, Any]:
        return node.outputs, node.layer.compute_mask(args[0], mask)

    flat = list(masks) if isinstance(masks, list | tuple) else [masks]
    _, found = graph.run(symbols_in(inputs), flat, call)
    found = found[: len(graph.output_symbols)]
    return found if len(found) > 1 else found[0]


def _tensor_for(model: Model, value: Any) -> Tensor:
    """Return data as a tensor in the model's float type, on its device."""
    kind = model.torch_dtype if value.is_floating_point() else value.dtype
    moved: Tensor = value.to(model.device, kind)
    return moved


def _named_ends(word: str, tensors: Sequence[Tensor]) -> list[Symbol]:
    """Return symbols of the tensors' shapes, the batch unknown, named by number."""
    ends = []
    for number, tensor in enumerate(tensors, start=1):
        ends.append(Input(batch_shape=(None, *tensor.shape[1:]), dtype=dtype_name(tensor),
                          name=f"{word}_{number}"))  # fmt: skip
    return ends


def _form(structure: Any) -> Any:
    """Return one symbol alone, several as a list."""
    if isinstance(structure, list | tuple) and len(structure) == 1:
        return structure[0]
    return structure


def _once(weights: Sequence[Weight]) -> list[Weight]:
    return list({id(weight): weight for weight in weights}.values())


def _tensor(value: Any, kind: torch.dtype | None) -> Any:
    """Return an input as a tensor of the type the graph asks for; texts as they are."""
    if kind is None or is_text(value):
        return as_texts(value).to(kind)
    if not isinstance(value, Tensor):
        value = torch.as_tensor(value)
    if value.dtype != kind and (kind.is_floating_point or not value.dtype.is_floating_point):
        value = value.to(kind)
    made: Tensor = value
    return made
