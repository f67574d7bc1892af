"""Objects: the graph of named parts in a checkpoint, read and written.

    0 {layer_with_weights-0: 1}    1 {kernel: 2, bias: 3}    2 = layer_with_weights-0/kernel/...

Parts may be reached by several ways; whoever reads follows the names of what is to be filled, so
that circles in a file lead nowhere.

Source: TensorFlow, core/protobuf/trackable_object_graph.proto and checkpoints of tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kshim.saving.tensorflow.bundles import Bundle
from kshim.saving.tensorflow.messages import (
    damaged,
    fields,
    put,
    put_each,
    raw,
    text,
    whole,
)

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE = "VARIABLE_VALUE"
ENDING = f"/.ATTRIBUTES/{VALUE}"
# A tree: names to leaves, or to further trees.
Tree = Mapping[str, Any]


@dataclass
class Part:
    """Hold one object of a checkpoint.

    Attributes:
        children: the numbers of the objects inside, by name.
        key: under which name its array is stored; empty where it has none.
        full_name: what TensorFlow calls its variable.
        slots: for an optimizer, (number of a variable, name of its slot, number of the slot).
    """

    children: dict[str, int] = field(default_factory=dict)
    key: str = ""
    full_name: str = ""
    slots: list[tuple[int, str, int]] = field(default_factory=list)


class Objects:
    """Show the objects in a bundle.

    Raises:
        FileError: when it has no such graph, or a damaged one.
    """

    def __init__(self, bundle: Bundle) -> None:
        where = f"{bundle.file}: {GRAPH}"
        content = bundle.content(GRAPH)
        self.parts = [
            _part(raw(it, where), where) for key, it in fields(content, where) if key == 1
        ]
        count = len(self.parts)
        for part in self.parts:
            numbers = [*part.children.values(), *(it for a, _, b in part.slots for it in (a, b))]
            if any(not 0 <= number < count for number in numbers):
                raise damaged(where, f"objects past the last of {count}")
        if not count:
            raise damaged(where, "no objects")

    def child(self, number: int | None, *names: str) -> int | None:
        """Return the number of what stands under names inside an object, or None."""
        for name in names:
            number = None if number is None else self.parts[number].children.get(name)
        return number

    def key(self, number: int | None) -> str:
        """Return under which name the array of an object is stored, or no text at all."""
        return "" if number is None else self.parts[number].key

    def leaf(self, number: int | None, name: str) -> int | None:
        """Return the variable in an object, by its attribute's name or else by its own."""
        found = self.child(number, name)
        if number is None or found is not None:
            return found
        inside = self.parts[number].children.values()
        own = [it for it in inside if self.parts[it].full_name.rpartition("/")[2] == name]
        return own[0] if len(own) == 1 else None


def tree_message(tree: Tree) -> tuple[bytes, dict[str, Any]]:
    """Return the graph of a tree as a checkpoint holds it, and its leaves by their stored names.

    A leaf or tree that is there twice is one object, stored under the shortest of its names.
    """
    numbers, waiting = {id(tree): 0}, [(tree, "")]
    leaves: dict[str, Any] = {}
    parts: list[bytes] = []
    for item, path in waiting:  # grows while it is walked
        if not isinstance(item, Mapping):
            key = f"{path}{ENDING}"
            leaves[key] = item
            name = str(getattr(item, "name", path)).removesuffix(":0")
            parts.append(put((2, put((1, VALUE), (2, name), (3, key))), (5, put((1, 1)))))
            continue
        children = []
        for name, inside in item.items():
            if id(inside) not in numbers:
                numbers[id(inside)] = len(waiting)
                waiting.append((inside, f"{path}/{_escaped(name)}".lstrip("/")))
            children.append(put((1, numbers[id(inside)]), (2, name)))
        parts.append(put_each(1, children) + put((5, put((1, 1)))))
    return put_each(1, parts), leaves


def _escaped(name: str) -> str:
    return name.replace(".", "..").replace("/", ".S")


def _part(content: bytes, where: str) -> Part:
    part = Part()
    for key, value in fields(content, where):
        if key == 1:
            told = dict(fields(raw(value, where), where))
            part.children[text(told.get(2, b""), where)] = whole(told.get(1, 0), where)
        elif key == 2:
            told = dict(fields(raw(value, where), where))
            if text(told.get(1, b""), where) == VALUE:
                part.full_name = text(told.get(2, b""), where)
                part.key = text(told.get(3, b""), where)
        elif key == 3:
            told = dict(fields(raw(value, where), where))
            slot = text(told.get(2, b""), where)
            part.slots.append((whole(told.get(1, 0), where), slot, whole(told.get(3, 0), where)))
    return part
