"""Registries: tables from the names scripts and files use to functions and classes.

The user's own objects stand before every table: inside `CustomObjectScope`, or for good in
`get_custom_objects()`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from kshim.errors import ArgumentError, UnknownName, nearest

Thing = TypeVar("Thing")

_lasting: dict[str, Any] = {}
_scoped: ContextVar[tuple[Mapping[str, Any], ...]] = ContextVar("custom_objects", default=())


class Registry:
    """Map names to the functions and classes of one kind (activations, losses, layers …)."""

    def __init__(self, kind: str, *, ignore_case: bool = False) -> None:
        self.kind = kind
        self.ignore_case = ignore_case
        self._things: dict[str, Any] = {}

    def register(self, *aliases: str) -> Callable[[Thing], Thing]:
        """Enter a function or class under its own name and the `aliases`."""

        def enter(thing: Thing) -> Thing:
            for name in (thing.__name__, *aliases):  # type: ignore[attr-defined]
                self._things[self._key(name)] = thing
            return thing

        return enter

    def names(self) -> list[str]:
        """Return every known name, in order."""
        return sorted(self._things)

    def find(self, name: str | type) -> Any:
        """Return the function or class called `name`, the user's own first.

        A class in the place of its name, where one was found before, stands for itself.

        Raises:
            UnknownName: with the nearest known name.
        """
        if isinstance(name, type):
            return name
        short = name.rpartition(">")[2]  # files say "Custom>Adam" for registered classes
        mine = custom_objects()
        for found in (mine.get(name), mine.get(short), self._things.get(self._key(short))):
            if found is not None:
                return found
        hint = nearest(short, [*self._things, *mine])
        raise UnknownName(self.kind, f"the name of a known {self.kind}", name, hint=hint)

    def make(self, identifier: Any) -> Any:
        """Return the thing that a name, a config, a class or the thing itself stands for.

        Classes are made with their defaults; functions are returned as they are.

        Raises:
            UnknownName: for a name in no table.
            ArgumentError: for a value that stands for nothing of the kind.
        """
        if isinstance(identifier, str):
            return _made(self.find(identifier), {})
        if isinstance(identifier, Mapping) and "class_name" in identifier:
            return _made(self.find(identifier["class_name"]), identifier.get("config") or {})
        if isinstance(identifier, Mapping) and "name" in identifier:  # as Keras 1 wrote them
            config = {key: value for key, value in identifier.items() if key != "name"}
            return _made(self.find(identifier["name"]), config)
        if isinstance(identifier, type) or callable(identifier):
            return _made(identifier, {})
        article = "an" if self.kind[0] in "aeiou" else "a"
        raise ArgumentError(self.kind, f"a name, a config or {article} {self.kind}", identifier)

    def _key(self, name: str) -> str:
        return name.lower() if self.ignore_case else name


def custom_objects() -> dict[str, Any]:
    """Return the user's own objects in force here, the innermost scope winning."""
    merged = dict(_lasting)
    for scope in _scoped.get():
        merged |= scope
    return merged


def get_custom_objects() -> dict[str, Any]:
    """Return the table of the user's own objects, to be changed in place."""
    return _lasting


@contextmanager
def custom_object_scope(*tables: Mapping[str, Any] | None) -> Iterator[None]:
    """Know more objects of the user's own inside a `with` block."""
    token = _scoped.set((*_scoped.get(), *(table for table in tables if table)))
    try:
        yield
    finally:
        _scoped.reset(token)


class CustomObjectScope:
    """Know more objects of the user's own inside a `with` block, under Keras's name for it."""

    def __init__(self, *tables: Mapping[str, Any]) -> None:
        self._scope = custom_object_scope(*tables)

    def __enter__(self) -> CustomObjectScope:
        self._scope.__enter__()
        return self

    def __exit__(self, *problem: Any) -> None:
        self._scope.__exit__(*problem)


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Thing], Thing]:
    """Enter the decorated class or function among the user's own objects, as tf.keras does."""

    def enter(thing: Thing) -> Thing:
        known = name or thing.__name__  # type: ignore[attr-defined]
        _lasting[f"{package}>{known}"] = _lasting[known] = thing
        return thing

    return enter


def _made(thing: Any, config: Any) -> Any:
    if not inspect.isclass(thing):
        return thing
    if hasattr(thing, "from_config"):
        return thing.from_config(config)
    return thing(**config)
