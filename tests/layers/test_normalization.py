"""Normalisation: adapting, freezing, what is refused, what the conformance cases leave out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError, StateError, UnexpectedArgument
from kshim.layers import BatchNormalization, Input, LayerNormalization, Normalization
from kshim.layers.base import LAYERS
from kshim.models.model import Model
from kshim.models.sequential import Sequential

DATA = np.random.default_rng(0).normal(2, 3, size=(30, 4)).astype("float32")


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (BatchNormalization, {"axis": 1.5}, "BatchNormalization: axis must be a whole number"),
        (BatchNormalization, {"axis": [1, 2]}, "BatchNormalization: axis must be"),
        (BatchNormalization, {"momentum": 2}, "momentum must be a number between 0 and 1"),
        (BatchNormalization, {"epsilon": -1}, "epsilon must be a number of at least 0"),
        (BatchNormalization, {"mode": 2}, "BatchNormalization: mode must be one of 0, got 2"),
        (LayerNormalization, {"axis": "last"}, "LayerNormalization: axis must be"),
        (Normalization, {"axis": 0.5}, "Normalization: axis must be"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(
    kind: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        kind(**arguments)
    assert words in str(refusal.value)


@pytest.mark.parametrize("layer", [BatchNormalization(), LayerNormalization()])
def test_unknown_channels_are_refused(layer: Any) -> None:
    with pytest.raises(ShapeError, match="axis -1 of the inputs must be known"):
        layer(Input((3, None)))


def test_an_axis_the_inputs_have_not_is_refused() -> None:
    with pytest.raises(ShapeError, match="inputs must have an axis 3"):
        BatchNormalization(axis=3)(Input((3, 4)))


@pytest.mark.parametrize(("era", "moves"), [("1.2", True), ("2.2", False), ("2.15", False)])
def test_a_frozen_layer_moves_its_statistics_only_in_keras_1(era: str, moves: bool) -> None:
    with in_era(era):
        layer = BatchNormalization(trainable=False)
        layer(torch.as_tensor(DATA), training=True)
    assert bool(np.any(layer.get_weights()[2])) is moves


@pytest.mark.parametrize(("era", "by_batch"), [("2.2", True), ("2.15", False)])
def test_freezing_after_lowering_reaches_the_lowered_model(era: str, by_batch: bool) -> None:
    with in_era(era):
        symbol = Input((4,))
        layer = BatchNormalization()
        model = Model(symbol, layer(symbol))
        model.network  # noqa: B018  (lowers)
        layer.trainable = False
        model.train()
        outputs = model.network.predict(torch.as_tensor(DATA))[0].detach().numpy()
    told = (DATA - DATA.mean(0)) / DATA.std(0) if by_batch else DATA / np.sqrt(1.001)
    np.testing.assert_allclose(outputs, told, rtol=1e-3, atol=1e-3)
    assert not np.any(layer.get_weights()[2])


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_statistics_have_the_layers_type(dtype: str) -> None:
    layer = BatchNormalization(dtype=dtype)
    assert str(layer(DATA.astype(dtype)).dtype) == f"torch.{dtype}"
    assert {weight.dtype.name for weight in layer.get_weights()} == {dtype}


def test_regularizers_and_constraints_reach_gamma_and_beta() -> None:
    layer = BatchNormalization(gamma_regularizer="l2", beta_constraint="non_neg")
    layer(Input((4,)))
    assert layer.gamma.regularizer is not None
    assert layer.beta.constraint is not None


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
def test_adapted_data_have_mean_0_and_deviation_1(axis: Any) -> None:
    data = np.random.default_rng(0).normal(2, 3, size=(7, 3, 4)).astype("float32")
    layer = Normalization(axis=axis)
    layer.adapt(data)
    kept = {-1: (2,), 1: (1,), (1, 2): (1, 2), None: ()}[axis]
    reduced = tuple(place for place in range(3) if place not in kept)
    told = (data - data.mean(reduced, keepdims=True)) / data.std(reduced, keepdims=True)
    np.testing.assert_allclose(layer(data).numpy(), told, rtol=1e-4, atol=1e-5)


def test_batches_adapt_as_all_data_at_once() -> None:
    def endless() -> Iterator[np.ndarray]:
        while True:
            yield DATA[:20]
            yield DATA[20:]

    layer = Normalization()
    layer.adapt(np.zeros((3, 4), "float32"))
    layer.adapt(endless(), steps=2)
    mean, variance, count = layer.get_weights()
    np.testing.assert_allclose(mean, DATA.mean(0), rtol=1e-5)
    np.testing.assert_allclose(variance, DATA.var(0), rtol=1e-5)
    assert count == 30


def test_a_model_takes_the_layer_before_or_behind_adapting() -> None:
    layer = Normalization(input_shape=(4,))
    model = Sequential([layer])
    layer.adapt(DATA)
    told = (DATA - DATA.mean(0)) / DATA.std(0)
    np.testing.assert_allclose(model(DATA).numpy(), told, rtol=1e-4, atol=1e-5)


def test_one_column_of_numbers_adapts_with_no_axis() -> None:
    layer = Normalization(input_shape=(1,), axis=None)
    layer.adapt(DATA[:, 0])
    np.testing.assert_allclose(layer.get_weights()[0], DATA[:, 0].mean(), rtol=1e-5)


def test_statistics_must_be_given_together() -> None:
    with pytest.raises(UnexpectedArgument, match="mean and variance must be given together"):
        Normalization(mean=1.0)


def test_given_statistics_cannot_be_adapted() -> None:
    with pytest.raises(StateError, match="cannot adapt"):
        Normalization(mean=1.0, variance=2.0).adapt(DATA)


def test_the_batch_axis_has_no_statistics_of_its_own() -> None:
    with pytest.raises(ArgumentError, match="axis must be an axis behind the batch"):
        Normalization(axis=0)(Input((3,)))


@pytest.mark.parametrize(
    "layer",
    [
        BatchNormalization(axis=1, momentum=0.5, scale=False),
        LayerNormalization(axis=(1, 2), epsilon=0.1),
        Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0]),
        Normalization(axis=None, invert=True),
    ],
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()
