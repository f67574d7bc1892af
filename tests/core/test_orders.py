"""Positional orders: those of the real Kerases, asked for their signatures."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

import pytest

from kshim import layers
from kshim.core.arguments import OldWord
from kshim.core.eras import in_era
from kshim.errors import UnexpectedArgument
from tests.recorded import RECORDED

SIGNATURES = json.loads((RECORDED / "signatures.json").read_text())
ERAS = {"1.2.2": "1.2", "2.2.4": "2.2", "2.3.1": "2.3", "2.15.0": "2.15", "3.15.1": "3"}
# Constructors that are written out; and what kshim keeps no argument for.
WRITTEN_OUT = ("InputLayer", "Input", "Wrapper", "RNN", "StackedRNNCells", "ConvRecurrent2D")
UNKNOWN = {"Embedding": "sparse", "Recurrent": "weights"}
# Words of Keras 3 at which an order ends here, for kshim has nothing behind them.
ENDS = ("lora_rank", "quantization_config", "renorm")
ROWS = [
    (ERAS[version], name, words)
    for version, kinds in SIGNATURES.items()
    for name, words in kinds.items()
    if getattr(getattr(layers, name, None), "arguments", None) and name not in WRITTEN_OUT
]


def canonical(kind: Any, word: str) -> frozenset[str]:
    """Return the present words that a word stands for."""
    word = "alpha" if kind is layers.LeakyReLU and word == "negative_slope" else word
    names = {name for name, it in kind.arguments.items() if word in it.was}
    return frozenset(names or {word})


@pytest.mark.parametrize(("era", "name", "words"), ROWS, ids=lambda value: str(value)[:24])
def test_arguments_stand_in_the_order_of_the_real_keras(
    era: str, name: str, words: list[str]
) -> None:
    kind = getattr(layers, name)
    with in_era(era):
        found = kind._order()
    words = list(takewhile(lambda word: word not in ENDS, words))
    while words and words[-1] in ("name", "dtype"):  # which all layers take by their names
        words.pop()
    wanted = [canonical(kind, word) for word in words if word != UNKNOWN.get(name)]
    assert [canonical(kind, word) for word in found][: len(wanted)] == wanted


def test_one_script_line_means_what_its_era_meant() -> None:
    with in_era("1.2"):
        old = layers.Convolution2D(4, 3, 2, "he_normal", "relu")
    new = layers.Conv2D(4, 3, 2, "same")
    assert (old.kernel_size, old.strides, old.activation.__name__) == ((3, 2), (1, 1), "relu")
    assert (new.kernel_size, new.strides, new.padding) == ((3, 3), (2, 2), "same")


def test_positional_words_of_an_era_need_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    with in_era("1.2"):
        layer = layers.Dense(3, "uniform", "tanh", None, "l2")
    assert (layer.units, layer.activation.__name__) == (3, "tanh")
    assert not [warning for warning in recwarn if warning.category is OldWord]


def test_common_arguments_have_their_place_too() -> None:
    with in_era("1.2"):
        layer = layers.Dense(3, "uniform", "tanh", None, None, None, None, None, None, True, 4)
    assert layer.batch_input_shape == (None, 4)


def test_an_argument_by_place_and_by_older_name_is_refused() -> None:
    with (
        in_era("1.2"),
        pytest.warns(OldWord),
        pytest.raises(UnexpectedArgument, match="Dense: units must be given once"),
    ):
        layers.Dense(3, output_dim=4)
