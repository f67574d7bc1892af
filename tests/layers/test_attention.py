"""Attention layers: what the recorded cases do not ask. Their numbers: test_conformance.py."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported, ShapeError, UnexpectedArgument
from kshim.layers.attention import (
    AdditiveAttention,
    Attention,
    GroupQueryAttention,
    Headed,
    MultiHeadAttention,
)
from kshim.layers.base import LAYERS
from kshim.layers.core import Input, Masking
from kshim.models.model import Model
from kshim.saving.nodes import graph_config


def data(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.as_tensor(np.random.default_rng(seed).normal(size=shape).astype("float32"))


def softmax(x: np.ndarray) -> np.ndarray:
    raised = np.exp(x - x.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def test_dot_attention_follows_the_manual() -> None:
    query, value, key = data(2, 3, 4), data(2, 5, 6, seed=1), data(2, 5, 4, seed=2)
    outputs, weights = Attention()([query, value, key], return_attention_scores=True)
    told = softmax(np.einsum("bti,bsi->bts", query, key))
    np.testing.assert_allclose(weights, told, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(outputs, told @ value.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(Attention()([query, value, key]), outputs, rtol=1e-5, atol=1e-6)


def test_additive_attention_follows_the_manual() -> None:
    query, value = data(2, 3, 4), data(2, 5, 4, seed=1)
    layer = AdditiveAttention()
    outputs = layer([query, value]).detach()
    (scale,) = layer.get_weights()
    sums = np.tanh(query.numpy()[:, :, None] + value.numpy()[:, None])
    told = softmax((scale * sums).sum(-1)) @ value.numpy()
    np.testing.assert_allclose(outputs, told, rtol=1e-5, atol=1e-6)


def test_heads_follow_the_manual() -> None:
    query, value = data(2, 3, 4), data(2, 5, 6, seed=1)
    layer = MultiHeadAttention(2, 3, value_dim=5, bias_initializer="normal")
    outputs, scores = layer(query, value, return_attention_scores=True)
    wq, bq, wk, bk, wv, bv, wo, bo = layer.get_weights()
    q = np.einsum("btf,fhk->bhtk", query, wq) + bq[:, None]
    k = np.einsum("bsf,fhk->bhsk", value, wk) + bk[:, None]
    v = np.einsum("bsf,fhv->bhsv", value, wv) + bv[:, None]
    told = softmax(np.einsum("bhtk,bhsk->bhts", q, k) / np.sqrt(3))
    np.testing.assert_allclose(scores.detach(), told, rtol=1e-4, atol=1e-6)
    mixed = np.einsum("bhts,bhsv,hvo->bto", told, v, wo) + bo
    np.testing.assert_allclose(outputs.detach(), mixed, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer(query, value).detach(), mixed, rtol=1e-4, atol=1e-5)


def test_weights_are_named_as_keras_names_them() -> None:
    layer = MultiHeadAttention(2, 3, name="mha")
    layer(data(2, 3, 4), data(2, 5, 6))
    views = ("query", "key", "value", "attention_output")
    told = [f"mha/{view}/{word}:0" for view in views for word in ("kernel", "bias")]
    assert [weight.name for weight in layer.weights] == told
    assert [tuple(weight.shape) for weight in layer.weights][-2:] == [(2, 3, 4), (4,)]


def test_a_mask_of_pairs_hides_keys() -> None:
    query, value = data(2, 3, 4), data(2, 5, 4, seed=1)
    layer = MultiHeadAttention(2, 3)
    allowed = torch.ones(2, 3, 5, dtype=torch.bool)
    allowed[:, :, 3:] = False
    hidden = layer(query, value, attention_mask=allowed)
    torch.testing.assert_close(hidden, layer(query, value[:, :3]))


def test_queries_see_no_later_key_with_a_causal_mask() -> None:
    query, value = data(2, 5, 4), data(2, 5, 4, seed=1)
    later = value.clone()
    later[:, 3:] += 1
    plain, heads = Attention(), MultiHeadAttention(2, 3, kernel_initializer="ones")
    told = {"use_causal_mask": True, "return_attention_scores": True}
    for call in (
        lambda values: plain([query, values], use_causal_mask=True),
        lambda values: heads(query, values, use_causal_mask=True),
        lambda values: heads(query, values, **told)[0],
    ):
        torch.testing.assert_close(call(value)[:, :3], call(later)[:, :3])
        assert not torch.allclose(call(value)[:, 3:], call(later)[:, 3:])


def test_implicit_and_explicit_masks_are_the_same() -> None:
    query, value = data(2, 3, 4), data(2, 5, 4, seed=1)
    value[0, 3:] = 0
    layer = MultiHeadAttention(2, 3)
    carried = layer(query, Masking()(value))
    mask = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])
    torch.testing.assert_close(carried, layer(query, value, value_mask=mask))
    assert not torch.allclose(carried, layer(query, value))


def test_a_query_that_sees_no_key_gets_the_mean_with_finite_gradients() -> None:
    query, value = data(1, 2, 4).requires_grad_(), data(1, 5, 4, seed=1)
    none = torch.zeros(1, 2, 5, dtype=torch.bool)
    layer = MultiHeadAttention(2, 3)
    layer.build_once([(1, 2, 4), (1, 5, 4)])
    outputs = layer(query, value, attention_mask=none)
    heads = layer.attention.value(value).mean(1)
    torch.testing.assert_close(outputs[0, 0], layer.attention.attention_output(heads)[0])
    outputs.sum().backward()
    assert torch.isfinite(query.grad).all()  # type: ignore[arg-type]


def test_groups_of_heads_share_keys() -> None:
    with in_era("3"):
        shared, apart = GroupQueryAttention(3, 4, 2), GroupQueryAttention(3, 4, 4)
    x = data(2, 3, 5)
    outputs = shared(x, x)
    apart(x, x)
    twice = [
        value.repeat(2, axis=-2) if name.startswith(("key", "value")) else value
        for name, value in zip(
            [weight.key for weight in shared.weights], shared.get_weights(), strict=True
        )
    ]
    apart.set_weights(twice)
    torch.testing.assert_close(outputs, apart(x, x))


def test_a_window_hides_what_is_far() -> None:
    with in_era("3"):
        layer = MultiHeadAttention(2, 3, sliding_window=2)
    x = data(1, 6, 4)
    _, scores = layer(x, x, return_attention_scores=True)
    steps = np.arange(6)
    near = abs(steps[:, None] - steps) < 2
    assert not scores.detach().numpy()[:, :, ~near].any()
    assert (scores.detach().numpy()[:, :, near] > 0).all()


@pytest.mark.parametrize("kind", [Attention, AdditiveAttention])
def test_dropout_drops_weights_while_training(kind: Any) -> None:
    layer = kind(dropout=0.5)
    inputs = [data(2, 3, 4), torch.ones(2, 400, 4)]
    assert torch.allclose(layer(inputs, training=False), torch.ones(2, 3, 4), atol=1e-5)
    _, weights = layer(inputs, training=True, return_attention_scores=True)
    assert 0.4 < (weights == 0).float().mean() < 0.6


def test_dropout_of_heads_keeps_the_mean() -> None:
    layer = MultiHeadAttention(2, 3, dropout=0.3)
    x = data(2, 50, 4)
    rest = layer(x, x).detach()
    drawn = torch.stack([layer(x, x, training=True).detach() for _ in range(60)])
    assert not torch.allclose(drawn[0], rest)
    assert float((drawn.mean(0) - rest).abs().mean()) < 0.05


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Attention(score_mode="cosine"), "score_mode must be one of 'dot', 'concat'"),
        (lambda: Attention(dropout=-1), "dropout must be a number between 0 and 1"),
        (lambda: MultiHeadAttention(0, 3), "num_heads must be a whole number of at least 1"),
        (lambda: MultiHeadAttention(2, 0), "key_dim must be a whole number of at least 1"),
        (lambda: MultiHeadAttention(2, 3, attention_axes=[0])(Input((3, 4)), Input((3, 4))),
         "attention_axes must be axes between the batch and the features"),
        (lambda: GroupQueryAttention(3, 4, 3), "num_key_value_heads must be a divisor of 4"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_in_one_sentence(make: Any, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        make()
    assert words in str(refusal.value)


def test_one_input_alone_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"inputs must be a list \[query, value\]"):
        Attention()(Input((3, 4)))
    with pytest.raises(UnexpectedArgument, match="value must be given"):
        MultiHeadAttention(2, 3)(Input((3, 4)))


def test_penalties_of_the_views_are_not_supported() -> None:
    with pytest.raises(NotSupported, match="activity_regularizer must be None"):
        MultiHeadAttention(2, 3, activity_regularizer="l2")


@pytest.mark.parametrize(
    "layer",
    [
        Attention(True, "concat", 0.1),
        AdditiveAttention(False),
        MultiHeadAttention(2, 3, 4, 0.1, False, (5, 6), (1,)),
        GroupQueryAttention(3, 4, 2),
    ],
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    config = json.loads(json.dumps(layer.get_config()))
    again = LAYERS.make({"class_name": type(layer).__name__, "config": config})
    assert again.get_config() == layer.get_config()


def test_shapes_that_keras_wrote_are_let_be() -> None:
    config = MultiHeadAttention(2, 3).get_config() | {"query_shape": [None, 3, 4]}
    assert MultiHeadAttention.from_config(config).num_heads == 2


def test_files_list_the_value_among_the_keywords_as_keras_does() -> None:
    query, value = Input((3, 4), name="query"), Input((5, 4), name="value")
    model = Model([query, value], MultiHeadAttention(2, 3, name="mha")(query, value))
    entry = next(it for it in graph_config(model)["layers"] if it["name"] == "mha")
    assert entry["inbound_nodes"] == [[["query", 0, 0, {"value": ["value", 0, 0]}]]]


def test_symbols_have_the_shape_of_outputs_and_weights() -> None:
    query, value = Input((3, 4)), Input((None, 6))
    outputs, scores = MultiHeadAttention(2, 3, output_shape=7)(
        query, value, return_attention_scores=True
    )
    assert tuple(outputs.shape) == (None, 3, 7)
    assert tuple(scores.shape) == (None, 2, 3, None)


@pytest.mark.parametrize(("era", "limit"), [("2.15", 6 / (4 * 2 + 4 * 3)), ("3", 6 / (4 + 6))])
def test_first_kernels_go_by_the_fans_of_the_era(era: str, limit: float) -> None:
    with in_era(era):
        drawn = []
        for _ in range(200):
            layer = MultiHeadAttention(2, 3)
            layer.build_once([(None, 5, 4), (None, 5, 4)])
            drawn.append(abs(layer.get_weights()[0]).max())
    np.testing.assert_allclose(max(drawn), np.sqrt(limit), rtol=0.01)


_DROPPING: list[Any] = [
    lambda seed: Attention(dropout=0.5, seed=seed),
    lambda seed: AdditiveAttention(dropout=0.5, seed=seed),
    lambda seed: MultiHeadAttention(2, 3, dropout=0.5, seed=seed),
    lambda seed: GroupQueryAttention(3, 4, 2, dropout=0.5, seed=seed),
]


@pytest.mark.parametrize("make", _DROPPING)
@pytest.mark.parametrize("causal", [False, True])
def test_a_seed_of_dropout_gives_the_same_drops_again(make: Any, causal: bool) -> None:
    query, value = data(2, 30, 4), data(2, 30, 4, seed=1)

    def runs(seed: int) -> list[torch.Tensor]:
        with in_era("3"):
            layer = make(seed)
        inputs = (query, value) if isinstance(layer, Headed) else ([query, value],)
        layer(*inputs)
        layer.set_weights([np.full(array.shape, 0.3) for array in layer.get_weights()])
        before = torch.get_rng_state()
        words = {"use_causal_mask": causal, "training": True}
        found = [layer(*inputs, **words).detach() for _ in range(2)]
        assert torch.equal(torch.get_rng_state(), before)
        return found

    first, again, other = runs(3), runs(3), runs(4)
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], other[0])
