"""Pieces: what reads or writes the tensors of a model whose weights several processes share out.

A model says by `in_one_piece` how its tensors are put together (training/sharding.py); others,
which hold all of theirs, are as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch.distributed as dist

from kshim.errors import NotSupported
from kshim.nn.shards import is_shared_out


def written_by_one(write: Callable[..., None]) -> Callable[..., None]:
    """Let a function that writes a model to a file do so in the first process, all else waiting."""

    @wraps(write)
    def written(model: Any, *args: Any, **kwargs: Any) -> None:
        if not _is_shared_out(model):
            write(model, *args, **kwargs)
            return
        with model.in_one_piece(everywhere=False) as here:
            if here:
                write(model, *args, **kwargs)

    return written


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


def _is_shared_out(model: Any) -> bool:
    if not (dist.is_available() and dist.is_initialized()):
        return False
    return any(is_shared_out(tensor) for weight in model.weights for tensor in weight.tensors)
