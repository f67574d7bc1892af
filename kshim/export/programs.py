"""Programs: a model as an ONNX graph that bears the wanted names, lean, and saved and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from kshim.core.symbols import Symbol
from kshim.export.borders import keep_borders
from kshim.export.entrances import Entrance, Sizes
from kshim.export.layout import turn
from kshim.export.lean import lean
from kshim.export.needing import need
from kshim.export.opsets import set_opset
from kshim.export.tracing import program_of, quiet
from kshim.graph.network import Network
from kshim.graph.order import Graph

_ONE_FILE = 2**31 - 2**20  # bytes of weights; protobuf, which ONNX files are, ends at 2 GB


@dataclass(frozen=True)
class Wish:
    """Say what a graph is to be like.

    Attributes:
        name: of the graph.
        inputs, outputs: their names.
        opset: the version of ONNX's operators; torch's choice when None.
        dynamic: the batch and unknown lengths are free.
        first: the names of inputs and outputs that have their channels first.
    """

    name: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    opset: int | None = None
    dynamic: bool = True
    first: set[str] = field(default_factory=set)


class Part:
    """Be what a graph computes, as a model is seen by what writes it."""

    graph = None

    def __init__(self, inputs: list[Symbol], ends: list[Symbol], device: torch.device) -> None:
        """Lower the nodes between the inputs and the ends."""
        self.inputs, self.device = inputs, device
        self.network = Network(Graph(inputs, ends))
        self.who = "a part of the model"


def made(model: Any, entrances: Sequence[Entrance], sizes: Sequence[Sizes], wish: Wish) -> Any:
    """Return the graph of a model, of onnx_ir.

    Raises:
        NotSupported: naming the layer that ONNX cannot express.
        OldOpset: when the model needs a newer one.
    """
    program = program_of(model, entrances, sizes, wish.opset, wish.dynamic)
    with quiet():
        _name(program.model, wish)
        turn(program.model, wish.first)
        leaner = lean(program.model)
        set_opset(leaner, wish.opset)
        keep_borders(leaner)
    return leaner


def save(graph: Any, draft: Path) -> bool:
    """Write a graph and check the file; return whether the weights are too many for one file."""
    weights = graph.graph.initializers.values()
    large = sum(value.const_value.nbytes for value in weights) > _ONE_FILE
    data = f"{draft.name}.data" if large else None
    need("onnx_ir").save(graph, draft, external_data=data)
    need("onnx").checker.check_model(draft, full_check=True)
    return large


def _name(model: Any, wish: Wish) -> None:
    """Give the graph, its inputs, outputs and weights the names of Keras."""
    graph = model.graph
    # One value may be two outputs, or an input and an output, which want two names.
    need("onnx_ir.passes.common").OutputFixPass()(model)
    graph.name = wish.name
    ends = [
        *zip(graph.inputs, wish.inputs, strict=True),
        *zip(graph.outputs, wish.outputs, strict=True),
    ]
    for value, word in ends:
        value.name = word
    for value in list(graph.initializers.values()):
        value.name = value.name.removeprefix("model.")
