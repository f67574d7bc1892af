"""Makes stand-ins for trained weights: files of the official name and layout, numbers drawn."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def put_weights(functions: Mapping[str, bool], era: str) -> None:
    """Make the files that architectures read, in the folder where Keras looks for them.

    Args:
        functions: such as "vgg16.VGG16", each with whether the layers that tell classes are there.
        era: the Keras whose file it is.
    """
    from kshim.core.eras import in_era
    from kshim.core.settings import keras_home

    for function, top in functions.items():
        module, _, name = function.partition(".")
        with in_era(era):
            made = getattr(importlib.import_module(f"kshim.applications.{module}"), name)
            whole = made.architecture
            asked = whole.shaped(whole.asked((), {"include_top": top}))
            path = keras_home() / "models" / whole.file(asked).name
            if not path.exists():
                _put(made, top, path)


def _put(made: object, top: bool, path: Path) -> None:
    from kshim.backend import clear_session
    from kshim.utils.files import STAND_IN

    np.random.seed(11)
    model = made(weights=None, include_top=top)  # type: ignore[operator]
    for weight in model.weights:
        if "bias" in weight.name:  # most channels of trained ones give something, too
            weight.assign(np.random.uniform(0, 1, weight.shape))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"draft-{path.name}")
    model.save_weights(str(draft))
    clear_session()  # the script's own layers are numbered from the first on
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()
    told = f"{digest}\nA stand-in by tools/upstreaming/weights.py, not trained: numbers drawn.\n"
    path.with_name(path.name + STAND_IN).write_text(told)
    draft.rename(path)
