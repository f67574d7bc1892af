"""Random image layers: what real Keras makes of them where chance has no choice; training only."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers
from kshim.core.eras import in_era
from kshim.core.settings import in_phase
from kshim.errors import ArgumentError
from kshim.layers import Input
from kshim.models.model import Model
from kshim.models.sequential import Sequential
from tests.nn.test_warping import images
from tests.recorded import RECORDED

TOLD = json.loads((RECORDED / "tf.keras-2.15.0" / "warps.json").read_text())["augmentations"]
ALL: list[Any] = [
    lambda **w: layers.RandomFlip(**w), lambda **w: layers.RandomRotation(0.2, **w),
    lambda **w: layers.RandomZoom(0.3, **w), lambda **w: layers.RandomTranslation(0.3, 0.2, **w),
    lambda **w: layers.RandomContrast(0.5, **w), lambda **w: layers.RandomBrightness(0.3, **w),
    lambda **w: layers.RandomHeight(0.5, **w), lambda **w: layers.RandomWidth(0.5, **w),
    lambda **w: layers.RandomCrop(3, 4, **w),
]  # fmt: skip
PASSING = ALL[:-1]


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case["class_name"])
def test_limits_that_leave_no_choice_give_what_keras_gives(case: Any) -> None:
    words = {k: tuple(v) if isinstance(v, list) else v for k, v in case["arguments"].items()}
    outputs = getattr(layers, case["class_name"])(**words)(
        images().permute(0, 2, 3, 1), training=True
    )
    np.testing.assert_allclose(outputs.flatten(), case["output"], rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("make", PASSING)
def test_at_rest_images_pass(make: Any) -> None:
    values = torch.rand(2, 5, 6, 3) * 255
    torch.testing.assert_close(make()(values, training=False), values)
    with in_phase(False):
        torch.testing.assert_close(make()(values), values)


@pytest.mark.parametrize("make", ALL)
def test_called_by_itself_a_layer_trains(make: Any) -> None:
    values = torch.rand(4, 5, 60, 3) * 255
    layer, same = make(seed=3), make(seed=3)
    torch.testing.assert_close(layer(values), same(values, training=True))


@pytest.mark.parametrize("make", ALL)
def test_each_training_run_of_a_lowered_model_draws_anew(make: Any) -> None:
    symbol = Input((5, 60, 3))
    model = Model(symbol, make()(symbol))
    assert model.network.own_layers == []
    values = torch.rand(8, 5, 60, 3) * 255
    with model.network.in_mode(True):
        runs = [model.network.predict(values)[0] for _ in range(4)]
    assert any(run.shape != runs[0].shape or not torch.equal(run, runs[0]) for run in runs)
    rested = model.network.predict(values)[0]
    assert torch.equal(rested, model.network.predict(values)[0])


@pytest.mark.parametrize("make", ALL)
def test_config_makes_the_same_layer(make: Any) -> None:
    layer = make(seed=4)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    values = torch.rand(4, 5, 6, 3) * 255
    torch.testing.assert_close(again(values), make(seed=4)(values))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.RandomFlip("sideways"), "RandomFlip: mode must be one of 'horizontal'"),
        (lambda: layers.RandomRotation((0.2, 0.1)), "RandomRotation: factor must be a number or"),
        (lambda: layers.RandomRotation(0.1, "mirror"), "RandomRotation: fill_mode must be one of"),
        (lambda: layers.RandomZoom(1.5), "RandomZoom: height_factor must be a number between"),
        (lambda: layers.RandomTranslation(0.1, (0, 2)), "width_factor must be a number between"),
        (lambda: layers.RandomContrast(-0.1), "RandomContrast: factor must be a number between"),
        (lambda: layers.RandomBrightness((1, 2, 3)), "RandomBrightness: factor must be a number"),
        (lambda: layers.RandomCrop(0, 2), "RandomCrop: height must be a whole number of at least"),
        (lambda: layers.RandomHeight(-1.5), "RandomHeight: factor must be a number of at least"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(make: Any, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        make()
    assert words in str(refusal.value)


def test_sizes_are_told() -> None:
    symbol = Input((5, 6, 3))
    assert tuple(layers.RandomHeight(0.2)(symbol).shape) == (None, None, 6, 3)
    assert tuple(layers.RandomWidth(0.2)(symbol).shape) == (None, 5, None, 3)
    assert tuple(layers.RandomCrop(2, 3)(symbol).shape) == (None, 2, 3, 3)
    assert tuple(layers.RandomRotation(0.2)(symbol).shape) == (None, 5, 6, 3)


def test_one_number_of_contrast_only_rises_in_keras_3() -> None:
    values = torch.tensor([90.0, 110.0]).reshape(1, 1, 2, 1).expand(200, 1, 2, 1)
    with in_era("3"):
        factors = (layers.RandomContrast(0.5)(values)[:, 0, 1, 0] - 100) / 10
    assert float(factors.min()) >= 1 and len(factors.unique()) > 1
    both = [float(layers.RandomContrast(0.5)(values)[0, 0, 1, 0]) for _ in range(50)]
    assert min(both) < 110 < max(both)


def test_the_second_place_is_the_seed_in_tf_keras_and_the_range_in_keras_3() -> None:
    assert layers.RandomContrast(0.1, 7).seed == 7
    with in_era("3"):
        assert layers.RandomContrast(0.1, (0, 1)).value_range == (0, 1)


@pytest.mark.parametrize("era", ["2.15", "3"])
def test_a_model_called_by_itself_changes_images_and_drops_nothing(era: str) -> None:
    # As tf.keras 2.15 and Keras 3 do: layers of images train unless told not to, Dropout does not.
    values = torch.rand(64, 4, 5, 3)
    with in_era(era):
        models = [
            Sequential([layers.RandomFlip("horizontal"), layers.Dropout(0.9)]),
            Model(symbol := Input((4, 5, 3)), layers.RandomFlip("horizontal")(symbol)),
        ]
        for model in models:
            made = model(values)
            assert not torch.equal(made, values)
            torch.testing.assert_close(made.sum(), values.sum())
            assert torch.equal(model(values, training=False), values)
            np.testing.assert_array_equal(model.predict(values, verbose=0), values)
            with in_phase(False):
                assert torch.equal(model(values), values)
            assert torch.equal(model.eval()(values), values)
            assert not torch.equal(model.train()(values), values)
