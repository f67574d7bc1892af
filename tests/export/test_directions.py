"""Bidirectional layers are one ONNX node, whatever they give, and the numbers stay."""

from __future__ import annotations

from typing import Any

import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.export.onnx import to_onnx
from kshim.models.model import Model


def _model(layer: Any, *, length: int | None = None, **options: Any) -> Model:
    start = L.Input((length, 4))
    return Model(start, L.Bidirectional(layer, **options)(start))


def _nodes(model: Model) -> list[str]:
    exported = to_onnx(model, verbose=False)  # three batch sizes and lengths are compared
    assert exported.difference is not None
    assert exported.difference < 1e-5
    return exported.nodes


@pytest.mark.parametrize("era", ["2.2", "2.15"])
@pytest.mark.parametrize("kind", [L.SimpleRNN, L.LSTM, L.GRU])
@pytest.mark.parametrize("length", [None, 6])
def test_sequences_of_both_directions_come_from_one_node(
    kind: Any, era: str, length: int | None
) -> None:
    with in_era(era):
        model = _model(kind(3, return_sequences=True), length=length)
        word = {L.SimpleRNN: "RNN", L.LSTM: "LSTM", L.GRU: "GRU"}[kind]
        assert _nodes(model) == ["Transpose", word, "Transpose", "Reshape"]


@pytest.mark.parametrize("kind", [L.SimpleRNN, L.LSTM, L.GRU])
def test_last_outputs_of_both_directions_come_from_one_node(kind: Any) -> None:
    nodes = _nodes(_model(kind(3)))
    assert len(nodes) == 4
    assert nodes[2:] == ["Transpose", "Reshape"]


def test_stacked_layers_are_a_node_each() -> None:
    start = L.Input((None, 4))
    x = L.Bidirectional(L.LSTM(3, return_sequences=True))(start)
    model = Model(start, L.Bidirectional(L.LSTM(2))(x))
    assert _nodes(model).count("LSTM") == 2


@pytest.mark.parametrize("merge", ["sum", "mul", "ave", None])
def test_other_merges_turn_no_sequence_around_twice(merge: str | None) -> None:
    nodes = _nodes(_model(L.GRU(3, return_sequences=True), merge_mode=merge))
    assert nodes.count("GRU") == 2
    assert "Slice" not in nodes


def test_one_layer_backwards_is_one_node_and_what_turns_its_outputs() -> None:
    start = L.Input((None, 4))
    model = Model(start, L.GRU(3, return_sequences=True, go_backwards=True)(start))
    assert sorted(_nodes(model)) == ["GRU", "Slice", "Squeeze", "Transpose", "Transpose"]


def test_states_given_to_both_directions_are_kept() -> None:
    start, states = L.Input((5, 4)), [L.Input((3,)) for _ in range(2)]
    outputs = L.Bidirectional(L.GRU(3, return_sequences=True))(start, initial_state=states)
    assert _nodes(Model([start, *states], outputs)).count("GRU") == 2


def test_masked_sequences_keep_their_numbers() -> None:
    words = L.Input((None,))
    x = L.Embedding(9, 4, mask_zero=True)(words)
    assert "GRU" in _nodes(Model(words, L.Bidirectional(L.GRU(3, return_sequences=True))(x)))
