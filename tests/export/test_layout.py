"""Images go into an ONNX file, and come out, with their channels first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from kshim import layers as L
from kshim.errors import ArgumentError
from kshim.export.onnx import to_onnx
from kshim.models.model import Model


def test_a_cnn_with_channels_first_has_no_transpose(tmp_path: Path) -> None:
    model = _pixels()
    exported = to_onnx(model, tmp_path / "m.onnx", layout="channels_first", verbose=False)
    assert "Transpose" not in exported.nodes
    assert _shape(exported.model.graph.input[0]) == ["batch", 3, "height", "width"]
    assert _shape(exported.model.graph.output[0])[:2] == ["batch", 2]
    images = np.random.default_rng(0).standard_normal((2, 9, 7, 3)).astype("float32")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    (found,) = session.run(None, {"image": images.transpose(0, 3, 1, 2)})
    np.testing.assert_allclose(found.transpose(0, 2, 3, 1), model.predict(images), atol=1e-6)


def test_names_say_which_ends_are_turned() -> None:
    layout = {"image": "channels_first", "seen": "channels_last"}
    exported = to_onnx(_pixels(), layout=layout, verbose=False)
    assert exported.nodes.count("Transpose") == 1
    assert _shape(exported.model.graph.input[0])[1] == 3
    assert _shape(exported.model.graph.output[0])[3] == 2


def test_an_image_that_goes_straight_through_is_turned_at_both_ends() -> None:
    image = L.Input((4, 5, 3), name="image")
    exported = to_onnx(
        Model(image, [image, L.Rescaling(2.0)(image)]), layout="channels_first", verbose=False
    )
    assert exported.difference == 0
    assert [_shape(end)[1:] for end in exported.model.graph.output] == [[3, 4, 5]] * 2


def test_layers_that_take_channels_first_are_left_as_they_are() -> None:
    image = L.Input((3, 8, 6), name="image")
    model = Model(image, L.Conv2D(2, 3, data_format="channels_first")(image))
    exported = to_onnx(model, layout="channels_first", verbose=False)
    assert exported.nodes == ["Conv"]
    assert _shape(exported.model.graph.input[0]) == ["batch", 3, 8, 6]


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("nchw", "layout must be 'channels_last' or 'channels_first', got 'nchw'"),
        ("channels_first", "layout must be left out for a model without images"),
        ({"features": "channels_first"}, "an axis between batch and channels"),
        ({"picture": "channels_first"}, "the name of an input or output, features, out"),
    ],
)
def test_a_layout_that_cannot_be_is_told(layout: Any, message: str) -> None:
    features = L.Input((4,), name="features")
    with pytest.raises(ArgumentError, match=message):
        to_onnx(Model(features, L.Dense(2, name="out")(features)), layout=layout)


def test_sequences_stay_as_they_are_beside_images() -> None:
    words, image = L.Input((None, 4), name="words"), L.Input((6, 7, 3), name="image")
    seen = L.GlobalAveragePooling2D()(L.Conv2D(4, 3)(image))
    model = Model([words, image], L.Add()([L.GRU(4)(words), seen]))
    graph = to_onnx(model, layout="channels_first", verbose=False).model.graph
    assert [_shape(end) for end in graph.input] == [["batch", "time", 4], ["batch", 3, 6, 7]]


def _pixels() -> Model:
    image = L.Input((None, None, 3), name="image")
    seen = L.Conv2D(4, 3, padding="same", activation="relu")(L.Rescaling(1 / 255)(image))
    seen = L.BatchNormalization()(L.UpSampling2D()(L.MaxPooling2D(padding="same")(seen)))
    return Model(image, L.Conv2D(2, 1, activation="softmax", name="seen")(seen))


def _shape(end: Any) -> list[Any]:
    return [size.dim_param or size.dim_value for size in end.type.tensor_type.shape.dim]
