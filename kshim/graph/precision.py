"""Precision: where a lowered graph works in half precision, over weights in float32.

Lowering marks the nodes of layers with a mixed policy and casts what enters and leaves them. Here
the marked nodes come to run under torch's autocast, each by itself, so that an exception leaves
nothing behind; or the casts go again, for a network that leaves for another place.
"""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import fx

from kshim.core.policies import Policy
from kshim.core.settings import FLOATS
from kshim.graph.layout import POINTWISE
from kshim.layers.base import Layer
from kshim.layers.core import InputLayer
from kshim.nn.casting import cast_float, function_in, method_in

MARK = "half"

# What takes no products: torch's own rule for operands of two types is all that is needed.
_PLAIN = {
    *POINTWISE, cast_float, operator.getitem, torch.permute, torch.reshape, torch.flatten,
    torch.unsqueeze, torch.squeeze,
}  # fmt: skip
_PLAIN_METHODS = {"permute", "reshape", "view", "to", "size", "dim", "unsqueeze", "squeeze"}


def is_mixed(layers: Any) -> bool:
    """Return whether these layers, and those inside them, compute in more than one type of floats.

    A model whose layers are of one type has no casts: `.to(torch.float64)` moves it as a whole.
    """
    policies = [_policy(inner) for layer in layers for inner in layer.modules()]
    types = {policy.compute_dtype for policy in policies if policy is not None}
    return len(types & set(FLOATS)) > 1 or any(policy and policy.is_mixed for policy in policies)


def work_in_half(graph: fx.Graph) -> None:
    """Let the marked nodes of a graph run in the type that they are marked with."""
    for node in list(graph.nodes):
        kind = node.meta.pop(MARK, None)
        if kind is None or node.target in _PLAIN:
            continue
        if node.op == "call_module":
            with graph.inserting_before(node):
                module = graph.get_attr(str(node.target))
            node.args, node.target = (module, *node.args), method_in(kind, "__call__")
        elif node.op == "call_function":
            node.target = function_in(kind, node.target)  # type: ignore[arg-type]
        elif node.op == "call_method" and node.target not in _PLAIN_METHODS:
            node.target = method_in(kind, str(node.target))
        else:
            continue
        node.op = "call_function"


def without_casts(graph: fx.Graph) -> fx.Graph:
    """Return a graph in which nothing is cast to the types of policies any more."""
    for node in list(graph.nodes):
        node.meta.pop(MARK, None)
        if node.target is cast_float:
            node.replace_all_uses_with(node.args[0])  # type: ignore[arg-type]
            graph.erase_node(node)
    return graph


def uncast(node: Any) -> Any:
    """Return the node whose values are cast at a node, or the node itself."""
    return node.args[0] if isinstance(node, fx.Node) and node.target is cast_float else node


def _policy(module: Any) -> Policy | None:
    """Return the policy of a layer that casts by it."""
    if not isinstance(module, Layer) or not module.autocasts or isinstance(module, InputLayer):
        return None
    return module.dtype_policy
