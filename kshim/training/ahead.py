"""Ahead: a thread of its own reads a generator before its items are asked for.

The items come in their order, and no more are read than an epoch asks for: what follows finds the
generator, and the random numbers it draws, where reading in turn would have left them. What a
reading that is broken off has read too much waits for the next.

Source: Keras 2.2.4 utils/data_utils.py (GeneratorEnqueuer), 1.2.2 engine/training.py.
"""

from __future__ import annotations

import contextvars
import threading
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from torch import Tensor

from kshim.core.turns import take_turns

# How long the end of a reading waits for a generator that makes an item, in seconds.
PATIENCE = 5.0
_drawn: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_left: WeakKeyDictionary[Any, deque[Any]] = WeakKeyDictionary()


def read_ahead(
    source: Iterator[Any], waiting: int, is_last: Callable[[Any], bool]
) -> Generator[Any, None, None]:
    """Yield the items of an iterator that a thread reads up to `waiting` items ahead.

    Args:
        is_last: tells of each item, in their order, whether it is the last to be read.

    Raises:
        Exception: what the iterator raises, as itself, where its item would have come.
    """
    reader = _Reader(source, max(waiting, 1), is_last)
    try:
        yield from reader.items()
    finally:
        reader.stop()


def drawn_of(source: Any) -> int:
    """Return how many items of an iterator were given to runs of this process."""
    return _drawn.get(source, 0) if _can_be_known(source) else 0


def note_drawn(source: Any, count: int) -> None:
    """Remember how many items of an iterator were given."""
    if _can_be_known(source):
        _drawn[source] = count


def waited(source: Any) -> Iterator[Any]:
    """Yield, once, what an earlier reading has read of an iterator and not used."""
    left = _left.get(source) if _can_be_known(source) else None
    while left:
        yield left.popleft()


class _Reader:
    """Read in a thread; keep what is read until it is asked for."""

    def __init__(self, source: Any, waiting: int, is_last: Callable[[Any], bool]) -> None:
        self._source, self._waiting, self._is_last = source, waiting, is_last
        self._read: deque[Any] = deque()
        self._change = threading.Condition()
        self._ended = self._stopped = False
        self._error: BaseException | None = None
        # Held but while an item is waited for: the generator may use the model that trains.
        self._turn = threading.RLock()
        self._turn.acquire()
        # The thread sees the settings of the code that asked for it, such as the era.
        inside = contextvars.copy_context()
        self._thread = threading.Thread(
            target=inside.run, args=(self._run,), name="kshim-generator", daemon=True
        )
        self._thread.start()

    def items(self) -> Iterator[Any]:
        """Yield the items in their order.

        Raises:
            Exception: what the source has raised.
        """
        while True:
            self._turn.release()
            with self._change:
                self._change.wait_for(lambda: self._read or self._ended)
            self._turn.acquire()
            with self._change:
                if not self._read:
                    break
                item = self._read.popleft()
                self._change.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Let the thread end; keep what it has read too much."""
        with self._change:
            self._stopped = True
            self._change.notify_all()
        self._turn.release()
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            warnings.warn(
                f"fit: the generator must give an item within {PATIENCE:.0f} seconds for its "
                "reading to end, got none. Its thread ends with the item, which is lost.",
                RuntimeWarning,
                stacklevel=2,
            )
        if self._read and _can_be_known(self._source):
            _left.setdefault(self._source, deque()).extend(self._read)
        self._read = deque()

    def _run(self) -> None:
        take_turns(self._turn)
        try:
            for item in self._source:
                last, own = self._is_last(item), _copied(item)
                with self._change:
                    self._read.append(own)
                    self._change.notify_all()
                    if last:
                        break
                    self._change.wait_for(lambda: self._stopped or len(self._read) < self._waiting)
                    if self._stopped:
                        break
        except BaseException as error:
            self._error = error
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()


def _copied(item: Any) -> Any:
    """Return an item with copies of its arrays: many generators fill the same ones again."""
    if type(item) in (list, tuple):
        return type(item)(map(_copied, item))
    if type(item) is dict:
        return {key: _copied(value) for key, value in item.items()}
    if isinstance(item, Tensor):
        return item.clone()
    return np.array(item) if type(item) is np.ndarray else item


def _can_be_known(source: Any) -> bool:
    """Return whether it can be remembered what was read of an iterator, as long as that lives."""
    with suppress(TypeError):
        return hash(ref(source)) is not None
    return False
