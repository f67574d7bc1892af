"""Text: errors, JSON, and what no recording holds."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.errors import ArgumentError, StateError, UnexpectedArgument
from kshim.preprocessing.text import Tokenizer, hashing_trick, one_hot, tokenizer_from_json


def test_one_hot_numbers_lie_between_1_and_n() -> None:
    numbers = one_hot("One two, three one!", 4)
    assert numbers[0] == numbers[3]
    assert set(numbers) <= {1, 2, 3}


def test_a_hash_function_of_ones_own_is_used() -> None:
    assert hashing_trick("a bb ccc", 10, len) == [2, 3, 4]


def test_a_tokenizer_comes_back_from_json() -> None:
    made = Tokenizer(num_words=5, oov_token="?")
    made.fit_on_texts(["b a b", ["A", "c"]])
    again = tokenizer_from_json(made.to_json())
    assert again.get_config() == made.get_config()
    np.testing.assert_array_equal(
        again.texts_to_matrix(["a c x"], "tfidf"), made.texts_to_matrix(["a c x"], "tfidf")
    )


def test_document_counts_can_come_from_sequences() -> None:
    tokenizer = Tokenizer(num_words=4)
    tokenizer.fit_on_sequences([[1, 2, 2], [2, 3]])
    weight = np.log(1 + 2 / 3)
    np.testing.assert_allclose(tokenizer.sequences_to_matrix([[2]], "tfidf"), [[0, 0, weight, 0]])


def test_nb_words_is_understood_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="num_words"):
        assert Tokenizer(nb_words=3).num_words == 3


def test_what_cannot_be_done_is_named() -> None:
    with pytest.raises(UnexpectedArgument, match="'words'"):
        Tokenizer(words=3)
    with pytest.raises(StateError, match="fit_on_texts must come before a matrix"):
        Tokenizer().texts_to_matrix(["a"])
    with pytest.raises(StateError, match="fit_on_texts must come before mode='tfidf'"):
        Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf")
    with pytest.raises(ArgumentError, match="mode must be 'binary', 'count', 'freq' or 'tfidf'"):
        Tokenizer(num_words=3).sequences_to_matrix([[1]], "onehot")
    with pytest.raises(ArgumentError, match="hash_function must be None, 'md5' or a function"):
        hashing_trick("a", 5, "sha1")
