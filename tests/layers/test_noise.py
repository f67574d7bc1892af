"""Noise layers: still at rest, of the right size in training, never frozen into a lowered graph."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.layers import (
    GRU,
    LSTM,
    AlphaDropout,
    Dense,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    Input,
    Masking,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from kshim.models import Model, Sequential
from kshim.utils import set_random_seed

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


# Rates, and what shares a draw: of 100,000 numbers, within four standard errors.

DROPPING: list[Any] = [
    (lambda: Dropout(0.3), (100, 1000), 1),
    (lambda: Dropout(0.3, seed=5), (100, 1000), 1),
    (lambda: Dropout(0.3, noise_shape=(None, 1, None)), (50, 2, 1000), 2),
    (lambda: Dropout(0.3, noise_shape=(1000,)), (50, 2, 1000), 100),
    (lambda: SpatialDropout1D(0.3), (50, 2, 1000), 2),
    (lambda: SpatialDropout1D(0.3, seed=5), (50, 2, 1000), 2),
    (lambda: SpatialDropout2D(0.3, "channels_first"), (50, 1000, 2, 2), 4),
    (lambda: SpatialDropout2D(0.3, "channels_first", seed=5), (50, 1000, 2, 2), 4),
    (lambda: SpatialDropout3D(0.3), (50, 2, 2, 1, 1000), 4),
]


@pytest.mark.parametrize(("make", "shape", "shared"), DROPPING)
def test_the_rate_is_dropped_and_the_rest_scaled(make: Any, shape: Any, shared: int) -> None:
    outputs = make()(torch.ones(shape), training=True)
    draws = outputs.numel() / shared
    share = float((outputs == 0).float().mean())
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / draws)
    assert sorted(outputs.unique().tolist()) == pytest.approx([0, 1 / 0.7])


@pytest.mark.parametrize("seed", [None, 5])
def test_alpha_dropout_drops_its_rate_to_one_value(seed: Any) -> None:
    outputs = AlphaDropout(0.3, seed=seed)(torch.zeros(100, 1000), training=True)
    low = outputs.min()
    assert abs(float((outputs == low).float().mean()) - 0.3) < 4 * np.sqrt(0.21 / 1e5)
    assert len(outputs.unique()) == 2


def test_gaussian_draws_are_normal() -> None:
    for layer in (GaussianNoise(1.0), GaussianNoise(1.0, seed=5)):
        noise = layer(torch.zeros(100, 1000), training=True)
        assert abs(float((noise**3).mean())) < 0.05
        assert float((noise**4).mean()) == pytest.approx(3, rel=0.05)
        assert abs(float((noise.abs() < 1).float().mean()) - 0.6827) < 0.006


# Seeds.

SEEDED: list[Any] = [
    lambda seed: Dropout(0.5, seed=seed),
    lambda seed: Dropout(0.5, noise_shape=(None, 1, None), seed=seed),
    lambda seed: SpatialDropout1D(0.5, seed=seed),
    lambda seed: GaussianNoise(0.5, seed=seed),
    lambda seed: GaussianDropout(0.5, seed=seed),
    lambda seed: AlphaDropout(0.5, seed=seed),
    lambda seed: LSTM(6, dropout=0.5, return_sequences=True, seed=seed, **FIXED),
    lambda seed: GRU(6, recurrent_dropout=0.5, return_sequences=True, seed=seed, **FIXED),
]  # fmt: skip
FIXED = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
X = torch.linspace(-1, 1, 96).reshape(4, 4, 6)


def _drawn(layer: Any, times: int = 1) -> Any:
    return torch.stack([layer(X, training=True).detach() for _ in range(times)])


@pytest.mark.parametrize("make", SEEDED)
def test_a_seed_gives_the_same_again_and_goes_on(make: Any) -> None:
    first, again, other = _drawn(make(3), 2), _drawn(make(3), 2), _drawn(make(4), 2)
    assert torch.equal(first, again)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, other)
    assert not torch.equal(_drawn(make(None), 2), _drawn(make(None), 2))


@pytest.mark.parametrize("make", SEEDED)
def test_a_seed_survives_the_config(make: Any) -> None:
    with in_era("3"):
        layer = make(3)
        again = type(layer).from_config(layer.get_config())
        assert torch.equal(_drawn(layer, 2), _drawn(again, 2))


@pytest.mark.parametrize("make", SEEDED[:6])
def test_the_seed_of_tf_keras_repeats_layers_without_one(make: Any) -> None:
    def drawn() -> Any:
        set_random_seed(7)
        return _drawn(make(None), 2)

    first = drawn()
    assert torch.equal(first, drawn())


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3"])
def test_numpys_seed_repeats_a_training_run_up_to_keras_2_3(era: str) -> None:
    def trained() -> Any:
        np.random.seed(7)
        model = Sequential([Dense(8, input_shape=(6,)), Dropout(0.5), Dense(1)])
        model.compile("sgd", "mse")
        losses = [
            model.train_on_batch(X.reshape(16, 6).numpy(), np.ones((16, 1))) for _ in range(3)
        ]
        return losses, model.get_weights()

    with in_era(era):
        (losses, weights), (again, same) = trained(), trained()
    assert losses == again
    for one, other in zip(weights, same, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_seeded_model_lowers_and_copies() -> None:
    symbol = Input((4, 6))
    model = Model(symbol, Dropout(0.5, seed=3)(symbol))
    model.train()
    first = model.network.predict(X)[0]
    assert torch.equal(first, Dropout(0.5, seed=3)(X, training=True))
    twin = copy.deepcopy(model)
    assert torch.equal(model.network.predict(X)[0], twin.network.predict(X)[0])
