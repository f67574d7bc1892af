"""Directions: recurrent layers forwards and backwards over one sequence are a single ONNX node.

The outputs of both stand beside each other along the features, as Bidirectional concatenates them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kshim.export.needing import need
from kshim.export.transposes import constant, constant_of, order_of, transposed

_KINDS = ("LSTM", "GRU", "RNN")
_WHOLE = 2**31  # from where on the end of a slice is that of the axis


def straighten(graph: Any) -> None:
    """Drop what turns a sequence around twice."""
    for node in list(graph):
        axis = _flipped(node)
        before = node.inputs[0].producer() if axis is not None else None
        if before is not None and _flipped(before) == axis:
            node.outputs[0].replace_all_uses_with(before.inputs[0], replace_graph_outputs=True)


def both_directions(graph: Any) -> None:
    """Let pairs of layers be one node each, where their outputs or last states are concatenated."""
    for node in list(graph):
        if node.op_type == "Concat" and len(node.inputs) == 2 and not node.domain:
            _Pair(graph, node).join()


class _Pair:
    """Two recurrent nodes whose outputs a node concatenates."""

    def __init__(self, graph: Any, concat: Any) -> None:
        self.graph, self.concat = graph, concat
        self.squeezes = [value.producer() for value in concat.inputs]
        ends = [one.inputs[0] if _is_squeeze(one) else None for one in self.squeezes]
        self.nodes: list[Any] = [None if end is None else end.producer() for end in ends]
        self.places: list[Any] = [None if end is None else end.index() for end in ends]

    def join(self) -> None:
        """Put one node in the place of both, if they fit and nothing else uses their outputs."""
        if not self._fits():
            return
        ir = need("onnx_ir")
        first, second = self.nodes
        weights = [
            None
            if own is None
            else constant(self.graph, own, np.concatenate([constant_of(own), constant_of(other)]))
            for own, other in zip(first.inputs[1:4], second.inputs[1:4], strict=True)
        ]
        attributes = {name: it for name, it in first.attributes.items() if name != "direction"}
        for name, twice in attributes.items():
            if name == "activations":
                attributes[name] = ir.AttrStrings(name, [*twice.as_strings()] * 2)
            elif name in ("activation_alpha", "activation_beta"):
                attributes[name] = ir.AttrFloat32s(name, [*twice.as_floats()] * 2)
        attributes["direction"] = ir.AttrString("direction", "bidirectional")
        made = ir.Node(
            "", first.op_type, [first.inputs[0], *weights], list(attributes.values()),
            num_outputs=len(first.outputs),
        )  # fmt: skip
        for new, old in zip(made.outputs, first.outputs, strict=True):
            new.type = old.type
        self.graph.insert_before(self.concat, made)
        self._beside(made.outputs[self.places[0]])

    def _fits(self) -> bool:
        first, second = self.nodes
        if first is None or second is None or first.op_type != second.op_type:
            return False
        if first.op_type not in _KINDS or first is second or len(set(self.places)) != 1:
            return False
        if (_direction(first), _direction(second)) != ("forward", "reverse"):
            return False
        told = [
            {name: it.value for name, it in node.attributes.items() if name != "direction"}
            for node in self.nodes
        ]
        used = [[end for end in node.outputs if end.uses()] for node in self.nodes]
        alone = all(len(ends) == 1 and len(ends[0].uses()) == 1 for ends in used)
        axis = self.concat.attributes["axis"].as_int()
        features = 2 if self.places[0] == 0 else 1
        return (
            told[0] == told[1]
            and alone
            and all(len(one.outputs[0].uses()) == 1 for one in self.squeezes)
            and _same(first.inputs[0], second.inputs[0])
            and _is_made_of_constants(first)
            and _is_made_of_constants(second)
            and axis in (features, -1)
        )

    def _beside(self, sequence: Any) -> None:
        """Put the outputs of both directions, (time, 2, batch, units), beside each other."""
        ir, node = need("onnx_ir"), self.concat
        units = self.nodes[0].attributes["hidden_size"].as_int()
        is_sequence = self.places[0] == 0
        order: tuple[int, ...] = (0, 2, 1, 3) if is_sequence else (1, 0, 2)
        sizes = [0, 0, 2 * units] if is_sequence else [0, 2 * units]
        end = node.outputs[0]
        users = [user for user, _ in end.uses()]
        if is_sequence and len(users) == 1 and order_of(users[0].outputs[0]) == (1, 0, 2):
            # That the batch comes first is said in one go.
            order, node = (2, 0, 1, 3), users[0]
            end = node.outputs[0]
        turned = transposed(self.graph, sequence, order, self.concat)
        like = ir.Value(name="beside", type=ir.TensorType(ir.DataType.INT64))
        shape = constant(self.graph, like, np.array(sizes))
        reshaped = ir.node("Reshape", [turned, shape])
        self.graph.insert_before(self.concat, reshaped)
        new = reshaped.outputs[0]
        new.type, new.shape = end.type, end.shape
        name = end.name
        end.replace_all_uses_with(new, replace_graph_outputs=True)
        end.name, new.name = None, name


def _flipped(node: Any) -> int | None:
    """Return the axis that a node turns around; None for any other node."""
    if node.op_type != "Slice" or node.domain or len(node.inputs) < 5:
        return None
    starts, ends, axes, steps = (constant_of(value) for value in node.inputs[1:5])
    known = all(one is not None and one.size == 1 for one in (starts, ends, axes, steps))
    if not known or steps.item() != -1 or starts.item() != -1 or ends.item() > -_WHOLE:
        return None
    return int(axes.item())


def _is_squeeze(node: Any) -> bool:
    return node is not None and node.op_type == "Squeeze" and not node.domain


def _direction(node: Any) -> str:
    return node.attributes["direction"].as_string() if "direction" in node.attributes else "forward"


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are one, or the same Transpose of one."""
    order = order_of(one)
    if one is other:
        return True
    alike = order is not None and order == order_of(other)
    return alike and one.producer().inputs[0] is other.producer().inputs[0]


def _is_made_of_constants(node: Any) -> bool:
    """Return whether weights are known, and neither lengths nor states are given."""
    weights = all(value is None or constant_of(value) is not None for value in node.inputs[1:4])
    return weights and all(value is None for value in node.inputs[4:])
