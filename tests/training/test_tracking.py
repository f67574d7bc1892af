"""Trackers: running values by the era's rules, and logs that wait to be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from kshim import metrics
from kshim.core.eras import in_era
from kshim.training.tracking import FunctionMetric, Logs, Mean, ObjectMetric, as_number, read


def error(target: Tensor, output: Tensor) -> Tensor:
    """Return one value a row."""
    return (target - output).abs().mean(-1)


def rows(*values: float) -> tuple[Tensor, Tensor]:
    """Return targets of zero and outputs of these values."""
    made = torch.tensor(values)[:, None]
    return torch.zeros_like(made), made


def test_a_mean_counts_each_value_as_often_as_it_has_samples() -> None:
    mean = Mean("loss")
    assert mean.result() == 0.0
    mean.add(torch.tensor(2.0), 3)
    mean.add(torch.tensor(6.0), torch.tensor(1.0))
    assert (float(mean.result()), float(mean.last())) == (3.0, 6.0)
    mean.reset()
    assert mean.result() == 0.0


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_a_function_is_averaged_over_all_samples(era: str) -> None:
    with in_era(era):
        metric = FunctionMetric("mae", error)
        metric.update(*rows(1.0, 2.0, 3.0), None, None)
        metric.update(*rows(8.0), None, None)
    assert float(metric.result()) == 3.5
    assert float(metric.last()) == 8.0


@pytest.mark.parametrize(
    ("era", "want"), [("2.2", (1.0 * 3 + 8.0 * 2) / 5), ("2.15", (1.0 + 8.0 + 8.0) / 3)]
)
def test_masked_values_do_not_count(era: str, want: float) -> None:
    """Up to 2.2 a batch counts by its size, then each step that is left counts alike."""
    with in_era(era):
        metric = FunctionMetric("mae", error)
        metric.update(*rows(1.0, 5.0, 5.0), None, torch.tensor([True, False, False]))
        metric.update(*rows(8.0, 8.0), None, torch.tensor([True, True]))
    np.testing.assert_allclose(metric.result(), want, rtol=1e-6)


def test_sample_weights_count_in_weighted_metrics_alone() -> None:
    weight = torch.tensor([1.0, 3.0])
    for weighted, want in ((False, 2.0), (True, 2.5)):
        metric = FunctionMetric("mae", error, weighted=weighted)
        metric.update(*rows(1.0, 3.0), weight, None)
        assert float(metric.result()) == want


def test_an_object_keeps_its_own_state() -> None:
    metric = ObjectMetric("own", metrics.MeanAbsoluteError(), weighted=True)
    metric.update(*rows(1.0, 3.0), torch.tensor([1.0, 3.0]), None)
    assert float(metric.result()) == float(metric.last()) == 2.5
    metric.reset()
    metric.update(*rows(1.0, 3.0), None, torch.tensor([True, False]))
    assert float(metric.result()) == 1.0


def test_logs_become_numbers_when_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    item = Tensor.item
    monkeypatch.setattr(Tensor, "item", lambda self: reads.append(1) or item(self))
    logs = Logs(loss=torch.tensor(2.0), size=3)
    logs.update(Logs(acc=torch.tensor(0.5)))
    assert not reads and "loss" in logs and list(logs) == ["loss", "size", "acc"]
    assert isinstance(logs["loss"], float) and logs["loss"] == 2.0
    assert len(reads) == 1  # the second reading found a number
    assert logs.get("nothing", 7) == 7
    assert logs.items() == [("loss", 2.0), ("size", 3), ("acc", 0.5)]
    assert logs.values() == [2.0, 3, 0.5] == logs.copy().values()
    assert dict((logs | {"lr": torch.tensor(0.1)}).items())["lr"] == pytest.approx(0.1)


def test_values_of_several_numbers_become_arrays() -> None:
    np.testing.assert_array_equal(as_number(torch.tensor([1.0, 2.0])), [1.0, 2.0])
    assert as_number("word") == "word"


def test_trackers_are_read_by_name() -> None:
    mean = Mean("loss")
    mean.add(torch.tensor(2.0), 1)
    mean.add(torch.tensor(4.0), 1)
    told: dict[str, Any] = dict(read([mean], "val_"))
    assert told == {"val_loss": 3.0}
    assert dict(read([mean], last=True)) == {"loss": 4.0}
