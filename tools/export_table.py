"""Print, for every recorded model and exit, whether the model leaves as it is or why not.

    python tools/export_table.py [source] [onnx] [--only WORD]

A row is "parity" when the exit's own comparison with the model held (source: 1e-6 at three batch
sizes; ONNX: 1e-5 in onnxruntime, at three lengths too where they are free), with the lines of the
source, or the nodes and the opset of the ONNX; else it is the refusal. The end counts the models
and lists each reason once, with those that it keeps.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kshim.core.eras import in_era
from kshim.errors import KshimError
from kshim.export.onnx import to_onnx
from kshim.export.source import to_source
from kshim.models import model_from_json
from tests.recorded import Recorded, models_in_json, own_objects

PARITY = "parity"


def _onnx(model: Any, folder: Path) -> str:
    made = to_onnx(model, folder / "model.onnx", verbose=False)
    turns = made.nodes.count("Transpose")
    return f"{len(made.nodes)} nodes, {turns} Transposes, opset {made.opset}"


def _source(model: Any, folder: Path) -> str:
    to_source(model, folder / "net.py")
    text = (folder / "net.py").read_text()
    classes = len(re.findall(r"^class ", text, re.MULTILINE))
    return f"{len(text.splitlines())} lines, {classes} classes"


EXITS: dict[str, Callable[[Any, Path], str]] = {"source": _source, "onnx": _onnx}


def cell(case: Recorded, leave: Callable[[Any, Path], str]) -> str:
    """Return "parity: ..." and what was made, or why a recorded model does not leave so."""
    told = case.spec["to_json"]
    try:
        with in_era(case.era), tempfile.TemporaryDirectory() as folder:
            text = told if isinstance(told, str) else json.dumps(told)
            made = leave(model_from_json(text, custom_objects=own_objects(case)), Path(folder))
    except KshimError as error:
        return " ".join(str(error).split())
    except Exception as error:  # a fault, which the table shows too
        return f"fault: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return f"{PARITY}: {made}"


def reason(found: str) -> str:
    """Return a refusal without the names of layers, so that equal reasons are equal."""
    return re.sub(r"'[^']*'(?:, \\w+ '[^']*')*", "...", re.sub(r", \w+ '[^']*'", "", found))


def main() -> None:
    """Print the table, its totals and the reasons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exits", nargs="*", metavar="EXIT", help="source, onnx; both if left out")
    parser.add_argument("--only", default="", help="models whose name has this word in it")
    asked = parser.parse_args()
    cases = [case for case in models_in_json() if asked.only in str(case)]
    kept: dict[str, dict[str, list[str]]] = {word: defaultdict(list) for word in EXITS}
    for case in cases:
        for word in asked.exits or list(EXITS):
            found = cell(case, EXITS[word])
            print(f"{case!s:44} {word:7} {found}", flush=True)
            if not found.startswith(PARITY):
                kept[word][reason(found)].append(str(case))
    for word in asked.exits or list(EXITS):
        refused = sum(map(len, kept[word].values()))
        print(f"{word}: {len(cases) - refused} of {len(cases)} models with parity")
        for why, names in kept[word].items():
            print(f"  {why}\n    {', '.join(names)}")


if __name__ == "__main__":
    main()
