"""Network: a lowered graph as torch modules, one for predicting and one for training.

Both share the same inner modules, which bear the names of the Keras layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from kshim.core.settings import in_phase, phase_for
from kshim.core.turns import in_turn
from kshim.errors import ArgumentError, NotSupported, Shown
from kshim.graph.layout import cancel_permutes, drop_unused
from kshim.graph.lowering import Group, Lowering
from kshim.graph.order import Graph
from kshim.graph.precision import uncast, without_casts, work_in_half
from kshim.layers.base import Layer
from kshim.nn.history import remembering
from kshim.nn.shards import is_shared_out


class Network:
    """Hold the lowered modules of one graph.

    Attributes:
        predict: gives the list of outputs.
        plain: the same in the types of the weights alone, for other places than this.
        full: gives (outputs, masks, losses, logits), each a list; a mask is None where there is
            none. Logits are what enters the softmax or sigmoid that an output ends in.
        ends: for each output the name of that last operation, or None.
        modules: the inner torch modules, by layer name.
        alone: those that train in a call by itself, which does not say if there is training.
        adds_losses: whether a call may add to the loss, which `full` alone tells.
    """

    def __init__(self, graph: Graph) -> None:
        lowering = Lowering(graph)
        whole = lowering.lower()
        if any(map(is_shared_out, lowering.tree.parameters())):
            raise NotSupported(
                "Model: layers whose weights are shared out (distribute='fsdp') must stay in the "
                "graph that trains them, got another. Save the model, and load it for this."
            )
        cancel_permutes(whole, lowering.tree)
        self.modules: dict[str, nn.Module] = dict(lowering.tree.named_children())
        self.ends = _expose_logits(whole)
        self.adds_losses = bool(_losses_of(whole)) or any(
            isinstance(module, Layer) for module in lowering.tree.modules()
        )
        self._remembers = bool(lowering.apart)
        outputs, bare = _outputs_only(whole), _outputs_only(whole)
        self.full = self._module(lowering.tree, whole, "Full")
        self.predict = self.plain = self._module(lowering.tree, outputs, "Predict")
        if lowering.mixed:
            self.plain = self._module(lowering.tree, without_casts(bare), "Plain")
        self._moody = [module for module in self.full.modules() if _has_moods(module)]
        self.alone = [it for it in self._moody if getattr(it, "trains_alone", False)]

    @property
    def own_layers(self) -> list[Layer]:
        """Return the layers that could not be traced and stand in the graph as they are."""
        return [module for module in self.full.modules() if isinstance(module, Layer)]

    @contextmanager
    def in_mode(self, training: bool) -> Iterator[None]:
        """Let the inner modules train or predict inside the block, and be as before behind it.

        Modules may belong to several models, each with a mode of its own; so the mode is set anew
        every time, on those modules alone that know the difference.
        """
        with in_turn(), self._set_mode(training):
            yield

    @contextmanager
    def _set_mode(self, training: bool) -> Iterator[None]:
        phase = phase_for(training)
        before = [module.training for module in self._moody]
        for module in self._moody:
            module.train(phase)
        try:
            with in_phase(phase):
                yield
        except IndexError as problem:
            self._explain(problem)
            raise
        finally:
            for module, mode in zip(self._moody, before, strict=True):
                module.train(mode)

    @contextmanager
    def by_itself(self) -> Iterator[None]:
        """Let `alone` train inside the block."""
        before = [module.training for module in self.alone]
        for module in self.alone:
            module.train()
        try:
            yield
        finally:
            for module, mode in zip(self.alone, before, strict=True):
                module.train(mode)

    def _explain(self, problem: IndexError) -> None:
        """Say which words an Embedding has, where torch says that one is out of range."""
        held = self.full.named_modules()
        found = {name: it.num_embeddings for name, it in held if isinstance(it, nn.Embedding)}
        if found and str(problem) == "index out of range in self":
            counts = " or ".join(
                f"{count} ({name.partition('.')[0]})" for name, count in found.items()
            )
            given = Shown("a larger one, or one below 0")
            wanted = f"whole numbers below {counts}"
            raise ArgumentError("inputs", wanted, given, who="Embedding") from problem

    def _module(self, tree: nn.Module, graph: fx.Graph, name: str) -> fx.GraphModule:
        drop_unused(graph)
        work_in_half(graph)
        module = fx.GraphModule(tree, graph, class_name=name)
        for word in list(module._modules):
            module._modules[word] = self.modules[word]
        if self._remembers:
            kind: Any = type(module)  # each has a class of its own
            kind.forward = remembering(kind.forward)
        return module.eval()


def _expose_logits(graph: fx.Graph) -> list[str | None]:
    """Add to the outputs what enters their last softmax or sigmoid; return which it is."""
    output = next(node for node in graph.nodes if node.op == "output")
    outputs, masks, losses = output.args[0]  # type: ignore[misc]
    ends = [_end(node) for node in outputs]  # type: ignore[union-attr]
    logits = [
        uncast(node).args[0] if end else None
        for node, end in zip(outputs, ends, strict=True)  # type: ignore[arg-type]
    ]
    output.args = ((outputs, masks, losses, logits),)
    return ends


def _losses_of(graph: fx.Graph) -> Any:
    output = next(node for node in graph.nodes if node.op == "output")
    return output.args[0][2]  # type: ignore[index]


def _end(node: Any) -> str | None:
    node = uncast(node)
    if not isinstance(node, fx.Node) or node.op != "call_function":
        return None
    if node.target is torch.sigmoid:
        return "sigmoid"
    axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim")
    is_softmax = node.target in (torch.softmax, functional.softmax)
    return "softmax" if is_softmax and axis == -1 else None


def _has_moods(module: nn.Module) -> bool:
    return not isinstance(module, _STEADY) and type(module) is not Group


_STEADY = (
    fx.GraphModule, nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Embedding, nn.MaxPool2d,
    nn.AvgPool2d, nn.Flatten,
)  # fmt: skip


def _outputs_only(graph: fx.Graph) -> fx.Graph:
    """Return a copy of the graph that gives the outputs without masks and losses."""
    copy = fx.Graph()
    outputs: Any = copy.graph_copy(graph, {})
    copy.output(outputs[0])
    return copy
