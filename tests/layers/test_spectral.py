"""SpectralNormalization: the largest singular value of a kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS
from kshim.layers.convolution import Conv2D
from kshim.layers.core import Activation, Dense, Input
from kshim.layers.embeddings import Embedding
from kshim.layers.spectral import SpectralNormalization
from kshim.models.sequential import Sequential

# Recorded from tf.keras 2.15.1, eagerly: Conv2D(3, 2) with power_iterations=2 on normal inputs,
# weights drawn by RandomState(1): the sums of the outputs, and of the kernel, after each call.
TOLD = [(73.283134, -2.0131042), (52.543797, -0.69944715), (49.197044, -0.48745924)]
VECTOR = [0.6011604, -0.27953497, -0.748643]


def test_training_steps_are_those_of_tf_keras() -> None:
    x = np.random.RandomState(0).normal(size=(2, 5, 6, 4)).astype("float32")
    layer = SpectralNormalization(Conv2D(3, 2), power_iterations=2)
    layer(x)
    stream = np.random.RandomState(1)
    layer.set_weights([stream.normal(size=it.shape).astype("f") for it in layer.get_weights()])
    for training, (outputs, kernel) in zip((False, True, True), TOLD, strict=True):
        np.testing.assert_allclose(layer(x, training=training).detach().sum(), outputs, rtol=1e-5)
        np.testing.assert_allclose(layer.get_weights()[0].sum(), kernel, rtol=1e-5)
    np.testing.assert_allclose(layer.get_weights()[2][0], VECTOR, rtol=1e-5)


def test_the_largest_singular_value_becomes_1() -> None:
    layer = SpectralNormalization(Dense(3), power_iterations=30)
    layer(torch.randn(2, 4), training=True)
    values = np.linalg.svd(layer.get_weights()[0], compute_uv=False)
    np.testing.assert_allclose(values[0], 1, rtol=1e-4)


def test_nothing_changes_at_rest() -> None:
    layer = SpectralNormalization(Embedding(5, 3))
    layer(torch.tensor([[1, 2]]), training=False)
    before = layer.get_weights()
    layer(torch.tensor([[1, 2]]), training=False)
    for one, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_fit_normalises_at_each_batch() -> None:
    model = Sequential([SpectralNormalization(Dense(3), power_iterations=20, input_shape=(4,))])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    model.fit(x, np.zeros((8, 3), "float32"), batch_size=4, epochs=3, verbose=0)
    values = np.linalg.svd(model.get_weights()[0], compute_uv=False)
    assert 0.5 < values[0] < 1.1


@pytest.mark.parametrize(("era", "places"), [("2.15", [2, 2, 1]), ("3", [2, 2, 1])])
def test_weights_stand_in_the_eras_order(era: str, places: list[int]) -> None:
    with in_era(era):
        layer = SpectralNormalization(Dense(3))
        layer(Input((4,)))
        names = [weight.key for weight in layer.weights]
    told = ["kernel", "bias", "vector_u"] if era == "2.15" else ["kernel", "vector_u", "bias"]
    assert names == told
    assert sorted(len(weight.shape) for weight in layer.weights) == sorted(places)


def test_a_layer_without_a_kernel_is_refused() -> None:
    layer: Any = SpectralNormalization(Activation("relu"))
    with pytest.raises(ArgumentError, match="layer must be a layer with a kernel or embeddings"):
        layer(Input((4,)))


def test_power_iterations_must_be_positive() -> None:
    with pytest.raises(ArgumentError, match="power_iterations must be a whole number of at"):
        SpectralNormalization(Dense(3), 0)


def test_config_makes_the_same_layer() -> None:
    layer = SpectralNormalization(Dense(3), 2)
    again = LAYERS.make({"class_name": "SpectralNormalization", "config": layer.get_config()})
    assert again.get_config() == layer.get_config()
