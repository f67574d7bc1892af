"""Layout: images that go into an ONNX file, or come out, with their channels first (NCHW)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kshim.errors import ArgumentError
from kshim.export.needing import need
from kshim.export.transposes import transposed, undoing

Layout = str | Mapping[str, str] | None
_WORDS = ("channels_last", "channels_first")


def turned_ends(
    model: Any, layout: Layout, names_in: Sequence[str], names_out: Sequence[str]
) -> set[str]:
    """Return the names of the inputs and outputs whose last axis comes second.

    Args:
        layout: a word for every image and volume (rank 4 and 5), or a word by name; None leaves
            all as Keras has it. What the model's own layers take channels first stays as it is.

    Raises:
        ArgumentError: for an unknown word or name, and where there is no image.
    """
    symbols = [*model.inputs, *model.outputs]
    ranks = {n: len(s.shape) for n, s in zip([*names_in, *names_out], symbols, strict=True)}
    words = layout if isinstance(layout, Mapping) else {None: layout}
    for name, word in words.items():
        if name is not None and name not in ranks:
            known = f"by the name of an input or output, {', '.join(ranks)}"
            raise ArgumentError("layout", known, name, who="to_onnx")
        if word not in (None, *_WORDS):
            raise ArgumentError("layout", " or ".join(map(repr, _WORDS)), word, who="to_onnx")
    if isinstance(layout, Mapping):
        chosen = {name for name, word in layout.items() if word == "channels_first"}
        flat = sorted(name for name in chosen if ranks[name] < 3)
        if flat:
            wanted = "channels_first for what has an axis between batch and channels"
            raise ArgumentError("layout", wanted, f"{', '.join(flat)} without", who="to_onnx")
        return chosen
    if layout != "channels_first":
        return set()
    images = {name for name, rank in ranks.items() if rank in (4, 5)}
    if not images:
        wanted = "left out for a model without images"
        raise ArgumentError("layout", wanted, layout, who="to_onnx")
    return set() if _formats(model) == {"channels_first"} else images


def turn(model: Any, names: set[str]) -> None:
    """Let inputs and outputs of an onnx_ir model have their last axis second."""
    graph = model.graph
    for place, value in enumerate(list(graph.inputs)):
        if value.name in names:
            graph.inputs[place] = _turned_input(graph, value)
    for place, value in enumerate(list(graph.outputs)):
        if value.name in names:
            made = transposed(graph, value, undoing(_order(value)))
            value.name, made.name = None, value.name
            graph.outputs[place] = made


def turned(array: Any) -> Any:
    """Return an array with its last axis second."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 1))


def _turned_input(graph: Any, value: Any) -> Any:
    ir = need("onnx_ir")
    order = _order(value)
    shape = ir.Shape([value.shape[axis] for axis in undoing(order)])
    entrance = ir.Value(name=value.name, shape=shape, type=value.type)
    value.name = None
    back = transposed(graph, entrance, order, graph[0] if len(graph) else None)
    value.replace_all_uses_with(back, replace_graph_outputs=True)
    return entrance


def _order(value: Any) -> tuple[int, ...]:
    """Return the order that puts the second axis last."""
    return (0, *range(2, len(value.shape)), 1)


def _formats(layer: Any) -> set[str]:
    """Return the layouts that a layer, or what it holds, works in."""
    own = getattr(layer, "data_format", None)
    held = [*getattr(layer, "layers", ()), getattr(layer, "layer", None)]
    found = {own} if own in _WORDS else set()
    return found.union(*(_formats(inner) for inner in held if inner is not None))
