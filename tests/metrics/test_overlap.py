"""Intersection over union, against sets."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.errors import ArgumentError
from kshim.metrics import overlap

TRUE = np.array([[0, 0, 1, 1], [2, 2, 1, 0]])
SAID = np.array([[0, 1, 1, 1], [2, 0, 1, 0]])


def share(number: int) -> float:
    both = (number == TRUE) & (number == SAID)
    return float(both.sum() / ((number == TRUE) | (number == SAID)).sum())


def test_classes_are_averaged_over_those_that_occur() -> None:
    wanted = np.mean([share(number) for number in range(3)])
    assert overlap.MeanIoU(num_classes=5)(TRUE, SAID).item() == pytest.approx(wanted)


def test_only_the_classes_asked_for_count() -> None:
    metric = overlap.IoU(num_classes=3, target_class_ids=[0, 2])
    assert metric(TRUE, SAID).item() == pytest.approx((share(0) + share(2)) / 2)


def test_one_hot_targets_and_shares_give_the_same() -> None:
    one_hot = np.eye(3, dtype=np.float32)
    metric = overlap.OneHotMeanIoU(num_classes=3)
    wanted = overlap.MeanIoU(num_classes=3)(TRUE, SAID)
    assert metric(one_hot[TRUE], one_hot[SAID] * 0.7).item() == wanted.item()


def test_weights_of_rows_are_those_of_their_places() -> None:
    whole = overlap.MeanIoU(3)(TRUE[:1], SAID[:1])
    assert overlap.MeanIoU(3)(TRUE, SAID, [1.0, 0.0]).item() == whole.item()


def test_a_class_out_of_range_is_refused() -> None:
    with pytest.raises(ArgumentError, match="IoU: target_class_ids must be below num_classes=3"):
        overlap.IoU(num_classes=3, target_class_ids=[3])
