"""Means and sums over batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.errors import ShapeError
from kshim.metrics import means

VALUES = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
WEIGHTS = np.array([0.5, 2.0], np.float32)


def test_a_mean_weighs_each_row() -> None:
    mean = means.Mean()
    mean.update_state(VALUES, WEIGHTS)
    mean.update_state(10.0)
    wanted = (VALUES.mean(-1) * WEIGHTS * 3).sum() + 10
    assert mean.result().item() == pytest.approx(wanted / (WEIGHTS.sum() * 3 + 1))


def test_a_number_weighs_the_whole_batch() -> None:
    mean = means.Mean()
    mean.update_state(torch.tensor(2.0), 3)
    mean.update_state(torch.tensor(6.0), 1)
    assert mean.result().item() == 3.0


def test_the_result_before_any_batch_is_zero() -> None:
    assert means.Mean().result().item() == 0.0


def test_a_sum_adds_up() -> None:
    total = means.Sum()
    total.update_state(VALUES)
    total.update_state(VALUES, WEIGHTS)
    assert total.result().item() == VALUES.sum() + (VALUES.sum(-1) * WEIGHTS).sum()


def test_sum_over_batch_size_divides_by_the_number_of_values() -> None:
    metric = means.SumOverBatchSize()
    metric.update_state(VALUES, WEIGHTS)
    assert metric.result().item() == pytest.approx((VALUES.sum(-1) * WEIGHTS).sum() / 6)


def test_a_mean_tensor_averages_each_element() -> None:
    metric = means.MeanTensor()
    metric.update_state(VALUES, [[1.0], [3.0]])
    metric.update_state(VALUES + 4, [[1.0], [1.0]])
    np.testing.assert_allclose(metric.result(), VALUES + np.array([[2.0], [1.0]]))


def test_a_mean_tensor_refuses_another_shape() -> None:
    metric = means.MeanTensor(shape=(2, 3))
    with pytest.raises(ShapeError, match=r"must be of shape \(2, 3\), as at first, got \(3,\)"):
        metric.update_state(VALUES[0])


def test_any_function_becomes_a_metric_with_its_arguments() -> None:
    metric = means.MeanMetricWrapper("huber", delta=0.5)
    again = means.MeanMetricWrapper.from_config(metric.get_config())
    assert (again.name, again.options) == ("huber", {"delta": 0.5})
    assert again([[0.0]], [[2.0]]).item() == pytest.approx(0.5 * 2.0 - 0.125)
