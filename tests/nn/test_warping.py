"""Warping: what TensorFlow shows beyond the edges (tools/recording/warps.py)."""

from __future__ import annotations

import json
import math
import zlib

import numpy as np
import pytest
import torch
from torch import Tensor

from kshim.nn.warping import rotations, translations, warped, zooms
from tests.recorded import RECORDED

TOLD = json.loads((RECORDED / "tf.keras-2.15.0" / "warps.json").read_text())


def images() -> Tensor:
    """Return the images that were recorded: three, of one channel."""
    stream = np.random.RandomState(zlib.crc32(b"warps/images"))
    values = stream.normal(size=(3, 4, 5, 1)).astype(np.float32)
    return torch.from_numpy(values).permute(0, 3, 1, 2)


def transforms() -> Tensor:
    """Return the transforms that were recorded, ten for each image."""
    moves = np.random.RandomState(zlib.crc32(b"warps/transforms")).normal(size=(10, 3, 8))
    moves = moves * [0.4, 0.4, 4, 0.4, 0.4, 4, 0, 0] + [1, 0, 0, 0, 1, 0, 0, 0]
    return torch.from_numpy(moves.astype(np.float32))[..., :6]


@pytest.mark.parametrize("name", TOLD["warps"])
def test_every_filling_shows_what_tensorflow_shows(name: str) -> None:
    fill_mode, interpolation = name.lower().split("_")
    for moves, told in zip(transforms(), TOLD["warps"][name], strict=True):
        shown = warped(images(), moves, fill_mode, interpolation, 0.7)
        np.testing.assert_allclose(shown.flatten(), told, rtol=1e-5, atol=2e-6)


def test_a_quarter_turn_is_counterclockwise() -> None:
    image = torch.arange(9.0).reshape(1, 1, 3, 3)
    turned = warped(image, rotations(torch.tensor([math.pi / 2]), 3, 3))
    torch.testing.assert_close(turned, torch.rot90(image, 1, (2, 3)), atol=1e-5, rtol=0)


def test_a_translation_moves_down_and_right() -> None:
    image = torch.arange(6.0).reshape(1, 1, 2, 3)
    moved = warped(image, translations(torch.tensor([1.0]), torch.tensor([1.0])), "constant")
    assert moved[0, 0].tolist() == [[0, 0, 0], [0, 0, 1]]


def test_a_zoom_of_one_changes_nothing() -> None:
    image = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(warped(image, zooms(torch.ones(2), torch.ones(2), 4, 5)), image)


@pytest.mark.parametrize("fill_mode", ["reflect", "wrap", "nearest"])
def test_an_image_of_one_pixel_fills_everything_with_it(fill_mode: str) -> None:
    image = torch.full((1, 1, 1, 1), 0.3)
    moved = warped(image, translations(torch.tensor([2.5]), torch.tensor([-7.0])), fill_mode)
    assert float(moved) == pytest.approx(0.3)
