"""Convert: `python -m kshim convert MODEL` writes a model's file as ONNX or as PyTorch source."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from kshim.export.onnx import to_onnx
from kshim.export.source import to_source
from kshim.models import load_model

_ONNX_ALONE = (
    "nchw", "fp16", "int8", "calibration", "opset", "input_names", "output_names",
)  # fmt: skip


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
    parser.add_argument(
        "--nchw",
        action="store_true",
        help="let images enter and leave the ONNX with their channels first, (N, C, H, W)",
    )
    smaller = parser.add_mutually_exclusive_group()
    smaller.add_argument(
        "--fp16", action="store_true", help="write the ONNX in half precision, inputs in float32"
    )
    smaller.add_argument(
        "--int8",
        action="store_true",
        help="write the ONNX in 8 bits: dynamic, or static where --calibration is given",
    )
    parser.add_argument(
        "--calibration",
        metavar="X.npz",
        help=(
            "samples for --int8 and --fp16, an .npz with an array by the name of each input, or "
            "an .npy; what the variant changes is measured on them"
        ),
    )
    parser.add_argument(
        "--opset",
        type=int,
        metavar="N",
        help="the version of ONNX's operators; torch's if left out",
    )
    for end in ("input", "output"):
        parser.add_argument(
            f"--{end}-names",
            nargs="+",
            metavar="NAME",
            help=f"what the {end}s of the ONNX are called; as in Keras if left out",
        )
    parser.set_defaults(act=run)


def run(chosen: argparse.Namespace) -> int:
    """Convert as the command line asks and return the exit status."""
    if not (chosen.onnx or chosen.torch):
        sys.exit("kshim convert: --onnx OUT.onnx or --torch OUT.py must be given, got neither.")
    if not Path(chosen.model).is_file():
        sys.exit(f"kshim convert: MODEL must be a file that is there, got {chosen.model!r}.")
    variant = _variant(chosen)
    model = load_model(chosen.model, compile=False)
    if chosen.onnx:
        to_onnx(model, chosen.onnx, **variant)
    if chosen.torch:
        weights = to_source(model, chosen.torch, weights=chosen.weights)
        print(f"{chosen.torch}: PyTorch source, weights in {weights}")
    return 0


def _variant(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the options of to_onnx that the command line asks for."""
    options: dict[str, Any] = {}
    if chosen.nchw:
        options["layout"] = "channels_first"
    if chosen.fp16:
        options["dtype"] = "float16"
    if chosen.int8:
        options["quantize"] = "int8"
    if chosen.calibration:
        options["calibration"] = _samples(chosen.calibration)
    for word in ("opset", "input_names", "output_names"):
        if getattr(chosen, word) is not None:
            options[word] = getattr(chosen, word)
    words = [f"--{word.replace('_', '-')}" for word in _ONNX_ALONE if getattr(chosen, word)]
    if words and not chosen.onnx:
        sys.exit(f"kshim convert: --onnx OUT.onnx must be given for {words[0]}, and is not.")
    return options


def _samples(file: str) -> Any:
    """Return the arrays in a file, which executes nothing."""
    wanted = "--calibration must be an .npz or .npy file of arrays"
    try:
        found = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        sys.exit(f"kshim convert: {wanted}, got {file!r} ({error}).")
    if isinstance(found, np.ndarray):
        return found
    arrays = {name: found[name] for name in found.files}
    # What np.savez(file, x) wrote has no names of inputs.
    unnamed = [f"arr_{place}" for place in range(len(arrays))]
    return [arrays[name] for name in unnamed] if sorted(arrays) == sorted(unnamed) else arrays
