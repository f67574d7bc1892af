"""Stopping: the first layer that needs operators which an old version of ONNX has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from kshim.core.symbols import Node, symbols_in
from kshim.export.entrances import Sizes, entrances_of, fitting_sizes, sample
from kshim.export.opsets import OldOpset
from kshim.export.programs import Part, Wish, made
from kshim.export.tracing import outputs_of
from kshim.graph.order import Graph


def first_that_needs(graph: Graph, opset: int, wish: Wish, device: torch.device) -> str | None:
    """Return the first layer, as messages name it, that needs an opset, found by halving.

    A model that is a layer is looked into. None when no part of the graph needs it.

    Args:
        wish: what the whole was to be like.
    """
    wanted = replace(wish, opset=opset - 1, first=set())
    first, behind = 0, len(graph.nodes)
    while first < behind:
        middle = (first + behind) // 2
        if _is_said(graph, graph.nodes[: middle + 1], wanted, device):
            first = middle + 1
        else:
            behind = middle
    if first == len(graph.nodes):
        return None
    layer = graph.nodes[first].layer
    nested = getattr(layer, "graph", None)
    inside = first_that_needs(nested, opset, wish, device) if isinstance(nested, Graph) else None
    return inside or layer.who


def _is_said(graph: Graph, nodes: list[Node], wish: Wish, device: torch.device) -> bool:
    """Return whether the version has the operators of the graph's first nodes."""
    ends = [symbol for node in nodes for symbol in symbols_in(node.outputs)]
    part = Part(graph.input_symbols, ends, device)
    inputs = [f"input_{place}" for place in range(len(part.inputs))]
    outputs = [f"output_{place}" for place in range(len(ends))]
    entrances = entrances_of(part, inputs)

    def runs(sizes: Sequence[Sizes]) -> None:
        outputs_of(part, sample(entrances, 1, sizes, device))

    (sizes, *_) = fitting_sizes(entrances, runs)
    try:
        made(part, entrances, sizes, replace(wish, inputs=inputs, outputs=outputs))
    except OldOpset:
        return False
    return True
