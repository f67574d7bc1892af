"""Numbers recorded from tensorflow 2.15.1."""

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow import image

PICTURE = np.arange(24, dtype="float32").reshape(1, 2, 4, 3) ** 1.3
RESIZED = {
    "bilinear": [
        [0.69519, 7.22089, 16.21063], [13.70145, 22.7706, 33.48627], [26.70772, 38.32031, 50.7619],
    ],
    "nearest": [
        [0.0, 10.27062, 17.39864], [25.28923, 42.84047, 52.34618], [25.28923, 42.84047, 52.34618],
    ],
    "bicubic": [
        [-1.28796, 4.97891, 14.36566], [13.28477, 22.64711, 34.00689],
        [27.8575, 40.31532, 53.64811],
    ],
    "area": [
        [1.04279, 7.22089, 15.61663], [14.22988, 22.7706, 32.79319], [27.41696, 38.32031, 49.96974],
    ],
}  # fmt: skip


@pytest.mark.parametrize("method", RESIZED)
def test_resize_gives_tensorflows_numbers(method: str) -> None:
    found = image.resize(PICTURE, (3, 3), method)
    np.testing.assert_allclose(found[0, :, :, 0], RESIZED[method], rtol=1e-5, atol=1e-5)
    assert image.resize(PICTURE[0], (3, 3), method).shape == (3, 3, 3)
    assert image.resize(PICTURE, (8, 8), method, preserve_aspect_ratio=True).shape == (1, 4, 8, 3)


def test_colours_and_contrast_are_tensorflows() -> None:
    contrast = image.adjust_contrast(PICTURE / 100, 2.0)[0, 0, :, 0]
    np.testing.assert_allclose(
        contrast, [-0.2326456, -0.1492221, -0.0272332, 0.1153272], rtol=1e-4, atol=1e-6
    )
    plain = image.per_image_standardization(PICTURE)[0, 0, :, 0]
    np.testing.assert_allclose(plain, [-1.4134537, -1.1848145, -0.8504779, -0.4597612], rtol=1e-5)
    grey = image.rgb_to_grayscale(PICTURE)[0, 0, :, 0]
    np.testing.assert_allclose(grey, [0.8677009, 5.7294384, 12.1383123, 19.4872723], rtol=1e-5)
    floats = np.array([[[0.0, 0.5, 1.0]]], "float32")
    assert image.convert_image_dtype(floats, torch.uint8).tolist() == [[[0, 127, 255]]]


def test_of_boxes_that_overlap_the_best_is_kept() -> None:
    boxes = [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 2, 1, 3]]
    assert image.non_max_suppression(boxes, [0.9, 0.8, 0.7], 3, 0.5).tolist() == [0, 2]


def test_cutting_and_padding() -> None:
    x = np.arange(12.0).reshape(3, 4, 1)
    assert image.central_crop(x, 0.5)[..., 0].tolist() == [[1, 2], [5, 6], [9, 10]]
    wide = image.resize_with_crop_or_pad(x, 1, 6)[..., 0]
    assert wide.tolist() == [[0, 4, 5, 6, 7, 0]]
    assert image.flip_left_right(x)[0, :, 0].tolist() == [3, 2, 1, 0]
    assert image.flip_up_down(x)[:, 0, 0].tolist() == [8, 4, 0]
    assert image.rot90(x)[:, 0, 0].tolist() == [3, 2, 1, 0]
    assert float(image.total_variation(x)) == 9 + 4 * 8
