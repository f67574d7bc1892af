"""Category layers: modes, refusals, boundaries that are learned."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported, StateError, UnexpectedArgument
from kshim.layers import CategoryEncoding, Discretization, Input
from kshim.models.model import Model


def test_a_model_spreads_categories() -> None:
    symbol = Input((3,), dtype="int64")
    model = Model(symbol, CategoryEncoding(4)(symbol))
    assert model.output_shape == (None, 4)
    assert model.network.own_layers == []
    np.testing.assert_array_equal(model.predict(np.array([[0, 1, 1]])), [[1, 1, 0, 0]])


@pytest.mark.parametrize(("given", "expected"), [(2, [0, 0, 1]), ([0, 1], [1, 1, 0])])
def test_numbers_and_lists_are_taken_as_they_are(given: Any, expected: Any) -> None:
    assert CategoryEncoding(3)(given).tolist() == expected


def test_weights_are_counted() -> None:
    layer = CategoryEncoding(4, "count")
    counted = layer([[0, 1, 1], [3, 3, 2]], count_weights=[[0.5, 1, 2], [1, 1, 1]])
    assert counted.tolist() == [[0.5, 3, 0, 0], [0, 0, 1, 2]]
    with pytest.raises(UnexpectedArgument, match="count_weights must be left out"):
        CategoryEncoding(4)([[0, 1]], count_weights=[[1.0, 1.0]])


def test_sparse_outputs_are_refused() -> None:
    with pytest.raises(NotSupported, match="sparse outputs are not made"):
        CategoryEncoding(4, sparse=True)


def test_the_oldest_words_are_understood() -> None:
    with pytest.warns(UserWarning, match="max_tokens is an old word for num_tokens"):
        assert CategoryEncoding(max_tokens=4, output_mode="binary").output_mode == "multi_hot"


def test_keras_3_counts_over_the_second_of_many_axes() -> None:
    with in_era("3"):
        counted = CategoryEncoding(3, "count")(torch.tensor([[[0, 1], [0, 2]]]))
    assert counted.tolist() == [[[2, 0, 0], [0, 1, 1]]]


def test_bins_have_the_type_of_the_era() -> None:
    assert Discretization([0.0])(torch.tensor([[-1.0, 1.0]])).dtype == torch.int64
    with in_era("3"):
        assert Discretization([0.0])(torch.tensor([[-1.0, 1.0]])).dtype == torch.int32


def test_learned_boundaries_share_the_numbers_out_and_survive_the_config() -> None:
    layer = Discretization(num_bins=4)
    layer.adapt(np.arange(50.0).reshape(25, 2))  # tf.keras 2.15: [11.5, 24.0, 36.5]
    assert layer.bin_boundaries == [11.5, 24.0, 36.5]
    again = Discretization.from_config(json.loads(json.dumps(layer.get_config())))
    values = torch.tensor([[1.0, 24.0, 99.0]])
    assert again(values).tolist() == layer(values).tolist() == [[0, 2, 3]]


def test_boundaries_are_learned_of_batches() -> None:
    layer = Discretization(num_bins=2)
    layer.adapt(iter([np.array([0.0, 1.0]), np.array([2.0, 3.0]), np.array([99.0])]), steps=2)
    whole = Discretization(num_bins=2)
    whole.adapt([0.0, 1.0, 2.0, 3.0])
    assert layer.bin_boundaries == whole.bin_boundaries == [1.0]


def test_a_model_built_before_adapt_uses_what_was_learned() -> None:
    symbol = Input((2,))
    layer = Discretization(num_bins=2)
    model = Model(symbol, layer(symbol))
    layer.adapt([0.0, 1.0, 2.0, 3.0])
    assert model.predict(np.array([[0.5, 2.5]], np.float32)).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: CategoryEncoding(0), ArgumentError, "num_tokens must be a whole number of at"),
        (lambda: CategoryEncoding(4, "int"), ArgumentError, "output_mode must be one of"),
        (lambda: Discretization([1.0, 0.0]), ArgumentError, "a list of numbers in rising order"),
        (lambda: Discretization([1.0], 2), UnexpectedArgument, "must not both be given"),
        (lambda: Discretization([1.0]).adapt([1.0]), StateError, "num_bins must be given"),
        (lambda: CategoryEncoding(4)([4]), ValueError, "categories must be from 0 to 3, got 4"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(make: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind) as refusal:
        make()
    assert words in str(refusal.value)
