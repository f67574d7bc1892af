"""Keras 1's words for arguments, asked of layers."""

from __future__ import annotations

from typing import Any

import pytest

from kshim import layers as L
from kshim.core.eras import in_era

# What Keras 1.2.2's layers hold under these names.
CASES = [
    (lambda: L.Convolution2D(4, 3, 2, subsample=(2, 1), border_mode="same", dim_ordering="tf"),
     {"nb_filter": 4, "nb_row": 3, "nb_col": 2, "subsample": (2, 1), "border_mode": "same",
      "dim_ordering": "tf"}),
    (lambda: L.Convolution1D(3, 2), {"nb_filter": 3, "filter_length": 2, "subsample_length": 1}),
    (lambda: L.Dense(3), {"output_dim": 3, "W_regularizer": None}),
    (lambda: L.LSTM(3, dropout_W=0.1, dropout_U=0.2),
     {"output_dim": 3, "dropout_W": 0.1, "dropout_U": 0.2}),
    (lambda: L.Dropout(0.3), {"p": 0.3}),
    (lambda: L.GaussianNoise(0.2), {"sigma": 0.2}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")
@pytest.mark.parametrize(("make", "held"), CASES)
def test_layers_of_keras_1_have_its_words(make: Any, held: dict[str, Any]) -> None:
    with in_era("1.2"):
        layer = make()
    assert {name: getattr(layer, name) for name in held} == held
    with pytest.raises(AttributeError):
        layer.no_such_word  # noqa: B018


def test_layers_of_later_kerases_have_not() -> None:
    with in_era("2.2"):
        assert not hasattr(L.Dropout(0.3), "p")
