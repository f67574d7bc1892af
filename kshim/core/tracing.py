"""Tracing: whether layers are being lowered right now, and what to do when one cannot be; who
collects the losses that layers add while they compute; and whether symbols stand for variables.

While a graph is lowered, layers are called on proxies instead of tensors. Code that would go
wrong then, without a word, raises `CannotTrace`; the layer stays in the graph as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol


class Measured(NamedTuple):
    """Hold a value that a layer measured, among the terms that layers add to the loss.

    The value is a tensor, or the metric that it was the result of.
    """

    name: str
    value: Any


class CannotTrace(Exception):
    """Say that a layer's code depends on values, on chance or on the phase."""


class AsksForHistory(CannotTrace):
    """Say that a layer's code takes gradients of what it is given, by what it is given."""


class Tracing(Protocol):
    """What the lowering offers to layers that are called while it runs."""

    def inline(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Trace a layer that another one calls."""

    def weight(self, weight: Any) -> Any:
        """Return what stands for a weight in the graph."""

    def add_loss(self, value: Any) -> None:
        """Add a term to the loss of the graph, or a value that is measured."""


_tracing: ContextVar[Tracing | None] = ContextVar("tracing", default=None)
_collected: ContextVar[list[Any] | None] = ContextVar("losses", default=None)
_standing: ContextVar[Callable[[Any], Any] | None] = ContextVar("standing", default=None)


def active_tracing() -> Tracing | None:
    """Return the lowering that runs now, or None."""
    return _tracing.get()


def refuse_to_trace(reason: str) -> None:
    """Raise `CannotTrace` while a graph is lowered; do nothing otherwise."""
    if _tracing.get() is not None:
        raise CannotTrace(reason)


def refuse_to_trace_gradients() -> None:
    """Raise `AsksForHistory` while a graph is lowered; do nothing otherwise."""
    if _tracing.get() is not None:
        raise AsksForHistory("gradients are taken")


def know_rank(value: Any, rank: int) -> Any:
    """Return `value`; while a graph is lowered, its stand-in learns how many axes it has."""
    if _tracing.get() is not None:
        value.rank = rank
    return value


@contextmanager
def tracing_with(tracing: Tracing | None) -> Iterator[None]:
    """Lower with `tracing` inside a `with` block."""
    token = _tracing.set(tracing)
    try:
        yield
    finally:
        _tracing.reset(token)


def collected_losses() -> list[Any] | None:
    """Return the list that takes the losses added now, or None where nobody collects."""
    return _collected.get()


@contextmanager
def collecting_losses() -> Iterator[list[Any]]:
    """Collect the losses that layers add inside a `with` block."""
    found: list[Any] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def variables_stand() -> bool:
    """Return whether symbols stand for variables now: what is computed of them is recorded."""
    return _standing.get() is not None


def standing_for(structure: Any) -> Any:
    """Return nested lists, tuples and dicts with a symbol for each variable, while symbols stand
    for them; otherwise what was given.
    """
    stand = _standing.get()
    return structure if stand is None else stand(structure)


@contextmanager
def variables_as_symbols(stand: Callable[[Any], Any]) -> Iterator[None]:
    """Let symbols stand for variables inside a `with` block.

    Args:
        stand: gives a structure with symbols in the variables' places.
    """
    token = _standing.set(stand)
    try:
        yield
    finally:
        _standing.reset(token)
