"""Augmentation: the right ranges, a seed that repeats, nothing at rest."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from kshim.nn import augmentation as a

MODULES: list[Any] = [
    lambda seed: a.RandomFlip(True, True, seed),
    lambda seed: a.RandomRotation((-0.2, 0.2), seed=seed),
    lambda seed: a.RandomZoom((-0.5, 0.5), (-0.5, 0.5), seed=seed),
    lambda seed: a.RandomTranslation((-0.5, 0.5), (-0.5, 0.5), seed=seed),
    lambda seed: a.RandomCrop(2, 3, seed),
    lambda seed: a.RandomContrast((0.2, 1.8), (-9, 9), seed),
    lambda seed: a.RandomBrightness((-0.5, 0.5), (-1, 1), seed),
    lambda seed: a.RandomSize(-1, (-0.5, 0.5), seed=seed),
]


@pytest.mark.parametrize("make", MODULES)
def test_a_seed_gives_the_same_images_and_then_others(make: Any) -> None:
    images = torch.randn(4, 2, 5, 40)
    one, other = make(3), make(3)
    first, second = one(images), one(images)
    assert torch.equal(first, other(images))
    assert first.shape != second.shape or not torch.equal(first, second)
    twin = copy.deepcopy(one)
    assert torch.equal(one(images), twin(images))


@pytest.mark.parametrize("make", MODULES)
def test_without_a_seed_torch_draws(make: Any) -> None:
    images = torch.randn(4, 2, 5, 40)
    torch.manual_seed(5)
    first = make(None)(images)
    torch.manual_seed(5)
    assert torch.equal(first, make(None)(images))


@pytest.mark.parametrize("make", [m for m in MODULES if not isinstance(m(1), a.RandomCrop)])
def test_at_rest_images_pass(make: Any) -> None:
    images = torch.randn(4, 2, 5, 6)
    assert torch.equal(make(None).eval()(images), images)


def test_flips_take_half_of_the_images_in_each_direction_by_itself() -> None:
    images = torch.arange(4.0).reshape(1, 1, 2, 2).expand(4000, 1, 2, 2)
    corners = a.RandomFlip(True, True)(images)[:, 0, 0, 0]
    shares = torch.bincount(corners.long(), minlength=4) / 4000
    assert bool(((shares - 0.25).abs() < 0.04).all())


def test_one_draw_for_both_directions_turns_images_round() -> None:
    images = torch.arange(4.0).reshape(1, 1, 2, 2).expand(100, 1, 2, 2)
    corners = a.RandomFlip(True, True, together=True)(images)[:, 0, 0, 0]
    assert set(corners.tolist()) == {0.0, 3.0}


def test_brightness_is_spread_evenly_over_its_range() -> None:
    lit = a.RandomBrightness((-0.1, 0.3), (0, 10))(torch.full((4000, 1, 1, 1), 5.0)).flatten() - 5
    assert -1.0 <= float(lit.min()) < -0.95 and 2.95 < float(lit.max()) <= 3.0
    assert abs(float(lit.mean()) - 1.0) < 0.1
    assert abs(float(lit.std()) - 4 / 12**0.5) < 0.05


def test_brightness_stays_in_the_range_of_values() -> None:
    lit = a.RandomBrightness((-1, 1), (0, 1))(torch.rand(50, 1, 3, 3))
    assert float(lit.min()) >= 0 and float(lit.max()) <= 1


@pytest.mark.parametrize("each", [False, True])
def test_contrast_spreads_about_the_mean_of_each_channel(each: bool) -> None:
    images = torch.tensor([90.0, 110.0]).reshape(1, 1, 1, 2).expand(500, 2, 1, 2)
    spread = a.RandomContrast((0.5, 2.0), each=each)(images)
    factors = (spread[:, :, 0, 1] - 100) / 10
    torch.testing.assert_close(spread.mean(-1), torch.full((500, 2, 1), 100.0))
    assert float(factors.min()) >= 0.5 and float(factors.max()) <= 2.0
    assert (len(factors[:, 0].unique()) > 1) is each


def test_crops_come_from_every_place() -> None:
    images = torch.arange(12.0).reshape(1, 1, 3, 4)
    module = a.RandomCrop(2, 2)
    corners = {float(module(images)[0, 0, 0, 0]) for _ in range(200)}
    assert corners == {0.0, 1.0, 2.0, 4.0, 5.0, 6.0}


def test_crops_at_rest_are_resized_or_pass() -> None:
    images = torch.randn(2, 3, 4, 5)
    assert a.RandomCrop(2, 2).eval()(images).shape == (2, 3, 2, 2)
    assert a.RandomCrop(2, 2, rests=True).eval()(images).shape == (2, 3, 4, 5)
    assert a.RandomCrop(6, 6)(images).shape == (2, 3, 6, 6)


def test_sizes_lie_between_their_limits() -> None:
    images = torch.randn(1, 1, 10, 20)
    sizes = {a.RandomSize(-2, (-0.3, 0.2))(images).shape[2] for _ in range(100)}
    assert sizes == {7, 8, 9, 10, 11}


def test_rotations_are_spread_over_their_range() -> None:
    module = a.RandomRotation((0.1, 0.2))
    cosines = module.transforms(torch.zeros(1000, 1, 3, 3), 3, 3)[:, 0]
    angles = torch.acos(cosines) / (2 * torch.pi)
    assert 0.1 <= float(angles.min()) < 0.102 and 0.198 < float(angles.max()) <= 0.2001


def test_whole_numbers_become_floats() -> None:
    images = torch.zeros(2, 3, 4, 5, dtype=torch.uint8)
    assert a.RandomFlip(True, False).eval()(images).dtype == torch.float32
