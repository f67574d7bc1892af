"""The nodes between inputs and outputs, in an order in which they can run.

Layers are listed as Keras lists them (by depth, then in the order a walk from the outputs meets
them), because `get_weights` and files go by that order.

Source: Keras 2.2.4 engine/network.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kshim.core.symbols import Node, Symbol, map_symbols, symbols_in
from kshim.errors import GraphError
from kshim.layers.core import InputLayer

Caller = Callable[[Node, tuple[Any, ...], dict[str, Any], Any], tuple[Any, Any]]


class Graph:
    """Hold what leads from inputs to outputs.

    Attributes:
        inputs, outputs: as they were given: a symbol, or a list or dict of them.
        losses: symbols that are added to the loss of training.
        measured: symbols that are told beside the metrics, by name.
        nodes: every call between them, each behind those it needs.
        layers: each layer once, in Keras's order.
        depths: how far each layer is from the outputs, by its identity.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        losses: Sequence[Symbol] = (),
        measured: Mapping[str, Symbol] | None = None,
    ) -> None:
        self.inputs, self.outputs, self.losses = inputs, outputs, list(losses)
        self.measured = dict(measured or {})
        self.input_symbols = symbols_in(inputs)
        self.output_symbols = symbols_in(outputs)
        _check_ends(self.input_symbols, self.output_symbols)
        self.nodes, met = _walk_back(self.input_symbols, self.output_symbols)
        self.layers, self.depths = _by_depth(self.nodes, met, self.input_symbols)
        _check_names(self.layers)
        if self.losses or self.measured:
            self.nodes, _ = _walk_back(self.input_symbols, self.ends)

    @property
    def ends(self) -> list[Symbol]:
        """Return all that is computed: outputs, losses, measured values."""
        return [*self.output_symbols, *self.losses, *self.measured.values()]

    def run(self, inputs: Sequence[Any], masks: Sequence[Any], call: Caller) -> tuple[Any, Any]:
        """Run the nodes in order, and return all ends and their masks, flat.

        Args:
            inputs, masks: one for each input symbol.
            call: gives outputs and masks of one node from its arguments and the masks of the
                first of them.
        """
        values = dict(zip(map(id, self.input_symbols), inputs, strict=True))
        known = dict(zip(map(id, self.input_symbols), masks, strict=True))
        for node in self.nodes:
            args, kwargs = map_symbols(lambda symbol: values[id(symbol)], (node.args, node.kwargs))
            mask = map_symbols(lambda symbol: known[id(symbol)], node.args[0])
            mask = mask if symbols_in(node.args[:1]) else None
            results, made = map(_listed, call(node, args, kwargs, mask))
            for place, symbol in enumerate(symbols_in(node.outputs)):
                values[id(symbol)] = results[place]
                known[id(symbol)] = made[place] if place < len(made) else None
        ends = self.ends
        return [values[id(end)] for end in ends], [known[id(end)] for end in ends]


def source_inputs(outputs: Any) -> list[Symbol]:
    """Return the symbols of Input that symbols are computed from, in the order they are met."""
    return origins(outputs, lambda symbol: _is_entrance(symbol.node))


def origins(values: Any, ends: Callable[[Symbol], bool] = lambda symbol: False) -> list[Symbol]:
    """Return the symbols that all others follow from, in the order they are met.

    Args:
        ends: whether to look no further behind a symbol, though it follows from others.
    """
    found: dict[int, Symbol] = {}
    met: set[int] = set()
    stack = symbols_in([values])[::-1]
    while stack:
        symbol = stack.pop()
        if id(symbol) in met:
            continue
        met.add(id(symbol))
        before = symbol.node.inputs if symbol.node is not None else []
        if not before or ends(symbol):
            found[id(symbol)] = symbol
            continue
        stack += before[::-1]
    return list(found.values())


def _is_entrance(node: Node | None) -> bool:
    """Return whether a node is where data come in, though a graph of its own may give them."""
    return node is not None and isinstance(node.layer, InputLayer)


def _check_ends(inputs: list[Symbol], outputs: list[Symbol]) -> None:
    if not outputs:
        raise GraphError("Model: outputs must be symbols that layers made, got none.")
    if not inputs:
        raise GraphError("Model: inputs must be symbols made by Input, got none.")
    if len({id(symbol) for symbol in inputs}) < len(inputs):
        raise GraphError("Model: inputs must be different symbols, got one of them twice.")


def _check_names(layers: Sequence[Any]) -> None:
    names = [layer.name for layer in layers]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise GraphError(f"Model: layers must have different names, got {twice[0]!r} twice.")


def _walk_back(inputs: list[Symbol], outputs: list[Symbol]) -> tuple[list[Node], list[Any]]:
    """Return the nodes in an order to run them in, and the layers in the order they are met."""
    given = {id(symbol) for symbol in inputs}
    done: dict[int, Node] = {}
    met: dict[int, Any] = {}
    for end in outputs:
        stack: list[tuple[Symbol, bool]] = [(end, False)]
        open_nodes: set[int] = set()
        while stack:
            symbol, finished = stack.pop()
            node = _node_of(symbol)
            if finished:
                open_nodes.discard(id(node))
                done.setdefault(id(node), node)
                continue
            met.setdefault(id(node.layer), node.layer)
            if id(symbol) in given or id(node) in done:
                continue
            if id(node) in open_nodes:
                raise GraphError(f"Model: the graph must have no cycle, got one at {node.key}.")
            if not node.inputs:
                raise GraphError(_disconnected(symbol))
            open_nodes.add(id(node))
            stack.append((symbol, True))
            stack += [(before, False) for before in reversed(node.inputs)]
    return list(done.values()), list(met.values())


def _by_depth(
    nodes: list[Node], met: list[Any], inputs: list[Symbol]
) -> tuple[list[Any], dict[int, int]]:
    """Return the layers, the deepest (farthest from the outputs) first, and their depths."""
    depths: dict[int, int] = {}
    layer_depths: dict[int, int] = {}
    starts = {id(symbol): _node_of(symbol) for symbol in inputs}
    for node in reversed(nodes):
        depth = max(depths.get(id(node), 0), layer_depths.get(id(node.layer), 0))
        depths[id(node)] = layer_depths[id(node.layer)] = depth
        for symbol in node.inputs:
            before = starts.get(id(symbol), _node_of(symbol))
            depths[id(before)] = max(depth + 1, depths.get(id(before), 0))
    entrances = {
        id(node.layer): node for node in starts.values() if not node.inputs or _is_entrance(node)
    }
    unused = [node.layer for key, node in entrances.items() if id(node) not in depths]
    for key, node in entrances.items():
        layer_depths[key] = depths.get(id(node), 0)
    known = {id(layer): layer for layer in [*unused, *met]}
    listed = [layer for key, layer in known.items() if key in layer_depths]
    return sorted(listed, key=lambda layer: -layer_depths[id(layer)]), layer_depths


def _node_of(symbol: Symbol) -> Node:
    if symbol.node is None:
        raise GraphError(f"Model: {symbol!r} must be made by a layer or Input, got a loose symbol.")
    return symbol.node


def _disconnected(symbol: Symbol) -> str:
    name = _node_of(symbol).layer.name
    return (
        f"Model: outputs must follow from the inputs alone, got one that also needs {name!r}. "
        f"Add {name!r} to the inputs."
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
