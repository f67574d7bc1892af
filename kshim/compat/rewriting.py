"""Rewriting: the syntax tree of a script with kshim's names in the place of the old ones.

The only file that uses libcst, which keeps spaces and comments.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import Any

from kshim.compat.naming import TREES, Home, aliases_in, home_of, module_of, value_of
from kshim.core.arguments import Argument
from kshim.errors import MissingPackage

# Words of methods, which belong to no class that could be asked.
METHOD_WORDS = {"nb_epoch": "epochs", "max_q_size": "max_queue_size", "nb_worker": "workers"}
METHODS = ("fit", "fit_generator", "evaluate_generator", "predict_generator")


def rewritten(text: str, era: str) -> tuple[str, list[str]]:
    """Return a script for kshim in an era, and the names that kshim lacks.

    Raises:
        MissingPackage: without libcst.
    """
    cst = _libcst()
    changes = _Changes(aliases_in(ast.parse(text)))
    tree = cst.parse_module(text).visit(_visitor(cst, changes))
    head = [
        cst.parse_statement(line)
        for line in (
            "import torch\n",
            "import kshim\n",
            *(f"import {module}\n" for module in sorted(changes.modules)),
            f'kshim.era("{era}")\n',
            "torch.set_grad_enabled(False)  # as Keras: gradients only in training\n",
        )
    ]
    body = list(tree.body)
    place = _behind_header(cst, body)
    whole = tree.with_changes(body=[*body[:place], *head, *body[place:]])
    return whole.code, sorted(changes.missing)


class _Changes:
    """Hold what the imported names stand for, and what was found on the way."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known
        self.modules: set[str] = set()
        self.missing: set[str] = set()

    def expression(self, chain: list[str]) -> str | None:
        """Return what stands for `a.b.c` in kshim, None where it stays as it is."""
        start = self.known.get(chain[0])
        if start is None or len(chain) < 2:
            return None
        module, rest = module_of(".".join([start, *chain[1:]]))
        begun = len(start.split("."))
        if not module or len(module.split(".")) < begun:
            return None  # something of a class or function, which was imported itself
        home = home_of(".".join([module, *rest[:1]]))
        if home is None or not home.module:
            self.missing.add(".".join([start, *chain[1:]]))
            return None
        own = home_of(start) if start not in TREES else None
        if own is not None and not own.name and [home.module, home.name] == [own.module, chain[1]]:
            return None  # the module itself is imported under that name
        self.modules.add(home.module)
        call = "()" if home.called else ""
        parts = [home.module, *([home.name] if home.name else []), *rest[1:]]
        return ".".join(parts) + call

    def imports(self, module: str, names: list[tuple[str, str]]) -> list[str]:
        """Return the import statements that stand for one `from module import names`."""
        lines: dict[str, list[str]] = defaultdict(list)
        for name, alias in names:
            home = home_of(module if name == "*" else f"{module}.{name}")
            if home is None or not home.module or home.called:
                self.missing.add(f"{module}.{name}")
                lines[module].append(_named(name, alias))
            elif name == "*":
                lines[home.module].append("*")
            elif home.name:
                lines[home.module].append(_named(home.name, alias))
            else:
                parent, _, last = home.module.rpartition(".")
                lines[parent].append(_named(last, alias))
        return [
            f"from {place} import {', '.join(held)}" if place else f"import {held[0]}"
            for place, held in lines.items()
        ]

    def words(self, path: str) -> dict[str, str]:
        """Return the present words for the older ones of a class or function."""
        home = home_of(path)
        found = getattr(value_of(home), "arguments", {}) if isinstance(home, Home) else {}
        return {
            old: name
            for name, argument in found.items()
            if isinstance(argument, Argument)
            for old in argument.was
            if isinstance(old, str) and old not in found
        }


def _visitor(cst: Any, changes: _Changes) -> Any:
    class Rewrite(cst.CSTTransformer):  # type: ignore[misc]
        """Put kshim's names in the place of the old ones."""

        def __init__(self) -> None:
            super().__init__()
            self.found: dict[Any, str] = {}

        def visit_Attribute(self, node: Any) -> bool:
            chain = _chain(cst, node)
            made = changes.expression(chain) if chain else None
            if made is not None:
                self.found[node] = made
            return not chain

        def leave_Attribute(self, original: Any, updated: Any) -> Any:
            made = self.found.get(original)
            return cst.parse_expression(made) if made is not None else updated

        def visit_ImportFrom(self, node: Any) -> bool:
            return False

        def visit_Import(self, node: Any) -> bool:
            return False

        def leave_Call(self, original: Any, updated: Any) -> Any:
            words = _words(cst, changes, original.func)
            renamed = [
                one.with_changes(keyword=cst.Name(words[one.keyword.value]))
                if one.keyword is not None and one.keyword.value in words
                else one
                for one in updated.args
            ]
            return updated.with_changes(args=renamed)

        def leave_SimpleStatementLine(self, original: Any, updated: Any) -> Any:
            if len(original.body) != 1:
                return updated
            lines = _import_lines(cst, changes, original.body[0])
            if lines is None:
                return updated
            if not lines:
                return cst.RemovalSentinel.REMOVE
            made = [cst.parse_statement(f"{line}\n") for line in lines]
            made[0] = made[0].with_changes(leading_lines=updated.leading_lines)
            last = made[-1].with_changes(trailing_whitespace=updated.trailing_whitespace)
            return cst.FlattenSentinel(
                [*made[:-1], last]
                if len(made) > 1
                else [made[0].with_changes(trailing_whitespace=updated.trailing_whitespace)]
            )

    return Rewrite()


def _words(cst: Any, changes: _Changes, function: Any) -> dict[str, str]:
    """Return the present words for the older ones of what is called."""
    chain = _chain(cst, function) or ([function.value] if isinstance(function, cst.Name) else [])
    if not chain:
        is_method = isinstance(function, cst.Attribute) and function.attr.value in METHODS
        return METHOD_WORDS if is_method else {}
    if chain[0] in changes.known:
        return changes.words(".".join([changes.known[chain[0]], *chain[1:]]))
    return METHOD_WORDS if chain[-1] in METHODS else {}


def _import_lines(cst: Any, changes: _Changes, node: Any) -> list[str] | None:
    """Return what stands for an import; None for any other statement, or import."""
    if isinstance(node, cst.Import):
        pairs = [(_dotted(one.name), _alias(one)) for one in node.names]
        if not all(name.partition(".")[0] in TREES for name, _ in pairs):
            return None
        return [line for name, alias in pairs for line in _whole_module(changes, name, alias)]
    if not isinstance(node, cst.ImportFrom) or node.module is None or node.relative:
        return None
    module = _dotted(node.module)
    if module.partition(".")[0] not in TREES:
        return None
    if isinstance(node.names, cst.ImportStar):
        return changes.imports(module, [("*", "")])
    return changes.imports(module, [(one.name.value, _alias(one)) for one in node.names])


def _whole_module(changes: _Changes, name: str, alias: str) -> list[str]:
    """Return what stands for `import name as alias`: nothing where each use is rewritten."""
    home = home_of(name) if alias and name not in ("keras", "tensorflow") else None
    if home is None or not home.module:
        return []
    return [f"import {home.module} as {alias}"]


def _named(name: str, alias: str) -> str:
    return f"{name} as {alias}" if alias and alias != name else name


def _alias(one: Any) -> str:
    """Return the name that an import binds."""
    if one.asname is not None:
        return str(one.asname.name.value)
    return str(one.name.value) if isinstance(one.name.value, str) else ""


def _chain(cst: Any, node: Any) -> list[str]:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return [node.value, *reversed(parts)] if parts and isinstance(node, cst.Name) else []


def _dotted(node: Any) -> str:
    if hasattr(node, "attr"):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return str(node.value)


def _behind_header(cst: Any, body: list[Any]) -> int:
    """Return the place behind the docstring and what is imported from the future."""
    place = 0
    for number, statement in enumerate(body):
        first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        is_text = isinstance(first, cst.Expr) and isinstance(
            first.value, (cst.SimpleString, cst.ConcatenatedString)
        )
        module = first.module if isinstance(first, cst.ImportFrom) else None
        future = module is not None and _dotted(module) == "__future__"
        if (is_text and number == 0) or future:
            place = number + 1
        else:
            break
    return place


def _libcst() -> Any:
    """Return the libcst package.

    Raises:
        MissingPackage: when it is not installed.
    """
    try:
        import libcst
    except ImportError:
        raise MissingPackage("migrate", "libcst", "migrate") from None
    return libcst
