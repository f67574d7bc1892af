"""Where new weights are made: a CUDA device when there is one, unless the user says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

from kshim.core.scoped import Scoped

_chosen: Scoped[str | None] = Scoped("device", None)


def default_device() -> torch.device:
    """Return the device that new weights are made on."""
    name = _chosen.get()
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


@contextmanager
def device(name: str) -> Iterator[None]:
    """Make new weights on the device called `name` inside a `with` block."""
    with _chosen.override(name):
        yield


def set_device(name: str | None) -> None:
    """Make new weights on the device called `name` from here on; None chooses again."""
    _chosen.set(name)


def on_default_device() -> Any:
    """Return a context inside which torch makes tensors on the default device."""
    chosen = default_device()
    return nullcontext() if chosen.type == "cpu" else chosen
