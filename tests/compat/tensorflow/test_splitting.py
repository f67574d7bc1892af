"""`split_dataset` gives what tf.keras 2.15 gave (tools/recording/splits.py); torch's data sets."""

from __future__ import annotations

import importlib
import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

from kshim.compat import finder
from kshim.compat.tensorflow.data import Dataset
from kshim.compat.tensorflow.splitting import split_dataset
from kshim.errors import ArgumentError, WrongKind
from tests.recorded import recording_tool

ROOT = Path(__file__).parents[3]


@cache
def recorder() -> ModuleType:
    return recording_tool("splits")


@cache
def recorded() -> dict[str, Any]:
    where = ROOT / "compat_cases" / "recorded" / "tf.keras-2.15.0" / "preprocessing"
    cases: dict[str, Any] = json.loads((where / "splits.json").read_text())["cases"]
    return cases


@cache
def ours() -> dict[str, Any]:
    tf = SimpleNamespace(data=SimpleNamespace(Dataset=Dataset))
    return dict(recorder().cases(tf, split_dataset))


@pytest.mark.parametrize("name", recorded())
def test_data_is_split_as_keras_split_it(name: str) -> None:
    assert ours()[name] == recorded()[name]


def test_every_case_is_recorded() -> None:
    assert list(ours()) == list(recorded())


def test_a_split_trains(tmp_path: Path) -> None:
    finder.install()
    try:
        keras = importlib.import_module("keras")
        left, right = keras.utils.split_dataset(
            (np.ones((10, 3), "float32"), np.zeros(10, "float32")), 0.7
        )
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(left.batch(2), validation_data=right.batch(2), verbose=0).history
    finally:
        finder.uninstall()
    assert sorted(history) == ["loss", "val_loss"]


def test_torch_data_is_split_by_torch() -> None:
    data = TensorDataset(torch.arange(10), torch.arange(10) * 2)
    left, right = split_dataset(data, right_size=0.3, shuffle=True, seed=3)
    order = torch.utils.data.random_split(data, [7, 3], torch.Generator().manual_seed(3))
    assert (len(left), len(right)) == (7, 3)
    assert [left[number] for number in range(7)] == [order[0][number] for number in range(7)]
    both = [*left, *right]
    assert sorted(int(x) for x, _ in both) == [*range(10)]
    assert all(int(y) == 2 * int(x) for x, y in both)


def test_arrays_become_torch_data_where_asked() -> None:
    left, right = split_dataset([np.arange(5), np.ones(5)], 2, preferred_backend="torch")
    assert isinstance(left, torch.utils.data.Dataset)
    assert (len(left), len(right), len(left[0])) == (2, 3, 2)


ROWS = np.zeros((6, 2))


@pytest.mark.parametrize(
    ("data", "words", "error", "told"),
    [
        (ROWS, {}, ArgumentError, "left_size or right_size must be given"),
        (ROWS, {"left_size": 6}, ArgumentError, "left_size must be .* from 1 to 5, got 6"),
        (ROWS, {"left_size": 1.0}, ArgumentError, "left_size must be a float between 0 and 1"),
        (ROWS, {"right_size": 0}, ArgumentError, "right_size must be .* got 0"),
        (ROWS, {"right_size": "half"}, WrongKind, "right_size must be .* got 'half'"),
        (ROWS, {"left_size": 4, "right_size": 3}, ArgumentError, "together at most 6 samples"),
        (ROWS, {"left_size": 0.01}, ArgumentError, "both sides get one of 6 samples"),
        ([ROWS, ROWS[:4]], {"left_size": 2}, ArgumentError, r"arrays of one length, got \[6, 4\]"),
        ([], {"left_size": 2}, ArgumentError, "a list of arrays with one at least"),
        ([[1, 2]], {"left_size": 1}, ArgumentError, "a list of arrays"),
        (ROWS[:0], {"left_size": 1}, ArgumentError, "dataset must be some samples"),
        ("rows", {"left_size": 1}, WrongKind, "an array, a list of arrays or a Dataset"),
    ],
)
def test_what_cannot_be_split_is_refused(
    data: Any, words: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        split_dataset(data, **words)


def test_samples_of_different_shapes_are_refused() -> None:
    batches = Dataset.from_tensor_slices(np.zeros((5, 2))).batch(2).prefetch(1)
    with pytest.raises(ArgumentError, match=r"sample 2 must be samples of one shape, \(2, 2\)"):
        split_dataset(batches, 1)
