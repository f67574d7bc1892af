"""LossScaleOptimizer: finite gradients update, others halve the scale and are left out."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from kshim import optimizers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError

LossScaleOptimizer = optimizers.LossScaleOptimizer


def scaled(**options: Any) -> Any:
    """Return SGD with a loss scale."""
    return LossScaleOptimizer(optimizers.SGD(0.5), **options)


@pytest.mark.parametrize("era", ["2.15", "3"])
def test_an_infinite_gradient_is_left_out_and_halves_the_scale(era: str) -> None:
    with in_era(era):
        optimizer, parameter = scaled(initial_scale=8.0), torch.nn.Parameter(torch.ones(2))
        optimizer.apply_scaled([parameter], [torch.tensor([8.0, float("inf")])])
        assert parameter.tolist() == [1.0, 1.0]
        assert (float(optimizer.loss_scale), int(optimizer.iterations)) == (4.0, 0)
        optimizer.apply_scaled([parameter], [torch.tensor([4.0, 8.0])])
    assert parameter.tolist() == [0.5, 0.0]
    assert (int(optimizer.iterations), int(optimizer.dynamic_counter)) == (1, 1)


@pytest.mark.parametrize(("era", "least"), [("2.15", 1.0), ("3", 0.5)])
def test_halving_stops_at_one_up_to_keras_3(era: str, least: float) -> None:
    with in_era(era):
        optimizer = scaled(initial_scale=1.0)
        optimizer.apply_scaled([torch.nn.Parameter(torch.ones(1))], [torch.tensor([torch.nan])])
    assert float(optimizer.loss_scale) == least


def test_updates_in_a_row_double_the_scale() -> None:
    optimizer, parameter = scaled(initial_scale=2.0, dynamic_growth_steps=2), torch.ones(1)
    scales = []
    for _ in range(4):
        optimizer.apply_scaled([parameter], [torch.ones(1)])
        scales.append(float(optimizer.loss_scale))
    assert scales == [2.0, 4.0, 4.0, 8.0]


def test_a_fixed_scale_stays() -> None:
    optimizer = scaled(dynamic=False, initial_scale=16.0)
    optimizer.apply_scaled([torch.ones(1)], [torch.tensor([torch.inf])])
    assert float(optimizer.loss_scale) == 16.0


def test_a_loop_of_ones_own_scales_and_unscales() -> None:
    optimizer = scaled(initial_scale=4.0)
    assert float(optimizer.get_scaled_loss(torch.tensor(2.0))) == 8.0
    assert optimizer.get_unscaled_gradients([torch.tensor(8.0), None]) == [torch.tensor(2.0), None]


@pytest.mark.parametrize(("era", "left"), [("2.15", -1.0), ("3", 0.5)])
def test_apply_takes_gradients_of_the_loss_or_of_the_scaled_one(era: str, left: float) -> None:
    with in_era(era):
        optimizer, parameter = scaled(initial_scale=4.0), torch.ones(1)
        optimizer.apply([parameter], [torch.tensor([4.0])])
    assert parameter.item() == left


def test_rate_and_slots_are_those_of_the_optimizer_inside() -> None:
    inner = optimizers.Adam(0.25)
    optimizer = LossScaleOptimizer(inner)
    optimizer.learning_rate = 0.125
    assert float(inner.learning_rate) == 0.125
    parameter = torch.ones(2)
    optimizer.apply([parameter], [torch.ones(2)])
    again = LossScaleOptimizer(optimizers.Adam(0.25))
    again.build([torch.ones(2)])
    again.set_weights(optimizer.get_weights())
    assert [it.tolist() for it in again.get_weights()] == [
        it.tolist() for it in optimizer.get_weights()
    ]


def test_its_config_makes_it_again() -> None:
    config = optimizers.serialize(scaled(initial_scale=4.0))
    again = optimizers.deserialize(config)
    assert float(again.loss_scale) == 4.0
    assert isinstance(again.inner_optimizer, optimizers.SGD)


def test_an_optimizer_that_scales_already_is_refused() -> None:
    with pytest.raises(ArgumentError, match="an optimizer that scales no loss"):
        LossScaleOptimizer(scaled())
    with pytest.raises(ArgumentError, match="initial_scale"):
        scaled(dynamic=False)
