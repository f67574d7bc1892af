"""Texts: arrays of strings that go where tensors go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.texts import Texts, as_texts, is_text
from kshim.errors import ArgumentError


@pytest.mark.parametrize(
    "given",
    [
        *("a", b"a", ["a"], [["a"], ["b"]]),
        *(np.array(["a", "b"]), np.array([b"a"]), np.array(["a", "b"], dtype=object)),
    ],
)
def test_texts_in_any_container_are_texts(given: Any) -> None:
    assert is_text(given)
    assert as_texts(given).ravel()[0] == "a"


@pytest.mark.parametrize("given", [1, [1.0], np.ones(2), torch.ones(2), None, []])
def test_numbers_are_not_texts(given: Any) -> None:
    assert not is_text(given)


def test_texts_are_cut_chosen_from_and_joined_like_tensors() -> None:
    texts = as_texts([["a"], ["b"], ["c"]])
    assert texts[1:].tolist() == [["b"], ["c"]]
    chosen: Any = torch.index_select(texts, dim=0, index=torch.tensor([2, 0]))  # type: ignore[call-overload]
    assert chosen.tolist() == [["c"], ["a"]]
    joined: Any = torch.cat([texts, chosen])  # type: ignore[list-item]
    assert isinstance(joined, Texts) and joined.shape == (5, 1)
    assert texts[:, 0].view(Texts).unsqueeze(-1).tolist() == texts.tolist()


def test_no_other_function_of_torch_takes_texts() -> None:
    with pytest.raises(TypeError):
        torch.exp(as_texts(["a"]))  # type: ignore[arg-type]


def test_texts_move_to_any_device_but_never_become_numbers() -> None:
    texts = as_texts(["a"])
    assert texts.to("cuda", None) is texts
    with pytest.raises(ArgumentError, match="data must be an array of numbers"):
        texts.to("cpu", torch.float32)


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ArgumentError, match="texts must be rows of one length"):
        as_texts([["a", "b"], ["c"]])


def test_bytes_are_read_as_utf_8() -> None:
    assert as_texts([b"na\xc3\xafve"]).tolist() == ["naïve"]
