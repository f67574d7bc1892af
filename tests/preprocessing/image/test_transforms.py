"""Keras 1's function that moves an image by a matrix, held to Keras 1.2.2 and 2.0.8."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.preprocessing.image import apply_transform, transform_matrix_offset_center

MATRIX = np.array([[0.9, 0.2, 0.5], [-0.1, 1.1, -0.3], [0, 0, 1]])
# What both Kerases print of the image below, rounded, by fill_mode.
RECORDED = {
    "nearest": [
        0.645894, 0.437587, 0.891773, 0.963663, 0.383442, 0.645894, 0.528895, 0.568045, 0.925597,
        0.071036, 0.791725, 0.020218, 0.83262, 0.778157, 0.870012, 0.087129, 0.020218, 0.83262,
        0.778157, 0.870012,
    ],
    "constant": [
        0.3, 0.437587, 0.891773, 0.963663, 0.3, 0.3, 0.528895, 0.568045, 0.925597, 0.3, 0.3,
        0.020218, 0.83262, 0.778157, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3,
    ],
}  # fmt: skip


@pytest.mark.parametrize("fill_mode", RECORDED)
def test_an_image_is_moved_as_keras_moved_it(fill_mode: str) -> None:
    x = np.random.RandomState(0).rand(2, 4, 5)
    found = apply_transform(x, MATRIX, 0, fill_mode, 0.3)
    wanted = np.array(RECORDED[fill_mode])
    # The tenth number comes from column 4, the last, to the last bit: beyond it for older SciPys.
    inside = np.arange(20) != 9 if fill_mode == "constant" else np.full(20, True)
    np.testing.assert_allclose(found[0].ravel()[inside], wanted[inside], atol=1e-6)
    moved = apply_transform(np.moveaxis(x, 0, 2), MATRIX, 2, fill_mode, 0.3)
    np.testing.assert_array_equal(np.moveaxis(moved, 2, 0), found)


def test_a_matrix_acts_about_the_centre_half_a_pixel_past_the_middle() -> None:
    with in_era("1.2"):
        found = transform_matrix_offset_center(MATRIX, 4, 6)
    there, centre = np.eye(3), [2.5, 3.5]
    there[:2, 2] = centre
    np.testing.assert_allclose(found, there @ MATRIX @ np.linalg.inv(there))
