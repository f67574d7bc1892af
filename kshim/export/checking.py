"""Checking: an ONNX file in onnxruntime against the model, and the layer where they part."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from kshim.core.symbols import Node, symbols_in
from kshim.errors import NotSupported
from kshim.export.differing import difference
from kshim.export.entrances import entrances_of
from kshim.export.layout import turned
from kshim.export.programs import Part, Wish, made, save
from kshim.export.tracing import outputs_of
from kshim.export.variants import Feed, session
from kshim.graph.order import Graph


def compare(
    model: Any, file: Path, wish: Wish, feeds: Sequence[Sequence[Tensor]], tolerance: float
) -> float:
    """Return the largest difference between the file and the model.

    Raises:
        NotSupported: when it is above the tolerance; the message names the output, and the first
            layer that differs.
    """
    run = session(file).run
    largest = 0.0
    for feed in feeds:
        own = dict(zip(wish.outputs, map(array_of, outputs_of(model, feed)), strict=True))
        given = dict(zip(wish.inputs, map(array_of, feed), strict=True))
        found = run(None, turned_feed(given, wish.first))
        for array, (name, wanted) in zip(found, turned_feed(own, wish.first).items(), strict=True):
            apart = difference(array, wanted)
            if not apart <= tolerance:
                parted = None
                if model.graph is not None:
                    parted = first_that_differs(model.graph, feed, wish, tolerance)
                raise _refusal(name, apart, feed, tolerance, parted)
            largest = max(largest, apart)
    return largest


@dataclass(frozen=True)
class Parted:
    """Say where a file parts from the model.

    Attributes:
        who: the layer, as messages name it.
        difference: of its output, where all that goes into it is alike.
    """

    who: str
    difference: float


def first_that_differs(
    graph: Graph, feed: Sequence[Tensor], wish: Wish, tolerance: float
) -> Parted | None:
    """Return the first layer whose output differs in onnxruntime.

    The graph is written with the output of every layer as an output of its own; a model inside it
    is looked into with what goes into it. None when all are alike so, and when such a graph
    cannot be written.

    Args:
        wish: what the whole was to be like; its opset and whether sizes are free count here.
    """
    with tempfile.TemporaryDirectory(prefix="kshim-onnx-") as folder:
        try:
            return _first(graph, feed, wish, tolerance, Path(folder) / "part.onnx")
        except Exception:  # whatever stops the writing; the output's own difference is told then
            return None


def array_of(tensor: Tensor) -> Any:
    """Return a tensor's numbers."""
    return tensor.detach().cpu().numpy()


def turned_feed(arrays: Feed, first: set[str]) -> Feed:
    """Return arrays by name, those that the file has channels first in that order."""
    return {name: turned(it) if name in first else it for name, it in arrays.items()}


def _first(
    graph: Graph, feed: Sequence[Tensor], wish: Wish, tolerance: float, file: Path
) -> Parted | None:
    ends = [symbol for node in graph.nodes for symbol in symbols_in(node.outputs)]
    part = Part(graph.input_symbols, ends, feed[0].device)
    inputs = [f"input_{place}" for place in range(len(feed))]
    outputs = [f"output_{place}" for place in range(len(ends))]
    entrances = entrances_of(part, inputs)
    sizes = [
        tuple(tensor.shape[axis] for axis in entrance.free_axes)
        for tensor, entrance in zip(feed, entrances, strict=True)
    ]
    wanted = replace(wish, inputs=inputs, outputs=outputs, first=set())
    save(made(part, entrances, sizes, wanted), file)
    own = outputs_of(part, feed)
    given = dict(zip(inputs, map(array_of, feed), strict=True))
    found = session(file).run(None, given)
    values = dict(zip(map(id, [*graph.input_symbols, *ends]), [*feed, *own], strict=True))
    apart = {
        id(end): difference(array, array_of(tensor))
        for end, array, tensor in zip(ends, found, own, strict=True)
    }
    for node in graph.nodes:
        largest = max(apart[id(symbol)] for symbol in symbols_in(node.outputs))
        if not largest <= tolerance:
            inside = _inside(node, values, wish, tolerance)
            return inside or Parted(node.layer.who, largest)
    return None


def _inside(node: Node, values: dict[int, Tensor], wish: Wish, tolerance: float) -> Parted | None:
    """Return the layer inside a model that is a layer; None for another layer."""
    nested = getattr(node.layer, "graph", None)
    if not isinstance(nested, Graph):
        return None
    feed = [values[id(symbol)] for symbol in node.inputs]
    return first_that_differs(nested, feed, wish, tolerance)


def _refusal(
    name: str, apart: float, feed: Sequence[Tensor], tolerance: float, parted: Parted | None
) -> NotSupported:
    shapes = ", ".join(str(tuple(tensor.shape)) for tensor in feed)
    where = ""
    if parted is not None:
        where = (
            f" The first layer whose output differs is {parted.who}, by {parted.difference:g}: "
            "export the model up to it, or write it in other operations."
        )
    return NotSupported(
        f"to_onnx: output {name!r} in onnxruntime must be within {tolerance:g} of the model, got "
        f"{apart:g} for inputs of shape {shapes}.{where} verify=False writes the file all the same."
    )
