"""Noise layers: still at rest, of the right size in training, never frozen into a lowered graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.errors import ArgumentError
from kshim.layers import (
    AlphaDropout,
    GaussianDropout,
    GaussianNoise,
    Input,
    Masking,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from kshim.models.model import Model

ALL: list[Any] = [
    lambda: GaussianNoise(0.5), lambda: GaussianDropout(0.3), lambda: AlphaDropout(0.3),
    lambda: AlphaDropout(0.3, noise_shape=(None, 1, None)), lambda: SpatialDropout1D(0.3),
]  # fmt: skip


@pytest.mark.parametrize("make", ALL)
def test_at_rest_the_inputs_pass(make: Any) -> None:
    values = torch.randn(2, 3, 4)
    torch.testing.assert_close(make()(values), values, rtol=0, atol=0)


@pytest.mark.parametrize("make", ALL)
def test_each_training_run_of_a_lowered_model_draws_anew(make: Any) -> None:
    symbol = Input((3, 4))
    model = Model(symbol, make()(symbol))
    values = torch.ones(20, 3, 4)
    model.train()
    first, second = model.network.predict(values)[0], model.network.predict(values)[0]
    assert not torch.equal(first, second)
    model.eval()
    torch.testing.assert_close(model.network.predict(values)[0], values, rtol=0, atol=0)


def test_gaussian_noise_has_the_deviation_asked_for() -> None:
    noise = GaussianNoise(0.5)(torch.zeros(100, 1000), training=True)
    assert abs(float(noise.mean())) < 0.01
    np.testing.assert_allclose(float(noise.std()), 0.5, rtol=0.02)


def test_gaussian_dropout_multiplies_with_the_deviation_of_dropout() -> None:
    noise = GaussianDropout(0.2)(torch.full((100, 1000), 3.0), training=True)
    np.testing.assert_allclose(float(noise.mean()), 3.0, rtol=0.02)
    np.testing.assert_allclose(float(noise.std()), 3 * np.sqrt(0.2 / 0.8), rtol=0.02)


@pytest.mark.parametrize("shape", [None, (None, 1000)])
def test_alpha_dropout_keeps_mean_and_variance(shape: Any) -> None:
    outputs = AlphaDropout(0.3, noise_shape=shape)(torch.randn(100, 1000), training=True)
    assert abs(float(outputs.mean())) < 0.02
    np.testing.assert_allclose(float(outputs.std()), 1.0, rtol=0.02)


def test_alpha_dropout_draws_once_along_axes_of_size_one() -> None:
    outputs = AlphaDropout(0.5, noise_shape=(None, 1, None))(torch.zeros(4, 5, 6), training=True)
    assert all(torch.equal(outputs[:, 0], outputs[:, step]) for step in range(5))
    assert len(outputs.unique()) == 2


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (SpatialDropout1D(0.5), (4, 5, 6), (1,)),
        (SpatialDropout2D(0.5), (4, 2, 3, 6), (1, 2)),
        (SpatialDropout2D(0.5, data_format="channels_first"), (4, 6, 2, 3), (2, 3)),
        (SpatialDropout3D(0.5), (4, 2, 3, 2, 6), (1, 2, 3)),
    ],
)
def test_spatial_dropout_drops_whole_channels(layer: Any, shape: Any, axes: Any) -> None:
    outputs = layer(torch.ones(shape), training=True)
    low, high = outputs.amin(axes), outputs.amax(axes)
    torch.testing.assert_close(low, high)
    assert sorted(low.unique().tolist()) == [0.0, 2.0]


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (GaussianNoise, -1, "GaussianNoise: stddev must be a number of at least 0"),
        (GaussianDropout, 1, "GaussianDropout: rate must be a number of at least 0 and below 1"),
        (AlphaDropout, 1.5, "AlphaDropout: rate must be a number between 0 and 1"),
        (SpatialDropout2D, "half", "SpatialDropout2D: rate must be a number between 0 and 1"),
    ],
)
def test_bad_rates_are_refused_in_one_sentence(kind: Any, given: Any, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        kind(given)
    assert words in str(refusal.value)


def test_masks_pass() -> None:
    assert GaussianNoise(0.1)(Masking()(Input((3, 4)))).mask is not None
