"""Writing: the lowered network of a model as the text of torch modules in one file."""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from kshim.errors import NotSupported
from kshim.export.blocks import Blocks
from kshim.export.carrying import Carried
from kshim.export.classes import Class, Network, about, block_name, is_part
from kshim.export.members import Member, member, member_of_tensor
from kshim.export.parts import Block
from kshim.export.words import class_name, plain, unlike

_UNNAMED = re.compile(r"(sequential|model|functional)(_\d+)?")  # names that Keras gives by itself

Shapes = dict[fx.Node, tuple[tuple[int, ...], ...]]


@dataclass(frozen=True)
class Written:
    """Hold a module's text.

    Attributes:
        name: of the class.
        state: its weights, by the names that the class gives them.
        places: where it has each module of the lowered network, by the path there.
    """

    name: str
    text: str
    state: dict[str, Tensor]
    places: dict[str, str]


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
        kept = [layer.who for layer in stops if layer.stateful]
        if kept:
            raise NotSupported(
                f"to_source: {', '.join(kept)} must be made with stateful=False, got True. Make "
                "the states inputs (initial_state=) and outputs (return_state=True) of the model."
            )
        raise _refusal(", ".join(layer.who for layer in stops), "code that cannot be traced")
    shapes = _shapes(network, feeds[:2])
    members = _members(network, shapes)
    carried = Carried()
    for made in members.values():
        for home, name in made.carried:
            carried.add(home, name)
    blocks = Blocks(network.graph, set(shapes), members)
    unnamed = _UNNAMED.fullmatch(model.name)
    name = unlike(class_name("network" if unnamed else model.name), {*carried.texts, "Tensor"})
    taken = {*carried.texts, "Tensor", name}
    inputs, outputs = (dict(_names(model, "", word)) for word in ("input_names", "output_names"))
    common = Network(model.who, model.name, network, members, shapes, inputs, outputs, taken)
    texts = [made.text() for made in _inner_classes(common, blocks)]
    own = f"Compute what the {'Keras model' if unnamed else f'model {plain(model.name)}'} computes."
    main = Class(common, [blocks.whole], name, own)
    texts.append(main.text())
    text = _file(_title(model, name), carried, texts)
    return Written(name, text, main.state(blocks.whole, ""), main.places(blocks.whole, ""))


def _inner_classes(common: Network, blocks: Blocks) -> Iterator[Class]:
    """Give the classes of the blocks inside, each behind those that it is made of."""
    alike: dict[Any, list[Block]] = defaultdict(list)
    for block in _within(blocks.whole):
        common.alike[block] = block.path or blocks.form(block)
        alike[common.alike[block]].append(block)
    for form, several in alike.items():
        path = several[0].path
        kinds = [common.members[t].kind.__name__ for t in several[0].targets if t in common.members]
        wish = class_name(path.rpartition(".")[2]) if path else block_name(several, kinds)
        name = unlike(wish, common.taken, "")
        common.taken.add(name)
        common.classes[form] = Class(common, several, name, about(common, several))
        yield common.classes[form]


def _within(block: Block) -> Iterator[Block]:
    for item in block.items:
        if isinstance(item, Block):
            yield from _within(item)
            yield item


def _names(model: Any, path: str, word: str) -> Iterator[tuple[str, list[str]]]:
    """Give the names of the inputs or outputs of each model inside a model, by its path."""
    for layer in model.layers:
        if hasattr(layer, word) and hasattr(layer, "layers"):
            inner = f"{path}.{layer.name}" if path else str(layer.name)
            yield inner, list(getattr(layer, word))
            yield from _names(layer, inner, word)


def _members(network: fx.GraphModule, shapes: Shapes) -> dict[str, Member]:
    """Return how each module is made, and each tensor that is none's, by its path."""
    calls: dict[str, list[fx.Node]] = defaultdict(list)
    for node in network.graph.nodes:
        if node.op == "call_module":
            calls[str(node.target)].append(node)
    found = {}
    for path, nodes in calls.items():
        module = network.get_submodule(path)
        given = [shapes.get(node.args[0], ()) for node in nodes]  # type: ignore[arg-type]
        own = any(
            node.kwargs.get("mask") is not None or not all(map(is_part, node.users))
            for node in nodes
            if isinstance(module, torch.nn.RNNBase)
        )
        masked = own or any(len(node.args) > 1 or "mask" in node.kwargs for node in nodes)
        found[path] = member(module, given, masked, f"layer {path.partition('.')[0]!r}")
    tensors = {str(node.target) for node in network.graph.nodes if node.op == "get_attr"}
    alone = [path for path in tensors if path.rpartition(".")[0] not in calls]
    return found | {path: member_of_tensor(operator.attrgetter(path)(network)) for path in alone}


# The file.


def _title(model: Any, name: str) -> str:
    """Return the file's docstring: what it is, and whose numbers it computes."""
    what = "a network in plain PyTorch; load its weights with load_state_dict."
    source = f"the model {plain(model.name)}, with the formulas of Keras {model.era}"
    return f'"""{name}: {what}\n\nSource: {source}.\n"""'


def _file(title: str, carried: Carried, classes: Sequence[str]) -> str:
    imports = {"from torch import Tensor, nn"} | carried.imports
    whole = "\n\n\n".join([*carried.texts.values(), *classes]) + "\n"
    if re.search(r"\btorch\.", whole):
        imports.add("import torch")
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


def _shapes(network: fx.GraphModule, feeds: Sequence[Sequence[Tensor]]) -> Shapes:
    """Run the network on each feed and return the shapes of every tensor."""
    found: Shapes = {}

    class Noting(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            value = super().run_node(n)
            if isinstance(value, Tensor):
                found[n] = (*found.get(n, ()), tuple(value.shape))
            return value

    with torch.inference_mode():
        for feed in feeds:
            Noting(network).run(*feed)
    return found


def _refusal(who: str, given: str) -> NotSupported:
    return NotSupported(
        f"to_source: {who} must be made of torch operations, got {given}. If it is yours, write "
        "it with K functions or torch operations, without Python conditions on values."
    )
