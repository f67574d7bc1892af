"""Which names of Keras and tensorflow a program uses, and what kshim has under them.

The program is read, never run.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple, TypeGuard

from kshim.compat import finder
from kshim.compat.table import KERAS_ROOTS, MODULES

TREES = tuple(sorted({root.partition(".")[0] for root in KERAS_ROOTS}))


class Use(NamedTuple):
    """Hold one use of a name: the whole path as the old tree has it, and the line."""

    path: str
    line: int


class Home(NamedTuple):
    """Hold where a name lives in kshim: the module, and its name there (none for the module).

    `called` says that what a call of it returns is meant.
    """

    module: str
    name: str
    called: bool = False


def uses_in(tree: ast.AST) -> list[Use]:
    """Return every use of a name of Keras or tensorflow, by line; one use a line and name."""
    known = aliases_in(tree)
    found = [use for node in ast.walk(tree) for use in _uses_of(node, known)]
    return sorted(set(found), key=lambda use: (use.line, use.path))


def chain_of(node: ast.AST) -> list[str]:
    """Return the parts of `a.b.c`, nothing for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


@contextmanager
def serving() -> Iterator[None]:
    """Serve the old trees inside the block, if they are not served already."""
    served = any(isinstance(one, finder.KerasFinder) for one in finder.sys.meta_path)
    if not served:
        finder.install()
    try:
        yield
    finally:
        if not served:
            finder.uninstall()


def home_of(path: str) -> Home | None:
    """Return where a name lives in kshim, None where kshim lacks it."""
    module, rest = module_of(path)
    if not module:
        return None
    if not rest:
        sources = MODULES[module].sources
        return Home(sources[0] if sources else "", "")
    name = rest[0]
    row = MODULES[module]
    target = row.names.get(name) or row.leaked.get(name)
    if target is None and finder._own_value(row, name) is finder._ABSENT:
        if finder._find(module, row, name) is finder._ABSENT:
            return None
        target = finder.LEAKS.get(name, "")
    if target is not None:
        place, _, inner = target.removesuffix("()").partition(":")
        return Home(place, inner, target.endswith("()"))
    return Home(next(one for one in _sources(row) if hasattr(_loaded(one), name)), name)


def value_of(home: Home) -> Any:
    """Return the object at a place in kshim."""
    module = _loaded(home.module)
    return getattr(module, home.name, None) if home.name else module


def served_path(path: str) -> str:
    """Return the part of a path that names something: what stands behind a class is left out."""
    module, rest = module_of(path)
    return ".".join([module, *rest[:1]]) if module else path


def module_of(path: str) -> tuple[str, list[str]]:
    """Return the longest served module that a path begins with, and the names behind it."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        module = ".".join(parts[:count])
        own = count > 1 and _is_own(".".join(parts[: count - 1]), parts[count - 1])
        if finder._is_served(module) and not own:
            return module, parts[count:]
    return "", parts


def _is_own(module: str, name: str) -> bool:
    """Return whether a module itself has something by the name of one of its sub-modules."""
    row = MODULES.get(module)
    return row is not None and finder._own_value(row, name) is not finder._ABSENT


def _sources(row: Any) -> list[str]:
    return [one for one in row.sources if finder._exists(one)]


def _loaded(module: str) -> ModuleType:
    return importlib.import_module(module)


def aliases_in(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name stands for in the old trees."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                if one.name.partition(".")[0] in TREES:
                    first = one.name if one.asname else one.name.partition(".")[0]
                    known[one.asname or first] = first
        elif _is_old(node):
            for one in node.names:
                known[one.asname or one.name] = f"{node.module}.{one.name}"
    return known


def _is_old(node: ast.AST) -> TypeGuard[ast.ImportFrom]:
    """Return whether a statement imports names from the old trees."""
    if not isinstance(node, ast.ImportFrom) or node.level:
        return False
    return (node.module or "").partition(".")[0] in TREES


def _uses_of(node: ast.AST, known: dict[str, str]) -> Iterator[Use]:
    if isinstance(node, ast.Import):
        for one in node.names:
            if one.name.partition(".")[0] in TREES:
                yield Use(one.name, node.lineno)
    elif _is_old(node):
        for one in node.names:
            end = "" if one.name == "*" else f".{one.name}"
            yield Use(f"{node.module}{end}", node.lineno)
    elif isinstance(node, ast.Attribute):
        chain = chain_of(node)
        if chain and chain[0] in known:
            path = ".".join([known[chain[0]], *chain[1:]])
            if finder._is_served(known[chain[0]]):
                yield Use(served_path(path), node.lineno)
