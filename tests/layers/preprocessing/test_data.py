"""Data as scripts have it: arrays, lists, texts, batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.texts import Texts
from kshim.errors import ArgumentError
from kshim.layers.preprocessing.data import as_data, batches, need_real


@pytest.mark.parametrize("given", [[1, 2], np.array([1, 2]), torch.tensor([1, 2]), (1, 2)])
def test_numbers_become_tensors(given: Any) -> None:
    assert as_data(given).tolist() == [1, 2]


@pytest.mark.parametrize("given", [["a"], np.array(["a"]), np.array([b"a"])])
def test_texts_stay_arrays(given: Any) -> None:
    found = as_data(given)
    assert isinstance(found, Texts) and found.tolist() == ["a"]


def test_other_things_are_refused() -> None:
    with pytest.raises(ArgumentError, match="inputs must be an array of numbers or of texts"):
        as_data([object()])


def test_arrays_are_one_batch_and_generators_many() -> None:
    assert [batch.tolist() for batch in batches("x", [1, 2])] == [[1, 2]]
    endless = (np.array([number]) for number in iter(int, 1))
    assert len(list(batches("x", endless, steps=3))) == 3
    with pytest.raises(ArgumentError, match="x: data must be an array"):
        batches("x", 5)


def test_what_stands_for_data_is_no_data() -> None:
    need_real(torch.ones(2))
    with pytest.raises(TypeError, match="has no values yet"):
        need_real(object())
