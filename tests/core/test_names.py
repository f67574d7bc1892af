"""Layer names: snake case as Keras makes it, numbers by era."""

from __future__ import annotations

import pytest

from kshim.core.eras import in_era
from kshim.core.names import forget_names, next_number, snake_case, unique_name


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Dense", "dense"),
        ("MaxPooling2D", "max_pooling2d"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("LeakyReLU", "leaky_re_lu"),
        ("PReLU", "p_re_lu"),
        ("LSTM", "lstm"),
        ("SimpleRNN", "simple_rnn"),
        ("_Own", "private__own"),
    ],
)
def test_a_class_gives_its_layers_the_name_keras_gives(name: str, snake: str) -> None:
    assert snake_case(name) == snake


@pytest.mark.parametrize(
    ("era", "names"), [("2.2", ["dense_1", "dense_2"]), ("2.15", ["dense", "dense_1"])]
)
def test_names_are_numbered_as_the_era_numbers_them(era: str, names: list[str]) -> None:
    with in_era(era):
        assert [unique_name("dense"), unique_name("dense")] == names
        forget_names()
        assert unique_name("dense") == names[0]


def test_numbers_alone_begin_with_one() -> None:
    assert [next_number("input"), next_number("input"), next_number("other")] == [1, 2, 1]
