"""LayerScale and StochasticDepth: values, chance, refusals. Their numbers: the ConvNeXts'."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.core import Input
from kshim.layers.residual import LayerScale, StochasticDepth
from kshim.models import Model, load_model

X = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("float32")


def test_channels_are_multiplied_with_learned_numbers() -> None:
    layer = LayerScale(0.5, 4)
    np.testing.assert_array_equal(layer(X).detach(), X / 2)
    scales = np.float32([1, 2, 3, 4])
    layer.set_weights([scales])
    np.testing.assert_array_equal(layer(X).detach(), X * scales)
    assert [weight.trainable for weight in layer.weights] == [True]


@pytest.mark.parametrize(("era", "name"), [("2.15", "s/gamma:0"), ("3", "s/variable:0")])
def test_the_numbers_have_the_name_that_the_era_gives_them(era: str, name: str) -> None:
    with in_era(era):
        layer = LayerScale(0.5, 4, name="s")
        layer(Input((4,)))
        assert layer.weights[0].name == name


def test_channels_that_are_not_as_many_as_said_are_refused() -> None:
    with pytest.raises(ShapeError, match="inputs must have 3 channels"):
        LayerScale(0.5, 3)(Input((5, 4)))


def test_whole_samples_are_left_out_in_training_and_the_rest_is_scaled_up() -> None:
    layer = StochasticDepth(0.25)
    many = np.ones((400, 3, 4), "float32")
    np.testing.assert_array_equal(layer(many), many)
    outputs = layer(many, training=True).numpy()
    assert (outputs == outputs[:, :1, :1]).all()
    np.testing.assert_allclose(np.unique(outputs), [0, 4 / 3], rtol=1e-6)
    assert 0.15 < (outputs[:, 0, 0] == 0).mean() < 0.35


def test_a_share_of_one_is_refused() -> None:
    with pytest.raises(ArgumentError, match="drop_path_rate must be"):
        StochasticDepth(1.0)


def test_both_go_through_an_archive(tmp_path: Path) -> None:
    entrance = Input((5, 4))
    model = Model(entrance, StochasticDepth(0.25)(LayerScale(0.5, 4)(entrance)))
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert [layer.get_config() for layer in again.layers] == [
        layer.get_config() for layer in model.layers
    ]
    np.testing.assert_array_equal(again.predict(X[0]), model.predict(X[0]))
