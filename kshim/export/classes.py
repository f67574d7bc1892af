"""Classes: one block of a network as the text of a torch module."""

from __future__ import annotations

import builtins
import itertools
import operator
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx, nn

from kshim.export.expressions import INFIX, Expressions
from kshim.export.forms import slots_of
from kshim.export.members import Member, member_of_tensor
from kshim.export.parts import Block, common_start, makers_of, targets_of
from kshim.export.spelling import Given, Name, spelled, spelled_call
from kshim.export.words import class_name, inner_word, plain, unlike, word
from kshim.export.wrapping import bare, wrapped
from kshim.graph.marks import RESULT

_LONGEST = 48  # letters of an expression that still stands inside another
_LONGEST_PART = 34  # the same for a part of a sum or product, of which a line holds two
_CALLED = {
    "getitem": "part", "add": "total", "mul": "product", "ne": "mask", "cat": "joined",
    "sub": "difference", "truediv": "quotient", "div": "quotient", "matmul": "product",
    "einsum": "mixed", "flip": "flipped", "stack": "stacked", "mean": "mean", "sum": "total",
    "amax": "largest", "amin": "smallest", "any": "mask", "permute": "turned", "pow": "power",
    "lt": "mask", "gt": "mask", "and_": "mask", "logical_and": "mask", "unsqueeze": "spread",
    "expand": "spread", "reshape": "reshaped", "flatten": "flat", "unflatten": "steps",
    "squeeze": "squeezed", "normalize": "normalized",
}  # fmt: skip
TAKEN = frozenset([*dir(nn.Module()), *dir(builtins), "nn", "torch", "F", "self"])


@dataclass
class Network:
    """Hold what the classes of one file have in common.

    Attributes:
        module: the lowered network.
        members: how its modules are made, by path.
        shapes: those of each node in two runs of unlike sizes.
        inputs, outputs: the names of those of a model inside the model, by its path.
        classes: those written already, by the form of their blocks.
    """

    who: str
    name: str
    module: fx.GraphModule
    members: dict[str, Member]
    shapes: dict[fx.Node, tuple[tuple[int, ...], ...]]
    inputs: dict[str, list[str]]
    outputs: dict[str, list[str]]
    taken: set[str]
    classes: dict[Any, Class] = field(default_factory=dict)
    alike: dict[Block, Any] = field(default_factory=dict)  # the form of each block

    def class_of(self, block: Block) -> Class:
        """Return the class of a block."""
        return self.classes[self.alike[block]]

    def thing(self, path: str) -> Any:
        """Return the module or tensor at a path."""
        return operator.attrgetter(path)(self.module)


class Class:
    """Write one class, that of one block or of several alike."""

    def __init__(self, network: Network, blocks: Sequence[Block], name: str, about: str) -> None:
        self.network, self.blocks, self.block = network, blocks, blocks[0]
        self.name, self.about = name, about
        self.path = self.block.path
        names = self._makers() if self._is_shared() else []
        self.start = common_start(names)
        names = names if self.start else []
        numbers = [set(re.findall(r"(?<=_)\d+(?=_|$)", name)) for name in names]
        self.number = min(set.intersection(*numbers), default="") if numbers else ""
        self.rows = self._rows(self.block.items)
        self.own = _own_targets(self.block)
        self.attributes: dict[str, str] = {}
        self.inner: dict[int, str] = {}  # the attribute of each row of blocks
        self.expressions = Expressions(network.who, lambda node: network.thing(str(node.target)))
        self.texts = self.expressions.texts
        self.holders: dict[str, fx.Node] = {}
        self.written: set[fx.Node] = set()
        self.reasons: set[str] = set()
        self.parameters = self._parameters()
        known = (*self.block.inputs, *self.block.nodes)
        self.numbers = {node: place for place, node in enumerate(known)}
        self.all_nodes = [(*block.inputs, *block.nodes) for block in blocks]

    # What the block of another is made with.

    def arguments(self, block: Block) -> str:
        """Return what the class is called with for a block."""
        place = next(i for i, one in enumerate(self.blocks) if one.targets == block.targets)
        return ", ".join(
            f"{name}={spelled(values[place], self.network.who)}"
            for name, (values, _) in self.parameters.items()
        )

    def state(self, block: Block, prefix: str) -> dict[str, Tensor]:
        """Return a block's tensors by the names that an object of the class gives them."""
        found: dict[str, Tensor] = {}
        for mine, path in zip(self.own, _own_targets(block), strict=True):
            attribute = self.attributes[mine]
            if path in self.network.members:
                for name, tensor in self.network.members[path].state.items():
                    found[f"{prefix}{attribute}.{name}".rstrip(".")] = tensor
            elif "." not in attribute:
                found[f"{prefix}{attribute}"] = self.network.thing(path)
        for one, inner in self._inner(block, prefix):
            found |= self.network.class_of(one).state(one, inner)
        return found

    def places(self, block: Block, prefix: str) -> dict[str, str]:
        """Return where an object of the class has the modules of a block, by their paths."""
        found = {
            path: f"{prefix}{self.attributes[mine]}"
            for mine, path in zip(self.own, _own_targets(block), strict=True)
            if path in self.network.members
        }
        for one, inner in self._inner(block, prefix):
            found |= self.network.class_of(one).places(one, inner)
        return found

    def _inner(self, block: Block, prefix: str) -> Iterator[tuple[Block, str]]:
        """Give the blocks inside one, each with the start of its names."""
        for place, row in enumerate(self.rows if block is self.block else self._rows(block.items)):
            if isinstance(row, list):
                for number, one in enumerate(row):
                    several = f"{number}." if len(row) > 1 else ""
                    yield one, f"{prefix}{self.inner[place]}.{several}"

    # The text.

    def text(self) -> str:
        """Return the class."""
        members = self._members()
        forward = self._forward()
        given = "".join(
            f", {name}: {_type(values)}" for name, (values, _) in self.parameters.items()
        )
        start = f"def __init__(self{given}) -> None:"
        if len(start) + 4 > 100:
            start = f"def __init__(\n    self{given}\n) -> None:"
        body = [start, '    """Make the layers."""', "    super().__init__()"]
        body += [wrapped(f"    {line}", 4) for line in members]
        body += ["", *(wrapped(line, 4) for line in forward)]
        head = f'class {self.name}(nn.Module):\n    """{self.about}"""\n\n'
        return head + textwrap.indent("\n".join(body), "    ")

    def _is_shared(self) -> bool:
        return not self.path and len(self.blocks) > 1

    def _makers(self) -> list[str]:
        """Return the layers that the block comes from; only those made here if names tell more."""
        every = makers_of([self.block])
        return every if common_start(every) else makers_of(filter(targets_of, self.block.nodes))

    def _word(self, path: str) -> str:
        """Return the word for a layer here."""
        if self.path and path.startswith(f"{self.path}."):
            path = path[len(self.path) + 1 :]
        return inner_word(path, self.start, self.number) if self._is_shared() else word(path)

    # What __init__ lists.

    def _parameters(self) -> dict[str, tuple[tuple[Any, ...], list[tuple[int, int]]]]:
        """Return the constructor's arguments: the values, one of each block, and where they go."""
        members = self.network.members
        instances = [[members[t] for t in _own_targets(b) if t in members] for b in self.blocks]
        if not self._is_shared():
            return {}
        found: dict[str, tuple[tuple[Any, ...], list[tuple[int, int]]]] = {}
        for values, places in slots_of(instances).items():
            names = {instances[0][member].given[number].name for member, number in places}
            found[unlike(_parameter(names, places, instances[0]), found)] = (values, places)
        return found

    def _members(self) -> list[str]:
        """Return the lines that make the attributes, those of blocks where they are first used."""
        lines: list[str] = []
        for place, row in enumerate(self.rows):
            if isinstance(row, list):
                lines += self._block_lines(place, row)
            else:
                for path in targets_of(row):
                    lines += self._member(path)
        return lines

    def _block_lines(self, place: int, row: list[Block]) -> list[str]:
        for earlier, attribute in self.inner.items():
            known = self.rows[earlier]
            if [b.targets for b in known] == [b.targets for b in row]:
                self.inner[place] = attribute
                return []
        taken = {*TAKEN, *self.attributes.values(), *self.inner.values()}
        attribute = unlike(self._block_word(row), taken)
        self.inner[place] = attribute
        made = self.network.class_of(row[0])
        calls = [f"{made.name}({made.arguments(block)})" for block in row]
        if len(calls) == 1:
            return [f"self.{attribute} = {calls[0]}"]
        if len(set(calls)) == 1:
            return [f"self.{attribute} = nn.Sequential(*({calls[0]} for _ in range({len(calls)})))"]
        return [f"self.{attribute} = nn.Sequential({', '.join(calls)})"]

    def _block_word(self, row: list[Block]) -> str:
        if row[0].path:
            return self._word(row[0].path)
        starts = [common_start(makers_of([block])) for block in row]
        if all(starts):
            alike = itertools.takewhile(lambda it: len(set(it)) == 1, zip(*starts, strict=False))
            start = "".join(letters[0] for letters in alike) if len(row) > 1 else starts[0]
            start = start.strip("_") or re.sub(r"\d+_?$", "", starts[0])
            return word(start) + ("s" if len(row) > 1 else "")
        made = self.network.class_of(row[0]).name
        return word(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", made)) + ("s" if len(row) > 1 else "")

    def _member(self, path: str) -> list[str]:
        """Return the lines that make an attribute for a module or tensor, if it is not there."""
        if path in self.attributes:
            return []
        owner, _, name = path.rpartition(".")
        if path not in self.network.members and owner in self.attributes:
            self.attributes[path] = f"{self.attributes[owner]}.{name}"
            return []
        taken = {*TAKEN, *self.attributes.values(), *self.inner.values()}
        attribute = unlike(self._word(path), taken)
        self.attributes[path] = attribute
        made = self.network.members.get(path)
        if made is None:  # of a module that stands elsewhere
            made = member_of_tensor(self.network.thing(path))
            return [self._tensor(attribute, made.kind, made.given)]
        who = f"layer {path.partition('.')[0]!r}"
        given = list(made.given)
        place = [t for t in self.own if t in self.network.members].index(path)
        for name, (_, places) in self.parameters.items():
            for member, number in places:
                if member == place:
                    one = given[number]
                    given[number] = Given(one.name, Name(name), one.by_name)
        if issubclass(made.kind, Tensor):
            return [self._tensor(attribute, made.kind, given)]
        call = f"self.{attribute} = {spelled_call(made.kind, given, who)}"
        return [call, *self._settings(made, attribute)]

    def _settings(self, made: Member, attribute: str) -> Iterator[str]:
        """Give the lines behind the one that makes a module, each reason once in a class."""
        for line in made.settings:
            setting, _, reason = line.format(f"self.{attribute}").partition("  # ")
            if reason and reason not in self.reasons:
                self.reasons.add(reason)
                yield f"# {reason}"
            yield setting

    def _tensor(self, attribute: str, kind: type, given: Sequence[Given]) -> str:
        who = self.network.who
        sizes = ", ".join(spelled(one.value, who) for one in given if not one.by_name)
        told = {
            one.name: f", {one.name}={spelled(one.value, who)}"
            for one in given
            if one.by_name and not one.usual
        }
        empty = f"torch.zeros({sizes or '()'}{told.get('dtype', '')})"
        if issubclass(kind, nn.Parameter):
            return f"self.{attribute} = nn.Parameter({empty}{told.get('requires_grad', '')})"
        return f'self.register_buffer("{attribute}", {empty})'

    # What forward says.

    def _forward(self) -> list[str]:
        for node, name in zip(self.block.inputs, self._input_names(), strict=True):
            self._hold(node, unlike(name, {*TAKEN, *self.holders}))
        arguments = ", ".join(f"{self.texts[node]}: Tensor" for node in self.block.inputs)
        count = len(self.block.outputs)
        returned = "Tensor" if count == 1 else f"tuple[{', '.join(['Tensor'] * count)}]"
        start = f"def forward(self, {arguments}) -> {returned}:"
        if len(start) + 4 > 100:
            start = f"def forward(\n    self, {arguments}\n) -> {returned}:"
        lines = [start, f'    """{self._summary(count)}"""']
        for place, row in enumerate(self.rows):
            if isinstance(row, list):
                lines.append(self._block_call(place, row))
            else:
                lines += self._line(row)
        ends = ", ".join(bare(self._text(end)) for end in self.block.outputs)
        if lines[-1].startswith(f"    {ends} = "):
            return [*lines[:-1], f"    return {lines[-1].partition(' = ')[2]}"]
        return [*lines, f"    return {ends}"]

    def _summary(self, count: int) -> str:
        """Return what forward's docstring says: what comes out of what."""
        what = f"Return the output{'s' if count > 1 else ''}"
        taken = [f"{self.texts[node]} {self._shape(node)}" for node in self.block.inputs]
        told = f"{what} for {', '.join(taken)}."
        return (
            told
            if len(told) + 14 <= 100 and all(map(self._shape, self.block.inputs))
            else f"{what}."
        )

    def _text(self, node: fx.Node) -> str:
        if node.op == "get_attr":
            return f"self.{self.attributes[str(node.target)]}"
        return self.texts[node]

    def _input_names(self) -> list[str]:
        """Return the names of what forward takes."""
        starts = [n for n in self.block.inputs if n.op == "placeholder"]
        if not self.path and not self._is_shared():
            return [word(str(node.target)) for node in starts]
        if len(self.block.inputs) == 1:
            known = self.network.inputs.get(self.path, [])
            named = [name for name in known if not re.fullmatch(r"(input|.*_input)(_\d+)?", name)]
            return [word(named[0])] if len(known) == 1 and named else ["inputs"]
        return [self._word(node.meta.get(RESULT) or node.name) for node in self.block.inputs]

    def _block_call(self, place: int, row: list[Block]) -> str:
        for node in row[0].inputs:
            self._reach(node)
        given = ", ".join(bare(self._text(node)) for node in row[0].inputs)
        names = []
        known = self.network.outputs.get(row[-1].path, [])
        count = len(row[-1].outputs)
        for number, node in enumerate(row[-1].outputs):
            named = count > 1 and count == len(known)
            wish = known[number] if named else self.inner[place]
            self.written.add(node)
            names.append(self._name(node, wish, row[-1].nodes))
        for block in row:
            self.written |= set(block.nodes)
        text = f"    {', '.join(names)} = self.{self.inner[place]}({given})"
        shape = self._shape(row[-1].outputs[0]) if len(names) == 1 else ""
        return text + (f"  # {shape}" if shape else "")

    def _reach(self, node: fx.Node) -> None:
        if node.op == "get_attr":
            self.texts[node] = f"self.{self.attributes[str(node.target)]}"

    def _line(self, node: fx.Node) -> list[str]:
        """Return the node's line; none where it stands inside its only user's."""
        if node in self.texts:  # a part of what a recurrent layer gave
            self.written.add(node)
            return []
        for before in node.all_input_nodes:
            self._reach(before)
        made = self._made(node)
        if made and made.states and all(is_part(user) for user in node.users):
            return [self._recurrence(node, made)]
        text = self._expression(node)
        ends = node in self.block.outputs
        users = list(node.users)
        if len(users) == 1 and not ends and self._joins(node, users[0], text):
            self.texts[node] = text
            return []
        self.written.add(node)
        name = self._name(node, self._subject(node), [node])
        shape = self._shape(node)
        return [f"    {name} = {bare(text)}" + (f"  # {shape}" if shape else "")]

    def _made(self, node: fx.Node) -> Member | None:
        return self.network.members[str(node.target)] if node.op == "call_module" else None

    def _expression(self, node: fx.Node) -> str:
        made = self._made(node)
        if made is None:
            return self.expressions.operation(node)
        attribute = self.attributes[str(node.target)]
        states = made.states if made.states in ("single", "stacked") else ""
        return self.expressions.call(node, attribute, made.inputs, states)

    def _recurrence(self, node: fx.Node, made: Member) -> str:
        """Return the line that takes a recurrent layer's outputs and states apart."""
        attribute = self.attributes[str(node.target)]
        count = 2 if made.kind.__name__.endswith("LSTM") else 1
        sequences = [user for user in node.users if user.args[1] == 0]
        states = [user for user in node.users if user.args[1] == 1]
        finals = sorted((end for state in states for end in state.users), key=_place)
        text = bare(self._expression(node))
        self.written.add(node)
        taken = ["_"] * (1 + count)
        for user in sequences:
            taken[0] = self._name(user, attribute, [node]) if taken[0] == "_" else taken[0]
            self.texts[user] = taken[0]
        for end in finals:
            place = _place(end)
            alone = not sequences and place == 0
            wish = attribute if alone else f"{attribute}_{_STATES[place]}"
            if taken[1 + place] == "_":
                taken[1 + place] = self._name(end, wish, [node])
            self.texts[end] = taken[1 + place] + ("" if made.states == "flat" else "[0]")
        self.texts |= dict.fromkeys(states, "_")
        last = ", ".join(taken[1:])
        if made.states != "single":
            last = f"({last},)" if count == 1 else f"({last})"
        last = "_" if set(taken[1:]) == {"_"} else last
        return f"    {taken[0]}, {last} = {text}"

    def _joins(self, node: fx.Node, user: fx.Node, text: str) -> bool:
        """Return whether a node reads well inside its user: short, and no module in a module."""
        longest = _LONGEST_PART if user.target in INFIX else _LONGEST
        if user not in self._inside or len(text) > longest:
            return False
        entry = self._made(user)
        if entry is not None and entry.inputs != "{}" and "(" in text:
            return False
        return not (user.op == "call_module" and "self." in text)

    @property
    def _inside(self) -> set[fx.Node]:
        """Return the nodes that this class writes itself."""
        return {row for row in self.rows if isinstance(row, fx.Node)}

    def _subject(self, node: fx.Node) -> str:
        """Return what a line is about: the layer it ends, the module it calls, or what it does."""
        if node.meta.get(RESULT):
            return self._word(str(node.meta[RESULT]))
        inside: Any = node
        while inside.op != "call_module":
            inner = [n for n in inside.all_input_nodes if self.texts.get(n, "x")[0:5] == "self."]
            called = [n for n in inner if n.op == "call_module"]
            if not called:
                name = str(getattr(node.target, "__name__", node.target))
                return _CALLED.get(name, name)
            inside = called[0]
        return self.attributes[str(inside.target)]

    def _name(self, node: fx.Node, wish: str, by: Sequence[fx.Node]) -> str:
        """Return a variable for a node: the wished one if nothing that stands there is needed."""
        name = word(wish)
        if name in TAKEN:
            name = f"{name}_"
        held = self.holders.get(name)
        if held is not None and not self._is_done(held, by):
            name = unlike(name, {*TAKEN, *self.holders})
        self._hold(node, name)
        return name

    def _hold(self, node: fx.Node, name: str) -> None:
        self.texts[node] = name
        self.holders[name] = node

    def _is_done(self, node: fx.Node, by: Sequence[fx.Node]) -> bool:
        """Return whether all that uses a node is written, or is what is written now."""
        if node in self.block.outputs:
            return False
        return all(self._is_written(user, by) for user in node.users)

    def _is_written(self, node: fx.Node, by: Sequence[fx.Node]) -> bool:
        if node in by or node in self.written:
            return True
        return node in self.texts and all(self._is_written(user, by) for user in node.users)

    def _shape(self, node: fx.Node) -> str:
        """Return a node's shape; a size that is not the same everywhere is a word."""
        place = self.numbers.get(node)
        nodes = [node] if place is None else [nodes[place] for nodes in self.all_nodes]
        shapes = [shape for one in nodes for shape in self.network.shapes.get(one, ())]
        if not shapes or any(len(shape) != len(shapes[0]) for shape in shapes):
            return ""
        sizes = [self._size(axis, shapes) for axis in range(len(shapes[0]))]
        return f"({', '.join(sizes)})" if len(sizes) != 1 else f"({sizes[0]},)"

    def _size(self, axis: int, shapes: Sequence[tuple[int, ...]]) -> str:
        sizes = [shape[axis] for shape in shapes]
        if len(set(sizes)) == 1:
            return str(sizes[0])
        per_block = sizes[::2]
        for name, (values, _) in self.parameters.items():
            if tuple(per_block) == values and sizes[1::2] == per_block:
                return name
        if axis == 0:
            return "batch"
        if len(shapes[0]) == 4:
            first = axis > 1 and self._size(1, shapes) != "height"
            return ("height", "width")[axis - 2 if first else min(axis - 1, 1)]
        return "time" if axis == 1 else "size"

    # The order of rows.

    def _rows(self, items: Sequence[Any]) -> list[Any]:
        """Return nodes as they are, and blocks in runs that one after the other goes through."""
        rows: list[Any] = []
        for item in items:
            if not isinstance(item, Block):
                rows.append(item)
            elif rows and isinstance(rows[-1], list) and self._follows(rows[-1], item):
                rows[-1].append(item)
            else:
                rows.append([item])
        return rows

    def _follows(self, row: list[Block], block: Block) -> bool:
        before = row[-1]
        if block.path or before.path or block.inputs != before.outputs or len(block.inputs) != 1:
            return False
        alike = self.network.alike[before] == self.network.alike[block]
        own = {target for one in row for target in one.targets}
        inner = set(block.nodes)
        alone = all(user in inner for user in before.outputs[0].users)
        return alike and alone and not own & set(block.targets)


# What a number is called that several layers of a block take, by its name in the first of them.
_COUNTS = {
    "in_channels": "channels", "out_channels": "filters", "num_features": "channels",
    "in_features": "features", "out_features": "units", "normalized_shape": "features",
}  # fmt: skip
_STATES = {0: "state", 1: "cell"}


def _place(node: fx.Node) -> int:
    """Return which part of a tuple a node takes."""
    return int(node.args[1])  # type: ignore[arg-type]


def _own_targets(block: Block) -> list[str]:
    """Return the paths that a block uses itself, not in the blocks inside it."""
    found: dict[str, None] = {}
    for item in block.items:
        if isinstance(item, fx.Node):
            found |= dict.fromkeys(targets_of(item))
    return list(found)


def is_part(user: fx.Node) -> bool:
    """Return whether a node takes the outputs or the states of what a recurrent layer gives."""
    if user.target is not operator.getitem or user.args[1] not in (0, 1):
        return False
    return bool(user.args[1] == 0) or all(it.target is operator.getitem for it in user.users)


def _parameter(names: set[str], places: Sequence[tuple[int, int]], members: Any) -> str:
    """Return a name for an argument of a class, from those of the layers that it goes to."""
    first = members[places[0][0]].given[places[0][1]].name
    if first in _COUNTS and len(names) > 1:
        return _COUNTS[first]
    return str(first)


def _type(values: Sequence[Any]) -> str:
    kinds = {
        f"tuple[{', '.join(map(_word, value))}]" if isinstance(value, tuple) else _word(value)
        for value in values
    }
    return " | ".join(sorted(kinds))


def _word(value: Any) -> str:
    """Return the type of a value; a size that a shape gave is a number."""
    is_size = isinstance(value, int) and not isinstance(value, bool)
    return "int" if is_size else type(value).__name__


def block_name(blocks: Sequence[Block], kinds: Iterable[str]) -> str:
    """Return the name of a class for blocks that repeat, from what they do or are called.

    Args:
        kinds: the names of their modules' classes.
    """
    nodes = blocks[0].nodes
    if any("Attention" in kind for kind in kinds):
        return "AttentionBlock"
    joins = [node for node in nodes if node.target in (torch.add, operator.add)]
    both = [node for node in joins if len(node.all_input_nodes) == 2]
    if both:
        skips = any(set(node.all_input_nodes) & set(blocks[0].inputs) for node in both)
        return "ResidualBlock" if skips else "ProjectionBlock"
    starts = {re.sub(r"\d+", "", common_start(makers_of([block]))).strip("_") for block in blocks}
    if len(starts) == 1 and (start := starts.pop()):
        name = class_name(start)
        known = re.search(r"(Block|Cell|Unit|Layer|Module|Tower|Stage)$", name)
        return name if known else f"{name}Block"
    return "ConcatenatingBlock" if any(n.target is torch.cat for n in nodes) else "Block"


def about(network: Network, blocks: Sequence[Block]) -> str:
    """Return the docstring of a class that is not the whole model."""
    if blocks[0].path:
        return f"Compute what the model {plain(blocks[0].path.rpartition('.')[2])} computes."
    number = len({tuple(block.targets) for block in blocks})
    calls = "" if number == len(blocks) else f" in {len(blocks)} calls"
    return f"Compute one of {number} blocks of the model that are built alike{calls}."
