"""Check the architectures of keras.applications against what real Kerases were recorded to make.

python tools/check_applications.py                           all of them, a row each
python tools/check_applications.py "*ResNet*" --eras 2.2 3   those of such names, of eras
python tools/check_applications.py --leaving                 these trained a step, left as ONNX and
                                                             source, and compared with themselves

A row tells whether names, shapes and weights of all layers are the real Keras's, and how far the
outputs are, in parts of the largest number; 1e-4 is asked for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
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
    model = it.filled()
    shown = it.make() if it.case["usual"] else model
    found = differences(it.told, described(shown, it.era))
    with in_era(it.era):
        output = model.predict(it.images(), verbose=0)
    far = distance(it.told, output)
    cells = [str(it), "; ".join(found) or "equal", f"{far:.1e}"]
    cells.append(f"{time.perf_counter() - start:.0f}")
    cells += left(it, model, output) if leaving else []
    print(f"| {' | '.join(cells)} |", flush=True)
    return bool(found) or not far < ASKED


def left(it: Architecture, model: Model, output: Any) -> list[str]:
    """Return what comes of leaving as ONNX and as source, compared, and of a step of training."""
    words = {"tolerance": ASKED}
    with in_era(it.era), tempfile.TemporaryDirectory() as folder:
        return [
            told(lambda: model.export(f"{folder}/net.onnx", verbose=False, **words)),
            told(lambda: to_source(model, f"{folder}/net.py", **words)),
            told(lambda: trained(model, it, output)),
        ]


def told(act: Any) -> str:
    """Return "yes", or the reason why something did not happen."""
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    return "yes"


def trained(model: Model, it: Architecture, output: Any) -> None:
    """Train a step towards noughts."""
    model.compile("sgd", "mse")
    loss = model.train_on_batch(it.images(), np.zeros_like(output))
    if not np.isfinite(np.sum(loss)):
        raise ValueError(f"loss is {loss}")


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
