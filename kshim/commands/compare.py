"""Compare: `python -m kshim compare MODEL` holds a model, layer by layer, to its old Keras."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kshim.export.comparing import compare
from kshim.export.recording import recorder
from kshim.models import load_model


def add_parser(commands: Any) -> None:
    """Add the command to a parser's commands."""
    parser = commands.add_parser(
        "compare",
        help="compare a model layer by layer with what its old Keras computed",
        description=(
            "Tell how far each layer is from outputs that the old Keras recorded, which is the "
            "first that diverges, and the likely cause. --recorder prints the script that records "
            "them. The exit status is 1 when something diverges."
        ),
    )
    parser.add_argument("model", metavar="MODEL", nargs="?", help="an .h5 file or .keras archive")
    parser.add_argument("--inputs", metavar="X.npz", help="the inputs, by name or in order")
    parser.add_argument("--reference", metavar="Y.npz", help="what the old Keras recorded")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="1e-5 if left out")
    parser.add_argument("--html", metavar="PAGE.html", help="write a page with plots, too")
    parser.add_argument("--recorder", action="store_true", help="print the script for the old side")
    parser.set_defaults(act=run)


def run(chosen: argparse.Namespace) -> int:
    """Compare as the command line asks and return the exit status."""
    if chosen.recorder:
        print(recorder(), end="")
        return 0
    for word, file in (
        ("MODEL", chosen.model),
        ("--inputs", chosen.inputs),
        ("--reference", chosen.reference),
    ):
        if not file or not Path(file).is_file():
            sys.exit(f"kshim compare: {word} must be a file that is there, got {file!r}.")
    found = compare(
        load_model(chosen.model, compile=False),
        chosen.inputs,
        chosen.reference,
        tolerance=chosen.tolerance,
        page=chosen.html,
    )
    print(found)
    return 0 if found.agrees else 1
