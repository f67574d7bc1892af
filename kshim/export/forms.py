"""Forms: what two runs of nodes have alike that can be of one class, and where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from torch import fx

from kshim.export.members import Member


class Form:
    """Say a run of nodes without names and numbers that a class can take as arguments."""

    def __init__(self, members: Mapping[str, Member]) -> None:
        self.members = members
        self.inside: dict[fx.Node, int] = {}
        self.outside: dict[fx.Node, int] = {}
        self.owned: dict[str, int] = {}
        self.modules = 0
        self.letters: Any = ()

    def add(self, node: fx.Node) -> bool:
        """Add a node; return whether it can be in a block."""
        word: Any = node.target
        if node.op == "call_module":
            self.modules += 1
            word = self._member(str(node.target))
        try:
            letter = (node.op, word, self._said(node.args), self._said(node.kwargs))
            self.letters = hash((self.letters, letter))
        except TypeError:  # a value that cannot be hashed
            return False
        self.inside[node] = len(self.inside)
        return True

    def key(self) -> Any:
        """Return what equal runs have alike."""
        return (self.letters, len(self.inside), len(self.outside))

    def _member(self, path: str) -> Any:
        made = self.members[path]
        given = tuple((it.name, None if _is_number(it.value) else it.value) for it in made.given)
        return (made.kind, given, made.inputs, made.settings, self._owned(path))

    def _tensor(self, path: str) -> Any:
        """Say a tensor: its module's, which says its sizes, or one by itself."""
        return self._member(path) if path in self.members else self._owned(path)

    def _owned(self, path: str) -> int:
        return self.owned.setdefault(path, len(self.owned))

    def _said(self, value: Any) -> Any:
        if isinstance(value, fx.Node):
            if value.op == "get_attr":
                return ("tensor", self._tensor(str(value.target)))
            if value in self.inside:
                return ("inside", self.inside[value])
            return ("outside", self.outside.setdefault(value, len(self.outside)))
        if isinstance(value, dict):
            return tuple((key, self._said(one)) for key, one in value.items())
        if isinstance(value, slice):
            return ("slice", *map(self._said, (value.start, value.stop, value.step)))
        if isinstance(value, list | tuple):
            return (type(value), *map(self._said, value))
        return (type(value), value)


def slots_of(instances: Sequence[Sequence[Member]]) -> dict[tuple[Any, ...], list[tuple[int, int]]]:
    """Return the arguments in which the members of blocks differ, those that go together in one.

    Returns:
        by the values, one of each block: (place of the member, place of its argument) of each.
    """
    found: dict[tuple[Any, ...], list[tuple[int, int]]] = defaultdict(list)
    for place, alike in enumerate(zip(*instances, strict=True)):
        for number in range(len(alike[0].given)):
            values = tuple(member.given[number].value for member in alike)
            if len(set(values)) > 1:
                found[values].append((place, number))
    return dict(found)


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)
