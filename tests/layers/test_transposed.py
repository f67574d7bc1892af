"""Transposed convolutions: every output size at once, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from kshim.errors import ArgumentError, ShapeError
from kshim.layers import Conv1DTranspose, Conv2DTranspose, Deconvolution2D, Input
from kshim.layers.base import LAYERS


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_the_declared_size_comes_out(kernel: int, stride: int, padding: str) -> None:
    for more in (None, *range(stride)):
        layer = Conv1DTranspose(
            2, kernel, strides=stride, padding=padding, output_padding=more, dilation_rate=1
        )
        shape = layer.compute_output_shape((2, 6, 3))
        assert tuple(layer(torch.ones(2, 6, 3)).shape) == shape
        told = 6 * stride if padding == "same" else 6 * stride + max(kernel - stride, 0)
        assert more is not None or shape == (2, told, 2)


def test_an_output_padding_as_large_as_the_stride_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"output_padding must be less than the strides"):
        Conv2DTranspose(2, 3, strides=(2, 3), output_padding=(2, 1))


def test_groups_are_refused() -> None:
    with pytest.raises(ArgumentError, match="Conv2DTranspose: groups must be one of 1, got 2"):
        Conv2DTranspose(2, 3, groups=2)


def test_inputs_of_another_rank_are_refused() -> None:
    with pytest.raises(ShapeError, match="inputs must have 4 axes"):
        Conv2DTranspose(2, 3)(Input((5, 3)))


@pytest.mark.parametrize(
    "layer", [Deconvolution2D(2, 3, strides=2, padding="same", output_padding=1)]
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()
