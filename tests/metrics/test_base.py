"""The state of metrics, and metrics of the user's own."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor

from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.errors import NotSupported
from kshim.metrics.base import Metric, State, divide_or_zero
from kshim.metrics.confusion import Precision
from kshim.metrics.means import Mean


class Hits(Metric):
    """A metric as users write it, with the old name of reset_state."""

    def __init__(self, name: str = "hits", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.seen = self.add_weight(name="seen", shape=(2,), initializer="ones")
        self.resets = 0

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Any = None) -> None:
        self.hits.assign_add(torch.sum(y_true * y_pred))
        self.seen.assign(self.seen + 1)

    def result(self) -> Tensor:
        return self.hits / self.seen[0]

    def reset_states(self) -> None:
        self.resets += 1
        self.hits.assign(0.0)
        self.seen.assign([1.0, 1.0])


def test_a_metric_of_the_users_own_gathers_and_forgets() -> None:
    metric = Hits(dtype="float32")
    assert metric(torch.ones(3, 2), torch.ones(3, 2)).item() == 3.0
    metric.reset_state()
    assert (metric.resets, metric.hits.item(), metric.seen.tolist()) == (1, 0.0, [1.0, 1.0])
    assert metric.variables == [metric.hits, metric.seen]


def test_both_words_for_forgetting_reach_every_metric() -> None:
    for forget in ("reset_state", "reset_states"):
        metric = Mean()
        metric.update_state([1.0, 5.0])
        getattr(metric, forget)()
        assert metric.result().item() == 0.0


def test_no_gradient_is_kept() -> None:
    metric = Hits()
    metric.update_state(torch.ones(2, requires_grad=True), torch.ones(2))
    assert not metric.hits.requires_grad
    assert not metric.result().requires_grad


def test_a_result_is_a_plain_number_of_its_own() -> None:
    metric = Hits()
    before = metric.result()
    metric.update_state(torch.ones(2), torch.ones(2))
    assert type(before) is Tensor
    assert (before.shape, before.item()) == ((), 0.0)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_goes_its_own_way(copied: Any) -> None:
    metric = Mean()
    metric.update_state([2.0])
    other = copied(metric)
    other.update_state([4.0])
    assert (metric.result().item(), other.result().item()) == (2.0, 3.0)
    assert type(other.total) is State
    assert other.weights[0] is other.total


def test_a_state_keeps_its_type() -> None:
    state = State(torch.zeros(2))
    state.assign_add(torch.ones(2, dtype=torch.float64))
    state.assign_sub(3)
    assert (state.dtype, state.tolist()) == (torch.float32, [-2.0, -2.0])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_state_goes_where_its_data_is() -> None:
    metric = Mean()
    metric.update_state(torch.ones(3, device="cuda"), torch.ones(3, device="cuda"))
    metric.update_state(torch.ones(3, device="cuda"))
    assert metric.weights[0] is metric.total
    assert metric.total.is_cuda
    assert metric.result().item() == 1.0


def test_metrics_without_a_name_are_numbered_by_class() -> None:
    forget_names()
    assert [Precision().name, Precision().name] == ["precision", "precision_1"]
    with in_era("2.3"):
        forget_names()
        assert Precision().name == "precision_1"


def test_a_metric_without_methods_says_what_is_missing() -> None:
    with pytest.raises(NotSupported, match="a Metric must define update_state"):
        Metric().update_state()
    with pytest.raises(NotSupported, match="a Metric must define result"):
        Metric().result()


def test_dividing_by_zero_gives_zero() -> None:
    quotient = divide_or_zero(torch.tensor([1.0, 3.0, 0.0]), torch.tensor([0.0, 2.0, 0.0]))
    assert quotient.tolist() == [0.0, 1.5, 0.0]
