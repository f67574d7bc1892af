"""The layout pass: permutes that undo each other leave the lowered graph.

Layers of the channels_last format permute around their torch module. A permute behind a module is
moved down through pointwise operations and concatenations until it meets the permute before the
next module, and both go. A CNN keeps one permute at its entrance and one before it is flattened.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn

from kshim.graph.marks import MARKS
from kshim.nn.casting import cast_float
from kshim.nn.noise import GaussianDropout, GaussianNoise

POINTWISE: set[Callable[..., Any]] = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.abs,
    operator.pow, operator.gt, operator.ge, operator.lt, operator.le,
    torch.add, torch.sub, torch.mul, torch.div, torch.neg, torch.abs, torch.pow, torch.square,
    torch.sqrt, torch.rsqrt, torch.exp, torch.log, torch.maximum, torch.minimum, torch.clamp,
    torch.relu, torch.sigmoid, torch.tanh, torch.selu, torch.sign, torch.sin, torch.cos,
    torch.where, torch.gt, torch.ge, torch.lt, torch.le,
    F.relu, F.relu6, F.leaky_relu, F.elu, F.selu, F.softplus, F.softsign, F.gelu, F.silu, F.mish,
    F.hardtanh, F.hardsigmoid, F.hardswish, F.logsigmoid, F.celu, F.threshold, cast_float,
}  # fmt: skip
POINTWISE_MODULES = (
    nn.Dropout, nn.AlphaDropout, nn.Identity, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.Sigmoid,
    nn.Tanh, nn.Softplus, nn.Softsign, nn.GELU, nn.SiLU, nn.Hardtanh, nn.Threshold,
    GaussianNoise, GaussianDropout,
)  # fmt: skip


_REDUCTIONS = (torch.mean, torch.sum, torch.amax, torch.amin)


def cancel_permutes(graph: fx.Graph, tree: nn.Module) -> None:
    """Move permutes down and drop the pairs that undo each other."""
    for node in list(graph.nodes):
        if _order(node) is not None:
            _join(node)
        elif node.target is torch.cat or node.target is torch.concat:
            _lift_concatenation(graph, node)
        elif _is_pointwise(node, tree):
            _lift_pointwise(graph, node)
    _share_permutes(graph)
    _reduce_in_place(graph)
    drop_unused(graph)


def drop_unused(graph: fx.Graph) -> None:
    """Take out what no output needs."""
    graph.eliminate_dead_code(is_impure_node=lambda node: node.op in ("placeholder", "output"))


def _order(node: Any) -> tuple[int, ...] | None:
    """Return the axis order of a permute, or None for any other node."""
    if isinstance(node, fx.Node) and node.op == "call_function" and node.target is torch.permute:
        return tuple(node.args[1])  # type: ignore[arg-type]
    return None


def _join(node: fx.Node) -> None:
    """Let a permute of a permute be one, or none."""
    source = node.args[0]
    inner = _order(source)
    outer = _order(node)
    if inner is None or outer is None or not isinstance(source, fx.Node):
        return
    order = tuple(inner[place] for place in outer)
    before = source.args[0]
    if order == tuple(range(len(order))) and isinstance(before, fx.Node):
        node.replace_all_uses_with(before)
    else:
        node.args = (before, order)


def _share_permutes(graph: fx.Graph) -> None:
    """Let one permute do what several do with the same value."""
    first: dict[tuple[fx.Node, tuple[int, ...]], fx.Node] = {}
    for node in graph.nodes:
        order = _order(node)
        if order is not None and isinstance(node.args[0], fx.Node):
            known = first.setdefault((node.args[0], order), node)
            if known is not node:
                node.replace_all_uses_with(known)


def _reduce_in_place(graph: fx.Graph) -> None:
    """Reduce the axes where they stand instead of permuting them to the end before."""
    for node in graph.nodes:
        source = node.args[0] if node.target in _REDUCTIONS and node.args else None
        order = _order(source)
        axes = node.args[1] if len(node.args) == 2 else None
        if order is None or node.kwargs or not isinstance(axes, tuple):
            continue
        kept = [place for axis, place in enumerate(order) if axis not in axes]
        if min(axes) >= 0 and kept == sorted(kept) and isinstance(source, fx.Node):
            node.args = (source.args[0], tuple(sorted(order[axis] for axis in axes)))


def _is_pointwise(node: fx.Node, tree: nn.Module) -> bool:
    if node.op == "call_function":
        return node.target in POINTWISE
    if node.op == "call_module":
        return type(tree.get_submodule(str(node.target))) in POINTWISE_MODULES
    return False


def _lift_pointwise(graph: fx.Graph, node: fx.Node) -> None:
    """Apply a pointwise operation before the permutes of its inputs, and permute its result."""
    before = _before_permutes(node.all_input_nodes, node)
    if before is None or any(isinstance(value, fx.Node) for value in node.kwargs.values()):
        return
    order, inner = before
    args = tuple(inner[arg] if isinstance(arg, fx.Node) else arg for arg in node.args)
    _permute_after(graph, node, args, order)


def _lift_concatenation(graph: fx.Graph, node: fx.Node) -> None:
    """Concatenate before the permutes of the inputs, along the axis that was meant."""
    before = _before_permutes(node.all_input_nodes, node)
    parts = node.args[0]
    axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
    if before is None or not isinstance(axis, int) or not isinstance(parts, list | tuple):
        return
    order, inner = before
    node.kwargs = {}
    parted = [inner[part] for part in parts if isinstance(part, fx.Node)]
    _permute_after(graph, node, (parted, order[axis]), order)


def _before_permutes(
    sources: list[fx.Node], node: fx.Node
) -> tuple[tuple[int, ...], dict[fx.Node, Any]] | None:
    """Return the order that all sources of a node are permuted in, and each before that.

    A source that is not permuted may stand permuted the other way already, for another user.
    """
    orders = {_order(source) for source in sources} - {None}
    order = orders.pop() if len(orders) == 1 else None
    if order is None:
        return None
    back = tuple(order.index(axis) for axis in range(len(order)))
    inner: dict[fx.Node, Any] = {}
    for source in sources:
        turned = [user for user in source.users if _order(user) == back and user < node]
        if _order(source) is None and not turned:
            return None
        inner[source] = turned[0] if _order(source) is None else source.args[0]
    return order, inner


def _permute_after(
    graph: fx.Graph, node: fx.Node, args: tuple[Any, ...], order: tuple[int, ...]
) -> None:
    node.args = args
    with graph.inserting_after(node):
        moved = graph.call_function(torch.permute, (node, order))
    moved.meta |= {mark: node.meta[mark] for mark in MARKS if mark in node.meta}
    node.replace_all_uses_with(moved, delete_user_cb=lambda user: user is not moved)
