"""Planes: what convolves or pools over time in an ONNX graph does so over images one cell high.

onnxruntime has a fast layout for images alone, which is worth the two nodes that add and drop an
axis. Measured on two Conv1D of 32 channels over 100 steps, onnxruntime 1.31 on one thread: 0.015
for 0.020 ms with one sample, 0.24 for 0.40 ms with 32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kshim.export.needing import need
from kshim.export.transposes import BROADCASTING, POINTWISE, constant, constant_of

_WINDOWED = ("Conv", "MaxPool", "AveragePool")
_GLOBAL = ("GlobalMaxPool", "GlobalAveragePool")
_AXIS = 2  # where the axis of one cell stands
_WIDTH = 8  # channels from which on the layout pays
_DROPPED = "dropped"  # marks the node that drops an axis added here


def over_planes(graph: Any) -> None:
    """Let convolutions over time be ones over images, and what stands between them too."""
    if any(map(_pays, graph)):
        _Planes(graph).make()


class _Planes:
    """Change one graph."""

    def __init__(self, graph: Any) -> None:
        ir = need("onnx_ir")
        self.graph = graph
        self.raised: dict[Any, Any] = {}
        like = ir.Value(name="plane_axis", type=ir.TensorType(ir.DataType.INT64))
        self.axes = constant(graph, like, np.array([_AXIS]))

    def make(self) -> None:
        """Change each node whose input has an axis of time or, by now, one of one cell."""
        for node in list(self.graph):
            plane = _before_drop(node.inputs[0]) if node.inputs else None
            if _is_windowed(node):
                self._windowed(node, plane)
            elif node.op_type in POINTWISE and plane is not None:
                self._replace(node, [plane, *node.inputs[1:]], dict(node.attributes))
            elif node.op_type in BROADCASTING and all(map(_before_drop, node.inputs)):
                self._replace(node, list(map(_before_drop, node.inputs)), dict(node.attributes))
            elif node.op_type in _GLOBAL and plane is not None and _is_flattened(node):
                node.replace_input_with(0, plane)
                node.outputs[0].shape = None

    def _windowed(self, node: Any, plane: Any) -> None:
        ir = need("onnx_ir")
        inputs = [plane or self._raise(node), *node.inputs[1:]]
        if node.op_type == "Conv":
            kernel = constant_of(inputs[1])
            inputs[1] = constant(self.graph, inputs[1], kernel[:, :, None])
        attributes = dict(node.attributes)
        for name, one in (("kernel_shape", [1]), ("strides", [1]), ("dilations", [1])):
            if name in attributes:
                attributes[name] = ir.AttrInt64s(name, [*one, *attributes[name].as_ints()])
        if "pads" in attributes:
            start, end = attributes["pads"].as_ints()
            attributes["pads"] = ir.AttrInt64s("pads", [0, start, 0, end])
        self._replace(node, inputs, attributes)

    def _raise(self, node: Any) -> Any:
        """Return the input of a node with an axis of one cell."""
        ir, value = need("onnx_ir"), node.inputs[0]
        if value not in self.raised:
            added = ir.node("Unsqueeze", [value, self.axes])
            added.outputs[0].type = value.type
            self.graph.insert_before(node, added)
            self.raised[value] = added.outputs[0]
        return self.raised[value]

    def _replace(self, node: Any, inputs: Sequence[Any], attributes: Mapping[str, Any]) -> None:
        """Let a node work on planes, and drop the axis behind it."""
        ir, (old,) = need("onnx_ir"), node.outputs
        made = ir.Node("", node.op_type, inputs, list(attributes.values()))
        made.outputs[0].type = old.type
        dropped = ir.node("Squeeze", [made.outputs[0], self.axes])
        dropped.meta[_DROPPED] = True
        new = dropped.outputs[0]
        new.type, new.shape = old.type, old.shape
        for one in (made, dropped):
            self.graph.insert_before(node, one)
        name = old.name
        old.replace_all_uses_with(new, replace_graph_outputs=True)
        old.name, new.name = None, name
        self.graph.remove(node, safe=True)


def _pays(node: Any) -> bool:
    """Return whether a node is a convolution over time with channels enough."""
    return _is_windowed(node) and node.op_type == "Conv" and len(
        constant_of(node.inputs[1])
    ) >= _WIDTH  # fmt: skip


def _is_windowed(node: Any) -> bool:
    """Return whether a node slides a window over time, its weights known."""
    if node.op_type not in _WINDOWED or node.domain or len(node.outputs) > 1:
        return False
    shape, attributes = node.inputs[0].shape, node.attributes
    by_itself = "auto_pad" in attributes and attributes["auto_pad"].as_string() != "NOTSET"
    if shape is None or len(shape) != 3 or by_itself:
        return False
    return node.op_type != "Conv" or constant_of(node.inputs[1]) is not None


def _before_drop(value: Any) -> Any:
    """Return what a value was before an axis added here was dropped; None for any other."""
    node = None if value is None else value.producer()
    return node.inputs[0] if node is not None and node.meta.get(_DROPPED) else None


def _is_flattened(node: Any) -> bool:
    """Return whether all that follows a node flattens what it gives."""
    users = [user for user, _ in node.outputs[0].uses()]
    return bool(users) and all(user.op_type == "Flatten" for user in users)
