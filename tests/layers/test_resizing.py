"""Enlarging: what is refused, configs, lowered graphs."""

from __future__ import annotations

from typing import Any

import pytest

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError
from kshim.layers import Input, UpSampling1D, UpSampling2D, UpSampling3D
from kshim.layers.base import LAYERS


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (UpSampling1D, {"size": 0}, "UpSampling1D: size must be a whole number"),
        (UpSampling2D, {"size": (2, 2, 2)}, "UpSampling2D: size must be"),
        (UpSampling2D, {"interpolation": "cubist"}, "interpolation must be one of 'nearest', 'bi"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(
    kind: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        kind(**arguments)
    assert words in str(refusal.value)


def test_inputs_of_another_rank_are_refused() -> None:
    with pytest.raises(ShapeError, match="inputs must have 5 axes"):
        UpSampling3D()(Input((5, 3)))


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_unknown_sizes_stay_unknown(era: str) -> None:
    with in_era(era):
        symbol = UpSampling2D((2, 3), interpolation="bilinear")(Input((None, 4, 5)))
    assert symbol.shape == (None, None, 12, 5)


@pytest.mark.parametrize("layer", [UpSampling1D(3), UpSampling2D((2, 3), "channels_first")])
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()
