"""K's functions take the words and the order of every Keras (its recorded signatures)."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim.backend import keras1
from kshim.backend.older_words import _ORDERS, _SHAPES, words_of
from kshim.core.arguments import OldWord
from kshim.core.eras import in_era
from kshim.core.settings import in_data_format
from kshim.errors import UnexpectedArgument

RECORDED = Path(__file__).resolve().parents[2] / "compat_cases" / "recorded"
ERAS = {
    "1.2": "keras-1.2.2", "2.0": "keras-2.0.8", "2.2": "keras-2.2.4", "2.3": "keras-2.3.1",
    "2.15": "tf.keras-2.15.0",
}  # fmt: skip


def signatures() -> list[tuple[str, str, list[str]]]:
    """Return era, name and arguments of every recorded function that kshim has."""
    found = []
    for era, oracle in ERAS.items():
        for line in (RECORDED / oracle / "backend_functions.txt").read_text().splitlines():
            name, *words = line.split()
            if hasattr(K, name) or hasattr(keras1, name):
                found.append((era, name, words))
    return found


def order_in(era: str, name: str) -> list[str]:
    """Return the arguments of kshim's function as they stand in an era."""
    function = getattr(K, name, None) or getattr(keras1, name)
    rows = {known: words for known, words in _ORDERS.get(name, {}).items() if words}
    if era in rows or (era == "2.0" and name == "batch_normalization"):
        return rows.get(era, rows["1.2"]).split()
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize(("era", "name", "words"), signatures())
def test_a_function_takes_the_words_of_an_era_in_their_order(
    era: str, name: str, words: list[str]
) -> None:
    own = getattr(K, name, None) or getattr(keras1, name)
    present = [words_of(own.__name__).get(word, word) for word in words]
    # What Theano wanted to be told comes last, and is let pass by name.
    while present and present[-1] in _SHAPES:
        present.pop()
    assert order_in(era, name)[: len(present)] == present


def test_words_of_keras_1_are_let_pass_without_a_word_in_its_era() -> None:
    x, kernel = torch.rand(2, 5, 6, 3), torch.rand(3, 3, 3, 4)
    wanted = K.conv2d(x, kernel, padding="same", data_format="channels_last")
    with in_era("1.2"), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = K.conv2d(
            x, kernel, border_mode="same", dim_ordering="tf", image_shape=(2, 5, 6, 3),
            filter_shape=None,
        )  # fmt: skip
        default = K.conv2d(x, kernel, border_mode="same", dim_ordering="default")
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(default, wanted)


@pytest.mark.parametrize(
    ("function", "old", "new"),
    [
        ("expand_dims", {"dim": 0}, {"axis": 0}),
        ("spatial_2d_padding", {"dim_ordering": "th"}, {"data_format": "channels_first"}),
        ("pool2d", {"pool_size": (2, 2), "border_mode": "same"},
         {"pool_size": (2, 2), "padding": "same"}),
    ],
)  # fmt: skip
def test_other_eras_understand_them_with_a_warning(function: str, old: dict, new: dict) -> None:
    x = torch.rand(2, 4, 5, 3)
    with pytest.warns(OldWord, match=rf"K.{function}: .* is an old word for "):
        found = getattr(K, function)(x, **old)
    np.testing.assert_array_equal(found, getattr(K, function)(x, **new))


def test_kernels_of_keras_1_follow_its_images() -> None:
    x, kernel = torch.rand(2, 3, 5, 6), torch.rand(3, 3, 3, 4)
    with in_data_format("channels_first"):
        wanted = K.conv2d(x, kernel)
        with in_era("1.2"):
            found = K.conv2d(x, kernel.permute(3, 2, 0, 1))
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_an_argument_is_given_once() -> None:
    told = r"K\.expand_dims: axis must be given once"
    with pytest.raises(UnexpectedArgument, match=told), pytest.warns(OldWord):
        K.expand_dims(torch.ones(2), axis=0, dim=1)  # type: ignore[call-arg]
    with in_era("1.2"), pytest.raises(UnexpectedArgument, match="binary_crossentropy: takes 3"):
        K.binary_crossentropy(torch.ones(2), torch.ones(2), False, 1)  # type: ignore[call-arg]
    with in_era("1.2"), pytest.raises(UnexpectedArgument, match="output must be given once"):
        K.binary_crossentropy(torch.ones(2), output=torch.ones(2))  # type: ignore[call-arg]


def test_settings_take_the_words_of_every_keras() -> None:
    kept = K.epsilon(), K.floatx(), K.image_data_format()
    try:
        K.set_epsilon(e=1e-5)  # type: ignore[call-arg]
        K.set_floatx(floatx="float64")  # type: ignore[call-arg]
        K.set_image_data_format(data_format="channels_first")  # type: ignore[call-arg]
        assert (K.epsilon(), K.floatx(), K.image_data_format()) == (
            1e-5, "float64", "channels_first",
        )  # fmt: skip
        K.set_floatx(value="float16")  # type: ignore[call-arg]
        K.set_image_dim_ordering(dim_ordering="tf")  # type: ignore[call-arg]
        assert (K.floatx(), K.image_dim_ordering()) == ("float16", "tf")
    finally:
        K.set_epsilon(kept[0])
        K.set_floatx(kept[1])
        K.set_image_data_format(kept[2])
