"""Exported graphs have the nodes that one would write by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.export.onnx import to_onnx
from kshim.models.model import Model
from kshim.models.sequential import Sequential


def test_a_mean_over_an_image_is_a_pooling() -> None:
    nodes = _nodes(_sequence(L.Conv2D(3, 3), L.GlobalAveragePooling2D(), L.Dense(2)))
    assert nodes == ["Transpose", "Conv", "GlobalAveragePool", "Flatten", "Gemm"]


def test_a_maximum_over_an_image_is_a_pooling() -> None:
    nodes = _nodes(_sequence(L.Conv2D(3, 3), L.GlobalMaxPooling2D(), L.Dense(2)))
    assert nodes == ["Transpose", "Conv", "GlobalMaxPool", "Flatten", "Gemm"]


def test_a_mean_over_part_of_an_image_is_none() -> None:
    mean = L.Lambda(lambda x: x.mean(1), name="rows")
    assert "ReduceMean" in _nodes(_sequence(L.Conv2D(3, 3), mean))


def test_a_flattened_image_goes_into_a_layer_whose_weights_are_in_its_order() -> None:
    nodes = _nodes(_sequence(L.Conv2D(3, 3), L.Flatten(), L.Dense(2, activation="tanh")))
    assert nodes == ["Transpose", "Conv", "Reshape", "Gemm", "Tanh"]


def test_a_flattened_image_that_goes_out_is_in_the_order_of_keras() -> None:
    assert _nodes(_sequence(L.Conv2D(3, 3), L.Flatten())) == [
        "Transpose", "Conv", "Transpose", "Reshape",
    ]  # fmt: skip


def test_a_flattened_image_that_two_layers_take_is_in_the_order_of_keras() -> None:
    image = L.Input((6, 7, 2))
    flat = L.Flatten()(L.Conv2D(3, 3)(image))
    nodes = _nodes(Model(image, [L.Dense(2)(flat), L.Dense(4)(flat)]))
    assert nodes.count("Transpose") == 2


@pytest.mark.parametrize(
    "inner",
    [
        L.ZeroPadding2D(((1, 2), (0, 3))), L.Cropping2D(((1, 0), (0, 2))), L.UpSampling2D((2, 3)),
        L.Softmax(axis=-1), L.Softmax(axis=1), L.BatchNormalization(), L.PReLU(),
        L.PReLU(shared_axes=[1, 2]), L.Rescaling(0.5, 1), L.Activation("gelu"),
        L.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0]),
    ],
    ids=lambda layer: f"{layer.name}",
)  # fmt: skip
def test_what_stands_between_two_convolutions_is_channels_first(inner: Any) -> None:
    nodes = _nodes(_sequence(L.Conv2D(3, 3, activation="relu"), inner, L.Conv2D(2, 2)))
    assert nodes.count("Transpose") == 2, nodes


def test_branches_meet_channels_first() -> None:
    image = L.Input((6, 7, 2))
    left = L.Conv2D(3, 3, padding="same", activation="relu")(image)
    right = L.Softmax()(L.Conv2D(3, 3, padding="same")(left))
    mixed = L.Multiply()([L.Concatenate()([left, right]), L.Concatenate(axis=3)([right, left])])
    nodes = _nodes(Model(image, L.Conv2D(2, 2)(mixed)))
    assert nodes.count("Transpose") == 2, nodes


def test_a_gate_of_each_channel_leaves_the_image_as_it_is() -> None:
    image = L.Input((6, 7, 2))
    seen = L.Conv2D(4, 3)(image)
    gate = L.Reshape((1, 1, 4))(L.GlobalAveragePooling2D()(seen))
    gated = L.Multiply()([seen, L.Dense(4, activation="sigmoid")(gate)])
    nodes = _nodes(Model(image, L.GlobalAveragePooling2D()(gated)))
    assert nodes.count("GlobalAveragePool") == 2
    assert nodes.count("Transpose") == 2, nodes  # one of the gate, (batch, 1, 1, 4)


def test_layers_of_sequences_share_a_transpose() -> None:
    model = Sequential([L.Conv1D(4, 3, input_shape=(None, 3)), L.LSTM(5)])
    _randomize(model)
    assert _nodes(model) == ["Transpose", "Conv", "Transpose", "LSTM", "Squeeze"]


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("trained", [True, False])
def test_a_normalisation_before_a_dense_layer_is_in_its_weights(
    use_bias: bool, trained: bool
) -> None:
    last = L.Dense(3, use_bias=use_bias)
    inner = [L.Dense(5, activation="relu"), L.BatchNormalization(), L.Dropout(0.5), last]
    model = Sequential([L.Input((4,)), *inner])
    if trained:
        _randomize(model)
    assert _nodes(model) == ["Gemm", "Relu", "Gemm"]


def test_a_normalisation_that_two_layers_take_stays() -> None:
    features = L.Input((4,))
    seen = L.BatchNormalization()(L.Dense(5, activation="relu")(features))
    nodes = _nodes(Model(features, [L.Dense(2)(seen), L.Dense(3)(seen)]))
    assert nodes.count("BatchNormalization") == 1


def test_two_changes_of_shape_are_one() -> None:
    inner = [L.GlobalAveragePooling2D(), L.Reshape((1, 3)), L.Reshape((3, 1))]
    nodes = _nodes(_sequence(L.Conv2D(3, 3), *inner))
    assert nodes == ["Transpose", "Conv", "GlobalAveragePool", "Reshape"]


def _sequence(*inner: Any) -> Model:
    return Sequential([L.Input((6, 7, 2)), *inner])


def _randomize(model: Model) -> None:
    source = np.random.default_rng(0)
    model.set_weights([source.uniform(0.5, 1, w.shape) for w in model.get_weights()])


def _nodes(model: Model) -> list[str]:
    """Return the kinds of nodes of what is exported, and compared with the model."""
    _randomize(model)
    exported = to_onnx(model, verbose=False)
    assert exported.difference is not None
    assert exported.difference < 1e-5
    return exported.nodes
