"""Lean: an ONNX graph as one would write it by hand.

Constants of any size are folded, operations fused, Transposes that undo each other dropped, and
what stands for one operation of ONNX's own is that operation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kshim.export.directions import both_directions, straighten
from kshim.export.needing import need
from kshim.export.ones import settle_ones
from kshim.export.planes import over_planes
from kshim.export.transposes import constant, constant_of, order_of, sunk, undoing, whole_axes

_NO_LIMIT = 2**60
_POOLS = {"ReduceMean": "GlobalAveragePool", "ReduceMax": "GlobalMaxPool"}
_FLOATS = ("FLOAT", "FLOAT16", "DOUBLE")


def lean(model: Any) -> Any:
    """Return a model of onnx_ir in fewer nodes, without what torch's exporter noted in it."""
    _optimize(model)
    if _fold_splits(model.graph):
        _optimize(model)
    straighten(model.graph)
    moved = sunk(model)
    if moved is not model:
        model = moved
        _optimize(model)
    both_directions(model.graph)
    need("onnx_ir.passes.common").RemoveUnusedNodesPass()(model)
    for node in list(model.graph):
        _pool(model.graph, node)
        _order_weights(model.graph, node)
        _scale_weights(model.graph, node)
        _scale_product(model.graph, node)
        _reshape_once(model.graph, node)
    settle_ones(model.graph)
    over_planes(model.graph)
    passes = need("onnx_ir.passes.common")
    passes.IdentityEliminationPass()(model)
    passes.RemoveUnusedNodesPass()(model)
    passes.ClearMetadataAndDocStringPass()(model)
    graph = model.graph
    for value in [*graph.inputs, *graph.outputs, *graph.initializers.values()]:
        value.metadata_props.clear()
    return model


def _optimize(model: Any) -> None:
    need("onnxscript.optimizer").optimize_ir(
        model, input_size_limit=_NO_LIMIT, output_size_limit=_NO_LIMIT
    )


def _fold_splits(graph: Any) -> bool:
    """Split constants now rather than at every run: the optimizer folds single outputs alone."""
    found = [
        node
        for node in graph
        if node.op_type == "Split" and constant_of(node.inputs[0]) is not None
    ]
    for node in found:
        axis = node.attributes["axis"].as_int() if "axis" in node.attributes else 0
        whole = constant_of(node.inputs[0])
        for part, value in zip(np.split(whole, len(node.outputs), axis), node.outputs, strict=True):
            value.replace_all_uses_with(constant(graph, value, part))
        graph.remove(node, safe=True)
    return bool(found)


def _pool(graph: Any, node: Any) -> None:
    """Say a mean or maximum over all axes behind the channels as the pooling that it is."""
    kind = _POOLS.get(node.op_type)
    shape = node.inputs[0].shape if kind else None
    if kind is None or shape is None or node.inputs[0].dtype.name not in _FLOATS:
        return
    if len(shape) < 3 or whole_axes(node) != list(range(2, len(shape))):
        return
    ir = need("onnx_ir")
    (old,) = node.outputs
    pool = ir.node(kind, [node.inputs[0]])
    made = pool.outputs[0]
    made.type, made.shape = old.type, ir.Shape([*shape[:2], *[1] * (len(shape) - 2)])
    graph.insert_before(node, pool)
    kept = node.attributes["keepdims"].as_int() if "keepdims" in node.attributes else 1
    if not kept:
        flat = ir.node("Flatten", [made], {"axis": 1})
        graph.insert_before(node, flat)
        made = flat.outputs[0]
        made.type, made.shape = old.type, old.shape
    name = old.name
    old.replace_all_uses_with(made, replace_graph_outputs=True)
    old.name, made.name = None, name
    graph.remove(node, safe=True)


def _order_weights(graph: Any, node: Any) -> None:
    """Put the rows of a matrix in the order of a flattened input before it was transposed."""
    if node.op_type not in ("Gemm", "MatMul"):
        return
    flat, matrix = node.inputs[:2]
    reshape, weights = flat.producer(), constant_of(matrix)
    if reshape is None or reshape.op_type not in ("Reshape", "Flatten") or len(flat.uses()) > 1:
        return
    order, picture = order_of(reshape.inputs[0]), reshape.inputs[0]
    turned = "transA" in node.attributes and node.attributes["transA"].as_int()
    if order is None or order[0] or weights is None or weights.ndim != 2 or turned:
        return
    sizes = [size for size in (picture.shape or [])[1:] if isinstance(size, int)]
    across = "transB" in node.attributes and node.attributes["transB"].as_int()
    rows = weights.T if across else weights
    whole = len(sizes) == len(order) - 1 and len(flat.shape or ()) == 2
    if not whole or math.prod(sizes) != len(rows):
        return
    back = [place - 1 for place in undoing(order)[1:]]
    rows = rows.reshape(*sizes, -1).transpose(*back, len(sizes)).reshape(rows.shape)
    node.replace_input_with(1, constant(graph, matrix, rows.T if across else rows))
    reshape.replace_input_with(0, picture.producer().inputs[0])


def _scale_weights(graph: Any, node: Any) -> None:
    """Let a matrix do what a normalisation of its input's features would do before it."""
    if node.op_type != "Gemm" or node.inputs[0].producer() is None:
        return
    before, matrix = node.inputs[0].producer(), node.inputs[1]
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    plain = all(_float(node, word, 1.0) == 1 for word in ("alpha", "beta"))
    if before.op_type != "BatchNormalization" or len(node.inputs[0].uses()) > 1 or not plain:
        return
    known = [constant_of(value) for value in [*before.inputs[1:5], matrix]]
    turned = "transA" in node.attributes and node.attributes["transA"].as_int()
    if any(numbers is None for numbers in known) or turned or before.inputs[0].shape is None:
        return
    offset = np.zeros(1, known[-1].dtype) if bias is None else constant_of(bias)
    if len(before.inputs[0].shape) != 2 or offset is None:
        return
    gamma, beta, mean, variance, weights = (numbers.astype("float64") for numbers in known)
    across = "transB" in node.attributes and node.attributes["transB"].as_int()
    rows = weights.T if across else weights
    scale = gamma / np.sqrt(variance + _float(before, "epsilon", 1e-5))
    moved = (offset + (beta - mean * scale) @ rows).astype(offset.dtype)
    rows = (rows * scale[:, None]).astype(known[-1].dtype)
    node.replace_input_with(0, before.inputs[0])
    node.replace_input_with(1, constant(graph, matrix, rows.T if across else rows))
    node.resize_inputs(3)
    node.replace_input_with(2, constant(graph, bias or before.inputs[2], moved))


def _scale_product(graph: Any, node: Any) -> None:
    """Let a matrix, and the bias behind it, be multiplied by a number once and for all."""
    factor = constant_of(node.inputs[1]) if node.op_type == "Mul" else None
    if factor is None or factor.size != 1 or node.outputs[0].is_graph_output():
        return
    value = node.inputs[0]
    scaled: list[tuple[Any, int]] = []
    while (before := value.producer()) is not None and _is_alone(value):
        if before.op_type in ("Reshape", "Transpose"):
            value = before.inputs[0]
        elif before.op_type == "Add" and constant_of(before.inputs[1]) is not None and not scaled:
            scaled.append((before, 1))
            value = before.inputs[0]
        elif before.op_type == "MatMul" and constant_of(before.inputs[1]) is not None:
            scaled.append((before, 1))
            break
        else:
            return
    else:
        return
    for one, place in scaled:
        numbers = constant_of(one.inputs[place])
        product = (numbers * factor.reshape(())).astype(numbers.dtype)
        one.replace_input_with(place, constant(graph, one.inputs[place], product))
    node.outputs[0].replace_all_uses_with(node.inputs[0], replace_graph_outputs=True)


def _is_alone(value: Any) -> bool:
    """Return whether one node alone uses a value."""
    return len(value.uses()) == 1 and not value.is_graph_output()


def _reshape_once(graph: Any, node: Any) -> None:
    """Let the second of two changes of shape be the only one."""
    before = node.inputs[0].producer() if node.op_type == "Reshape" else None
    if before is None or before.op_type not in ("Reshape", "Flatten"):
        return
    sizes = constant_of(node.inputs[1])
    # A zero takes a size from the shape before.
    if sizes is not None and (sizes != 0).all():
        node.replace_input_with(0, before.inputs[0])


def _float(node: Any, name: str, default: float) -> float:
    return float(node.attributes[name].as_float()) if name in node.attributes else default
