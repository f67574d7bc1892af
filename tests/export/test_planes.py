"""Convolutions over time as ones over images one cell high: fewer nodes between, same numbers."""

from __future__ import annotations

from typing import Any

import pytest

from kshim import layers as L
from kshim.export.onnx import to_onnx
from kshim.models.model import Model
from kshim.models.sequential import Sequential


def _nodes(model: Any, **options: Any) -> list[str]:
    exported = to_onnx(model, verbose=False, **options)
    assert exported.difference is not None
    assert exported.difference < 1e-5
    return exported.nodes


def _stack(*, length: int | None = None) -> Model:
    return Sequential(
        [
            L.Input((length, 8)),
            L.Conv1D(16, 3, padding="same", activation="relu"),
            L.MaxPooling1D(2),
            L.Conv1D(8, 3, strides=2, dilation_rate=1, padding="causal"),
            L.AveragePooling1D(2),
            L.GlobalMaxPooling1D(),
        ]
    )


@pytest.mark.parametrize("length", [None, 21])
def test_one_axis_is_added_at_the_start_and_none_stands_between(length: int | None) -> None:
    nodes = _nodes(_stack(length=length))
    assert nodes == [
        "Transpose", "Unsqueeze", "Conv", "Relu", "MaxPool", "Conv", "AveragePool",
        "GlobalMaxPool", "Flatten",
    ]  # fmt: skip


def test_branches_meet_before_the_axis_goes() -> None:
    start = L.Input((9, 8))
    one = L.Conv1D(8, 3, padding="same")(start)
    both = L.Add()([L.Conv1D(8, 3, padding="same", activation="relu")(one), one])
    nodes = _nodes(Model(start, [both, L.Permute((2, 1))(one)]))
    assert nodes.count("Unsqueeze") == 1
    assert nodes.count("Squeeze") == 2
    assert nodes.count("Conv") == 2


def test_a_sequence_goes_on_behind_it() -> None:
    model = Sequential([L.Input((None, 4)), L.Conv1D(8, 3), L.GRU(3)])
    nodes = _nodes(model)
    assert nodes[:3] == ["Transpose", "Unsqueeze", "Conv"]
    assert nodes.count("Squeeze") <= 2


def test_a_few_channels_are_not_worth_it() -> None:
    model = Sequential([L.Input((9, 4)), L.Conv1D(3, 2)])
    assert "Unsqueeze" not in _nodes(model)


def test_an_older_opset_says_it_too() -> None:
    model = Sequential([L.Input((9, 4)), L.Conv1D(8, 2, activation="relu")])
    exported = to_onnx(model, opset=15, verbose=False)
    assert exported.opset == 15
    assert "Unsqueeze" in exported.nodes
