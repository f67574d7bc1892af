"""kshim: old Keras scripts, unmodified, on PyTorch, with the numbers of the Keras that wrote them.

    from kshim.layers import Dense
    from kshim.models import Sequential

    kshim.era("2.2")          # speak Keras 2.2.4 from here on; or `with kshim.era("2.2"):`
    kshim.device("cpu")       # make new weights there; or `with kshim.device("cpu"):`

Submodules are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from kshim.core.eras import Era as era  # noqa: N813  (called like a function)

__version__ = "0.1.0"

_MODULES = (
    "activations", "backend", "callbacks", "constraints", "core", "datasets", "export", "graph",
    "initializers", "layers", "losses", "metrics", "mixed_precision", "models", "nn",
    "optimizers", "preprocessing", "regularizers", "saving", "training", "utils",
)  # fmt: skip
_NAMES = {
    "Input": "kshim.layers.core",
    "Model": "kshim.models.model",
    "Sequential": "kshim.models.sequential",
    "device": "kshim.layers.device",
}

__all__ = ["Input", "Model", "Sequential", "device", "era", *_MODULES]


def __getattr__(name: str) -> Any:
    """Import a submodule, or the module of a name, when it is first used."""
    if name in _MODULES:
        return importlib.import_module(f"kshim.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'kshim' has no attribute {name!r}")
