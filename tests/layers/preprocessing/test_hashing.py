"""Hashing layers: in models, with masks, refusals (buckets: tests/test_conformance.py)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.errors import ArgumentError, ShapeError
from kshim.layers import Embedding, HashedCrossing, Hashing, Input
from kshim.models.model import Model


def test_texts_and_numbers_go_into_the_same_buckets() -> None:
    layer = Hashing(1000)
    assert layer(["12", "-7"]).tolist() == layer(torch.tensor([12, -7])).tolist()
    assert layer(np.array([12.0, -7.0])).tolist() == layer([12, -7]).tolist()


def test_masked_values_have_a_bucket_of_their_own() -> None:
    buckets = Hashing(3, mask_value=0)(torch.arange(30))
    assert int(buckets[0]) == 0
    assert set(buckets[1:].tolist()) == {1, 2}


def test_a_model_takes_texts_and_embeds_their_buckets() -> None:
    symbol = Input((2,), dtype="string")
    model = Model(symbol, Embedding(6, 3)(Hashing(6)(symbol)))
    texts = np.array([["a", "b"], ["b", "a"], ["c", "a"]])
    outputs = model.predict(texts, batch_size=2)
    assert outputs.shape == (3, 2, 3)
    np.testing.assert_array_equal(outputs[0, 0], outputs[1, 1])


def test_a_model_crosses_texts_with_numbers() -> None:
    word, number = Input((1,), dtype="string"), Input((1,), dtype="int64")
    model = Model([word, number], HashedCrossing(5, "one_hot")([word, number]))
    assert model.output_shape == (None, 5)
    outputs = model.predict([np.array([["a"], ["b"]]), np.array([[1], [2]])])
    np.testing.assert_array_equal(outputs.sum(1), [1, 1])


@pytest.mark.parametrize("layer", [Hashing(5, salt=3), Hashing(4, mask_value="", salt=[1, 2]),
                                   Hashing(4, output_mode="count")])  # fmt: skip
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = Hashing.from_config(layer.get_config())
    words = [["a", "b"], ["", "c"]]
    assert again(words).tolist() == layer(words).tolist()


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: Hashing(0), ArgumentError, "num_bins must be a whole number of at least 1"),
        (lambda: Hashing(3, salt=(1, 2, 3)), ArgumentError, "salt must be a whole number or two"),
        (lambda: Hashing(3)([1.5]), ArgumentError, "inputs must be texts or whole numbers"),
        (lambda: HashedCrossing(3)(["a"]), ArgumentError, "a list of at least two features"),
        (lambda: HashedCrossing(3)([["a"], [1, 2]]), ShapeError, "must all have the shape"),
        (lambda: HashedCrossing(3, "count"), ArgumentError, "output_mode must be one of"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(make: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind) as refusal:
        make()
    assert words in str(refusal.value)
