"""Functions of symbols: `K.placeholder`, `K.function`, `K.gradients`, and the value of a symbol.

A function is compiled once. It is a chain of lowered graphs: what a gradient is taken by is
computed first and handed to the next graph as an input, so that torch sees it on the way to the
loss.

Source: Keras 2.2.4 backend/tensorflow_backend.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from kshim.backend.tensors import as_tensor
from kshim.core.eras import rule
from kshim.core.names import next_number, unique_name
from kshim.core.settings import in_phase, learning_phase
from kshim.core.shapes import as_shape
from kshim.core.symbols import Node, Symbol, symbols_in
from kshim.core.tracing import refuse_to_trace_gradients
from kshim.errors import ArgumentError, GraphError, ShapeError
from kshim.graph.network import Network
from kshim.graph.order import Graph
from kshim.graph.streams import Part, held_by, streams_before
from kshim.layers.base import Layer
from kshim.layers.core import InputLayer
from kshim.layers.device import default_device
from kshim.layers.inference import dtype_name
from kshim.layers.weights import Weight
from kshim.optimizers.hyper import Hyper
from kshim.optimizers.updating import Step

Values = dict[int, Any]
Pairs = list[tuple[Symbol, Any]]
SESSION_WORDS = {"feed_dict", "fetches", "options", "run_metadata", "session_kwargs", "mode"}


class Placeholder(InputLayer):
    """Make the symbol of `K.placeholder`, which Keras does not count as one that a layer made."""


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False,
    name: str | None = None, ragged: bool = False,
) -> Symbol:  # fmt: skip
    """Return the symbol of data to come, its shape counted with the batch.

    Args:
        ndim: the number of axes, when their sizes are unknown.
    """
    sizes = (None,) * (ndim or 0) if shape is None else as_shape(shape)
    word = name or f"placeholder_{next_number('placeholder')}"
    symbol: Symbol = Placeholder(batch_input_shape=sizes, dtype=dtype, name=word).output
    return symbol


def function(
    inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **options: Any
) -> Function:
    """Return a function from arrays to arrays.

    Args:
        inputs: symbols; `K.learning_phase()` among them takes 1 (train) or 0 (predict).
        outputs: a list of symbols, or one of them.
        updates: pairs of a variable and the symbol of its new value, as `K.update` gives them.
        options: what went to TensorFlow's session: `feed_dict` (symbols and their values, read at
            each call) and `fetches` (more updates); the rest of `SESSION_WORDS` changes nothing.
    """
    unknown = sorted(set(options) - SESSION_WORDS)
    if unknown:
        raise ArgumentError("K.function", f"called with {sorted(SESSION_WORDS)}", unknown)
    more = options.get("fetches") or []
    return Function(inputs, outputs, [*(updates or []), *more], options.get("feed_dict"))


def gradients(loss: Any, variables: Any) -> list[Any]:
    """Return the gradient of the sum of a loss by each variable; None where it has none.

    Args:
        loss: a symbol or a tensor.
        variables: symbols, variables or weights; of a tensor loss, tensors. Inside a layer that a
            model calls, tensors among the layer's inputs may lead to each other.
    """
    losses = list(loss) if isinstance(loss, list | tuple) else [loss]
    wanted = list(variables) if isinstance(variables, list | tuple) else [variables]
    for loss in symbols_in(losses):
        if loss in given_gradients:
            return [given_gradients[loss].get(id(one)) for one in wanted]
    if not symbols_in(losses):
        refuse_to_trace_gradients()
        if all(map(_is_stand_in, wanted)):
            return [torch.zeros_like(one) for one in wanted]
        return derived(losses, wanted, create_graph=True)
    reached = _reached(symbols_in(losses))
    found = [one for one in wanted if id(one) in reached]
    made = iter(Gradients().record((losses, found), {}) if found else [])
    return [next(made) if id(one) in reached else None for one in wanted]


def evaluate(x: Any) -> Any:
    """Return the value of a tensor, a weight, or a symbol that needs no input, as an array.

    What has no axes is a number of numpy's, as TensorFlow gives it.
    """
    if isinstance(x, Symbol):
        return Function([], x)([])
    if isinstance(x, Tensor):
        return x.detach().cpu().numpy()[()]
    return (x.numpy() if hasattr(x, "numpy") else np.asarray(x))[()]


def derived(losses: Sequence[Tensor], by: Sequence[Any], create_graph: bool) -> list[Any]:
    """Return the gradient of the sum of all losses by each tensor or weight, None where none."""
    with torch.enable_grad():  # scripts run without, outside training and tapes
        total = sum(torch.sum(one) for one in losses)
    if not (isinstance(total, Tensor) and total.requires_grad):
        return [None] * len(by)
    groups = [one.tensors if isinstance(one, Weight) else (one,) for one in by]
    flat = [tensor for group in groups for tensor in group]
    found = iter(
        torch.autograd.grad(
            total, flat, create_graph=create_graph, retain_graph=True, allow_unused=True
        )
    )
    parts = [[next(found) for _ in group] for group in groups]
    return [_in_form(one, part) for one, part in zip(by, parts, strict=True)]


class Gradients(Layer):
    """Stand in a graph for the gradients of a loss by some of the symbols before it."""

    def __init__(self) -> None:
        """Need no weights."""
        super().__init__(name=unique_name("gradients"))
        self.built = True

    def record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a node: the gradients have the shapes of what they are taken by."""
        outputs = [
            Symbol(as_shape(one.shape), dtype_of(one), name=f"{self.name}:{place}")
            for place, one in enumerate(args[1])
        ]
        self.inbound_nodes.append(Node(self, args, kwargs, outputs, number=0))
        return outputs

    def call(self, losses: list[Any], variables: list[Any]) -> list[Any]:
        """Return the gradients of tensors; zeros where the loss does not depend on one."""
        refuse_to_trace_gradients()
        found = derived(losses, variables, create_graph=True)
        return [
            torch.zeros(tuple(one.shape)) if grad is None else grad
            for one, grad in zip(variables, found, strict=True)
        ]


class Function:
    """Compute outputs from inputs, arrays from arrays, and write updates.

    Args:
        inputs, outputs, updates: as `function` takes them.
        feed: values of more symbols, read at each call.
    """

    def __init__(self, inputs: Any, outputs: Any, updates: Any = None, feed: Any = None) -> None:
        """Keep what is asked; it is compiled at the first call."""
        self.feed = {} if feed is None else feed
        self.inputs = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        self.outputs = outputs
        self.updates = [_as_update(one) for one in updates or [] if _is_update(one)]
        told = [one for one in updates or [] if isinstance(one, Weight)]
        self._moving = {id(tensor) for weight in told for tensor in weight.tensors}

    def __call__(self, *inputs: Any) -> Any:
        """Return the arrays of the outputs: a list of them, when a list was asked for."""
        given = inputs[0] if len(inputs) == 1 and _is_list(inputs[0]) else list(inputs)
        values, phase = self._fed(given)
        chain = self._chain
        still = self._still(chain) if phase else []
        with in_phase(phase), torch.set_grad_enabled(chain.differentiates), _kept(still):
            chain.run(values, phase)
            found = [chain.value(values, one) for one in _listed(self.outputs)]
            new = [[chain.value(values, it) for it in one.symbols] for one in self.updates]
        for update, made in zip(self.updates, new, strict=True):
            update.write(made)
        arrays = [evaluate(one) for one in found]
        return arrays if _is_list(self.outputs) else arrays[0]

    def _still(self, chain: Chain) -> list[Tensor]:
        """Return the statistics that a run in training leaves as they are."""
        return chain.statistics(self._moving) if rule("functions_update_as_told") else []

    @cached_property
    def _chain(self) -> Chain:
        symbols = [one for one in (*self.inputs, *self.feed) if isinstance(one, Symbol)]
        new = [one.symbols for one in self.updates]
        return Chain(symbols, symbols_in([_listed(self.outputs), new]))

    def _fed(self, given: Sequence[Any]) -> tuple[Values, bool]:
        """Return the value of each input symbol, and the phase.

        Raises:
            ShapeError: when values are missing or too many.
        """
        slots = list(self.inputs)
        if len(given) == len(slots) - 1 and _is_phase(slots[-1]):
            slots.pop()
        if len(given) != len(slots):
            raise ShapeError(f"K.function: inputs must be {len(slots)}, got {len(given)}.")
        values: Values = {}
        phase = learning_phase()
        fed = [*zip(slots, given, strict=True), *self.feed.items()]
        for slot, value in fed:
            if isinstance(slot, Symbol):
                values[id(slot)] = self._chain.tensor(slot, value)
            elif _is_phase(slot):
                phase = bool(value)
            else:
                slot.assign(value)
        return values, bool(phase)


class Assignment:
    """Stand among updates for a variable's new value.

    Attributes:
        symbols: the new value alone.
    """

    def __init__(self, variable: Any, value: Any) -> None:
        """Keep the variable and the symbol."""
        self.variable, self.symbols = variable, [value]

    def write(self, values: Sequence[Any]) -> None:
        """Write the value."""
        self.variable.assign(values[0])


class Chain:
    """Hold the lowered graphs from some symbols to others, in the order in which they run.

    Attributes:
        differentiates: whether gradients are taken on the way.
    """

    def __init__(self, inputs: Sequence[Symbol], targets: Sequence[Symbol]) -> None:
        """Lower the graphs."""
        self._weights = _loose_weights(inputs, targets)
        self._streams = streams_before([symbol for symbol, _ in self._weights])
        self._known = [*inputs, *(symbol for symbol, _ in self._weights)]
        self._steps: list[Callable[[Values, bool], None]] = []
        self._networks: list[Network] = []
        self.differentiates = False
        self._device = default_device()
        unknown = self._unknown(targets)
        if unknown and not self._known:
            raise GraphError(
                f"K.eval: x must follow from variables alone, got {unknown[0]!r}. "
                "Use K.function with the inputs it needs."
            )
        if unknown:
            nodes = Graph(self._known, unknown).nodes
            for weight in (w for node in nodes for w in node.layer.weights):
                self._device = weight.tensors[0].device
            self._plan(nodes, unknown)

    def run(self, values: Values, training: bool) -> None:
        """Compute every target into `values`, which hold the inputs by their symbols' ids."""
        for stream in self._streams:
            stream.advance()
        for symbol, weight in self._weights:
            values[id(symbol)] = _read(weight)
        for step in self._steps:
            step(values, training)

    def statistics(self, moving: set[int]) -> list[Tensor]:
        """Return the moving statistics of normalisation, but for those told by their ids."""
        norms = {id(module): module for one in self._networks for module in one.full.modules()}
        held = [one for one in norms.values() if getattr(one, "running_mean", None) is not None]
        buffers = [tuple(one.buffers(recurse=False)) for one in held]
        return [one for group in buffers if not {*map(id, group)} & moving for one in group]

    def value(self, values: Values, target: Any) -> Any:
        """Return the value of a target; of what is no symbol, itself."""
        return values[id(target)] if isinstance(target, Symbol) else target

    def tensor(self, symbol: Symbol, value: Any) -> Tensor:
        """Return an input as the graph asks for it; gradients can be taken by it."""
        made: Tensor = as_tensor(value).detach().to(self._device, getattr(torch, symbol.dtype))
        return made.requires_grad_(self.differentiates and made.is_floating_point())

    def _plan(self, nodes: Sequence[Node], targets: Sequence[Symbol]) -> None:
        gradients = [node for node in nodes if isinstance(node.layer, Gradients)]
        self.differentiates = bool(gradients)
        cuts = {id(symbol) for node in gradients for symbol in symbols_in(node.args[1])}
        for node in nodes:
            made = symbols_in(node.outputs)
            if node in gradients:
                self._compute(symbols_in(node.args[0]))
                self._steps.append(_derive(node, again=len(gradients) > 1))
                self._known += made
            elif any(id(symbol) in cuts for symbol in made):
                self._compute(made)
        self._compute(targets)

    def _compute(self, wanted: Sequence[Symbol]) -> None:
        """Add the step that computes symbols from those that are known by then."""
        targets = self._unknown(wanted)
        if targets:
            known = list(self._known)
            network = Network(Graph(known, targets))
            self._networks.append(network)
            self._steps.append(_computing(network, known, targets))
            self._known += targets

    def _unknown(self, symbols: Iterable[Symbol]) -> list[Symbol]:
        known = {id(symbol) for symbol in self._known}
        return list({id(one): one for one in symbols if id(one) not in known}.values())


@contextmanager
def _kept(tensors: Sequence[Tensor]) -> Iterator[None]:
    """Let tensors have the same values behind the block as before it."""
    before = [one.clone() for one in tensors]
    try:
        yield
    finally:
        with torch.no_grad():
            for one, values in zip(tensors, before, strict=True):
                one.copy_(values)


def _computing(
    network: Network, known: Sequence[Symbol], targets: Sequence[Symbol]
) -> Callable[..., None]:
    def step(values: Values, training: bool) -> None:
        with network.in_mode(training):
            made = network.predict(*(values[id(symbol)] for symbol in known))
        values.update(zip(map(id, targets), made, strict=True))

    return step


def _derive(node: Node, again: bool) -> Callable[..., None]:
    losses, variables = node.args

    def step(values: Values, training: bool) -> None:
        by = [values[id(one)] if isinstance(one, Symbol) else one for one in variables]
        totals = [values[id(one)] for one in symbols_in(losses)]
        found = derived(totals, by, create_graph=again)
        made = [
            torch.zeros(tuple(one.shape), device=totals[0].device) if grad is None else grad
            for one, grad in zip(by, found, strict=True)
        ]
        values.update(zip(map(id, symbols_in(node.outputs)), made, strict=True))

    return step


def _is_stand_in(value: Any) -> bool:
    """Return whether a tensor stands for one to come, and remembers nothing of the graph."""
    return isinstance(value, Tensor) and value.device.type == "meta"


def _in_form(variable: Any, gradients: Sequence[Any]) -> Any:
    """Return the gradients by a weight's tensors in Keras's order."""
    if any(one is None for one in gradients):
        return None
    return variable.to_keras(*gradients) if isinstance(variable, Weight) else gradients[0]


def _loose_weights(given: Sequence[Symbol], targets: Sequence[Symbol]) -> Pairs:
    """Return a symbol for each weight that stands among the arguments of a node, in its place.

    Such a weight (`K.variable(0.) + symbol`) belongs to no layer of the graph, so that it comes
    in as the data does.
    """
    found: dict[int, tuple[Symbol, Any]] = {}

    def replaced(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(replaced, value))
        if isinstance(value, dict):
            return {key: replaced(one) for key, one in value.items()}
        if isinstance(value, Weight) or (isinstance(value, Tensor) and value.requires_grad):
            value = standing_symbol(value)
        if isinstance(value, Symbol) and value in _sources:
            found[id(value)] = (value, _sources[value])
        elif isinstance(value, Symbol) and id(value) not in fed:
            held = held_by(value)
            if held is not None and not isinstance(held, Symbol):
                found[id(value)] = (value, held)
        return value

    fed = {id(symbol) for symbol in given}
    for node in _nodes_before(targets, {id(symbol) for symbol in given}):
        if not isinstance(node.layer, Gradients):
            node.args, node.kwargs = replaced(node.args), replaced(node.kwargs)
    replaced(list(targets))
    return list(found.values())


def standing_symbol(weight: Any) -> Symbol:
    """Return a symbol whose value is that of a variable at each call."""
    shape = () if isinstance(weight, Hyper) else tuple(weight.shape)
    symbol = placeholder(shape, dtype=dtype_of(weight))
    _sources[symbol] = weight
    return symbol


def _nodes_before(targets: Iterable[Symbol], given: set[int]) -> list[Node]:
    """Return every node that leads to the targets from the symbols given."""
    found: dict[int, Node] = {}
    stack = list(targets)
    while stack:
        symbol = stack.pop()
        node = symbol.node
        if node is None or id(symbol) in given or id(node) in found:
            continue
        found[id(node)] = node
        stack += node.inputs
    return list(found.values())


def _reached(losses: Sequence[Symbol]) -> set[int]:
    """Return the ids of all symbols and weights that a loss depends on."""
    nodes = _nodes_before(losses, set())
    symbols = [symbol for node in nodes for symbol in symbols_in(node.outputs)]
    held = [weight for node in nodes for weight in node.layer.weights]
    loose = [weight for node in nodes for weight in _weights_in((node.args, node.kwargs))]
    stood_for = [_sources[one] for one in symbols if one in _sources]
    return {id(one) for one in [*symbols, *held, *loose, *stood_for]}


def _weights_in(structure: Any) -> list[Any]:
    if isinstance(structure, Weight):
        return [structure]
    inside = structure.values() if isinstance(structure, dict) else structure
    if not isinstance(structure, list | tuple | dict):
        return []
    return [weight for item in inside for weight in _weights_in(item)]


def _read(weight: Any) -> Any:
    if isinstance(weight, Hyper):
        return torch.tensor(weight.numpy())
    return weight.read() if isinstance(weight, Weight | Part) else weight


def dtype_of(x: Any) -> str:
    """Return the name of the type of a symbol, a tensor, a weight or a number that is held."""
    if isinstance(x, Symbol):
        return x.dtype
    if isinstance(x, Hyper):
        return x.numpy().dtype.name  # type: ignore[no-any-return]
    return dtype_name(x.tensors[0] if isinstance(x, Weight) else x)


def _is_update(given: Any) -> bool:
    return isinstance(given, tuple | list | Step)


def _as_update(given: Any) -> Any:
    return Assignment(*given) if isinstance(given, tuple | list) else given


def _is_phase(slot: Any) -> bool:
    return isinstance(slot, Hyper | int | bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _listed(value: Any) -> list[Any]:
    return list(value) if _is_list(value) else [value]


_sources: WeakKeyDictionary[Symbol, Any] = WeakKeyDictionary()
# The gradients of losses that stand for what a training step computed, by their variables' ids.
given_gradients: WeakKeyDictionary[Symbol, dict[int, Any]] = WeakKeyDictionary()
