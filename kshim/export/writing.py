"""Writing: the lowered network of a model as the text of one torch module."""

from __future__ import annotations

import keyword
import operator
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from kshim.errors import NotSupported
from kshim.export.carrying import Carried
from kshim.export.spelling import is_carried, spelled, spelled_module
from kshim.graph.lowering import Group

_LONGEST = 48  # letters of an expression that still stands inside another
_LONGEST_PART = 34  # the same for a part of a sum or product, of which a line holds two
_WIDTH = 100
_INFIX = {
    operator.add: "+", torch.add: "+", operator.sub: "-", torch.sub: "-", operator.mul: "*",
    torch.mul: "*", operator.truediv: "/", operator.pow: "**", operator.matmul: "@",
    operator.lt: "<", operator.gt: ">", operator.le: "<=", operator.ge: ">=", operator.eq: "==",
    operator.ne: "!=", operator.and_: "&", operator.or_: "|", operator.floordiv: "//",
    operator.mod: "%",
}  # fmt: skip
_PREFIX = {operator.neg: "-", operator.invert: "~"}
_UNTOLD = {"keepdim": False, "mode": "constant", "value": None}  # what torch takes for granted
_CALLED = {"getitem": "part", "add": "total", "mul": "product", "ne": "mask", "cat": "joined"}
_TAKEN = frozenset([*dir(nn.Module()), "nn", "torch", "functional", "F", "operator", "self"])


@dataclass(frozen=True)
class Written:
    """Hold a module's text.

    Attributes:
        name: of the class.
        state: its weights, by the names that the class gives them.
    """

    name: str
    text: str
    state: dict[str, Tensor]


def write(model: Any, feeds: Sequence[Sequence[Tensor]]) -> Written:
    """Return the text of a model.

    Args:
        feeds: inputs of two sizes or more, which tell the shapes in the comments.

    Raises:
        NotSupported: naming the layer that cannot be written.
    """
    network = model.network.plain
    if not isinstance(network, fx.GraphModule):
        raise _refusal(model.who, "a call of its own that cannot be traced")
    stops = model.network.own_layers
    if stops:
        raise _refusal(", ".join(layer.who for layer in stops), "code that cannot be traced")
    return _Writer(model, network, feeds).write()


class _Writer:
    """Write one network: its members first, then its lines."""

    def __init__(self, model: Any, network: fx.GraphModule, feeds: Any) -> None:
        self.model, self.network = model, network
        self.carried = Carried()
        self.members: list[str] = []
        self.state: dict[str, Tensor] = {}
        self.attributes: dict[str, str] = {}
        self.texts: dict[fx.Node, str] = {}
        self.used = set(_TAKEN)
        self.first, self.second = (_shapes(network, feed) for feed in feeds[:2])

    def write(self) -> Written:
        nodes = list(self.network.graph.nodes)
        for node in nodes:
            if node.op in ("call_module", "get_attr"):
                self._member(str(node.target))
        name = _unlike(_class_name(self.model.name), {*self.carried.texts, "Tensor"})
        forward = self._forward(nodes)
        text = self._file(name, forward)
        return Written(name, text, self.state)

    # What __init__ lists.

    def _member(self, path: str) -> None:
        """Make an attribute of the class for a module or a tensor of the network."""
        if path in self.attributes:
            return
        thing: Any = self.network
        for word in path.split("."):
            thing = getattr(thing, word)
        attribute = _unlike(_word(path), {*_TAKEN, *self.attributes.values()})
        self.attributes[path] = attribute
        if isinstance(thing, nn.Module):
            self._module(path, attribute, thing)
        else:
            self._tensor(path, attribute, thing)

    def _module(self, path: str, attribute: str, module: nn.Module) -> None:
        who = f"layer {path.partition('.')[0]!r}"
        home = type(module).__module__
        if isinstance(module, Group) or not home.startswith(("torch.nn.", "kshim.nn.")):
            raise _refusal(who, f"a {type(module).__name__}")
        if home.startswith("kshim.nn."):
            self.carried.add(home, type(module).__name__)
        for value in filter(is_carried, vars(module).values()):
            self.carried.add(value.__module__, value.__code__.co_name)
        self.members.append(f"self.{attribute} = {spelled_module(module, who)}")
        for name, tensor in module.state_dict().items():
            self.state[f"{attribute}.{name}"] = tensor

    def _tensor(self, path: str, attribute: str, tensor: Tensor) -> None:
        """Write a tensor; one of a module that is called too is that module's."""
        owner, _, name = path.rpartition(".")
        if owner in self.attributes:
            self.attributes[path] = f"{self.attributes[owner]}.{name}"
            return
        empty = f"torch.zeros({spelled(tuple(tensor.shape), path)}, dtype={tensor.dtype})"
        is_weight = isinstance(tensor, nn.Parameter)
        learns = "" if tensor.requires_grad else ", requires_grad=False"
        self.members.append(
            f"self.{attribute} = nn.Parameter({empty}{learns})"
            if is_weight
            else f'self.register_buffer("{attribute}", {empty})'
        )
        self.state[attribute] = tensor

    # What forward says.

    def _forward(self, nodes: Sequence[fx.Node]) -> list[str]:
        starts = [node for node in nodes if node.op == "placeholder"]
        for node in starts:
            self.texts[node] = self._name(str(node.target))
        arguments = ", ".join(f"{self.texts[node]}: Tensor" for node in starts)
        outputs = list(nodes[-1].args[0])  # type: ignore[arg-type]
        returned = (
            "Tensor" if len(outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(outputs))}]"
        )
        lines = [f"def forward(self, {arguments}) -> {returned}:"]
        lines.append('    """Return the outputs."""')
        for node in nodes:
            if node.op == "get_attr":
                self.texts[node] = f"self.{self.attributes[str(node.target)]}"
            elif node.op.startswith("call"):
                lines += self._line(node)
        ends = ", ".join(_bare(self._value(end)) for end in outputs)
        if lines[-1].startswith(f"    {ends} = "):
            return [*lines[:-1], f"    return {lines[-1].partition(' = ')[2]}"]
        return [*lines, f"    return {ends}"]

    def _line(self, node: fx.Node) -> list[str]:
        """Return the node's line; none where it stands inside its only user's."""
        text = self._expression(node)
        if len(node.users) == 1 and self._joins(node, next(iter(node.users)), text):
            self.texts[node] = text
            return []
        name = self._name(self._subject(node))
        self.texts[node] = name
        line = f"    {name} = {_bare(text)}"
        shape = self._shape(node)
        if shape and len(line) + len(shape) + 8 <= _WIDTH:
            line += f"  # {shape}"
        return [line]

    def _joins(self, node: fx.Node, user: fx.Node, text: str) -> bool:
        """Return whether a node reads well inside its user: short, and no module in a module."""
        longest = _LONGEST_PART if user.target in _INFIX else _LONGEST
        if user.op == "output" or len(text) > longest:
            return False
        return not (user.op == "call_module" and "self." in text)

    def _expression(self, node: fx.Node) -> str:
        values = [self._value(value) for value in node.args]
        named = [
            f"{key}={self._value(value)}"
            for key, value in node.kwargs.items()
            if _UNTOLD.get(key, node) != value
        ]
        if node.op == "call_module":
            attribute = self.attributes[str(node.target)]
            return f"self.{attribute}({', '.join([*map(_bare, values), *named])})"
        if node.op == "call_method":
            return f"{values[0]}.{node.target}({', '.join([*map(_bare, values[1:]), *named])})"
        target: Any = node.target
        if target in _INFIX and len(values) == 2 and not named:
            return f"({values[0]} {_INFIX[target]} {values[1]})"
        if target in _PREFIX:
            return f"({_PREFIX[target]}{values[0]})"
        if target is operator.getitem:
            return f"{values[0]}[{self._index(node.args[1])}]"
        return f"{self._function(target)}({', '.join([*map(_bare, values), *named])})"

    def _function(self, target: Any) -> str:
        name = getattr(target, "__name__", "")
        if target is getattr:
            return "getattr"
        for home, word in ((torch, "torch"), (nn.functional, "nn.functional")):
            if getattr(home, name, None) is target:
                return f"{word}.{name}"
        raise _refusal(self.model.who, f"the function {name or target!r}")

    def _value(self, value: Any) -> str:
        if isinstance(value, fx.Node):
            return self.texts[value]
        if isinstance(value, list | tuple) and any(isinstance(v, fx.Node) for v in value):
            inner = ", ".join(_bare(self._value(item)) for item in value)
            if isinstance(value, list):
                return f"[{inner}]"
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        return spelled(value, self.model.who)

    def _index(self, index: Any) -> str:
        if isinstance(index, tuple) and index:
            inner = ", ".join(self._index(part) for part in index)
            return f"{inner}," if len(index) == 1 else inner
        if isinstance(index, slice):
            ends = ["" if end is None else self._value(end) for end in (index.start, index.stop)]
            step = "" if index.step is None else f":{self._value(index.step)}"
            return f"{ends[0]}:{ends[1]}{step}"
        return self._value(index)

    def _subject(self, node: fx.Node) -> str:
        """Return what a line is about: the module that it calls, else what it does."""
        inside: Any = node
        while inside.op != "call_module":
            inner = [n for n in inside.all_input_nodes if self.texts.get(n, "x")[0:5] == "self."]
            called = [n for n in inner if n.op == "call_module"]
            if not called:
                word = str(getattr(node.target, "__name__", node.target))
                return _CALLED.get(word, word)
            inside = called[0]
        return self.attributes[str(inside.target)]

    def _name(self, word: str) -> str:
        name = _unlike(_word(word), self.used)
        self.used.add(name)
        return name

    def _shape(self, node: fx.Node) -> str:
        """Return the node's shape; a size that changed between two feeds is not a number."""
        one, other = self.first.get(node), self.second.get(node)
        if one is None or other is None or len(one) != len(other):
            return ""
        sizes = [str(a) if a == b else ("time" if i else "batch") for i, (a, b) in
                 enumerate(zip(one, other, strict=True))]  # fmt: skip
        return f"({', '.join(sizes)})" if len(sizes) != 1 else f"({sizes[0]},)"

    # The file.

    def _title(self, name: str) -> str:
        """Return the file's docstring: what it is, and whose numbers it computes."""
        what = "a network in plain PyTorch; load its weights with load_state_dict."
        source = f"the model {_plain(self.model.name)}, with the formulas of Keras {self.model.era}"
        return f'"""{name}: {what}\n\nSource: {source}.\n"""'

    def _file(self, name: str, forward: Sequence[str]) -> str:
        body = ["", "def __init__(self) -> None:", '    """Make the layers."""']
        body += ["    super().__init__()"]
        body += [_wrapped(f"    {line}", 4) for line in self.members]
        body += ["", *(_wrapped(line, 4) for line in forward)]
        about = f"Compute what the model {_plain(self.model.name)} computes."
        own = f'class {name}(nn.Module):\n    """{about}"""\n'
        own += textwrap.indent("\n".join(body), "    ") + "\n"
        imports = {"from torch import Tensor, nn"} | self.carried.imports
        whole = "\n\n\n".join([*self.carried.texts.values(), own])
        if re.search(r"\btorch\.", whole):
            imports.add("import torch")
        title = self._title(name)
        gap = "\n\n\n" if whole.startswith(("class ", "def ", "@")) else "\n\n"
        return f"{title}\n\n{_sorted(imports)}{gap}{whole}"


def _sorted(imports: set[str]) -> str:
    """Return import lines as ruff sorts them: Python's own first, one line for each module."""
    modules: dict[str, set[str]] = {}
    for line in imports:
        if line.startswith("from "):
            source, names = line[5:].split(" import ")
            modules.setdefault(source, set()).update(names.split(", "))
    whole = [line for line in imports if line.startswith("import ")]
    lines = sorted(whole) + [
        f"from {source} import {', '.join(sorted(names, key=_case))}"
        for source, names in sorted(modules.items())
    ]
    future = [line for line in lines if "__future__" in line] or [
        "from __future__ import annotations"
    ]
    ours = [line for line in lines if line.split()[1].partition(".")[0] == "torch"]
    rest = [line for line in lines if line not in ours and line not in future]
    return "\n\n".join("\n".join(block) for block in (future, rest, ours) if block)


def _case(name: str) -> tuple[int, str]:
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


def _shapes(network: fx.GraphModule, feed: Sequence[Tensor]) -> dict[fx.Node, tuple[int, ...]]:
    """Run the network and return the shape of every tensor."""
    found: dict[fx.Node, tuple[int, ...]] = {}

    class Noting(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            value = super().run_node(n)
            if isinstance(value, Tensor):
                found[n] = tuple(value.shape)
            return value

    with torch.inference_mode():
        Noting(network).run(*feed)
    return found


def _bare(text: str) -> str:
    """Return an expression without brackets around the whole of it; a tuple keeps them."""
    if not text.startswith("(") or _depths(text).find("0") < len(text) - 1:
        return text
    inside = [one for one, depth in zip(text, _depths(text), strict=True) if depth == "1"]
    return text if "," in inside else text[1:-1]


def _depths(text: str) -> str:
    """Return for each letter how many brackets are open behind it, 9 at most."""
    depth, found = 0, ""
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        found += str(min(depth, 9))
    return found


def _wrapped(line: str, indent: int) -> str:
    """Return a statement over three lines where one, so far indented, would be too long."""
    margin = line[: len(line) - len(line.lstrip())]
    start, joint, text = line.partition("return " if line.startswith(f"{margin}return ") else " = ")
    if indent + len(line) <= _WIDTH or not text:
        return line
    opening, depths = text.find("("), _depths(text)
    if opening > 0 and depths.find("0", opening) == len(text) - 1:
        inside = text[opening + 1 : -1]
        if indent + len(margin) + len(inside) + 4 > _WIDTH:
            inside = _one_a_line(inside, f"{margin}    ")
        return f"{start}{joint}{text[: opening + 1]}\n{margin}    {inside}\n{margin})"
    if indent + len(margin) + len(text) + 4 > _WIDTH:
        text = _split(text, margin)
    return f"{start}{joint}(\n{margin}    {text}\n{margin})"


def _one_a_line(arguments: str, margin: str) -> str:
    """Return arguments each on a line of its own."""
    depths = _depths(arguments)
    ends = [
        place for place, letter in enumerate(arguments) if letter == "," and depths[place] == "0"
    ]
    starts = [0, *(end + 2 for end in ends)]
    parts = [arguments[a:b] for a, b in zip(starts, [*ends, len(arguments)], strict=True)]
    return f"\n{margin}".join(f"{part}," for part in parts)


def _split(text: str, margin: str) -> str:
    """Return a sum or product with its last operator on a line of its own."""
    depths = _depths(text)
    places = [m.start() for m in re.finditer(r" [-+*/@<>=!&|%]+ ", text)]
    outside = [place for place in places if depths[place] == "0"]
    if not outside:
        return text
    return f"{text[: outside[-1]]}\n{margin}    {text[outside[-1] + 1 :]}"


def _word(name: str) -> str:
    word = re.sub(r"\W", "_", name, flags=re.ASCII).lower() or "value"
    word = f"layer_{word}" if word[0].isdigit() else word
    return f"{word}_" if keyword.iskeyword(word) else word


def _plain(name: str) -> str:
    """Return a name that comes from a file as words that cannot end a docstring."""
    return re.sub(r"[^\w ./-]", "_", name, flags=re.ASCII)[:_LONGEST]


def _class_name(name: str) -> str:
    word = "".join(
        part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", name, flags=re.ASCII)
    )
    return f"Net{word}" if not word or word[0].isdigit() else word


def _unlike(name: str, taken: Any) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _refusal(who: str, given: str) -> NotSupported:
    return NotSupported(
        f"to_source: {who} must be made of torch operations, got {given}. If it is yours, write "
        "it with K functions or torch operations, without Python conditions on values."
    )
