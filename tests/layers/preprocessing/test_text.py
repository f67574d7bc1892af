"""TextVectorization: words, groups, lengths (its numbers too: tests/test_conformance.py)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.texts import Texts
from kshim.errors import ArgumentError, NotSupported, ShapeError, UnexpectedArgument
from kshim.layers import Dense, Embedding, GlobalAveragePooling1D, Input, TextVectorization
from kshim.models.sequential import Sequential


def test_words_are_learned_and_numbered() -> None:
    layer = TextVectorization(output_sequence_length=4)
    layer.adapt(["The cat, the dog!", "a CAT"])
    assert layer.get_vocabulary() == ["", "[UNK]", "the", "cat", "dog", "a"]
    assert layer(["the mouse", "a cat a dog a"]).tolist() == [[2, 1, 0, 0], [5, 3, 5, 4]]


def test_letters_are_lowered_and_words_split_by_ascii_alone() -> None:
    layer = TextVectorization(vocabulary=["Äb", "c\u00a0d"])
    assert layer(["ÄB C\u00a0D"]).tolist() == [[2, 3]]


def test_functions_of_the_users_own_standardize_and_split() -> None:
    def spaced(texts: Texts) -> Any:
        return [text.replace("-", " ") for text in texts]

    def halves(texts: Texts) -> list[list[str]]:
        return [text.split(" ") for text in texts]

    layer = TextVectorization(standardize=spaced, split=halves, vocabulary=["a", "b"])
    assert layer(["a-b", "b"]).tolist() == [[2, 3], [3, 0]]


def test_one_text_by_itself_makes_one_row() -> None:
    layer = TextVectorization(vocabulary=["a", "b"])
    assert layer("b a").tolist() == [3, 2]


def test_a_sequential_model_begins_with_texts() -> None:
    vectorize = TextVectorization(output_sequence_length=3)
    vectorize.adapt(["good film", "bad film"])
    model = Sequential([Input((1,), dtype="string"), vectorize,
                        Embedding(9, 2), GlobalAveragePooling1D(), Dense(1)])  # fmt: skip
    model.compile("adam", "mse")
    texts = np.array([["good film"], ["bad film"], ["film"]], dtype=object)
    model.fit(texts, np.zeros(3), epochs=1, batch_size=2, verbose=0)
    assert model.predict(texts).shape == (3, 1)
    assert model.predict(["good"]).shape == (1, 1)


@pytest.mark.parametrize("mode", ["int", "count", "tf_idf"])
def test_learned_words_survive_the_config(mode: str) -> None:
    layer = TextVectorization(ngrams=2, output_mode=mode)
    layer.adapt(["a b", "b c"])
    again = TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    torch.testing.assert_close(again(["a b c"]), layer(["a b c"]))


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: TextVectorization(vocabulary="a.txt"), ArgumentError, "a list of tokens, got"),
        (lambda: TextVectorization(standardize="upper"), ArgumentError, "standardize must be one"),
        (lambda: TextVectorization(split="comma"), ArgumentError, "split must be one of"),
        (lambda: TextVectorization(ngrams=0), ArgumentError, "ngrams must be a whole number"),
        (lambda: TextVectorization(ragged=True), NotSupported, "ragged outputs are not made"),
        (
            lambda: TextVectorization(output_mode="count", output_sequence_length=3),
            UnexpectedArgument,
            "output_sequence_length must be left out",
        ),
        (
            lambda: TextVectorization(vocabulary=["a"])([["a", "b"]]),
            ShapeError,
            "inputs must have one text a sample",
        ),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(make: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind) as refusal:
        make()
    assert words in str(refusal.value)
