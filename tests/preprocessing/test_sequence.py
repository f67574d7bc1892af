"""Sequences: errors, and what no recording holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.errors import ArgumentError
from kshim.preprocessing.sequence import (
    TimeseriesGenerator,
    pad_sequences,
    remove_long_sequences,
    skipgrams,
    timeseries_generator_from_json,
)


def test_sequences_of_vectors_are_padded_along_time() -> None:
    padded = pad_sequences([[[1, 2]], [[3, 4], [5, 6], [7, 8]]])
    assert padded.shape == (2, 3, 2)
    np.testing.assert_array_equal(padded[0], [[0, 0], [0, 0], [1, 2]])


def test_texts_are_padded_as_objects() -> None:
    padded = pad_sequences([["a"], ["b", "c"]], dtype=object, value="<pad>")
    assert padded.tolist() == [["<pad>", "a"], ["b", "c"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sequences": 3}, "sequences must be a list of sequences, got 3"),
        ({"sequences": [[1], 2]}, "sequences must be a list of sequences, got 2"),
        ({"sequences": [[1]], "padding": "left"}, "padding must be 'pre' or 'post', got 'left'"),
        ({"sequences": [[1]], "truncating": "x"}, "truncating must be 'pre' or 'post', got 'x'"),
        ({"sequences": [[1]], "value": "x"}, "dtype must be object or a text type"),
        ({"sequences": [[[1, 2]], [[3]]]}, r"of shape \(2,\) at every step"),
    ],
)
def test_what_cannot_be_padded_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        pad_sequences(**arguments)


def test_no_pairs_come_of_no_words() -> None:
    assert skipgrams([], 5) == ([], [])


def test_windows_come_back_from_json() -> None:
    made = TimeseriesGenerator(np.arange(9.0), np.arange(9), length=2, stride=2, batch_size=3)
    again = timeseries_generator_from_json(
        made.to_json().replace('"start_index": 2', '"start_index": 0')
    )
    np.testing.assert_array_equal(again[0][0], made[0][0])
    np.testing.assert_array_equal(again[0][1], made[0][1])


def test_windows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ArgumentError, match="at most end_index=4"):
        TimeseriesGenerator([1] * 5, [1] * 5, length=5)
    with pytest.raises(ArgumentError, match="targets must be as long as data"):
        TimeseriesGenerator([1] * 5, [1] * 4, length=2)


def test_sequences_of_the_longest_length_are_removed_too() -> None:
    assert remove_long_sequences(3, [[1, 2, 3], [4, 5], []], "abc") == ([[4, 5], []], ["b", "c"])
