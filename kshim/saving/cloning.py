"""Cloning: a model made again with the same layers and new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kshim.core.eras import in_era
from kshim.core.symbols import Symbol, map_symbols, symbols_in
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS
from kshim.layers.core import Input, Lambda
from kshim.layers.operations import Operation


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
) -> Any:
    """Return a model of the same layers, newly initialised.

    Args:
        input_tensors: symbols to build on, or the data themselves; new inputs are made when left
            out.
        clone_function: gives the new layer for each layer.

    Raises:
        ArgumentError: when there are more or fewer `input_tensors` than inputs.
    """
    clone = clone_function or clone_layer
    with in_era(model.era):
        if hasattr(model, "add"):
            return _cloned_sequential(model, input_tensors, clone)
        return _cloned_graph(model, input_tensors, clone)


def clone_layer(layer: Any) -> Any:
    """Return a layer with the same arguments and new weights."""
    if hasattr(layer, "graph"):
        return clone_model(layer)
    if isinstance(layer, Operation):
        return Operation(layer.function, layer.name)
    config = layer.get_config()
    if isinstance(layer, Lambda):
        rules = {"function": layer.function, "mask": layer.mask,
                 "output_shape": layer.output_shape_rule}  # fmt: skip
        config = {key: it for key, it in config.items() if key != "function_type"} | rules
        return type(layer)(**config)
    return type(layer).from_config(config)


def _cloned_sequential(model: Any, input_tensors: Any, clone: Callable[[Any], Any]) -> Any:
    """Return a Sequential of cloned layers."""
    start = _starts(input_tensors)[:1]
    if not start and model.inputs and model.layers[0].batch_input_shape is None:
        start = [_input_like(model.inputs[0])]
    return LAYERS.find("Sequential")([*start, *map(clone, model.layers)], name=model.name)


def _cloned_graph(model: Any, input_tensors: Any, clone: Callable[[Any], Any]) -> Any:
    """Return a model whose graph makes the same calls of cloned layers."""
    graph = model.graph
    starts = _starts(input_tensors) or [_input_like(it) for it in graph.input_symbols]
    if len(starts) != len(graph.input_symbols):
        wanted = f"{len(graph.input_symbols)} symbols"
        raise ArgumentError("input_tensors", wanted, input_tensors, who="clone_model")
    new = dict(zip(map(id, graph.input_symbols), starts, strict=True))
    layers: dict[int, Any] = {}
    for node in graph.nodes:
        if id(node.layer) not in layers:
            layers[id(node.layer)] = clone(node.layer)
        args, kwargs = map_symbols(lambda symbol: new[id(symbol)], (node.args, node.kwargs))
        outputs = symbols_in(layers[id(node.layer)](*args, **kwargs))
        new.update(zip(map(id, symbols_in(node.outputs)), outputs, strict=True))
    ends = map_symbols(lambda symbol: new[id(symbol)], (graph.inputs, graph.outputs))
    return LAYERS.find("Model")(inputs=ends[0], outputs=ends[1], name=model.name)


def _starts(input_tensors: Any) -> list[Symbol]:
    """Return symbols of what is built on; data get inputs of their own, which hold them."""
    if input_tensors is None:
        return []
    listed = input_tensors if isinstance(input_tensors, list | tuple) else [input_tensors]
    return [one if isinstance(one, Symbol) else Input(tensor=one) for one in listed]


def _input_like(symbol: Symbol) -> Symbol:
    maker: Any = symbol.node.layer if symbol.node is not None else None
    name = maker.name if maker is not None and not symbol.node.inputs else None  # type: ignore[union-attr]
    return Input(batch_shape=tuple(symbol.shape), dtype=symbol.dtype, name=name)
