"""Resizing: each way's rule by hand (the numbers of TensorFlow: tests/test_conformance.py)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.nn.resampling import CenterCrop, Resize, SmoothResize

WAYS = ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian",
        "mitchellcubic")  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_an_image_of_one_colour_keeps_it(way: str) -> None:
    outputs = Resize(7, 2, way)(torch.full((2, 3, 4, 5), 0.5))
    torch.testing.assert_close(outputs, torch.full((2, 3, 7, 2), 0.5))


@pytest.mark.parametrize("way", ["nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"])
def test_the_same_size_changes_nothing(way: str) -> None:
    inputs = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(Resize(4, 5, way)(inputs), inputs, atol=1e-6, rtol=1e-5)


def test_area_means_the_cells_it_covers() -> None:
    inputs = torch.arange(6.0).reshape(1, 1, 1, 6)
    assert Resize(1, 2, "area")(inputs).flatten().tolist() == [1.0, 4.0]
    torch.testing.assert_close(
        Resize(1, 4, "area")(inputs).flatten(), torch.tensor([1 / 3, 5 / 3, 10 / 3, 14 / 3])
    )


def test_bilinear_stands_at_the_centres_of_cells() -> None:
    inputs = torch.tensor([0.0, 4.0]).reshape(1, 1, 1, 2)
    assert Resize(1, 4)(inputs).flatten().tolist() == [0.0, 1.0, 3.0, 4.0]


def test_nearest_keeps_whole_numbers() -> None:
    inputs = torch.arange(4, dtype=torch.uint8).reshape(1, 1, 2, 2)
    outputs = Resize(2, 4, "nearest")(inputs)
    assert outputs.dtype == torch.uint8
    assert outputs[0, 0].tolist() == [[0, 0, 1, 1], [2, 2, 3, 3]]


@pytest.mark.parametrize(
    ("aspect", "shown"), [("crop", [1.0, 2.0]), ("stretch", [0.5, 2.5]), ("pad", [0.5, 2.5])]
)
def test_aspect_says_what_becomes_of_the_longer_side(aspect: str, shown: list[float]) -> None:
    inputs = torch.arange(4.0).expand(1, 1, 2, 4)
    outputs = Resize(2, 2, aspect=aspect, fill_value=9.0)(inputs)
    row = outputs[0, 0, 0]
    expected = torch.tensor(shown if aspect != "pad" else [4.75, 5.75])
    torch.testing.assert_close(row, expected)


def test_antialias_takes_all_pixels_into_account() -> None:
    inputs = torch.eye(8).reshape(1, 1, 8, 8)
    rough, smooth = SmoothResize(1, 1)(inputs), SmoothResize(1, 1, antialias=True)(inputs)
    assert float(rough) == 0.5  # of the four pixels in the middle
    assert 0 < float(smooth) < 0.25


@pytest.mark.parametrize(
    ("size", "expected"), [((2, 2), [[5, 6], [9, 10]]), ((1, 4), [[4, 5, 6, 7]])]
)
def test_center_crop_takes_the_middle(size: Any, expected: Any) -> None:
    inputs = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert CenterCrop(*size)(inputs)[0, 0].tolist() == expected


def test_center_crop_enlarges_what_is_too_small() -> None:
    assert CenterCrop(5, 3)(torch.ones(1, 1, 4, 4)).shape == (1, 1, 5, 3)


@pytest.mark.parametrize("module", [Resize(3, 6, "lanczos3"), Resize(3, 6, "nearest"),
                                    Resize(2, 2, aspect="crop"), CenterCrop(2, 3)])  # fmt: skip
def test_onnx_computes_the_same(module: Any, export: Any) -> None:
    inputs = torch.randn(2, 3, 4, 5)
    _, run = export(module, (inputs,))
    np.testing.assert_allclose(run(inputs.numpy())[0], module(inputs), rtol=1e-4, atol=1e-5)
