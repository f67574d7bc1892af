"""Blocks: the parts of a lowered network that become classes of their own.

A model inside the model is a block, each of its calls. So is what comes again and again in one
network with other weights: residual blocks, towers, layers of attention.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from torch import fx

from kshim.export.forms import Form
from kshim.export.members import Member
from kshim.export.parts import Block, bounded, nodes_in, targets_of
from kshim.export.repeats import Repeats
from kshim.graph.marks import CALLS


class Blocks:
    """Make the blocks of one network.

    Attributes:
        whole: the network as one block of items, with blocks inside where they read better.

    Args:
        tensors: the nodes whose values are tensors, which may enter and leave a block.
        members: how each module is made, by path.
    """

    def __init__(
        self, graph: fx.Graph, tensors: set[fx.Node], members: Mapping[str, Member]
    ) -> None:
        nodes = list(graph.nodes)
        items: list[Any] = [node for node in nodes if node.op.startswith("call")]
        outputs: list[fx.Node] = list(nodes[-1].args[0])  # type: ignore[arg-type]
        self.tensors, self.members, self.ends = tensors, members, set(outputs)
        inputs = [node for node in nodes if node.op == "placeholder"]
        self.whole = Block(self.arranged(items, 0), inputs, outputs)

    def arranged(self, items: list[Any], depth: int) -> list[Any]:
        """Return the items with models inside as blocks, and then what repeats as blocks."""
        return self._folded(self._nested(items, depth))

    # Models inside.

    def _nested(self, items: list[Any], depth: int) -> list[Any]:
        """Return the items with each call of a model inside the model as a block."""
        found: list[Any] = []
        place = 0
        while place < len(items):
            call = _call(items[place], depth)
            end = place + 1
            while call and end < len(items) and _call(items[end], depth) == call:
                end += 1
            if call is None:
                found.append(items[place])
            else:
                found.append(self._model(items[place:end], call[0], depth))
            place = end
        return self._sound(found)

    def _model(self, items: list[Any], path: str, depth: int) -> Block:
        block = bounded(items, self.ends, path)
        block.items = self.arranged(items, depth + 1)
        return block

    def _sound(self, items: list[Any]) -> list[Any]:
        """Take apart the models that cannot be one class with members of its own."""
        calls = defaultdict(list)
        for item in items:
            if isinstance(item, Block):
                calls[item.path].append(item)
        apart: set[str] = set()
        for path, blocks in calls.items():
            own = {target for block in blocks for target in block.targets}
            outside = [
                item for item in items if not (isinstance(item, Block) and item.path == path)
            ]
            shared = own & {t for node in nodes_in(outside) for t in targets_of(node)}
            alike = {self.form(block) for block in blocks}
            crossing = {n for block in blocks for n in [*block.inputs, *block.outputs]}
            large = any(len(block.nodes) > 1 and block.outputs for block in blocks)
            if shared or len(alike) > 1 or not crossing <= self.tensors or not large:
                apart.add(path)
        flat: list[Any] = []
        for item in items:
            is_apart = isinstance(item, Block) and item.path in apart
            flat += item.items if is_apart else [item]
        return flat

    # What repeats.

    def _folded(self, items: list[Any]) -> list[Any]:
        """Return the items with runs that come again as blocks, the best first."""
        while True:
            best = Repeats(items, self.members, self.tensors, self.ends).best()
            if best is None:
                return items
            for start, end in sorted(best, reverse=True):
                items = [*items[:start], bounded(items[start:end], self.ends), *items[end:]]

    def form(self, block: Block) -> Any:
        """Return what two blocks have in common that can be of one class."""
        form = Form(self.members)
        for node in block.nodes:
            form.add(node)
        places = {node: place for place, node in enumerate(block.nodes)}
        return (form.key(), tuple(places[node] for node in block.outputs))


def _call(item: Any, depth: int) -> tuple[str, int] | None:
    """Return the call of a model that an item stands in, so many models deep."""
    calls = item.meta.get(CALLS, ()) if isinstance(item, fx.Node) else ()
    return calls[depth] if len(calls) > depth else None
