"""Separable and depthwise convolutions: weights, what is refused, configs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.errors import ArgumentError, ShapeError
from kshim.layers import DepthwiseConv2D, Input, SeparableConv1D, SeparableConv2D
from kshim.layers.base import LAYERS


def test_each_kernel_has_its_own_initializer_regularizer_and_constraint() -> None:
    layer = SeparableConv2D(
        5, (3, 2), depthwise_initializer="ones", pointwise_initializer="zeros",
        depthwise_regularizer="l2", pointwise_constraint="non_neg",
    )  # fmt: skip
    layer(Input((6, 7, 3)))
    depthwise, pointwise, _ = layer.weights
    assert np.all(depthwise.numpy() == 1)
    assert np.all(pointwise.numpy() == 0)
    assert (depthwise.regularizer is not None, pointwise.regularizer) == (True, None)
    assert (depthwise.constraint, pointwise.constraint is not None) == (None, True)


def test_weights_read_back_as_they_were_written() -> None:
    layer = DepthwiseConv2D((3, 2), depth_multiplier=4)
    layer(Input((6, 7, 5)))
    values = [np.random.rand(3, 2, 5, 4).astype("f4"), np.random.rand(20).astype("f4")]
    layer.set_weights(values)
    for found, told in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(found, told)


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 0}, "depth_multiplier must be"),
        (SeparableConv2D, {"filters": -1, "kernel_size": 3}, "SeparableConv2D: filters must be"),
        (SeparableConv1D, {"filters": 1, "kernel_size": (3, 3)}, "kernel_size must be"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(
    kind: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        kind(**arguments)
    assert words in str(refusal.value)


def test_inputs_of_another_rank_are_refused() -> None:
    with pytest.raises(ShapeError, match="inputs must have 4 axes"):
        SeparableConv2D(2, 3)(Input((5, 3)))


@pytest.mark.parametrize(
    "layer", [SeparableConv1D(4, 3, padding="same"), DepthwiseConv2D(2, depth_multiplier=2)]
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()
