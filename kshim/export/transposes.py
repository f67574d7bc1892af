"""Transposes: those of an ONNX graph move down until they meet their undoing, and both go.

A Transpose before an operation that does not care for the order of axes, or is told by number
which axes it works on, may as well stand behind it. What is left is one where a layout is really
changed: at an entrance, before a recurrent layer, at an exit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kshim.export.needing import need

Order = tuple[int, ...]
_Sunk = tuple[list[Any], dict[str, Any], list[Order]]  # inputs, changed attributes, orders behind

POINTWISE = frozenset({
    "Abs", "Cast", "Ceil", "Celu", "Clip", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu",
    "HardSigmoid", "HardSwish", "LeakyRelu", "Log", "Mish", "Neg", "Not", "Reciprocal", "Relu",
    "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Tanh",
    "ThresholdedRelu",
})  # fmt: skip
BROADCASTING = frozenset({
    "Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max",
    "Mean", "Min", "Mul", "Or", "PRelu", "Pow", "Sub", "Sum", "Where",
})  # fmt: skip
_ALONG_ONE = frozenset({"Softmax", "LogSoftmax", "Hardmax"})
_REDUCING = frozenset({
    "ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceProd", "ReduceSum", "ReduceSumSquare",
})  # fmt: skip


def order_of(value: Any) -> Order | None:
    """Return the order of the Transpose that makes a value; None for any other value."""
    node = None if value is None else value.producer()
    if node is None or node.op_type != "Transpose" or node.domain:
        return None
    if "perm" in node.attributes:
        return tuple(node.attributes["perm"].as_ints())
    return None


def count(model: Any) -> int:
    """Return how many Transposes a model has."""
    return sum(node.op_type == "Transpose" for node in model.graph)


def sunk(model: Any) -> Any:
    """Return the model with its Transposes moved down, or as it is where that saves none."""
    before = count(model)
    if not before:
        return model
    moved = model.clone()
    for node in list(moved.graph):
        _sink(moved.graph, node)
    need("onnx_ir.passes.common").RemoveUnusedNodesPass()(moved)
    return moved if count(moved) < before else model


def transposed(graph: Any, value: Any, order: Order, before: Any = None) -> Any:
    """Return a value with its axes in another order; the node stands before another, or last."""
    ir = need("onnx_ir")
    node = ir.node("Transpose", [value], {"perm": list(order)})
    (made,) = node.outputs
    made.type = value.type
    if value.shape is not None:
        made.shape = ir.Shape([value.shape[axis] for axis in order])
    if before is None:
        graph.append(node)
    else:
        graph.insert_before(before, node)
    return made


def undoing(order: Order) -> Order:
    """Return the order that puts axes back."""
    return tuple(int(place) for place in np.argsort(order))


def take_place(old: Any, new: Any) -> None:
    """Let a value be used wherever another was, and bear its name."""
    name = old.name
    old.replace_all_uses_with(new, replace_graph_outputs=True)
    old.name, new.name = None, name


def constant_of(value: Any) -> Any:
    """Return the numbers of a value that never changes; None for any other value."""
    if value is None or value.is_graph_input() or value.const_value is None:
        return None
    return value.const_value.numpy()


def constant(graph: Any, like: Any, numbers: Any) -> Any:
    """Return a new constant, named after the one that it stands for."""
    ir = need("onnx_ir")
    numbers = np.ascontiguousarray(numbers)
    name = like.name
    for number in range(len(graph.initializers) + 1):
        if name not in graph.initializers:
            break
        name = f"{like.name}_{number}"
    made = ir.Value(
        name=name, shape=ir.Shape(numbers.shape), type=like.type,
        const_value=ir.tensor(numbers, name=name),
    )  # fmt: skip
    graph.register_initializer(made)
    return made


# One node.


def _sink(graph: Any, node: Any) -> None:
    """Let a node work on what its inputs were before they were transposed."""
    orders = {order for order in map(order_of, node.inputs) if order is not None}
    if node.domain or len(orders) != 1:
        return
    order = orders.pop()
    if node.op_type == "Transpose":
        _join(graph, node, order)
        return
    rule = _rule(node.op_type)
    found = rule(graph, node, order) if rule else None
    if found is None:
        return
    inputs, changes, behind = found
    ir = need("onnx_ir")
    attributes = [attr for name, attr in node.attributes.items() if name not in changes]
    attributes += ir.convenience.convert_attributes(changes)
    new = ir.Node("", node.op_type, inputs, attributes, num_outputs=len(node.outputs))
    graph.insert_before(node, new)
    for old, made, left in zip(node.outputs, new.outputs, behind, strict=True):
        made.type = old.type
        if old.shape is not None:
            made.shape = ir.Shape([old.shape[axis] for axis in undoing(left)])
        moved = left != tuple(range(len(left)))
        take_place(old, transposed(graph, made, left, node) if moved else made)
    graph.remove(node, safe=True)


def _join(graph: Any, node: Any, inner: Order) -> None:
    """Make one Transpose of two, or none."""
    outer = order_of(node.outputs[0])
    if outer is None:
        return
    order = tuple(inner[axis] for axis in outer)
    source = node.inputs[0].producer().inputs[0]
    (old,) = node.outputs
    if order != tuple(range(len(order))):
        take_place(old, transposed(graph, source, order, node))
    elif not old.is_graph_output():
        old.replace_all_uses_with(source)
    elif source.producer() is not None and not source.is_graph_output():
        take_place(old, source)
    else:
        return
    graph.remove(node, safe=True)


# What an operation makes of another order of its input's axes.


def _rule(kind: str) -> Callable[[Any, Any, Order], _Sunk | None] | None:
    if kind in POINTWISE:
        return _pointwise
    if kind in BROADCASTING:
        return _broadcasting
    if kind in _ALONG_ONE:
        return _along_one
    if kind in _REDUCING:
        return _reducing
    return {
        "Concat": _concat, "Pad": _pad, "Resize": _resize, "Shape": _shape, "Slice": _slice,
        "Split": _split,
    }.get(kind)  # fmt: skip


def _source(value: Any) -> Any:
    return value.producer().inputs[0]


def _first_alone(node: Any) -> bool:
    return order_of(node.inputs[0]) is not None and all(
        order_of(value) is None for value in node.inputs[1:]
    )


def _pointwise(graph: Any, node: Any, order: Order) -> _Sunk | None:
    if not _first_alone(node):
        return None
    return [_source(node.inputs[0]), *node.inputs[1:]], {}, [order]


def _broadcasting(graph: Any, node: Any, order: Order) -> _Sunk | None:
    (old,) = node.outputs
    if old.shape is None or len(old.shape) != len(order):
        return None
    inputs = [_before(graph, node, value, order) for value in node.inputs]
    return None if any(value is None for value in inputs) else (inputs, {}, [order])


def _before(graph: Any, node: Any, value: Any, order: Order) -> Any:
    """Return what becomes a value of a broadcasting operation by the order; None if unknown."""
    if order_of(value) is not None:
        return _source(value)
    if value.shape is None or not len(value.shape):
        return None if value.shape is None else value
    numbers = constant_of(value)
    if numbers is not None:
        whole = numbers.reshape((1,) * (len(order) - numbers.ndim) + numbers.shape)
        return constant(graph, value, whole.transpose(undoing(order)))
    if len(value.shape) != len(order):
        return None
    return transposed(graph, value, undoing(order), node)


def _along_one(graph: Any, node: Any, order: Order) -> _Sunk | None:
    axis = _number(node, "axis", -1)
    return [_source(node.inputs[0])], {"axis": order[axis]}, [order]


def _concat(graph: Any, node: Any, order: Order) -> _Sunk | None:
    inputs = []
    for value in node.inputs:
        numbers = constant_of(value)
        if order_of(value) is not None:
            inputs.append(_source(value))
        elif numbers is not None:
            inputs.append(constant(graph, value, numbers.transpose(undoing(order))))
        else:
            inputs.append(transposed(graph, value, undoing(order), node))
    return inputs, {"axis": order[_number(node, "axis", 0)]}, [order]


def _split(graph: Any, node: Any, order: Order) -> _Sunk | None:
    if not _first_alone(node):
        return None
    axis = order[_number(node, "axis", 0)]
    inputs = [_source(node.inputs[0]), *node.inputs[1:]]
    return inputs, {"axis": axis}, [order] * len(node.outputs)


def _reducing(graph: Any, node: Any, order: Order) -> _Sunk | None:
    axes = constant_of(node.inputs[1]) if len(node.inputs) > 1 else None
    if axes is None:
        return None
    places = {int(axis) % len(order) for axis in axes.ravel()}
    told = constant(graph, node.inputs[1], np.array(sorted(order[p] for p in places), "int64"))
    if _number(node, "keepdims", 1):
        behind = order
    else:
        left = [order[place] for place in range(len(order)) if place not in places]
        behind = tuple(sorted(left).index(axis) for axis in left)
    return [_source(node.inputs[0]), told], {}, [behind]


def _pad(graph: Any, node: Any, order: Order) -> _Sunk | None:
    pads = constant_of(node.inputs[1])
    if pads is None or len(node.inputs) > 3 or not _first_alone(node):
        return None
    back = undoing(order)
    both = pads.reshape(2, len(order))[:, back]
    told = constant(graph, node.inputs[1], both.ravel())
    return [_source(node.inputs[0]), told, *node.inputs[2:]], {}, [order]


def _slice(graph: Any, node: Any, order: Order) -> _Sunk | None:
    axes = constant_of(node.inputs[3]) if len(node.inputs) > 3 else None
    if axes is None or not _first_alone(node):
        return None
    told = constant(graph, node.inputs[3], np.array([order[axis] for axis in axes], "int64"))
    return [_source(node.inputs[0]), *node.inputs[1:3], told, *node.inputs[4:]], {}, [order]


def _resize(graph: Any, node: Any, order: Order) -> _Sunk | None:
    if "axes" in node.attributes or not _first_alone(node):
        return None
    inputs = [_source(node.inputs[0])]
    for value in node.inputs[1:]:
        numbers = constant_of(value)
        if value is None or (numbers is not None and not numbers.size):
            inputs.append(value)
        elif numbers is None or numbers.shape != (len(order),):
            return None
        else:
            inputs.append(constant(graph, value, numbers[list(undoing(order))]))
    return inputs, {}, [order]


def _shape(graph: Any, node: Any, order: Order) -> _Sunk | None:
    start, end = _number(node, "start", 0), _number(node, "end", len(order))
    if end != start + 1 or start < 0:
        return None
    axis = order[start]
    return [_source(node.inputs[0])], {"start": axis, "end": axis + 1}, [(0,)]


def _number(node: Any, name: str, default: int) -> int:
    return int(node.attributes[name].as_int()) if name in node.attributes else default


def whole_axes(node: Any) -> Sequence[int] | None:
    """Return the axes that a reduction works on, counted from the front; None if unknown."""
    axes = constant_of(node.inputs[1]) if len(node.inputs) > 1 else None
    shape = node.inputs[0].shape
    if axes is None or shape is None:
        return None
    return sorted(int(axis) % len(shape) for axis in axes.ravel())
