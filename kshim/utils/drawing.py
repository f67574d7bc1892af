"""Pictures of models: a text in the dot language, drawn by Graphviz where it is installed.

Source: Keras 2.2.4 utils/vis_utils.py; Keras 1 calls the function `plot`.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from kshim.core.symbols import symbols_in
from kshim.errors import MissingPackage

_TEXTS = (".dot", ".gv")


class MissingGraphviz(MissingPackage):
    """Say that the program that draws is not installed."""

    def __init__(self, path: Path) -> None:
        super(MissingPackage, self).__init__(
            f"plot_model: needs the program dot of Graphviz to write {path.name}. Install it "
            "(apt install graphviz), or name a file that ends in .dot."
        )


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    **options: Any,
) -> None:
    """Write a picture of a model's layers to a file.

    Args:
        to_file: a name ending in .dot gets the text, any other is drawn in the format it names.
        rankdir: TB draws downwards, LR to the right.

    Raises:
        MissingPackage: when Graphviz is not installed and the file is no text.
    """
    text = model_to_dot(model, show_shapes, show_layer_names, rankdir)
    path = Path(to_file)
    if path.suffix in _TEXTS:
        path.write_text(text, "utf-8")
        return
    program = shutil.which("dot")
    if program is None:
        raise MissingGraphviz(path)
    form = path.suffix.removeprefix(".") or "png"
    command = [program, f"-T{form}", "-o", str(path)]
    subprocess.run(command, input=text.encode(), check=True)


plot = plot_model


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    **options: Any,
) -> str:
    """Return a model's layers and connections as a text in the dot language."""
    boxes = [
        f'  "{layer.name}" [label="{_label(layer, show_shapes, show_layer_names)}"];'
        for layer in model.operations
    ]
    lines = [f'  "{source}" -> "{target}";' for source, target in _connections(model)]
    head = ["digraph model {", f"  rankdir={rankdir};", "  node [shape=record];"]
    return "\n".join([*head, *boxes, *lines, "}"]) + "\n"


def _label(layer: Any, show_shapes: bool, show_name: bool) -> str:
    kind = type(layer).__name__
    title = f"{layer.name}: {kind}" if show_name else kind
    if not (show_shapes and layer.inbound_nodes):
        return title
    return f"{title}|{{input:|output:}}|{{{{{layer.input_shape}}}|{{{layer.output_shape}}}}}"


def _connections(model: Any) -> list[tuple[str, str]]:
    """Return the names of each two layers that follow on each other, once."""
    nodes = model.graph.nodes if model.graph is not None else []
    pairs = [
        (symbol.node.layer.name, node.layer.name)
        for node in nodes
        for symbol in symbols_in((node.args, node.kwargs))
        if symbol.node is not None
    ]
    return list(dict.fromkeys(pairs))
