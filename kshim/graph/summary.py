"""The table that `model.summary()` prints.

Up to Keras 2.3 a row is a line, cut at its column's end; tf.keras 2.15 breaks long fields into
more lines, can show what is inside nested models, and tells sizes in bytes.

Source: Keras 2.2.4 utils/layer_utils.py (columns, widths, and what the last lines count); what
tf.keras 2.15.0 printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from kshim.core.eras import rule
from kshim.core.symbols import Node, symbols_in
from kshim.errors import ArgumentError
from kshim.layers.weights import Weight

_SEQUENTIAL = ("Layer (type)", "Output Shape", "Param #")
_FUNCTIONAL = (*_SEQUENTIAL, "Connected to")
_TRAINABLE_WIDTH = 11


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print the layers of a model with their output shapes, weights and connections.

    Args:
        line_length: how many characters a line has.
        positions: where each column ends, as characters or as shares of the line.
        print_fn: takes each line; `print` when left out.
        expand_nested: whether the layers of nested models are shown too (tf.keras).
        show_trainable: whether a column tells Y or N of each layer (tf.keras).
        layer_range: the names (regular expressions) of the first and last layer to show (tf.keras).

    Raises:
        ArgumentError: when no layer has a name of `layer_range`.
    """
    wraps = rule("summary_wraps", model.era)
    branched = _is_branched(model)
    width = line_length or (98 if branched else 65)
    usual = (_WRAPPED_COLUMNS if wraps else _CUT_COLUMNS)[branched]
    ends = [int(width * share) if share <= 1 else int(share) for share in positions or usual]
    head = _FUNCTIONAL if branched else _SEQUENTIAL
    if show_trainable:
        width += _TRAINABLE_WIDTH
        head, ends = (*head, "Trainable"), [*ends, width]
    layers = _between(model, layer_range)
    body = _wrapped if wraps else _cut
    lines = body(model, layers, head, ends, width, branched, expand_nested)
    for line in chain(_opening(model), lines, _closing(model, width, wraps)):
        (print_fn or print)(line)


# Where columns end, for models that branch and for chains.
_CUT_COLUMNS = {True: (0.33, 0.55, 0.67, 1.0), False: (0.45, 0.85, 1.0)}
_WRAPPED_COLUMNS = {True: (0.3, 0.6, 0.7, 1.0), False: (0.45, 0.85, 1.0)}


def _opening(model: Any) -> list[str]:
    return [f'Model: "{model.name}"'] if rule("summary_names_model", model.era) else []


def _closing(model: Any, width: int, in_bytes: bool) -> Iterator[str]:
    trainable, frozen = model.trainable_weights, model.non_trainable_weights
    for word, weights in (
        ("Total", [*trainable, *frozen]), ("Trainable", trainable), ("Non-trainable", frozen)
    ):  # fmt: skip
        count = sum(map(_numbers, weights))
        told = f"{count} ({_size(weights)})" if in_bytes else f"{count:,}"
        yield f"{word} params: {told}"
    yield "_" * width


def _between(model: Any, names: Sequence[str] | None) -> list[Any]:
    """Return the layers from the first to the last of the two names, both included."""
    layers = model.operations
    if not names:
        return list(layers)
    places = []
    for name in names:
        found = [place for place, layer in enumerate(layers) if re.match(name, layer.name)]
        if not found:
            known = ", ".join(layer.name for layer in layers)
            raise ArgumentError("layer_range", f"names of layers ({known})", name, who="summary")
        places += [found[0], found[-1]]
    return list(layers[min(places) : max(places) + 1])


def _cut(
    model: Any, layers: Sequence[Any], head: Sequence[str], ends: Sequence[int], width: int,
    branched: bool, expand_nested: bool,
) -> Iterator[str]:  # fmt: skip
    """Give the table in which every row is a line of its own, cut at the columns' ends."""
    yield "_" * width
    yield _line(head, ends)
    yield "=" * width
    for place, layer in enumerate(layers):
        fields, sources = _fields(layer, head), _sources(model, layer) if branched else []
        first = (sources or [""])[:1] if branched else []
        yield _line([*fields[:3], *first, *fields[3:]], ends)
        for source in sources[1:]:
            yield _line(["", "", "", source], ends)
        yield ("=" if place == len(layers) - 1 else "_") * width


def _wrapped(
    model: Any, layers: Sequence[Any], head: Sequence[str], ends: Sequence[int], width: int,
    branched: bool, expand_nested: bool,
) -> Iterator[str]:  # fmt: skip
    """Give the table in which long fields go on in the next line, nested layers behind bars."""

    def rows(layers: Sequence[Any], depth: int) -> Iterator[str]:
        for place, layer in enumerate(layers):
            fields = _fields(layer, head, bare=False)
            if branched:
                fields.insert(3, str(_sources(model, layer)))
            yield from _wrapped_row(fields, ends, depth)
            inner = layer.operations if expand_nested and _is_model(layer) else []
            if inner:
                yield _framed("¯", width, depth + 1)
                yield from rows(inner, depth + 1)
                yield _framed("¯", width, depth)
            elif depth == 0 or place < len(layers) - 1:
                yield _framed(" ", width, depth)

    yield "_" * width
    yield from _wrapped_row(head, ends, 0)
    yield "=" * width
    yield from rows(layers, 0)
    yield "=" * width


def _framed(fill: str, width: int, depth: int) -> str:
    return "|" * depth + fill * (width - 2 * depth) + "|" * depth


def _wrapped_row(fields: Sequence[str], ends: Sequence[int], depth: int) -> Iterator[str]:
    """Give a row in as many lines as its longest field needs."""
    left = list(fields)
    starts = [0, *ends[:-1]]
    while any(left):
        line = ""
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            lead = "|" * depth + " " if place == 0 else ""
            room = end - start - (3 if place < len(ends) - 1 else 0) - (depth if place == 0 else 0)
            now = _up_to_item(left[place][:room])
            left[place] = left[place][len(now) :]
            line = (line + lead + now).ljust(end)
        yield line[: len(line) - depth] + "|" * depth


def _up_to_item(text: str) -> str:
    """Return the text to the end of its first item, where it lists several."""
    found = re.search(r"[)}\]'],", text)
    return text[: found.end()] if found else text


def _size(weights: Sequence[Weight]) -> str:
    """Return how much memory weights take, in the unit that gives the least number from 1 on."""
    size = float(sum(_numbers(weight) * _bytes_of_number(weight) for weight in weights))
    units = ["Byte", "KB", "MB", "GB", "TB", "PB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:.2f} {units[0]}"


def _bytes_of_number(weight: Weight) -> int:
    return weight.tensors[0].element_size()


def _numbers(weight: Weight) -> int:
    return math.prod(size or 0 for size in weight.shape)


def _is_model(layer: Any) -> bool:
    return getattr(layer, "graph", None) is not None


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


def _fields(layer: Any, head: Sequence[str], bare: bool = True) -> list[str]:
    """Return what the table says of a layer alone.

    Args:
        bare: whether the one shape of an input stands as it is, rather than in a list.
    """
    try:
        shape = layer.output_shape
        listed = not bare and type(layer).__name__ == "InputLayer"
        told = str([shape] if listed else shape)
    except Exception:  # a layer of a subclassed model has no shape of its own
        told = "multiple"
    count = str(layer.count_params()) if layer.built else "0 (unused)"
    learns = ["Y" if layer.trainable else "N"] if "Trainable" in head else []
    return [f"{layer.name} ({_class_name(layer)})", told, count, *learns]


def _class_name(layer: Any) -> str:
    """Return the name of a layer's class as the era has it."""
    name = str(layer.keras_name)
    is_functional = name == "Model" and _is_model(layer)
    return rule("functional_class_name", layer.era) if is_functional else name


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


def _line(fields: Sequence[str], ends: Sequence[int]) -> str:
    line = ""
    for field, end in zip(fields, ends, strict=False):
        start = line[:-1] + " " if line else ""
        line = (start + field)[:end].ljust(end)
    return line
