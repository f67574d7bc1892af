"""Padding and cropping: the ways to write their ends, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.errors import ArgumentError, ShapeError
from kshim.layers import Cropping1D, Cropping2D, Cropping3D, Input, ZeroPadding1D, ZeroPadding2D
from kshim.layers.base import LAYERS


@pytest.mark.parametrize(
    ("given", "ends"),
    [(2, ((2, 2), (2, 2))), ((1, 2), ((1, 1), (2, 2))), (((1, 0), (2, 3)), ((1, 0), (2, 3)))],
)
def test_ends_may_be_written_in_three_ways(given: Any, ends: Any) -> None:
    values = np.random.default_rng(0).random((2, 3, 4, 5), "float32")
    outputs = ZeroPadding2D(given)(values).numpy()
    np.testing.assert_array_equal(outputs, np.pad(values, ((0, 0), *ends, (0, 0))))


def test_two_numbers_are_start_and_end_of_a_single_axis() -> None:
    assert ZeroPadding1D((1, 3))(Input((4, 2))).shape == (None, 8, 2)
    assert ZeroPadding1D((1, 3)).get_config()["padding"] == [1, 3]


@pytest.mark.parametrize("given", [-1, 1.5, (1, 2, 3), ((1, 2, 3), (1, 2)), "one", None])
def test_bad_ends_are_refused_in_one_sentence(given: Any) -> None:
    with pytest.raises(ArgumentError, match="ZeroPadding2D: padding must be a whole number"):
        ZeroPadding2D(given)


def test_cutting_off_everything_is_refused() -> None:
    with pytest.raises(ShapeError, match="which leave"):
        Cropping1D(2)(Input((4, 3)))


@pytest.mark.parametrize(
    "layer", [ZeroPadding1D(2), Cropping2D(((1, 0), (0, 2))), Cropping3D((1, 0, 2))]
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()
