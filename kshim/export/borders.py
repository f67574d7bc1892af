"""Borders: noughts around an image count in a maximum, as they do in Keras, in onnxruntime too.

onnxruntime's PadFusion makes a Pad the padding of the MaxPool behind it, whose padding is never the
maximum: where all of a window is below nought, the nought of the border is lost. Of a border as
wide as the window of the pooling behind it, it makes a pooling that it then refuses itself. It
leaves a Pad that is told its axes alone. Below version 18 of ONNX a Pad cannot be; none goes there.

Source: seen in onnxruntime 1.31.1 at its usual level of optimization.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kshim.export.needing import need
from kshim.export.transposes import constant, constant_of, take_place

# What these make is never below nought: the border is no larger than an image without it.
_NEVER_BELOW = frozenset({"Abs", "Exp", "Relu", "Sigmoid", "Softmax", "Softplus"})


def keep_borders(model: Any) -> None:
    """Let no border become the padding of a pooling that cannot have it."""
    graph = model.graph
    for pool in [node for node in graph if node.op_type in ("AveragePool", "MaxPool")]:
        pad = pool.inputs[0].producer()
        if (
            pad is not None
            and pad.op_type == "Pad"
            and (_is_wide(pad, pool) or _is_seen(pad, pool))
        ):
            _tell_axes(graph, pad)


def _is_wide(pad: Any, pool: Any) -> bool:
    """Return whether a border is as wide as the window of the pooling behind it, on any side."""
    pads, window = constant_of(pad.inputs[1]), pool.attributes["kernel_shape"].as_ints()
    return pads is not None and bool((pads.reshape(2, -1)[:, 2:] >= np.array(window)).any())


def _is_seen(pad: Any, pool: Any) -> bool:
    """Return whether a maximum may be the border's."""
    return pool.op_type == "MaxPool" and _may_be_largest(pad)


def _may_be_largest(pad: Any) -> bool:
    """Return whether the border of a Pad may be above what it is around."""
    before = pad.inputs[0].producer()
    while before is not None and before.op_type == "Transpose":
        before = before.inputs[0].producer()
    mode = pad.attributes["mode"].as_string() if "mode" in pad.attributes else "constant"
    value = constant_of(pad.inputs[2]) if len(pad.inputs) > 2 else np.zeros(())
    if mode != "constant" or (value is not None and np.isneginf(value).all()):
        return False
    is_nought = value is not None and not value.any()
    return not (is_nought and before is not None and before.op_type in _NEVER_BELOW)


def _tell_axes(graph: Any, pad: Any) -> None:
    """Tell a Pad its axes, all of them, which changes nothing else."""
    pads = constant_of(pad.inputs[1])
    if pads is None or len(pad.inputs) > 3:
        return
    given = [*pad.inputs, *[None] * (3 - len(pad.inputs))]
    axes = constant(graph, pad.inputs[1], np.arange(pads.size // 2))
    ir = need("onnx_ir")
    told = ir.Node("", "Pad", [*given, axes], list(pad.attributes.values()))
    graph.insert_before(pad, told)
    old, made = pad.outputs[0], told.outputs[0]
    made.type, made.shape = old.type, old.shape
    take_place(old, made)
    graph.remove(pad, safe=True)
