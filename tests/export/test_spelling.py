"""Spelling: what a module was made with is read back from it, and numbers are written short."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import nn

from kshim.core.eras import in_era
from kshim.errors import NotSupported
from kshim.export.source import to_torch
from kshim.export.spelling import spelled, spelled_module
from kshim.models import model_from_json
from kshim.nn.activation import ScaledSoftplus, SShapedReLU
from kshim.nn.attention import Attention, MultiHeadAttention
from kshim.nn.conv_recurrent import ConvLSTM
from kshim.nn.group_normalization import GroupNormalization
from kshim.nn.normalization import SampleNormalization
from kshim.nn.standardization import Standardization
from tests.recorded import Recorded, models_in_json, own_objects

MADE = [
    lambda: Attention("concat", scale=(), weighs_concat=True, dropout=0.5),
    lambda: Attention(scale=(3,)),
    lambda: MultiHeadAttention((4, 5, 6), 2, 3, 4, 7, axes=(1,), window=2, gated=True, bias=False),
    lambda: ConvLSTM(3, 4, (2, 2), (1, 1), seed=5, dropout=0.1),
    lambda: GroupNormalization(2, 4, center=False),
    lambda: SampleNormalization(4, scale=False),
    lambda: Standardization((3,), (1, 3), invert=True),
    lambda: ScaledSoftplus((3, 1)),
    lambda: SShapedReLU((3,)),
]  # fmt: skip
MODELS = ("attending", "depthwise", "local", "normalized", "activations", "srelu", "conv_lstm")


@pytest.mark.parametrize("make", MADE)
def test_a_module_is_made_again(make: Any) -> None:
    module = make()
    text = spelled_module(module, "it")
    again = eval(text, {**globals(), "nn": nn, "torch": torch})
    assert spelled_module(again, "it") == text
    shapes = {name: tensor.shape for name, tensor in module.state_dict().items()}
    assert {name: tensor.shape for name, tensor in again.state_dict().items()} == shapes


def test_arguments_stand_in_the_text() -> None:
    text = spelled_module(MADE[2](), "it")
    for word in ("(4, 5, 6), 2, 3, 4, 7", "axes=(1,)", "window=2", "gated=True", "bias=False"):
        assert word in text
    assert "seed=5" in spelled_module(MADE[3](), "it")


def test_a_number_is_short_where_it_differs_by_rounding_alone() -> None:
    assert spelled(1 - 0.99, "it") == "0.01"
    assert spelled(0.1 + 1e-9, "it") == repr(0.1 + 1e-9)
    assert spelled(float("inf"), "it") == 'float("inf")'


def test_what_is_no_plain_value_is_refused_by_name() -> None:
    with pytest.raises(NotSupported, match="layer 'mine'"):
        spelled(object(), "layer 'mine'")


@pytest.mark.parametrize("case", [it for it in models_in_json() if it.name in MODELS], ids=str)
def test_recorded_models_leave_as_source(case: Recorded) -> None:
    told = case.spec["to_json"]
    text = told if isinstance(told, str) else json.dumps(told)
    with in_era(case.era):
        to_torch(model_from_json(text, custom_objects=own_objects(case)))
