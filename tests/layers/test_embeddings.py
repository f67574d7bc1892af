"""Embedding: lookups, masks, the input shape it says, and Keras 1's words."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from kshim.core.arguments import OldWord
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.core import Input
from kshim.layers.embeddings import Embedding, ReversibleEmbedding
from kshim.models.model import Model
from kshim.models.sequential import Sequential

WORDS = np.array([[1, 0, 5, 2], [3, 3, 0, 4], [0, 1, 2, 0]])
VECTORS = np.arange(12, dtype="float32").reshape(6, 2)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "uint8"])
def test_numbers_of_any_type_are_looked_up(dtype: str) -> None:
    layer = Embedding(6, 2, weights=[VECTORS])
    np.testing.assert_array_equal(layer(WORDS.astype(dtype)).detach(), VECTORS[WORDS])


def test_mask_leaves_out_zeros_only_if_asked() -> None:
    assert not hasattr(Embedding(6, 2)(WORDS), "_keras_mask")
    masked = Embedding(6, 2, mask_zero=True)(WORDS)
    np.testing.assert_array_equal(masked._keras_mask, WORDS != 0)


def test_symbols_of_whole_numbers_give_floats() -> None:
    output = Embedding(6, 2)(Input((4,), dtype="int32"))
    assert (tuple(output.shape), output.dtype) == ((None, 4, 2), "float32")


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({}, (None, None)),
        ({"input_length": 4}, (None, 4)),
        ({"input_length": (3, 4)}, (None, 3, 4)),
        ({"input_shape": (7,)}, (None, 7)),
        ({"input_length": 4, "batch_size": 5}, (5, 4)),
        ({"batch_input_shape": (5, 9)}, (5, 9)),
    ],
)
def test_first_layer_says_the_shape_of_the_input(arguments: dict, shape: tuple) -> None:
    model = Sequential([Embedding(6, 2, **arguments)])
    assert model.input_shape == shape
    assert model.inputs[0].dtype == "float32"


def test_lowered_embedding_is_torchs_own() -> None:
    model = Sequential([Embedding(6, 2, input_length=4, name="words")])
    twin = nn.Module()
    twin.words = nn.Embedding(6, 2)
    twin.load_state_dict(model.state_dict(), strict=True)
    numbers = torch.as_tensor(WORDS)
    torch.testing.assert_close(model(numbers), twin.words(numbers))


def test_other_length_than_promised_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"shape \(batch, 4\) that input_length says"):
        Embedding(6, 2, input_length=4)(Input((5,)))


def test_number_beyond_the_last_vector_is_refused() -> None:
    with pytest.raises(
        ArgumentError, match=r"inputs must be whole numbers from 0 to 5, got 6 to 6"
    ):
        Embedding(6, 2)(np.array([[6]]))


def test_size_must_be_positive() -> None:
    with pytest.raises(ArgumentError, match="Embedding: output_dim must be a whole number"):
        Embedding(6, 0)


def test_config_makes_the_same_layer() -> None:
    layer = Embedding(
        6, 2, "normal", mask_zero=True, input_length=4, embeddings_regularizer="l2",
        embeddings_constraint="non_neg", name="words",
    )  # fmt: skip
    config = json.loads(json.dumps(layer.get_config()))
    again = Embedding.from_config(config)
    assert again.get_config() == config
    assert again.batch_input_shape == (None, 4)
    assert (again.mask_zero, again.input_length) == (True, 4)


def test_words_of_keras_1_are_understood() -> None:
    with in_era("1.2"), pytest.warns(OldWord, match="init is an old word"):
        layer = Embedding(6, 2, init="zero", dropout=0.5)
    assert not layer(WORDS).any()


def test_keras_1_drops_whole_words_while_training() -> None:
    with in_era("1.2"):
        layer = Embedding(200, 3, weights=[np.ones((200, 3))], dropout=0.5)
    numbers = np.stack([np.arange(200)] * 2)
    outputs = layer(numbers, training=True).detach().numpy()
    assert set(np.unique(outputs)) == {0.0, 2.0}
    np.testing.assert_array_equal(outputs, np.broadcast_to(outputs[:1, :, :1], outputs.shape))
    np.testing.assert_array_equal(layer(numbers).detach(), np.ones((2, 200, 3)))


def test_keras_1_dropout_is_traced() -> None:
    with in_era("1.2"):
        inputs = Input((200,))
        outputs = Embedding(200, 3, weights=[np.ones((200, 3))], dropout=0.5)(inputs)
        model = Model(inputs, outputs)
    assert not model.network.own_layers
    model.train()
    assert set(np.unique(model(torch.arange(200.0)[None]).detach())) == {0.0, 2.0}


def test_later_eras_warn_of_dropout_and_leave_it_out() -> None:
    with pytest.warns(UserWarning, match="dropout is Keras 1's"):
        layer = Embedding(6, 2, dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert layer(WORDS, training=True).all()


@pytest.mark.parametrize("tied", [True, False])
def test_a_reversible_embedding_scores_all_words_for_vectors(tied: bool) -> None:
    layer = ReversibleEmbedding(6, 4, tie_weights=tied, mask_zero=True, logit_soft_cap=0.5)
    words = Input((5,))
    vectors = layer(words)
    scores = layer(vectors, reverse=True)
    assert (tuple(scores.shape), scores.mask) == ((None, 5, 6), None)
    assert vectors.mask is not None
    table, *other = layer.get_weights()
    x = np.array([[1, 0, 5, 2, 2]])
    logits = table[x] @ (table.T if tied else other[0])
    wanted = np.tanh(logits / 0.5) * 0.5
    np.testing.assert_allclose(Model(words, scores).predict(x), wanted, rtol=1e-5, atol=1e-6)


def test_a_reversible_embedding_may_score_in_another_type() -> None:
    layer = ReversibleEmbedding(6, 4, reverse_dtype="float64")
    vectors = layer(torch.tensor([[1, 2]]))
    assert layer(vectors, reverse=True).dtype is torch.float64
