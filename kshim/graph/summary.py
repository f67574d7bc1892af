"""The table that `model.summary()` prints.

Source: Keras 2.2.4 utils/layer_utils.py (columns, widths, and what the last lines count).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from kshim.core.eras import rule
from kshim.core.symbols import Node, symbols_in
from kshim.layers.weights import Weight

_SEQUENTIAL = ("Layer (type)", "Output Shape", "Param #")
_FUNCTIONAL = (*_SEQUENTIAL, "Connected to")


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
) -> None:
    """Print the layers of a model with their output shapes, weights and connections.

    Args:
        line_length: how many characters a line has.
        positions: where each column ends, as characters or as shares of the line.
        print_fn: takes each line; `print` when left out.
    """
    say = print_fn or print
    branched = _is_branched(model)
    width = line_length or (98 if branched else 65)
    shares = positions or ((0.33, 0.55, 0.67, 1.0) if branched else (0.45, 0.85, 1.0))
    ends = [int(width * share) if share <= 1 else int(share) for share in shares]
    if rule("summary_names_model", model.era):
        say(f'Model: "{model.name}"')
    say("_" * width)
    say(_line(_FUNCTIONAL if branched else _SEQUENTIAL, ends))
    say("=" * width)
    layers = model.layers
    for place, layer in enumerate(layers):
        for row in _rows(model, layer, branched):
            say(_line(row, ends))
        say(("=" if place == len(layers) - 1 else "_") * width)
    trainable, frozen = _count(model.trainable_weights), _count(model.non_trainable_weights)
    say(f"Total params: {trainable + frozen:,}")
    say(f"Trainable params: {trainable:,}")
    say(f"Non-trainable params: {frozen:,}")
    say("_" * width)


def _is_branched(model: Any) -> bool:
    """Return whether the layers form anything but a chain."""
    graph = model.graph
    if graph is None:
        return False
    used = [id(symbol) for node in graph.nodes for symbol in node.inputs]
    calls = [id(node.layer) for node in graph.nodes]
    joins = any(len(node.inputs) > 1 for node in graph.nodes)
    ends = max(len(graph.input_symbols), len(graph.output_symbols))
    return joins or ends > 1 or len(set(used)) < len(used) or len(set(calls)) < len(calls)


def _rows(model: Any, layer: Any, branched: bool) -> list[tuple[str, ...]]:
    try:
        shape = str(layer.output_shape)
    except Exception:  # a layer of a subclassed model has no shape of its own
        shape = "multiple"
    count = str(layer.count_params()) if layer.built else "0 (unused)"
    first = (f"{layer.name} ({type(layer).__name__})", shape, count)
    if not branched:
        return [first]
    sources = _sources(model, layer)
    rows: list[tuple[str, ...]] = [(*first, sources[0] if sources else "")]
    return rows + [("", "", "", name) for name in sources[1:]]


def _sources(model: Any, layer: Any) -> list[str]:
    """Return the calls whose results enter the layer, as name[call][output]."""
    found = []
    for node in model.graph.nodes:
        if node.layer is layer:
            found += [
                f"{symbol.node.layer.name}[{_number(symbol.node)}][{symbol.index}]"
                for symbol in symbols_in((node.args, node.kwargs))
                if symbol.node
            ]
    return found


def _number(node: Node) -> int:
    """Return the number of a call as Keras counts them."""
    is_model = getattr(node.layer, "graph", None) is not None
    return node.number + (is_model and rule("models_have_own_node", node.layer.era))


def _count(weights: Sequence[Weight]) -> int:
    return sum(math.prod(size or 0 for size in weight.shape) for weight in weights)


def _line(fields: Sequence[str], ends: Sequence[int]) -> str:
    line = ""
    for field, end in zip(fields, ends, strict=False):
        start = line[:-1] + " " if line else ""
        line = (start + field)[:end].ljust(end)
    return line
