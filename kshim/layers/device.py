"""Where new weights are made: a CUDA device when there is one, unless the user says otherwise.

Which CUDA devices there are is torch's to say, which heeds `CUDA_VISIBLE_DEVICES`.
"""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from typing import Any

import torch

from kshim.core.scoped import Scoped
from kshim.errors import ArgumentError

_chosen: Scoped[str | None] = Scoped("device", None)


def default_device() -> torch.device:
    """Return the device that new weights are made on.

    Of several processes on one machine each takes the CUDA device of its number, `LOCAL_RANK`.
    """
    name = _chosen.get()
    if name is not None:
        return torch.device(name)
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())


class device:  # noqa: N801  (called like a function)
    """Make new weights on a device: from here on, or, in a `with` statement, inside the block.

    Args:
        name: as torch names it ("cpu", "cuda", "cuda:1"), or as TensorFlow does ("/gpu:0").

    Raises:
        ArgumentError: for what names no device.
    """

    def __init__(self, name: str) -> None:
        self._before = _chosen.get()
        _chosen.set(_known(name))

    def __enter__(self) -> device:
        return self

    def __exit__(self, *problem: object) -> None:
        _chosen.set(self._before)


def set_device(name: str | None) -> None:
    """Make new weights on the device called `name` from here on; None chooses again."""
    _chosen.set(None if name is None else _known(name))


def on_default_device() -> Any:
    """Return a context inside which torch makes tensors on the default device."""
    chosen = default_device()
    return nullcontext() if chosen.type == "cpu" else chosen


def _known(name: Any) -> str:
    """Return torch's name of a device."""
    words = re.sub(r"^/(?:.*/)?(?:device:)?", "", str(name)).lower()
    words = re.sub(r"^gpu\b", "cuda", re.sub(r"^cpu:\d+$", "cpu", words))
    try:
        return str(torch.device(words))
    except (RuntimeError, TypeError):
        wanted = "a device such as 'cpu', 'cuda' or 'cuda:1'"
        raise ArgumentError("name", wanted, name, who="device") from None
