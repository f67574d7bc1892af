"""Carrying: the text of classes in `kshim.nn` with all that they need, to stand in a file alone."""

from __future__ import annotations

import ast
import importlib
import inspect
import types
from dataclasses import dataclass, field

from kshim.errors import NotSupported

_OURS = "kshim.nn"


@dataclass
class Carried:
    """Collect definitions, each once, those that others need before them.

    Attributes:
        imports: the lines that the definitions need.
        texts: the definitions by name, in an order that Python can read.
    """

    imports: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    _homes: dict[str, str] = field(default_factory=dict)

    def add(self, module: str, name: str) -> None:
        """Add a definition of a module, and before it what it needs.

        Raises:
            NotSupported: when two modules define the name differently.
        """
        home = self._homes.setdefault(name, module)
        if home != module:
            raise NotSupported(
                f"to_source: {name} must have one meaning, got two: {home}, {module}."
            )
        if name in self.texts:
            return
        page = _Page(importlib.import_module(module))
        self.texts[name] = ""  # a definition may need itself
        for word in page.needs(name):
            if word in page.imports:
                self._import(*page.imports[word])
            elif word in page.definitions and word != name:
                self.add(module, word)
        del self.texts[name]
        self.texts[name] = page.text(name)

    def _import(self, source: str, line: str, name: str) -> None:
        if source.startswith(_OURS):
            self.add(source, name)
        elif source.startswith("kshim"):
            raise NotSupported(f"to_source: what is carried must need torch alone, got {line!r}.")
        else:
            self.imports.add(line)


class _Page:
    """Know the top of a module: what it defines and what it imports, by name."""

    def __init__(self, module: types.ModuleType) -> None:
        source = inspect.getsource(module)
        self.lines = source.splitlines()
        self.definitions: dict[str, ast.stmt] = {}
        self.imports: dict[str, tuple[str, str, str]] = {}
        for statement in ast.parse(source).body:
            self._read(statement)

    def needs(self, name: str) -> list[str]:
        """Return the words in a definition, in order, without its decorators'."""
        statement = self.definitions[name]
        outside = {
            id(node) for decorator in _registrations(statement) for node in ast.walk(decorator)
        }
        found = [
            node
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and id(node) not in outside
        ]
        return list(dict.fromkeys(node.id for node in found))

    def text(self, name: str) -> str:
        """Return a definition as it is written, without the entry in a registry."""
        statement = self.definitions[name]
        left_out = _registrations(statement)
        written = getattr(statement, "decorator_list", [])
        decorators = [] if left_out else written
        first = min([statement.lineno, *(each.lineno for each in decorators)])
        return "\n".join(self.lines[first - 1 : statement.end_lineno])

    def _read(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef):
            self.definitions[statement.name] = statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    self.definitions[target.id] = statement
        elif isinstance(statement, ast.ImportFrom):
            source = str(statement.module)
            for alias in statement.names:
                renamed = f" as {alias.asname}" if alias.asname else ""
                line = f"from {source} import {alias.name}{renamed}"
                self.imports[alias.asname or alias.name] = (source, line, alias.name)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                word = alias.asname or alias.name.partition(".")[0]
                self.imports[word] = (alias.name, ast.unparse(statement), alias.name)


def _registrations(statement: ast.stmt) -> list[ast.expr]:
    """Return the decorators that enter a definition into a registry."""
    decorators = getattr(statement, "decorator_list", [])
    return [one for one in decorators if ".register(" in ast.unparse(one)]
