"""Ones: an axis of size one may stand anywhere, so that a Reshape does what a Transpose would.

Means of channels that become a picture of one point again, as those of squeeze and excitation do,
are neither reshaped nor transposed then.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kshim.export.transposes import Order, constant, constant_of, order_of


def settle_ones(graph: Any) -> None:
    """Drop Transposes that move axes of size one alone beside a Reshape, and idle Reshapes."""
    for node in list(graph):
        if node.op_type == "Transpose":
            _reshape_so(graph, node)
        elif node.op_type == "Reshape":
            _skip_transpose(node)
    for node in list(graph):
        if node.op_type == "Reshape" and _is_idle(node):
            (old,) = node.outputs
            old.replace_all_uses_with(node.inputs[0])


def _reshape_so(graph: Any, node: Any) -> None:
    """Let the Reshape before a Transpose give the other order itself."""
    before, order = node.inputs[0].producer(), order_of(node.outputs[0])
    if before is None or before.op_type != "Reshape" or len(node.inputs[0].uses()) > 1:
        return
    sizes = constant_of(before.inputs[1])
    alone = not node.inputs[0].is_graph_output() and not node.outputs[0].is_graph_output()
    if order is None or sizes is None or not alone or not _moves_ones(node.inputs[0], order):
        return
    if any(sizes[axis] == 0 and axis != place for place, axis in enumerate(order)):
        return  # a nought takes the size that stands at its place before
    (old,), (made,) = node.outputs, before.outputs
    before.replace_input_with(1, constant(graph, before.inputs[1], sizes[list(order)]))
    made.shape = old.shape
    old.replace_all_uses_with(made)
    graph.remove(node, safe=True)


def _skip_transpose(node: Any) -> None:
    """Let a Reshape take what a Transpose before it was given."""
    value = node.inputs[0]
    order, sizes = order_of(value), constant_of(node.inputs[1])
    if order is None or sizes is None or not _moves_ones(value.producer().inputs[0], order):
        return
    if all(order[place] == place for place in np.flatnonzero(sizes == 0) if place < len(order)):
        node.replace_input_with(0, value.producer().inputs[0])


def _moves_ones(value: Any, order: Order) -> bool:
    """Return whether all axes of a value but those of size one stay in their order."""
    if value.shape is None:
        return False
    kept = [axis for axis in order if value.shape[axis] != 1]
    return kept == sorted(kept)


def _is_idle(node: Any) -> bool:
    """Return whether a Reshape changes nothing: at most one size is not known, and that stays."""
    before, after = node.inputs[0].shape, node.outputs[0].shape
    if before is None or after is None or node.outputs[0].is_graph_output():
        return False
    unknown = [size for size in before if not isinstance(size, int)]
    return list(before) == list(after) and len(unknown) < 2
