"""Nodes: the calls of a graph as files list them, and the graph made again from such a list.

A layer's `inbound_nodes` lists its calls. A call lists what went in as `[layer, call, output]`,
with the keywords behind it: `[[["dense_1", 0, 0, {}]]]`. The first call of a nested model is
number 1: its own making counts as number 0.

Source: Keras 1.2.2 to 2.3.1 engine/network.py, tf.keras 2.15 engine/functional.py, Keras 3.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kshim.core.config import to_config
from kshim.core.eras import ERAS
from kshim.core.symbols import Node, Symbol, map_symbols, symbols_in
from kshim.errors import GraphError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.operations import Operation
from kshim.layers.recurrent import Recurrent
from kshim.layers.wrappers import Bidirectional
from kshim.saving.dialects import FOR_KERAS_3, written_layer
from kshim.saving.operations import (
    CONSTANT,
    is_operation,
    keras_form,
    keras_value,
    operation_of,
    tensorflow_form,
)

# Keywords that files list behind the inputs, as further inputs.
FURTHER_INPUTS = ("initial_state",)
# Keywords that every call takes.
EVERY_CALL = ("training", "mask")

Key = tuple[str, int]
Make = Callable[[Any], Any]


def graph_config(model: Any) -> dict[str, Any]:
    """Return name, layers with their calls, inputs and outputs of a model that has a graph.

    Raises:
        NotSupported: for functions of symbols outside any layer that files have no name for.
    """
    calls = _Calls(model.graph)
    return {
        "name": model.name,
        "layers": calls.inputs_beside_layers() + [calls.entry(it) for it in model.graph.layers],
        "input_layers": [calls.reference(symbol) for symbol in model.graph.input_symbols],
        "output_layers": _alike(model.graph.outputs, calls.reference),
    }


def made_of(entry: Mapping[str, Any]) -> Any:
    """Return the layer, or the operation on tensors, that an entry of a config describes."""
    if isinstance(entry, Mapping) and is_operation(str(entry.get("class_name"))):
        return operation_of(str(entry["class_name"]), entry.get("config") or {})
    return LAYERS.make(entry)


def connected(config: Mapping[str, Any], make: Make = made_of) -> tuple[Any, Any]:
    """Return inputs and outputs of the graph that a config describes; one alone is no list.

    Raises:
        GraphError: when calls go round in a circle, or need a layer that is not there.
    """
    layers = _made(config["layers"], make)
    ends = [_ends(config, key, layers) for key in ("input_layers", "output_layers")]
    calls = [call for entry in config["layers"] for call in _calls_of(entry, layers)]
    first = _first_numbers([*ends, *(call.given for call in calls)], layers)
    made = _run(calls, layers, first)
    inputs, outputs = (_filled(end, made, first) for end in ends)
    return _alone(inputs), _alone(outputs)


@dataclass(frozen=True)
class _Reference:
    """Point at one output of one call of a layer, in the numbers of the file."""

    layer: str
    number: int
    place: int


@dataclass(frozen=True)
class _Call:
    """Hold one call as a file lists it; references stand for symbols."""

    key: Key
    args: list[Any]
    kwargs: dict[str, Any]

    @property
    def given(self) -> Any:
        """Return everything that goes in."""
        return [self.args, self.kwargs]


class _Calls:
    """Number the calls in a graph as files do."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        inside = {id(node) for node in graph.nodes}
        self.numbers: dict[int, int] = {}
        for layer in graph.layers:
            kept = [node for node in layer.inbound_nodes if id(node) in inside]
            # A model's own graph is its first call, but in Keras 3.
            start = 1 if _is_model(layer) and layer.era != ERAS[-1] else 0
            self.numbers |= {id(node): number for number, node in enumerate(kept, start)}
        self.stand_ins = {
            id(symbol): f"{_maker(symbol)}_input"
            for symbol in graph.input_symbols
            if symbol.node is not None and symbol.node.inputs
        }
        names = [layer.name for layer in graph.layers]
        twice = sorted({name for name in names if names.count(name) > 1}) if _twice(names) else []
        if twice:
            raise GraphError(f"Model: layer names must differ, got {', '.join(twice)} twice.")

    def reference(self, symbol: Symbol) -> list[Any]:
        """Return `[layer, call, output]` of a symbol."""
        if id(symbol) in self.stand_ins:
            return [self.stand_ins[id(symbol)], 0, 0]
        return [_maker(symbol), self.numbers.get(id(symbol.node), 0), symbol.index]

    def inputs_beside_layers(self) -> list[dict[str, Any]]:
        """Return entries for inputs that are outputs of layers outside the graph."""
        found = []
        for symbol in self.graph.input_symbols:
            name = self.stand_ins.get(id(symbol))
            if name is not None:
                config = {"batch_input_shape": list(symbol.shape), "dtype": symbol.dtype,
                          "sparse": False, "name": name}  # fmt: skip
                found.append({"class_name": "InputLayer", "config": config, "name": name,
                              "inbound_nodes": []})  # fmt: skip
        return found

    def entry(self, layer: Any) -> dict[str, Any]:
        """Return a layer's class, config, name and calls."""
        if isinstance(layer, Operation):
            form = keras_form if _in_words_of_keras_3(layer) else tensorflow_form
            return form(layer, self.reference)
        nodes = [node for node in layer.inbound_nodes if id(node) in self.numbers]
        calls = [self.call(node) for node in nodes]
        return written_layer(layer) | {"name": layer.name, "inbound_nodes": calls}

    def call(self, node: Node) -> Any:
        """Return what went into a call: `[layer, call, output, keywords]` each."""
        first, keywords = _first(node)
        if _in_words_of_keras_3(node.layer) and symbols_in(keywords):
            told = to_config(keras_value(keywords, self.reference))
            return {"args": [keras_value(first, self.reference)], "kwargs": told}
        for word in FURTHER_INPUTS:
            if symbols_in(keywords.get(word)):
                first = [*symbols_in(first), *symbols_in(keywords.pop(word))]
        told = to_config(map_symbols(self.reference, keywords))
        listed = first if isinstance(first, Mapping) else symbols_in(first)
        return map_symbols(lambda symbol: [*self.reference(symbol), told], listed)


def _in_words_of_keras_3(layer: Any) -> bool:
    """Return whether calls with symbols as keywords are listed as only Keras 3 reads them."""
    return FOR_KERAS_3.get() and layer.era == ERAS[-1]


def _first(node: Node) -> tuple[Any, dict[str, Any]]:
    """Return the first argument of a call, and the others by name.

    What stands in a list as the inputs may be several arguments in Keras (`input_words`).
    """
    first, keywords = node.args[0], _keywords(node)
    words = getattr(node.layer, "input_words", ())
    has_states = isinstance(node.layer, Recurrent | Bidirectional) and isinstance(first, list)
    if has_states and _in_words_of_keras_3(node.layer):
        return first[0], {FURTHER_INPUTS[0]: first[1:], **keywords}
    if not words:
        return first, keywords
    return first[0], dict(zip(words, first[1:], strict=False)) | keywords


def _keywords(node: Node) -> dict[str, Any]:
    """Return the arguments of a call behind the first, by name; those that are None left out."""
    words = list(inspect.signature(node.layer.call).parameters)[1:]
    named = dict(zip(words, node.args[1:], strict=False)) | node.kwargs
    return {word: value for word, value in named.items() if value is not None}


def _made(entries: Iterable[Mapping[str, Any]], make: Make) -> dict[str, Any]:
    """Return the layers of a config by name."""
    layers: dict[str, Any] = {}
    for entry in entries:
        layer = make(entry)
        name = str(entry.get("name") or entry.get("config", {}).get("name"))
        if not isinstance(layer, Layer):
            raise GraphError(f"{name}: class_name must name a layer, got {entry['class_name']!r}.")
        if name in layers:
            raise GraphError(f"Model: layer names must differ, got {name!r} twice.")
        layers[name] = layer
    return layers


def _ends(config: Mapping[str, Any], key: str, layers: Mapping[str, Any]) -> Any:
    """Return the references that a config lists as inputs or outputs."""
    parsed = _parsed(config[key], layers)
    if not _points(parsed):
        raise GraphError(f"Model: {key} must list [layer, call, output], got {config[key]!r:.200}.")
    return parsed


def _points(value: Any) -> bool:
    """Return whether a structure is made of references, one at least."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return bool(value) and all(map(_points, value))
    return isinstance(value, _Reference)


def _calls_of(entry: Mapping[str, Any], layers: Mapping[str, Any]) -> list[_Call]:
    """Return the calls that a config lists for one layer."""
    name = str(entry.get("name") or entry.get("config", {}).get("name"))
    return [
        _Call((name, number), *_arguments(call, layers))
        for number, call in enumerate(entry.get("inbound_nodes") or [])
    ]


def _arguments(call: Any, layers: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments and the keywords of one call."""
    if isinstance(call, Mapping) and set(call) == {"args", "kwargs"}:  # Keras 3
        args, kwargs = (_parsed(call[part], layers) for part in ("args", "kwargs"))
        return args, kwargs
    if isinstance(call, Mapping) and call:
        parts = {key: _part(item, layers) for key, item in call.items()}
        return [{key: it for key, (it, _) in parts.items()}], next(iter(parts.values()))[1]
    listed = [call] if _looks_like_reference(call) or call[:1] == [CONSTANT] else call
    found = [_part(item, layers) for item in listed]
    first = [it for it, _ in found]
    return [first[0] if len(first) == 1 else first], found[-1][1] if found else {}


def _part(item: Any, layers: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return one of the inputs of a call, and the keywords behind it."""
    if isinstance(item, list) and len(item) == 4 and item[0] == CONSTANT:
        return item[2], _parsed(item[3] or {}, layers)
    if not _looks_like_reference(item):
        raise GraphError(f"inbound_nodes: an input must be [layer, call, output], got {item!r}.")
    keywords = item[3] if len(item) > 3 else {}
    return _parsed(item[:3], layers), _parsed(keywords or {}, layers)


def _parsed(value: Any, layers: Mapping[str, Any]) -> Any:
    """Return nested lists and dicts with references in place of what stands for symbols."""
    if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
        return _parsed(value["config"]["keras_history"], layers)
    if _looks_like_reference(value) and len(value) == 3:
        if value[0] not in layers:
            raise GraphError(f"inbound_nodes: a layer must be in the config, got {value[0]!r}.")
        return _Reference(*value)
    if isinstance(value, Mapping):
        return {key: _parsed(item, layers) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_parsed(item, layers) for item in value]
    return value


def _looks_like_reference(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(isinstance(number, int) for number in value[1:3])
    )


def _first_numbers(structure: Any, layers: Mapping[str, Any]) -> dict[str, int]:
    """Return the number that a file gives to the first call of each nested model: mostly 1."""
    zero = {it.layer for it in _references(structure) if it.number == 0}
    return {name: 1 for name, it in layers.items() if _is_model(it) and name not in zero}


def _run(
    calls: list[_Call], layers: Mapping[str, Any], first: Mapping[str, int]
) -> dict[Key, list[Symbol]]:
    """Make the calls, each when what it needs is there and its layer's earlier calls are made."""
    made: dict[Key, list[Symbol]] = {
        (name, 0): symbols_in(layer.output) for name, layer in layers.items() if _is_input(layer)
    }
    waiting = {call.key: (call, _needs(call, first) - made.keys()) for call in calls}
    behind: dict[Key, list[Key]] = {}
    for key, (_, needs) in waiting.items():
        for need in needs:
            behind.setdefault(need, []).append(key)
    ready = deque(key for key, (_, needs) in waiting.items() if not needs)
    while ready:
        key = ready.popleft()
        call, _ = waiting.pop(key)
        args, kwargs = (_filled(part, made, first) for part in (call.args, call.kwargs))
        _check_words(key[0], layers[key[0]], kwargs)
        made[key] = symbols_in(layers[key[0]](*args, **kwargs))
        for later in behind.get(key, []):
            waiting[later][1].discard(key)
            if not waiting[later][1]:
                ready.append(later)
    if waiting:
        key, (_, needs) = next(iter(waiting.items()))
        raise GraphError(
            f"Model: call {key[1]} of {key[0]!r} must follow from the inputs, got one that needs "
            f"{', '.join(f'call {number} of {name!r}' for name, number in sorted(needs))}."
        )
    return made


def _check_words(name: str, layer: Any, kwargs: Mapping[str, Any]) -> None:
    """Refuse keywords that a layer's call does not know."""
    words = inspect.signature(layer.call).parameters
    if any(it.kind is inspect.Parameter.VAR_KEYWORD for it in words.values()):
        return
    known = [*list(words)[1:], *getattr(layer, "input_words", ()), *EVERY_CALL]
    unknown = [it for it in kwargs if it not in known]
    if unknown:
        raise GraphError(
            f"Model: keywords of {name!r} must be of {', '.join(known)}, got {unknown[0]!r}."
        )


def _needs(call: _Call, first: Mapping[str, int]) -> set[Key]:
    """Return the calls that must be made before this one."""
    name, number = call.key
    before = {(name, number - 1)} if number else set()
    return before | {_key(it, first) for it in _references(call.given)}


def _filled(value: Any, made: Mapping[Key, list[Symbol]], first: Mapping[str, int]) -> Any:
    """Return a structure with symbols in place of references."""
    if isinstance(value, _Reference):
        outputs = made.get(_key(value, first), [])
        if not 0 <= value.place < len(outputs):
            raise GraphError(f"Model: {value} must point at an output, got {len(outputs)} of them.")
        return outputs[value.place]
    if isinstance(value, Mapping):
        return {key: _filled(item, made, first) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, made, first) for item in value]
    return value


def _key(reference: _Reference, first: Mapping[str, int]) -> Key:
    return (reference.layer, reference.number - first.get(reference.layer, 0))


def _references(structure: Any) -> list[_Reference]:
    """Return the references in nested lists and dicts, in order."""
    if isinstance(structure, _Reference):
        return [structure]
    if isinstance(structure, Mapping):
        structure = structure.values()
    elif not isinstance(structure, list | tuple):
        return []
    return [found for item in structure for found in _references(item)]


def _alike(structure: Any, reference: Callable[[Symbol], Any]) -> Any:
    """Return the references of outputs: a dict for a dict, a list for nearly all else."""
    if FOR_KERAS_3.get() and isinstance(structure, Symbol):
        return reference(structure)
    if isinstance(structure, Mapping):
        return map_symbols(reference, structure)
    return [reference(symbol) for symbol in symbols_in(structure)]


def _alone(ends: Any) -> Any:
    return ends[0] if isinstance(ends, list) and len(ends) == 1 else ends


def _is_model(layer: Any) -> bool:
    return hasattr(layer, "graph")


def _is_input(layer: Any) -> bool:
    return any(not node.inputs for node in layer.inbound_nodes[:1])


def _maker(symbol: Symbol) -> str:
    return str(symbol.node.layer.name) if symbol.node is not None else ""


def _twice(names: list[str]) -> bool:
    return len(set(names)) < len(names)
