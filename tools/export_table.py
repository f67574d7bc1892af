"""Print, for every recorded model and exit, whether the model leaves as it is or why not.

    python tools/export_table.py [source] [onnx]

A cell is "parity" when the exit's own comparison with the model held, else the refusal's reason.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kshim.core.eras import in_era
from kshim.errors import KshimError
from kshim.export.onnx import to_onnx
from kshim.export.source import to_torch
from kshim.models import model_from_json
from tests.recorded import Recorded, models_in_json, own_objects


def _onnx(model: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        to_onnx(model, Path(folder) / "model.onnx")


EXITS: dict[str, Callable[[Any], Any]] = {"source": to_torch, "onnx": _onnx}


def cell(case: Recorded, leave: Callable[[Any], Any]) -> str:
    """Return "parity", or why a recorded model does not leave so."""
    told = case.spec["to_json"]
    try:
        with in_era(case.era):
            text = told if isinstance(told, str) else json.dumps(told)
            leave(model_from_json(text, custom_objects=own_objects(case)))
    except KshimError as error:
        return str(error)
    except Exception as error:  # a fault, which the table shows too
        return f"fault: {type(error).__name__}: {error}"
    return "parity"


def main() -> None:
    """Print the table and its totals."""
    exits = [word for word in sys.argv[1:] if word in EXITS] or list(EXITS)
    totals: Counter[str] = Counter()
    cases = models_in_json()
    for case in cases:
        for word in exits:
            found = cell(case, EXITS[word])
            totals[word] += found == "parity"
            print(f"{case!s:44} {word:7} {found.splitlines()[0]}", flush=True)
    for word in exits:
        print(f"{word}: {totals[word]} of {len(cases)} models with parity")


if __name__ == "__main__":
    main()
