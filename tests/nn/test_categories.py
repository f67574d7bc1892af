"""Categories: rows of noughts and ones, bins, tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.nn.categories import Bins, CategoryEncoding, NumberTable


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("multi_hot", [[1, 1, 0, 0], [0, 0, 0, 1]]),
        ("count", [[1, 2, 0, 0], [0, 0, 0, 3]]),
        ("int", [[0, 1, 1], [3, 3, 3]]),
    ],
)
def test_modes_make_their_rows(mode: str, expected: Any) -> None:
    rows = CategoryEncoding(4, mode)(torch.tensor([[0, 1, 1], [3, 3, 3]]))
    assert rows.tolist() == expected and rows.dtype == torch.float32


@pytest.mark.parametrize("given", [[2, 0], [[2], [0]]])
def test_one_hot_makes_a_row_for_each_number(given: Any) -> None:
    assert CategoryEncoding(3, "one_hot")(torch.tensor(given)).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_one_hot_of_more_axes_is_for_keras_3() -> None:
    numbers = torch.randint(4, (2, 3))
    with pytest.raises(ValueError, match="at most 1 axes"):
        CategoryEncoding(4, "one_hot")(numbers)
    assert CategoryEncoding(4, "one_hot", any_rank=True)(numbers).shape == (2, 3, 4)


def test_tf_idf_weighs_the_counts() -> None:
    module = CategoryEncoding(3, "tf_idf")
    module.idf_weights = torch.tensor([0.5, 2.0, 1.0])
    assert module(torch.tensor([[1, 1, 0]])).tolist() == [[0.5, 4.0, 0.0]]


def test_numbers_outside_count_for_nothing_or_are_refused() -> None:
    numbers = torch.tensor([[0, 5, -1]])
    assert CategoryEncoding(3, "count")(numbers).tolist() == [[1, 0, 0]]
    with pytest.raises(ValueError, match="categories must be from 0 to 2, got -1"):
        CategoryEncoding(3, "count", checked=True)(numbers)


def test_onnx_counts_the_same(export: Any) -> None:
    module, numbers = CategoryEncoding(4, "count", checked=True), torch.randint(4, (2, 5))
    _, run = export(module, (numbers,))
    np.testing.assert_array_equal(run(numbers.numpy())[0], module(numbers))


def test_a_number_at_a_boundary_lies_above_it() -> None:
    bins = Bins([0.0, 1.0])
    assert bins(torch.tensor([-1.0, 0.0, 0.5, 1.0, 9.0])).tolist() == [0, 1, 1, 2, 2]


def test_a_table_finds_what_it_has() -> None:
    table = NumberTable(default=0)
    table.take([42, -3], [1, 2])
    assert table(torch.tensor([[42, 5], [-3, 42]])).tolist() == [[1, 0], [2, 1]]


def test_other_numbers_share_buckets_by_their_remainder() -> None:
    table = NumberTable(default=0, buckets=3, first_bucket=1)
    table.take([7], [4])
    assert table(torch.tensor([7, 6, 8, -1])).tolist() == [4, 1, 3, 3]


def test_a_complete_table_refuses_other_numbers() -> None:
    table = NumberTable(default=0, complete=True)
    table.take([7], [0])
    with pytest.raises(ValueError, match=r"must be in the vocabulary, got \[8\]"):
        table(torch.tensor([7, 8]))
