"""Repeats: runs of a network that come again with other weights, and read better as one class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from torch import fx

from kshim.export.forms import Form, slots_of
from kshim.export.members import Member
from kshim.export.parts import Block, bounded, common_start, makers_of, nodes_in, targets_of

Run = tuple[int, int]  # the places of its first item and of that behind its last

_LONGEST = 150  # items of a run
_SHORTEST = 4  # items of a block that another one may hold twice
_MOST_NUMBERS = 4  # by which blocks of one class may differ
_CLASS = 8  # lines that a class costs beside its members and code
_NEAR = 0.85  # of the most lines saved; among such, names decide


class Repeats:
    """Look for the runs of items that come again.

    Attributes:
        last: the place of the last item that uses each node.
        forms: the runs of each form, those that a tensor comes out of at the end.
        inner: by the place where it starts, the end and form of each run.
        uses: by module or tensor, the places of the items that use it.

    Args:
        tensors: the nodes whose values are tensors, which may enter and leave a block.
        ends: the outputs of the whole network.
    """

    def __init__(
        self,
        items: list[Any],
        members: Mapping[str, Member],
        tensors: set[fx.Node],
        ends: set[fx.Node],
    ) -> None:
        self.items, self.members, self.tensors, self.ends = items, members, tensors, ends
        self.last = self._last_uses()
        self.forms: dict[Any, list[Run]] = defaultdict(list)
        self.inner: dict[int, list[tuple[int, Any]]] = defaultdict(list)
        self.uses: dict[str, set[int]] = defaultdict(set)
        for start, end, form in self._runs():
            self.forms[form].append((start, end))
            self.inner[start].append((end, form))
        for place, item in enumerate(items):
            for target in [t for node in nodes_in([item]) for t in targets_of(node)]:
                self.uses[target].add(place)

    def best(self) -> list[Run] | None:
        """Return the runs that save the most lines as calls of one class; None if none does."""
        found: list[tuple[float, list[Run]]] = []
        most = 0.0
        for bound, runs in self._candidates():
            if bound < _NEAR * most:
                break
            chosen = self._apart(runs)
            gain = self._gain(chosen)
            if gain > max(0.0, _NEAR * most) and not self._is_several(chosen[0]):
                found.append((gain, chosen))
                most = max(most, gain)
        good = [(gain, chosen) for gain, chosen in found if gain >= _NEAR * most]
        if not good:
            return None
        return max(good, key=lambda one: (self._cohesion(one[1]), one[0]))[1]

    def _candidates(self) -> list[tuple[float, list[Run]]]:
        """Return the runs of each form with as many lines as they could save, the most first."""
        found = [
            (2.0 * (len(runs) - 1) * (runs[0][1] - runs[0][0]) - _CLASS, runs)
            for runs in self.forms.values()
            if len(runs) > 1
        ]
        return sorted(found, key=lambda one: -one[0])

    def _runs(self) -> Iterator[tuple[int, int, Any]]:
        """Give each run of items of which one tensor comes out, at its end, and its form."""
        for start in range(len(self.items)):
            form, furthest = Form(self.members), -1
            for place in range(start, min(len(self.items), start + _LONGEST)):
                item = self.items[place]
                if isinstance(item, Block) or not form.add(item):
                    break
                # All but the last must be used inside alone.
                if place > start and furthest <= place and form.modules > 1:
                    inputs_fit = set(form.outside) <= self.tensors and 0 < len(form.outside) < 3
                    if item in self.tensors and inputs_fit:
                        yield start, place + 1, form.key()
                furthest = max(furthest, self.last[item])

    def _last_uses(self) -> dict[fx.Node, int]:
        """Return the place of the last item that uses each node."""
        last: dict[fx.Node, int] = {}
        for place, item in enumerate(self.items):
            for node in nodes_in([item]):
                last.setdefault(node, len(self.items) if node in self.ends else place)
                for before in node.all_input_nodes:
                    if last.get(before, place) < len(self.items):
                        last[before] = place
        return last

    def _apart(self, runs: list[Run]) -> list[Run]:
        """Return those runs that do not overlap and own their modules, or share all of them."""
        chosen: dict[Run, tuple[str, ...]] = {}
        owners: dict[str, tuple[str, ...]] = {}
        behind = 0
        for start, end in runs:
            own = tuple(Block(self.items[start:end]).targets) if start >= behind else ()
            if start >= behind and all(owners.get(target, own) == own for target in own):
                chosen[start, end] = own
                owners |= dict.fromkeys(own, own)
                behind = end
        covered = {place for start, end in chosen for place in range(start, end)}
        return [run for run, own in chosen.items() if all(self.uses[t] <= covered for t in own)]

    def _gain(self, runs: list[Run]) -> float:
        """Return about how many lines are saved when runs are calls of one class."""
        if len(runs) < 2:
            return 0
        blocks = [Block(self.items[start:end]) for start, end in runs]
        nodes = blocks[0].nodes
        modules = len({str(node.target) for node in nodes if node.op == "call_module"})
        branches = _meets(nodes) or any(len(set(node.users)) > 1 for node in nodes[:-1])
        if not branches and (len(runs) < 3 or modules < 3):
            return 0
        members = [[self.members[t] for t in it.targets if t in self.members] for it in blocks]
        if len(slots_of(members)) > _MOST_NUMBERS:
            return 0
        is_shared = len({tuple(block.targets) for block in blocks}) == 1
        saved = 0.5 * len(nodes) + (0 if is_shared else 1.5 * modules)
        gain = (len(runs) - 1) * saved - _CLASS - 1.5 * len(runs)
        # A part of a block reads worse than a whole one.
        return 0.4 * gain if self._is_part(runs) else gain

    def _is_part(self, runs: list[Run]) -> bool:
        """Return whether most of the runs have another value going around them, or into them."""
        start, end = runs[0]
        if len(bounded(self.items[start:end], self.ends).inputs) > 1:
            return True
        around = 0
        for start, end in runs:
            around += any(self.last[node] >= end for node in nodes_in(self.items[:start]))
        return 2 * around > len(runs)

    def _is_several(self, run: Run) -> bool:
        """Return whether a run is blocks one after the other, of which two are alike."""
        start, end = run
        ends: dict[Any, int] = {}
        for place in range(start, end):
            for behind, form in self.inner[place]:
                if behind > end or behind - place < _SHORTEST or (place, behind) == run:
                    continue
                if form in ends and ends[form] <= place:
                    inner = [*nodes_in(self.items[place:behind])]
                    if _meets(inner) and not self._is_part([(place, behind)]):
                        return True
                ends.setdefault(form, behind)
        return False

    def _cohesion(self, runs: list[Run]) -> int:
        """Return how well runs go along with the names of layers: begun and ended with them."""
        found = 0
        for start, end in runs:
            inner = common_start(makers_of(self.items[start:end]))
            before, behind = self.items[max(start - 1, 0) : start], self.items[end : end + 1]
            around = makers_of([*before, *behind])
            if inner and not any(name.startswith(inner) for name in around):
                found += 1
            found += next(nodes_in(self.items[start:end])).op == "call_module"
        return found


def _meets(nodes: list[fx.Node]) -> bool:
    """Return whether several values come together in one of the nodes."""
    values = ({it for it in node.all_input_nodes if it.op != "get_attr"} for node in nodes)
    return any(len(one) > 1 for one in values)
