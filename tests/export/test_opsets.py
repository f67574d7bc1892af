"""Versions of ONNX's operators: which a model can be said in, and what is told where it cannot."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kshim import layers as L
from kshim.errors import ArgumentError, NotSupported
from kshim.export.onnx import to_onnx
from kshim.models.model import Model
from kshim.models.sequential import Sequential


def _cnn() -> Sequential:
    return Sequential(
        [
            L.Conv2D(4, 3, padding="same", activation="relu", input_shape=(8, 8, 3)),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(3, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("opset", [13, 14, 17, 18, 21])
def test_a_network_is_said_in_old_versions_and_new_ones(opset: int) -> None:
    exported = to_onnx(_cnn(), opset=opset, verbose=False)  # compared with the model
    assert exported.opset == opset
    assert exported.difference is not None
    relus = [node for node in exported.model.graph.node if node.op_type == "Relu"]
    assert len(relus) == 1
    shapes = [node for node in exported.model.graph.node if node.op_type == "Reshape"]
    assert all(len(node.attribute) == 0 or opset > 13 for node in shapes)


def test_a_refusal_tells_the_oldest_version_the_operators_and_the_first_layer() -> None:
    layers = [L.Conv2D(4, 3, input_shape=(8, 8, 3)), L.LayerNormalization(name="even"), L.Dense(2)]
    wanted = (
        "to_onnx: opset must be 17 or more for the LayerNormalization of this model, got 9. The "
        "first layer that needs it is LayerNormalization 'even'. Leave it out, or give 17, or "
        "export the model up to that layer."
    )
    with pytest.raises(NotSupported, match=f"^{re.escape(wanted)}$"):
        to_onnx(Sequential(layers), opset=9, verbose=False)


def test_a_layer_of_a_model_inside_is_named() -> None:
    inner = Sequential([L.Dense(4, input_shape=(None, 3)), L.LayerNormalization(name="deep")])
    inputs = L.Input((None, 3))
    model = Model(inputs, L.LayerNormalization(name="late")(inner(L.Activation("relu")(inputs))))
    with pytest.raises(NotSupported, match=r"opset must be 17 or more .* is .* 'deep'\."):
        to_onnx(model, opset=16, verbose=False)


def test_a_refusal_tells_a_version_that_serves() -> None:
    model = Sequential([L.Dense(3, activation="relu", input_shape=(2,), name="first")])
    with pytest.raises(NotSupported, match=r"13 or more for the .* 'first'\. .* give 13,"):
        to_onnx(model, opset=11, verbose=False)
    assert to_onnx(model, opset=13, verbose=False).opset == 13


@pytest.mark.parametrize("opset", [99, 3, "17", True, 17.0])
def test_versions_that_are_none_are_refused(opset: Any) -> None:
    with pytest.raises(ArgumentError, match="opset must be a whole number from 7 to"):
        to_onnx(_cnn(), opset=opset, verbose=False)
