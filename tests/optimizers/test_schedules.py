"""Schedules against their formulas; the wanted numbers are written out by hand or in numpy."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.optimizers import SGD, schedules


@pytest.mark.parametrize(
    ("schedule", "wanted"),
    [
        (schedules.ExponentialDecay(0.8, 2, 0.5), {0: 0.8, 2: 0.4, 3: 0.8 * 0.5**1.5}),
        (schedules.ExponentialDecay(0.8, 2, 0.5, staircase=True), {1: 0.8, 3: 0.4, 4: 0.2}),
        (schedules.InverseTimeDecay(1.0, 4, 0.5), {0: 1.0, 4: 1 / 1.5, 6: 1 / 1.75}),
        (schedules.InverseTimeDecay(1.0, 4, 0.5, staircase=True), {3: 1.0, 6: 1 / 1.5}),
        (schedules.PiecewiseConstantDecay([2, 5], [3.0, 2.0, 1.0]), {2: 3.0, 3: 2.0, 5: 2.0, 6: 1}),
        (schedules.PolynomialDecay(1.0, 4, 0.2, power=2.0), {0: 1.0, 2: 0.4, 4: 0.2, 9: 0.2}),
        (schedules.PolynomialDecay(1.0, 4, 0.2, cycle=True), {0: 1.0, 4: 0.2, 6: 0.4, 8: 0.2}),
        (schedules.CosineDecay(2.0, 4, alpha=0.1), {0: 2.0, 2: 1.1, 4: 0.2, 9: 0.2}),
        (
            schedules.CosineDecay(1.0, 4, warmup_target=3.0, warmup_steps=2),
            {0: 1.0, 1: 2.0, 2: 3.0, 4: 1.5, 6: 0.0},
        ),
        (
            schedules.CosineDecayRestarts(2.0, 2, t_mul=2.0, m_mul=0.5),
            {0: 2.0, 1: 1.0, 2: 1.0, 4: 0.5, 6: 0.5},
        ),
        (schedules.CosineDecayRestarts(2.0, 2, t_mul=1.0), {1: 1.0, 2: 2.0, 3: 1.0}),
    ],
)
def test_a_schedule_gives_the_rate_of_its_formula(schedule: Any, wanted: dict[int, float]) -> None:
    rates = [schedule(step) for step in wanted]
    np.testing.assert_allclose(rates, list(wanted.values()), rtol=1e-12, atol=1e-12)


def test_a_schedule_survives_its_config() -> None:
    schedule = schedules.ExponentialDecay(0.8, 2, 0.5)
    again = schedules.deserialize(schedules.serialize(schedule))
    assert again.get_config() == schedule.get_config() and again(3) == schedule(3)


def test_an_optimizer_follows_a_schedule_through_its_config() -> None:
    first = SGD(schedules.ExponentialDecay(1.0, 1, 0.5))
    optimizer = SGD.from_config(first.get_config())
    parameter = torch.nn.Parameter(torch.zeros(2))
    for _ in range(3):
        optimizer.apply([parameter], [torch.ones(2)])
    assert parameter.tolist() == [-1.75, -1.75]


def test_a_function_gives_the_rate_of_each_update() -> None:
    rates = iter([1.0, 0.25])
    optimizer = SGD(lambda: next(rates))
    parameter = torch.nn.Parameter(torch.zeros(2))
    optimizer.apply([parameter], [torch.ones(2)])
    optimizer.apply([parameter], [torch.ones(2)])
    assert parameter.tolist() == [-1.25, -1.25]


def test_a_number_may_take_the_place_of_a_schedule_before_tf_keras_2_11() -> None:
    with in_era("2.3"):
        optimizer = SGD(schedules.ExponentialDecay(1.0, 1, 0.5))
        assert optimizer.lr(1) == 0.5
        optimizer.lr = 0.5
        assert optimizer.rate() == 0.5


# What the real ones told: the rate of the last update in 2.15, of the next in Keras 3.
@pytest.mark.parametrize(("era", "told"), [("2.15", [1.0, 1.0, 0.5]), ("3", [1.0, 0.5, 0.25])])
def test_a_schedule_shows_itself_as_the_rate_in_force(era: str, told: list[float]) -> None:
    with in_era(era):
        optimizer = SGD(schedules.ExponentialDecay(1.0, 1, 0.5))
        parameter = torch.nn.Parameter(torch.zeros(2))
        found = []
        for _ in told:
            found.append(float(optimizer.learning_rate))
            optimizer.apply([parameter], [torch.ones(2)])
        assert found == told
        with pytest.raises(ArgumentError, match="left to its schedule, ExponentialDecay"):
            optimizer.learning_rate = 0.5
        optimizer.learning_rate = schedules.ExponentialDecay(8.0, 1, 0.5)
        assert optimizer.rate() == 1.0 and copy.deepcopy(optimizer).lr == optimizer.lr
