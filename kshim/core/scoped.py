"""Scoped: a setting of the whole process, which a `with` block may override for the code inside it.

Threads that start later see the setting, not the override: it belongs to the block alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

Kept = TypeVar("Kept")

_NOTHING: Any = object()


class Scoped(Generic[Kept]):
    """Hold one value for all threads, and another one inside a `with` block."""

    def __init__(self, name: str, value: Kept) -> None:
        self._lasting = value
        self._inner: ContextVar[Kept] = ContextVar(name, default=_NOTHING)

    def get(self) -> Kept:
        """Return the value in force here."""
        inner = self._inner.get()
        return self._lasting if inner is _NOTHING else inner

    def set(self, value: Kept) -> None:
        """Put a value in force for all threads; inside an `override`, until that block ends."""
        if self._inner.get() is _NOTHING:
            self._lasting = value
        else:
            self._inner.set(value)

    @contextmanager
    def override(self, value: Kept) -> Iterator[None]:
        """Put a value in force inside a `with` block."""
        token = self._inner.set(value)
        try:
            yield
        finally:
            self._inner.reset(token)
