"""Parts: a part of a lowered network that is to be a class of its own, and what it is made of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import fx

from kshim.graph.marks import MAKER


@dataclass(eq=False)
class Block:
    """Hold a part of a network.

    Attributes:
        items: nodes and blocks in order.
        inputs: the nodes outside whose values it takes, in the order of their first use.
        outputs: its own nodes whose values are used outside.
        path: that of the model that it is, within the others; "" for what repeats.
    """

    items: list[Any]
    inputs: list[fx.Node] = field(default_factory=list)
    outputs: list[fx.Node] = field(default_factory=list)
    path: str = ""

    @property
    def nodes(self) -> list[fx.Node]:
        """Return all nodes, those of inner blocks too."""
        return list(nodes_in(self.items))

    @property
    def targets(self) -> list[str]:
        """Return the paths of modules and tensors that it uses, in the order of first use."""
        found: dict[str, None] = {}
        for node in self.nodes:
            found |= dict.fromkeys(targets_of(node))
        return list(found)


def nodes_in(items: Iterable[Any]) -> Iterator[fx.Node]:
    """Give the nodes among items, those of blocks too, in order."""
    for item in items:
        if isinstance(item, Block):
            yield from nodes_in(item.items)
        else:
            yield item


def targets_of(node: fx.Node) -> list[str]:
    """Return the paths of the modules and tensors that a node uses."""
    own = [str(node.target)] if node.op == "call_module" else []
    return own + [str(n.target) for n in node.all_input_nodes if n.op == "get_attr"]


def bounded(items: list[Any], ends: set[fx.Node], path: str = "") -> Block:
    """Return items as a block that knows what goes in and out.

    Args:
        ends: the outputs of the whole network.
    """
    inside = set(nodes_in(items))
    inputs = {
        before: None
        for node in nodes_in(items)
        for before in node.all_input_nodes
        if before not in inside and before.op != "get_attr"
    }
    outputs = [node for node in nodes_in(items) if node in ends or not set(node.users) <= inside]
    return Block(items, list(inputs), outputs, path)


def makers_of(items: Iterable[Any]) -> list[str]:
    """Return the paths of the layers that items come from, one for each node."""
    return [str(node.meta[MAKER]) for node in nodes_in(items) if node.meta.get(MAKER)]


def common_start(names: Sequence[str]) -> str:
    """Return the whole words that names begin with alike, joined by _; "" for none or one."""
    if len(set(names)) < 2:
        return ""
    words = [re.findall(r"[^_]*_?", name) for name in names]
    alike = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    start = "".join(column[0] for column in alike)
    return start if start.endswith("_") else ""
