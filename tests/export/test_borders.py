"""Noughts around an image count in a maximum; onnxruntime itself is the judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

from kshim import layers
from kshim.models import Input, Model


def padded(pooling: Any, activation: str | None = None, side: int = 2) -> Model:
    """Return a model with a border above and on the left, before a pooling."""
    image = Input((5, 7, 2))
    before = layers.Activation(activation)(image) if activation else image
    return Model(image, pooling(layers.ZeroPadding2D(((1, 0), (side, 0)))(before)))


@pytest.mark.parametrize("opset", [None, 18])
def test_a_border_is_the_maximum_where_all_else_is_below(opset: int | None) -> None:
    model = padded(layers.MaxPooling2D(2))
    made = model.export(None, opset=opset, verbose=False)
    session = onnxruntime.InferenceSession(made.model.SerializeToString())
    images = -1 - np.random.RandomState(0).random_sample((3, 5, 7, 2)).astype("float32")
    (found,) = session.run(None, {session.get_inputs()[0].name: images})
    bordered = np.pad(images, ((0, 0), (1, 0), (2, 0), (0, 0)))[:, :, :8]
    wanted = bordered.reshape(3, 3, 2, 4, 2, 2).max(axis=(2, 4))
    np.testing.assert_array_equal(found, wanted)
    assert (found[:, 0] == 0).all() and (found[:, 1:, 1:] < 0).all()


@pytest.mark.parametrize(
    ("pooling", "activation"),
    [(layers.MaxPooling2D(2), "relu"), (layers.AveragePooling2D(2), None)],
)
def test_other_borders_are_left_for_onnxruntime_to_fuse(pooling: Any, activation: Any) -> None:
    made = padded(pooling, activation, side=1).export(None, verbose=False)
    (pad,) = [node for node in made.model.graph.node if node.op_type == "Pad"]
    assert len(pad.input) < 4


@pytest.mark.parametrize("pooling", [layers.MaxPooling2D(2), layers.AveragePooling2D(2)])
def test_a_border_may_be_as_wide_as_a_window(pooling: Any) -> None:
    """The export compares with onnxruntime, which would not load a pooling so padded."""
    made = padded(pooling, "relu", side=2).export(None, verbose=False)
    assert made.difference is not None and made.difference < 1e-6


def test_a_border_of_less_than_everything_may_be_fused() -> None:
    image = Input((4, 4, 2))
    model = Model(image, layers.MaxPooling2D(3, strides=2, padding="same")(image))
    made = model.export(None, verbose=False)
    assert all(len(node.output) == 1 for node in made.model.graph.node)
    assert all(len(node.input) < 4 for node in made.model.graph.node if node.op_type == "Pad")
