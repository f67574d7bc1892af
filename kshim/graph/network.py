"""Network: a lowered graph as torch modules, one for predicting and one for training.

Both share the same inner modules, which bear the names of the Keras layers.
"""

from __future__ import annotations

from typing import Any

from torch import fx, nn

from kshim.graph.layout import cancel_permutes, drop_unused
from kshim.graph.lowering import Lowering
from kshim.graph.order import Graph


class Network:
    """Hold the lowered modules of one graph.

    Attributes:
        predict: gives the list of outputs.
        full: gives (outputs, masks, losses), each a list; a mask is None where there is none.
        modules: the inner torch modules, by layer name.
    """

    def __init__(self, graph: Graph) -> None:
        lowering = Lowering(graph)
        whole = lowering.lower()
        cancel_permutes(whole, lowering.tree)
        self.modules: dict[str, nn.Module] = dict(lowering.tree.named_children())
        self.full = self._module(lowering.tree, whole, "Full")
        self.predict = self._module(lowering.tree, _outputs_only(whole), "Predict")
        self.has_losses = bool(lowering.losses)

    def _module(self, tree: nn.Module, graph: fx.Graph, name: str) -> fx.GraphModule:
        drop_unused(graph)
        module = fx.GraphModule(tree, graph, class_name=name)
        for word in list(module._modules):
            module._modules[word] = self.modules[word]
        return module


def _outputs_only(graph: fx.Graph) -> fx.Graph:
    """Return a copy of the graph that gives the outputs without masks and losses."""
    copy = fx.Graph()
    outputs: Any = copy.graph_copy(graph, {})
    copy.output(outputs[0])
    return copy
