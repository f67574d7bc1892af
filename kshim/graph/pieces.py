"""Pieces: what reads or writes a model that several processes train.

A model whose weights they share out says by `in_one_piece` how its tensors are put together
(training/sharding.py). Of others each process holds all; the first one writes their files.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch.distributed as dist

from kshim.errors import NotSupported, StateError
from kshim.nn.shards import is_shared_out

# How many seconds the first process may be behind the others before they write a file themselves.
_BEHIND = 20.0
_WRITTEN, _FAILED = "written", "failed"
_turns: Counter[str] = Counter()


def written_by_one(write: Callable[..., None]) -> Callable[..., None]:
    """Let a function that writes a model to a file do so in the first process, all else waiting.

    Where each process holds the whole model, one that the first does not follow, because the script
    lets it write a file of its own, writes it.
    """

    @wraps(write)
    def written(model: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
        if _is_shared_out(model):
            with model.in_one_piece(everywhere=False) as here:
                if here:
                    write(model, filepath, *args, **kwargs)
        elif not (_are_several() and isinstance(filepath, str | bytes | os.PathLike)):
            write(model, filepath, *args, **kwargs)
        elif dist.get_rank() == 0:
            _telling(os.fsdecode(filepath), lambda: write(model, filepath, *args, **kwargs))
        elif not _is_written(model, os.fsdecode(filepath)):
            write(model, filepath, *args, **kwargs)

    return written


def _telling(path: str, write: Callable[[], None]) -> None:
    """Write a file, and let the other processes know how far that is."""
    store, turn = _store(), _turn(path)
    store.set(f"{turn}/begun", "")
    how = _FAILED
    try:
        write()
        how = _WRITTEN
    finally:
        store.set(f"{turn}/ended", how)


def _is_written(model: Any, path: str) -> bool:
    """Wait for the first process; return whether it has written a file that is seen from here.

    Raises:
        StateError: when it has failed.
    """
    store, turn, latest = _store(), _turn(path), time.monotonic() + _BEHIND
    while not store.check([f"{turn}/begun"]):
        if time.monotonic() > latest:
            return False
        time.sleep(0.01)
    if store.get(f"{turn}/ended").decode() == _FAILED:
        raise StateError(
            f"{model.who}: files must be written by the first process, got an error there."
        )
    return os.path.exists(path)


def _turn(path: str) -> str:
    """Return what names this time of writing a path, the same in all processes."""
    _turns[path] += 1
    return f"kshim/files/{os.path.realpath(path)}/{_turns[path]}"


def _store() -> Any:
    """Return where the processes leave each other words."""
    return dist.distributed_c10d._get_default_store()


def read_by_all(read: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that reads a model's weights from a file do so in every process."""

    @wraps(read)
    def taken(model: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_shared_out(model):
            return read(model, *args, **kwargs)
        with model.in_one_piece(everywhere=True, write_back=True):
            return read(model, *args, **kwargs)

    return taken


def need_whole(model: Any, what: str) -> None:
    """Refuse a model whose weights are shared out.

    Raises:
        NotSupported: telling the cure.
    """
    if _is_shared_out(model):
        raise NotSupported(
            f"{model.who}: weights must lie in one process to be {what}, got a model compiled with "
            "distribute='fsdp'. Save it, and take what load_model makes of the file in a script of "
            "one process."
        )


def _are_several() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def _is_shared_out(model: Any) -> bool:
    if not _are_several():
        return False
    return any(is_shared_out(tensor) for weight in model.weights for tensor in weight.tensors)
