"""A process that measures what needs a fresh one: import, building, flat memory.

python tools/benching/alone.py {kshim,keras3,tf} {import,build,flat}
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tools.benching import networks
from tools.benching.worker import open_keras, resident, timed

HEAVY = ("h5py", "onnx", "onnxscript", "onnxruntime", "PIL", "sklearn", "scipy", "pandas")
BENEATH = {"kshim": "torch", "keras3": "torch", "tf": "numpy"}
DEPTHS = (125, 250, 500)  # Keras 3 cannot go to 1,000: it recurses
PARTS = ("layers", "models", "callbacks", "optimizers", "losses", "metrics", "backend")


def imported(name: str) -> dict[str, Any]:
    """Return the seconds of importing, and which heavy packages came along."""
    beneath = timed(lambda: importlib.import_module(BENEATH[name]))
    if name == "keras3":
        os.environ["KERAS_BACKEND"] = "torch"

    def open_it() -> None:
        if name == "kshim":
            for part in PARTS:
                importlib.import_module(f"kshim.{part}")
        elif name == "keras3":
            importlib.import_module("keras")
        else:
            dir(importlib.import_module("tensorflow").keras.layers)

    own = timed(open_it)
    return {"own": own, "beneath": beneath, "heavy": [it for it in HEAVY if it in sys.modules]}


def built(name: str) -> dict[str, Any]:
    """Return the seconds that deep models take, their first call included."""
    import numpy as np

    keras = open_keras(name, 1)
    x = np.zeros((2, 8), "float32")

    def build(count: int) -> None:
        networks.deep(keras, count)(x)

    build(10)
    return {str(count): timed(partial(build, count)) for count in DEPTHS}


def kept(name: str) -> dict[str, Any]:
    """Return the megabytes that stay after many batches, and after many models."""
    import numpy as np

    keras = open_keras(name, 1)
    x, y = np.zeros((3200, 8), "float32"), np.zeros((3200, 1), "float32")

    def train(model: Any, epochs: int) -> None:
        model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)

    def model() -> Any:
        made = networks.tiny(keras)
        made.compile("adam", "mse")
        return made

    def again() -> None:
        train(model(), 1)
        clear()

    clear = _clear_session(name, keras)
    one = model()
    train(one, 3)
    batches = _growth(lambda: train(one, 10))
    for _ in range(5):
        again()
    return {"batches": batches, "models": _growth(lambda: [again() for _ in range(50)])}


def _clear_session(name: str, keras: Any) -> Any:
    if name == "kshim":
        from kshim import backend

        return backend.clear_session
    return keras.backend.clear_session


def _growth(run: Any) -> float:
    gc.collect()
    before = resident()
    run()
    gc.collect()
    return (resident() - before) / 2**20


ACTIONS = {"import": imported, "build": built, "flat": kept}


def main(arguments: list[str]) -> int:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    print(json.dumps(ACTIONS[arguments[1]](arguments[0])), file=answers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
