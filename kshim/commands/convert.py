"""Convert: `python -m kshim convert MODEL` writes a model's file as ONNX or as PyTorch source."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kshim.errors import KshimError
from kshim.export.onnx import to_onnx
from kshim.export.source import to_source
from kshim.saving.whole import load_model


def add_parser(commands: Any) -> None:
    """Add the command to a parser's commands."""
    parser = commands.add_parser(
        "convert",
        help="write a model as ONNX or PyTorch source",
        description=(
            "Write the model in a file as ONNX, as a PyTorch module, or both. What is written is "
            "compared with the model first. Nothing in the file is executed."
        ),
    )
    parser.add_argument("model", metavar="MODEL", help="an .h5 file or a .keras archive")
    parser.add_argument("--onnx", metavar="OUT.onnx", help="write ONNX for onnxruntime")
    parser.add_argument("--torch", metavar="OUT.py", help="write a module that needs torch alone")
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="where the weights of --torch go, .safetensors or .pt; OUT.safetensors if left out",
    )
    parser.set_defaults(act=run)


def run(chosen: argparse.Namespace) -> int:
    """Convert as the command line asks and return the exit status."""
    if not (chosen.onnx or chosen.torch):
        sys.exit("kshim convert: --onnx OUT.onnx or --torch OUT.py must be given, got neither.")
    if not Path(chosen.model).is_file():
        sys.exit(f"kshim convert: MODEL must be a file that is there, got {chosen.model!r}.")
    try:
        model = load_model(chosen.model, compile=False)
        if chosen.onnx:
            to_onnx(model, chosen.onnx)
        if chosen.torch:
            weights = to_source(model, chosen.torch, weights=chosen.weights)
            print(f"{chosen.torch}: PyTorch source, weights in {weights}")
    except KshimError as error:
        sys.exit(f"kshim convert: {error}")
    return 0
