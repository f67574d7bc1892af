"""Check the architectures of keras.applications against what real Kerases were recorded to make.

python tools/check_applications.py                           all of them, a row each
python tools/check_applications.py "*ResNet*" --eras 2.2 3   those of such names, of eras
python tools/check_applications.py --leaving                 these trained a step, left as ONNX and
                                                             source, and compared with themselves

A row tells whether names, shapes and weights of all layers are the real Keras's, and how far the
outputs are, in parts of the largest number; 1e-4 is asked for. A dash: no outputs are recorded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from kshim.core.eras import in_era
from kshim.export import to_source
from kshim.models import Model
from tests.applications.architectures import (
    Architecture,
    architectures,
    described,
    differences,
    distance,
)

ASKED = 1e-4


def main(words: list[str]) -> int:
    """Print a row for each architecture; return how many are not as recorded."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=["*"], help='patterns of names, as "ResNet*"')
    parser.add_argument("--eras", nargs="*", help="these eras alone")
    parser.add_argument("--leaving", action="store_true", help="train and export each, too")
    asked = parser.parse_args(words)
    wrong = 0
    print(
        "| architecture | structure | outputs | seconds |"
        + " ONNX | source | step |" * asked.leaving
    )
    print("|---|---|--:|--:|" + "---|---|---|" * asked.leaving)
    for it in architectures():
        named = any(fnmatchcase(it.case["name"], pattern) for pattern in asked.names)
        if named and it.era in (asked.eras or [it.era]):
            wrong += row(it, asked.leaving)
    return wrong


def row(it: Architecture, leaving: bool) -> bool:
    """Print one row; return whether it is not as recorded."""
    start = time.perf_counter()
    model = it.filled() if "output" in it.told else None
    found = unlike(it, model)
    far, rest = (0.0, ["–"] * 3 * leaving) if model is None else computed(it, model, leaving)
    cells = [str(it), "; ".join(found) or "equal", "–" if model is None else f"{far:.1e}"]
    print(f"| {' | '.join([*cells, f'{time.perf_counter() - start:.0f}', *rest])} |", flush=True)
    return bool(found) or not far < ASKED


def unlike(it: Architecture, model: Model | None) -> list[str]:
    """Return in words what is not as recorded in the usual model, or in this small one."""
    if "refused" in it.told:
        return ["made, not refused"] * (told(lambda: it.make() and "made") == "made")
    shown = it.make() if it.case["usual"] or model is None else model
    return differences(it.told, described(shown, it.era))


def computed(it: Architecture, model: Model, leaving: bool) -> tuple[float, list[str]]:
    """Return how far the outputs are, and the cells of what comes of leaving."""
    with in_era(it.era):
        output = model.predict(it.images(), verbose=0)
    return distance(it.told, output), left(it, model, output) if leaving else []


def left(it: Architecture, model: Model, output: Any) -> list[str]:
    """Return what comes of leaving as ONNX and as source, compared, and of a step of training."""
    with in_era(it.era), tempfile.TemporaryDirectory() as folder:
        return [
            told(lambda: as_onnx(model, f"{folder}/net.onnx")),
            told(lambda: as_source(model, f"{folder}/net.py")),
            told(lambda: trained(model, it, output)),
        ]


def told(act: Callable[[], str]) -> str:
    """Return what is said of something that happened, or the reason why it did not."""
    try:
        return act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]


def as_onnx(model: Model, path: str) -> str:
    """Leave as ONNX, compared in onnxruntime; return how far, and in how many nodes."""
    made = model.export(path, verbose=False, tolerance=ASKED)
    turns = made.nodes.count("Transpose")
    return f"{made.difference:.1e}, {len(made.nodes)} nodes, {turns} Transposes"


def as_source(model: Model, path: str) -> str:
    """Leave as source, compared; return in how many lines."""
    to_source(model, path, tolerance=ASKED)
    return f"{len(Path(path).read_text().splitlines())} lines"


def trained(model: Model, it: Architecture, output: Any) -> str:
    """Train a step towards noughts; return the loss before it."""
    model.compile("sgd", "mse")
    loss = model.train_on_batch(it.images(), np.zeros_like(output))
    if not np.isfinite(np.sum(loss)):
        raise ValueError(f"loss is {loss}")
    return f"loss {float(np.sum(loss)):.3g}"


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
