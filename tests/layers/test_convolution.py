"""Convolutions: what they refuse, their older names, and what the conformance cases leave out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim.core.arguments import OldWord
from kshim.core.settings import set_image_data_format
from kshim.errors import ArgumentError, ShapeError, UnexpectedArgument
from kshim.layers import Conv1D, Conv2D, Conv3D, Convolution2D, Input
from kshim.layers.base import LAYERS

REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (Conv2D, {"filters": 0, "kernel_size": 3}, "Conv2D: filters must be a whole number of at l"),
    (Conv2D, {"filters": 2.5, "kernel_size": 3}, "Conv2D: filters must be a whole number"),
    (Conv2D, {"filters": 2, "kernel_size": (3, 3, 3)}, "Conv2D: kernel_size must be a whole num"),
    (Conv1D, {"filters": 2, "kernel_size": "wide"}, "Conv1D: kernel_size must be"),
    (Conv3D, {"filters": 2, "kernel_size": 3, "strides": 0}, "Conv3D: strides must be"),
    (Conv2D, {"filters": 2, "kernel_size": 3, "padding": "smae"}, "Did you mean 'same'"),
    (Conv2D, {"filters": 2, "kernel_size": 3, "padding": "causal"}, "padding must be one of 'va"),
    (Conv2D, {"filters": 2, "kernel_size": 3, "data_format": "NHWC"}, "data_format must be one "),
    (Conv2D, {"filters": 2, "kernel_size": 3, "activation": "rellu"}, "Did you mean 'relu'"),
]


@pytest.mark.parametrize(("kind", "arguments", "words"), REFUSED)
def test_bad_arguments_are_refused_in_one_sentence(
    kind: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        kind(**arguments)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_unknown_keyword_names_the_nearest() -> None:
    with pytest.raises(UnexpectedArgument, match="Did you mean 'kernel_size'"):
        Conv2D(2, kernel_sise=3)


def test_missing_kernel_size_is_named() -> None:
    with pytest.raises(UnexpectedArgument, match="Conv2D: kernel_size must be given"):
        Conv2D(2)


def test_inputs_of_another_rank_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"'c': inputs must have 4 axes .* got 3"):
        Conv2D(2, 3, name="c")(Input((5, 3)))


def test_inputs_smaller_than_the_kernel_are_refused() -> None:
    with pytest.raises(ShapeError, match="at least as large as the window"):
        Conv2D(2, 3)(Input((2, 5, 3)))


def test_unknown_channels_are_refused() -> None:
    with pytest.raises(ShapeError, match="axis -1 of the inputs must be known"):
        Conv2D(2, 3)(Input((5, 5, None)))


def test_groups_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ShapeError, match="groups must divide the 3 channels"):
        Conv2D(4, 3, groups=2)(Input((5, 6, 3)))


def test_other_channels_at_the_second_call_are_refused() -> None:
    layer = Conv2D(2, 3, name="c")
    layer(Input((5, 6, 3)))
    with pytest.raises(ShapeError, match="'c': inputs must have size 3 on axis -1, got 4"):
        layer(Input((5, 6, 4)))


@pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")
def test_names_of_keras_1_are_understood() -> None:
    layer = Convolution2D(
        nb_filter=4, kernel_size=(3, 2), border_mode="same", subsample=(2, 1), dim_ordering="th",
        init="he_normal", bias=False, W_regularizer="l2",
    )  # fmt: skip
    config = layer.get_config()
    assert (config["filters"], config["padding"], config["strides"]) == (4, "same", [2, 1])
    assert (config["data_format"], config["use_bias"]) == ("channels_first", False)
    assert layer.kernel_regularizer is not None


def test_an_older_name_warns_once_and_names_the_new_one() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        Conv1D(2, 3, border_mode="same")
    assert [warning.category for warning in told] == [OldWord]
    assert "padding" in str(told[0].message)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: Conv1D(2, 3, padding="causal", dilation_rate=2, kernel_regularizer="l2"),
        lambda: Conv2D(2, (3, 2), strides=2, padding="same", activation="relu", groups=1),
        lambda: Conv3D(2, 2, data_format="channels_first", kernel_constraint="non_neg"),
    ],
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    made = layer()
    again = LAYERS.make({"class_name": type(made).__name__, "config": made.get_config()})
    assert again.get_config() == made.get_config()


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"padding": "valid", "strides": 2}, nn.Conv2d),
        ({"padding": "same"}, nn.Conv2d),
        ({"padding": "same", "kernel_size": 1, "strides": 2}, nn.Conv2d),
    ],
)
def test_torchs_own_convolution_is_used_where_it_will_do(
    arguments: dict[str, Any], kind: type[nn.Module]
) -> None:
    layer = Conv2D(2, **{"kernel_size": 3, **arguments})
    layer(Input((5, 6, 3)))
    assert type(layer.conv) is kind


def test_data_format_follows_the_setting() -> None:
    set_image_data_format("channels_first")
    try:
        assert Conv2D(2, 3).data_format == "channels_first"
        assert Conv1D(2, 3).data_format == "channels_last"
    finally:
        set_image_data_format("channels_last")


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_weights_and_outputs_have_the_layers_type(dtype: str) -> None:
    layer = Conv2D(2, 3, dtype=dtype)
    outputs = layer(np.ones((2, 4, 5, 3), dtype))
    assert str(outputs.dtype) == f"torch.{dtype}"
    assert layer.get_weights()[0].dtype == dtype


def test_causal_outputs_see_no_later_step() -> None:
    layer = Conv1D(2, 3, padding="causal")
    steps = torch.randn(2, 6, 3)
    later = steps.clone()
    later[:, 4:] += 1
    torch.testing.assert_close(layer(steps)[:, :4], layer(later)[:, :4])
    assert not torch.equal(layer(steps)[:, 4:], layer(later)[:, 4:])
