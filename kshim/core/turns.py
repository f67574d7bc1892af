"""Turns: a thread that reads data while a model trains uses models only while training waits.

A model has one mode, training or not, which two threads at once cannot have in two ways.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext

_here = threading.local()


def take_turns(turn: AbstractContextManager[object]) -> None:
    """Let this thread use models only while it holds a lock."""
    _here.turn = turn


def in_turn() -> AbstractContextManager[object]:
    """Return what to hold while a model is used in this thread: its lock, if it has one."""
    held: AbstractContextManager[object] | None = getattr(_here, "turn", None)
    return nullcontext() if held is None else held
