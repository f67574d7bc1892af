"""Lookups: vocabularies given and learned, special tokens, refusals."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.errors import ArgumentError, StateError, UnexpectedArgument
from kshim.layers import Dense, Input, IntegerLookup, StringLookup
from kshim.models.model import Model


def test_tokens_are_learned_by_count_and_then_from_the_last() -> None:
    layer = StringLookup()
    layer.adapt([["a", "b", "a"], ["c", "b", "d"]])  # tf.keras 2.15 says the same
    assert layer.get_vocabulary() == ["[UNK]", "b", "a", "d", "c"]
    assert layer.vocabulary_size() == 5
    assert layer(["a", "z"]).tolist() == [2, 0]


def test_documents_weigh_the_tokens() -> None:
    layer = StringLookup(output_mode="tf_idf")
    layer.adapt(np.array([["a", "b", "a"], ["c", "b", "c"]]))
    assert layer.get_vocabulary() == ["[UNK]", "c", "b", "a"]
    told = [0.63237333, 0.6931472, 0.51082563, 0.6931472]  # tf.keras 2.15: layer.idf_weights
    np.testing.assert_allclose(layer([["[UNK]", "c", "b", "a"]])[0], told, rtol=1e-6)


def test_batches_are_learned_as_one_array_is() -> None:
    whole, parts = IntegerLookup(), IntegerLookup()
    whole.adapt(np.array([[5, 7], [7, 9], [9, 9]]))
    parts.adapt(batch for batch in [np.array([[5, 7], [7, 9]]), torch.tensor([[9, 9]])])
    assert whole.get_vocabulary() == parts.get_vocabulary() == [-1, 9, 7, 5]


def test_special_tokens_may_stand_in_front_of_a_vocabulary() -> None:
    plain = StringLookup(vocabulary=["a", "b"], mask_token="")
    whole = StringLookup(vocabulary=["", "[UNK]", "a", "b"], mask_token="")
    assert plain.get_vocabulary() == whole.get_vocabulary() == ["", "[UNK]", "a", "b"]
    assert plain.get_vocabulary(include_special_tokens=False) == ["a", "b"]


@pytest.mark.parametrize("mode", ["int", "multi_hot", "tf_idf"])
def test_learned_vocabularies_survive_the_config(mode: str) -> None:
    layer = StringLookup(output_mode=mode)
    layer.adapt([["a", "b"], ["b", "c"]])
    again = StringLookup.from_config(json.loads(json.dumps(layer.get_config())))
    words = [["a", "c", "z"]]
    torch.testing.assert_close(again(words), layer(words))


def test_places_become_texts_in_a_model() -> None:
    symbol = Input((2,), dtype="int64")
    outputs = StringLookup(vocabulary=["a", "b"], invert=True)(symbol)
    assert outputs.dtype == "string"
    found = Model(symbol, outputs).predict(np.array([[0, 1], [2, 1], [1, 1]]), batch_size=2)
    assert found.tolist() == [["[UNK]", "a"], ["b", "a"], ["a", "a"]]


def test_numbers_are_looked_up_by_a_torch_module() -> None:
    symbol = Input((2,), dtype="int64")
    layer = IntegerLookup(output_mode="multi_hot", vocabulary=[12, 42])
    model = Model(symbol, Dense(1, kernel_initializer="ones")(layer(symbol)))
    assert model.network.own_layers == []
    assert model.predict(np.array([[12, 42], [5, 5]])).tolist() == [[2.0], [1.0]]


def test_a_model_of_texts_learns() -> None:
    symbol = Input((1,), dtype="string")
    lookup = StringLookup(vocabulary=["cat", "dog"], output_mode="one_hot")
    model = Model(symbol, Dense(1)(lookup(symbol)))
    model.compile("sgd", "mse")
    words = np.array([["cat"], ["dog"]] * 10)
    history = model.fit(words, np.array([[1.0], [0.0]] * 10), epochs=3, batch_size=4, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


@pytest.mark.parametrize("kind", [StringLookup, IntegerLookup])
@pytest.mark.parametrize("path", ["/etc/passwd", "https://example.org/words", b"words.txt"])
def test_a_vocabulary_is_never_a_file(kind: Any, path: Any) -> None:
    with pytest.raises(ArgumentError, match="vocabulary must be a list of tokens, got"):
        kind.from_config({"vocabulary": path})
    with pytest.raises(ArgumentError, match="vocabulary must be a list of tokens, got"):
        kind().set_vocabulary(path)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: StringLookup(vocabulary=["a", "a"]), ArgumentError, "a list of different tokens"),
        (lambda: StringLookup(vocabulary=[]), ArgumentError, "a list with tokens in it"),
        (lambda: StringLookup(2, vocabulary=["a", "b"]), ArgumentError, "at most 1 tokens"),
        (lambda: StringLookup(vocabulary=["a", ""], mask_token=""), ArgumentError, "without ''"),
        (lambda: StringLookup(max_tokens=1), ArgumentError, "max_tokens must be a whole number"),
        (lambda: StringLookup(pad_to_max_tokens=True), UnexpectedArgument, "max_tokens must be"),
        (lambda: StringLookup(invert=True, output_mode="count"), UnexpectedArgument, "'int'"),
        (
            lambda: StringLookup(vocabulary=["a"], output_mode="tf_idf"),
            UnexpectedArgument,
            "idf_weights must be given with output_mode 'tf_idf'",
        ),
        (lambda: StringLookup(vocabulary=["a"]).adapt(["b"]), StateError, "cannot adapt"),
        (lambda: StringLookup(output_mode="count")(["a"]), StateError, "Call adapt"),
        (
            lambda: StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]),
            ArgumentError,
            "inputs must be texts of the vocabulary, got ['b']",
        ),
        (
            lambda: IntegerLookup(vocabulary=[1], num_oov_indices=0)([2]),
            ValueError,
            "inputs must be in the vocabulary, got [2]",
        ),
        (lambda: IntegerLookup(vocabulary=[1])(["a"]), ArgumentError, "must be whole numbers"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(make: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind) as refusal:
        make()
    assert words in str(refusal.value)
