"""What happens to targets, predictions and weights before they meet."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.losses import tensors


def test_targets_follow_the_predictions_type() -> None:
    y_true, y_pred = tensors.paired(np.arange(3), torch.zeros(3))
    assert (y_true.dtype, y_pred.dtype) == (torch.float32, torch.float32)


def test_whole_predictions_become_floats() -> None:
    assert tensors.paired([1, 2], [3, 4])[1].dtype == torch.float32


@pytest.mark.parametrize(
    ("true", "pred", "wanted"),
    [((3,), (3, 1), (3,)), ((3, 1), (3,), (3,)), ((3, 1), (3, 1), (3, 1)), ((3,), (3, 2), (3,))],
)
def test_a_last_axis_of_one_too_many_is_dropped(
    true: tuple[int, ...], pred: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    assert tensors.same_rank(torch.zeros(true), torch.zeros(pred))[0].shape == wanted


@pytest.mark.parametrize(
    ("weight", "wanted"), [((2,), (2, 1, 1)), ((2, 3), (2, 3, 1)), ((2, 3, 4, 1), (2, 3, 4))]
)
def test_weights_broadcast_from_the_left(weight: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    assert tensors.aligned(torch.ones(weight), torch.zeros(2, 3, 4)).shape == wanted


def test_class_numbers_lose_their_column_and_become_whole() -> None:
    numbers = tensors.class_numbers([[2.0], [0.0]], torch.zeros(2, 3))
    assert torch.equal(numbers, torch.tensor([2, 0]))


def test_a_vector_of_zeros_stays_zero() -> None:
    assert torch.equal(tensors.unit_length(torch.zeros(2, 3)), torch.zeros(2, 3))
