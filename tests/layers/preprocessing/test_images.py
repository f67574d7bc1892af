"""Image layers: shapes, formats, arguments (numbers: tests/test_conformance.py, tests/nn)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError, UnexpectedArgument
from kshim.layers import CenterCrop, Input, Rescaling, Resizing
from kshim.models.model import Model


def test_rescaling_multiplies_and_adds_for_each_channel() -> None:
    outputs = Rescaling([1, 2, 3], offset=[0.1, 0.2, 0.3])(np.ones((2, 4, 3), np.uint8))
    expected = torch.tensor([1.1, 2.2, 3.3]).expand(2, 4, 3)
    torch.testing.assert_close(outputs, expected)


@pytest.mark.parametrize("kind", [Resizing, CenterCrop])
def test_sizes_are_told_and_true(kind: Any) -> None:
    symbol = Input((5, None, 2))
    outputs = kind(3, 4)(symbol)
    assert tuple(outputs.shape) == (None, 3, 4, 2)
    assert Model(symbol, outputs).predict(np.ones((2, 5, 7, 2), np.float32)).shape == (2, 3, 4, 2)


@pytest.mark.parametrize("kind", [Resizing, CenterCrop])
def test_one_image_without_a_batch_is_taken_by_itself(kind: Any) -> None:
    image = torch.randn(5, 7, 2)
    torch.testing.assert_close(kind(3, 4)(image), kind(3, 4)(image.unsqueeze(0))[0])
    assert kind(3, 4).compute_output_shape((5, 7, 2)) == (3, 4, 2)


def test_keras_3_knows_channels_first() -> None:
    images = torch.randn(2, 5, 7, 3)
    with in_era("3"):
        last = Resizing(3, 4)(images)
        first = Resizing(3, 4, data_format="channels_first")(images.permute(0, 3, 1, 2))
        torch.testing.assert_close(first.permute(0, 2, 3, 1), last)


def test_crop_and_pad_together_are_refused() -> None:
    with pytest.raises(UnexpectedArgument, match="crop_to_aspect_ratio and pad_to_aspect_ratio"):
        Resizing(2, 3, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 3), "Resizing: height must be a whole number of at least 1, got 0."),
        ((2, 3, "bilinaer"), "Did you mean 'bilinear'?"),
        ((2, 3.5), "Resizing: width must be a whole number of at least 1, got 3.5."),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(arguments: Any, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        Resizing(*arguments)
    assert words in str(refusal.value)


def test_images_have_three_or_four_axes() -> None:
    with pytest.raises(ShapeError, match="at least 3 axes, got 2"):
        CenterCrop(2, 2)(Input((4,)))


@pytest.mark.parametrize(
    "layer", [Rescaling(0.5, 1), Rescaling([1.0, 2.0]), Resizing(2, 3, "area"), CenterCrop(2, 3)]
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    images = torch.randn(2, 4, 5, 2)
    again = type(layer).from_config(layer.get_config())
    torch.testing.assert_close(again(images), layer(images))
    assert again.get_config() == layer.get_config()
