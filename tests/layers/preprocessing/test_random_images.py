"""What all random layers of images of Keras 3 promise, and how labels and masks go along."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers
from kshim.core.eras import in_era
from kshim.core.settings import in_phase
from kshim.errors import KshimError, NotSupported, ShapeError, UnexpectedArgument
from kshim.layers import Input
from kshim.models.model import Model

STRONG: dict[str, dict[str, Any]] = {
    "AugMix": {"factor": (0.5, 1.0)},
    "CutMix": {},
    "MixUp": {"alpha": 1.0},
    "RandAugment": {"factor": (0.5, 1.0)},
    "RandomColorDegeneration": {"factor": 0.9},
    "RandomColorJitter": {"brightness_factor": 0.5, "contrast_factor": 0.5, "hue_factor": 0.5},
    "RandomElasticTransform": {"factor": (1.0, 1.0)},
    "RandomErasing": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomHue": {"factor": 0.9},
    "RandomInvert": {},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": (1, 6)},
    "RandomSaturation": {"factor": (0.1, 0.9)},
    "RandomSharpness": {"factor": 1.0},
    "RandomShear": {"x_factor": 0.8},
    "Solarization": {"threshold_factor": 0.9},
}
STEADY = ("AutoContrast", "Equalization", "ContrastLimitedAdaptiveHistogramEqualization")


def make(name: str, **more: Any) -> Any:
    with in_era("3"):
        return getattr(layers, name)(**STRONG.get(name, {}), **more)


def pictures(count: int = 6) -> torch.Tensor:
    return torch.rand(count, 9, 8, 3, generator=torch.Generator().manual_seed(1)) * 255


@pytest.mark.parametrize("name", STRONG)
def test_at_rest_images_pass_and_whole_numbers_become_floats(name: str) -> None:
    layer, values = make(name), pictures()
    assert torch.equal(layer(values, training=False), values)
    with in_phase(False):
        assert torch.equal(layer(values), values)
    whole = layer(values.to(torch.uint8), training=False)
    assert whole.dtype is torch.float32 and torch.equal(whole, values.floor())


@pytest.mark.parametrize("name", STRONG)
def test_a_seed_gives_the_same_images_again(name: str) -> None:
    values, state = pictures(), torch.get_rng_state()
    first, again, other = make(name, seed=3), make(name, seed=3), make(name, seed=4)
    runs = [[layer(values) for _ in range(4)] for layer in (first, again, other)]
    assert torch.equal(torch.get_rng_state(), state)
    assert all(map(torch.equal, runs[0], runs[1]))
    assert not all(map(torch.equal, runs[0], runs[2]))
    assert not all(torch.equal(run, runs[0][0]) for run in runs[0])
    with in_era("3"):
        rebuilt = type(first).from_config(first.get_config())
    assert rebuilt.get_config() == first.get_config()
    assert torch.equal(rebuilt(values), runs[0][0])


@pytest.mark.parametrize("name", [*STRONG, *STEADY])
def test_each_format_and_an_image_by_itself_meet_the_same_fate(name: str) -> None:
    values, seed = pictures(), {} if name in STEADY else {"seed": 5}
    last, first = make(name, **seed), make(name, data_format="channels_first", **seed)
    turned = first(values.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    if name != "AutoContrast":  # which, in Keras, stretches columns where channels are first
        torch.testing.assert_close(last(values), turned, rtol=1e-5, atol=1e-3)
    one, many = make(name, **seed), make(name, **seed)
    torch.testing.assert_close(one(values[0]), many(values[:1])[0], rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("name", STRONG)
def test_each_training_run_of_a_lowered_model_draws_anew(name: str) -> None:
    symbol = Input((9, 8, 3))
    model = Model(symbol, make(name)(symbol))
    assert model.network.own_layers == [] and model.output_shape == (None, 9, 8, 3)
    values = pictures()
    with model.network.in_mode(True):
        runs = [model.network.predict(values)[0] for _ in range(5)]
    assert not all(torch.equal(run, runs[0]) for run in runs)
    assert torch.equal(model.network.predict(values)[0], values)


CHANCES = {
    "RandomInvert": {}, "RandomErasing": {"fill_value": -9.0, "value_range": (-9, 255)},
    "RandomGaussianBlur": {}, "RandomPerspective": {}, "RandomElasticTransform": {},
}  # fmt: skip


@pytest.mark.parametrize("name", CHANCES)
@pytest.mark.parametrize(("factor", "rate"), [(1.0, 0.5), (0.4, 0.2), ((0.6, 1.0), 0.8)])
def test_a_chance_is_drawn_between_its_limits(name: str, factor: Any, rate: float) -> None:
    with in_era("3"):
        layer = getattr(layers, name)(factor=factor, seed=1, **CHANCES[name])
    values = torch.rand(2000, 8, 8, 1, generator=torch.Generator().manual_seed(1)) * 200 + 20
    changed = (layer(values, training=True) != values).flatten(1).any(1).float().mean()
    assert abs(float(changed) - rate) < 0.04


def test_gray_images_are_as_many_as_asked() -> None:
    values = pictures(1).expand(3000, 9, 8, 3)
    with in_era("3"):
        made = layers.RandomGrayscale(0.3, seed=1)(values, training=True)
    gray = (made[..., 0] == made[..., 1]).flatten(1).all(1).float().mean()
    assert abs(float(gray) - 0.3) < 0.03


def test_bits_are_drawn_from_the_fewest_to_below_the_most() -> None:
    values = torch.full((2000, 1, 1, 1), 255.0)
    kept = make("RandomPosterization", seed=1)(values, training=True)
    told = {256 - 2 ** (8 - bits) for bits in range(1, 6)}
    assert set(kept.flatten().tolist()) == told


def test_hues_turn_one_way_as_often_as_the_other() -> None:
    red = torch.tensor([255.0, 0.0, 0.0]).expand(3000, 1, 1, 3)
    with in_era("3"):
        made = layers.RandomHue((0.5, 0.5), seed=1)(red, training=True)
    greener = (made[..., 1] > 0).float().mean()
    assert abs(float(greener) - 0.5) < 0.03


# A dict of images and what belongs to them.


@pytest.mark.parametrize("training", [True, False])
def test_labels_and_masks_of_a_dict_follow_their_images(training: bool) -> None:
    values = torch.arange(20.0).reshape(20, 1, 1, 1).expand(20, 4, 6, 1).clone()
    values[:, :, :3] += 100
    data = {"images": values, "labels": np.arange(20), "segmentation_masks": (values > 90).float()}
    with in_era("3"):
        made = layers.RandomFlip("horizontal", seed=1)(data, training=training)
    flipped = made["images"][:, 0, 0, 0] < 90
    assert torch.equal(made["segmentation_masks"], (made["images"] > 90).float())
    assert made["labels"].tolist() == list(range(20))
    assert bool(flipped.any()) == training and not flipped.all()


@pytest.mark.parametrize("name", ["RandomRotation", "RandomShear", "RandomPerspective"])
def test_masks_of_warped_images_keep_their_values(name: str) -> None:
    words = {"RandomRotation": {"factor": 0.3}}.get(name, STRONG.get(name, {}))
    masks = torch.randint(0, 4, (6, 9, 8, 1)).float()
    with in_era("3"):
        layer = getattr(layers, name)(**words, seed=1)
    made = layer({"images": pictures(), "segmentation_masks": masks}, training=True)
    assert set(made["segmentation_masks"].unique().tolist()) <= {0.0, 1.0, 2.0, 3.0}
    assert not torch.equal(made["segmentation_masks"], masks)


def test_one_image_of_a_dict_comes_back_by_itself() -> None:
    data = {"images": pictures()[0], "labels": 3, "segmentation_masks": pictures()[1, :, :, :1]}
    made = make("RandomShear", seed=1)(data)
    assert made["images"].shape == (9, 8, 3) and made["segmentation_masks"].shape == (9, 8, 1)
    assert int(made["labels"]) == 3


def test_boxes_pass_where_nothing_moves_and_are_refused_where_it_does() -> None:
    boxes = {"boxes": np.zeros((6, 2, 4)), "labels": np.zeros((6, 2))}
    data = {"images": pictures(), "bounding_boxes": boxes}
    layer = make("RandomHue", bounding_box_format="xyxy")
    assert layer(data)["bounding_boxes"] is boxes
    assert layer.get_config()["bounding_box_format"] == "xyxy"
    with pytest.raises(NotSupported, match=r"RandomShear '\w+': bounding_boxes are not moved"):
        make("RandomShear")(data)
    for name in ("CutMix", "MixUp"):
        with pytest.raises(NotSupported, match="bounding_boxes are not mixed"):
            make(name)(data)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: make("RandomHue")(torch.ones(2, 5, 6, 4)), ShapeError, "must have 3 channels"),
        (lambda: make("RandomGrayscale")(Input((5, 6, 2))), ShapeError, "must have 1 or 3 chan"),
        (lambda: make("RandomInvert")({"image": pictures()}), UnexpectedArgument,
         "got 'image'. Did you mean 'images'?"),
        (lambda: make("RandomInvert")({"labels": [1]}), UnexpectedArgument, "got no images."),
        (lambda: make("RandomInvert")({"images": ["a"]}), KshimError, "images must be an array of"),
        (lambda: make("RandomInvert", bounding_box_format="xyzz"), KshimError,
         "RandomInvert: bounding_box_format must be one of 'xyxy'"),
        (lambda: make("RandomErasing", fill_value=(1, 2, 3))(torch.ones(2, 5, 6, 4)), KshimError,
         "fill_value must be one number"),
        (lambda: make("RandomErasing", fill_value=(1, 2)), KshimError, "fill_value must be a numb"),
        (lambda: make("RandomGaussianBlur", kernel_size=4), KshimError, "kernel_size must be an o"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_sentence(call: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind) as refusal:
        call()
    assert words in str(refusal.value)
