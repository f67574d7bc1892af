"""Batches: arrays cut up and shuffled, streams of every kind, and epochs of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.training.batches import ArrayBatches, Batch, split


def numbers(count: int) -> Batch:
    """Return the samples 0, 1, …, with targets ten times as large."""
    values = torch.arange(count)
    return Batch([values], [values * 10, None], [None, values.float()])


def seen(batches: Any) -> list[list[int]]:
    """Return the samples of one epoch, batch by batch."""
    return [batch.inputs[0].tolist() for batch in batches.epoch()]


def kerass_order(count: int, size: int, epochs: int, shuffle: Any) -> list[list[int]]:
    """Return the order in which Keras 2.2's manual shuffles: in place, epoch after epoch."""
    order, found = np.arange(count), []
    for _ in range(epochs):
        if shuffle == "batch":
            whole = order[: count - count % size].reshape(-1, size)
            np.random.shuffle(whole)
            order = np.append(whole.flatten(), order[count - count % size :])
        else:
            np.random.shuffle(order)
        found += [order[start : start + size].tolist() for start in range(0, count, size)]
    return found


def test_arrays_are_cut_in_order_with_a_short_last_batch() -> None:
    batches = ArrayBatches(numbers(7), 3)
    assert seen(batches) == [[0, 1, 2], [3, 4, 5], [6]]
    assert (batches.steps, batches.samples) == (3, 7)
    last = list(batches.epoch())[-1]
    assert (last.size, last.targets[0].tolist(), last.targets[1]) == (1, [60], None)
    assert last.weights[1].tolist() == [6.0]


@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_numpys_seed_gives_the_order_of_keras_2_2(shuffle: Any) -> None:
    with in_era("2.2"):
        np.random.seed(5)
        batches = ArrayBatches(numbers(7), 3, shuffle)
        mine = [*seen(batches), *seen(batches), *seen(batches)]
    np.random.seed(5)
    assert mine == kerass_order(7, 3, 3, shuffle)


def test_in_tf_keras_torchs_seed_repeats_the_order() -> None:
    def run() -> list[list[int]]:
        torch.manual_seed(5)
        batches = ArrayBatches(numbers(9), 2, True)
        return seen(batches) + seen(batches)

    one = run()
    assert one == run() and one[:5] != one[5:]
    assert sorted(number for batch in one[:5] for number in batch) == list(range(9))


def test_more_steps_than_batches_begin_again_and_fewer_stop() -> None:
    assert seen(ArrayBatches(numbers(4), 2, steps=3)) == [[0, 1], [2, 3], [0, 1]]
    assert seen(ArrayBatches(numbers(4), 2, steps=1)) == [[0, 1]]


def test_a_batch_has_at_least_one_sample() -> None:
    with pytest.raises(ArgumentError, match="batch_size must be a whole number of at least 1"):
        ArrayBatches(numbers(4), -2)


def test_the_last_share_validates() -> None:
    first, last = split(numbers(5), 0.4)
    assert (first.inputs[0].tolist(), last.inputs[0].tolist()) == ([0, 1, 2], [3, 4])
    assert last.targets[0].tolist() == [30, 40] and last.targets[1] is None
    for share in (1.5, 0.999, 1.0):
        with pytest.raises(ArgumentError, match="validation_split must be a share between"):
            split(numbers(3), share)
