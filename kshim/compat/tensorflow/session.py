"""What tensorflow 1 scripts say about graphs and sessions, where there is nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kshim.backend.sessions import Session as Running


class _Options:
    """Hold whatever options are set on it, to any depth."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, _Options())
        return self.__dict__[name]


class ConfigProto(_Options):
    """Accept a session's options; torch has no session to give them to."""

    def __init__(self, **options: Any) -> None:
        self.__dict__.update(options)


class GPUOptions(ConfigProto):
    """Accept a session's GPU options; torch's allocator grows as needed."""


class Session(Running):
    """Run symbols and variables; what a session is told about its graph and devices is let be."""

    def __init__(self, target: str = "", graph: Any = None, config: Any = None) -> None:
        self.graph = graph

    def as_default(self) -> Session:
        """Return the session, which may be entered."""
        return self


@contextmanager
def device(name: Any) -> Iterator[None]:
    """Accept a device's name; models are moved with `.to(...)` instead."""
    yield


@contextmanager
def name_scope(name: str, *values: Any) -> Iterator[str]:
    """Accept a scope's name; operations have no names here."""
    yield name


class Graph:
    """Stand for a graph of tensorflow 1, which scripts enter around what they compute."""

    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Yield the graph; there is none to choose."""
        yield self

    def finalize(self) -> None:
        """Do nothing: nothing is added to a graph."""

    def get_operations(self) -> list[Any]:
        """Return nothing: operations stand in models."""
        return []


_graph = Graph()


def get_default_graph() -> Graph:
    """Return what stands for the graph."""
    return _graph


def reset_default_graph() -> None:
    """Do nothing: there is no default graph."""
