"""Pooling: what it refuses, its older names, masks and lowered graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, MaskError, ShapeError
from kshim.layers import (
    AveragePooling2D,
    AvgPool2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    Input,
    Masking,
    MaxPool2D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from kshim.layers.base import LAYERS
from kshim.models.model import Model


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (MaxPooling2D, {"pool_size": 0}, "MaxPooling2D: pool_size must be"),
        (MaxPooling2D, {"pool_size": (2, 2, 2)}, "MaxPooling2D: pool_size must be"),
        (MaxPooling3D, {"strides": (1, 2)}, "MaxPooling3D: strides must be"),
        (AveragePooling2D, {"padding": "full"}, "padding must be one of 'valid', 'same'"),
        (GlobalMaxPooling1D, {"keepdims": 3}, "keepdims must be True or False"),
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
        MaxPooling2D()(Input((5, 3)))


def test_windows_larger_than_the_inputs_are_refused() -> None:
    with pytest.raises(ShapeError, match="at least as large as the window"):
        MaxPooling2D(4)(Input((3, 5, 2)))


def test_strides_are_the_pool_size_unless_given() -> None:
    assert MaxPooling2D((2, 3)).get_config()["strides"] == [2, 3]


def test_short_names_are_the_same_layers() -> None:
    assert MaxPool2D is MaxPooling2D
    assert AvgPool2D is AveragePooling2D
    assert LAYERS.find("GlobalAvgPool1D") is GlobalAveragePooling1D


@pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")
def test_names_of_keras_1_are_understood() -> None:
    layer = MaxPooling1D(pool_length=3, stride=2, border_mode="same")
    assert layer(Input((7, 2))).shape == (None, 4, 2)


def test_global_average_does_not_count_masked_steps() -> None:
    steps = np.arange(24, dtype="float32").reshape(2, 4, 3) + 1
    steps[0, 2:] = steps[1, 0] = 0
    told = [steps[0, :2].mean(0), steps[1, 1:].mean(0)]
    symbol = Input((4, 3))
    model = Model(symbol, GlobalAveragePooling1D()(Masking()(symbol)))
    np.testing.assert_allclose(model(steps).numpy(), told, rtol=1e-6)
    assert model.outputs[0].mask is None


def test_a_mask_that_pooling_cannot_use_is_an_error_up_to_keras_2_3() -> None:
    with in_era("2.2"), pytest.raises(MaskError, match="must come without a mask"):
        GlobalMaxPooling1D()(Masking()(Input((4, 3))))
    assert GlobalMaxPooling1D()(Masking()(Input((4, 3)))).mask is None


@pytest.mark.parametrize("form", ["channels_first", "channels_last"])
def test_kept_axes_have_size_one(form: str) -> None:
    shape = (2, 3, 4, 5) if form == "channels_first" else (2, 4, 5, 3)
    values = torch.rand(shape)
    layer = GlobalAveragePooling2D(data_format=form, keepdims=True)
    axes = (2, 3) if form == "channels_first" else (1, 2)
    torch.testing.assert_close(layer(values), values.mean(axes, keepdim=True))
    assert layer.compute_output_shape(shape) == tuple(values.mean(axes, keepdim=True).shape)
