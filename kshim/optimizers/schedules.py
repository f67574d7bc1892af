"""Schedules: learning rates that follow from the number of updates made.

Source: tf.keras 2.15 optimizers/schedules/learning_rate_schedule.py.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from typing import Any

from kshim.core.arguments import Declared, arg
from kshim.core.checks import anything, number, optional, text, true_or_false
from kshim.core.config import to_config
from kshim.core.registry import Registry, custom_object_scope

SCHEDULES = Registry("learning rate schedule")


def serialize(learning_rate_schedule: Any) -> Any:
    """Return the config of a schedule."""
    return to_config(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the schedule that `serialize` described."""
    with custom_object_scope(custom_objects):
        return SCHEDULES.make(config)


class LearningRateSchedule(Declared):
    """Give the learning rate of each update; the base of all schedules."""

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        raise NotImplementedError(f"{type(self).__name__}: __call__ must be defined.")


@SCHEDULES.register()
class ExponentialDecay(LearningRateSchedule):
    """Give initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
        staircase: whether the quotient is rounded down.
    """

    initial_learning_rate: float = arg(number())
    decay_steps: float = arg(number())
    decay_rate: float = arg(number())
    staircase: bool = arg(true_or_false, False)
    name: str | None = arg(optional(text), None)

    def __call__(self, step: Any) -> float:
        """Return the learning rate after `step` updates."""
        turns = _turns(step, self.decay_steps, self.staircase)
        return float(self.initial_learning_rate * self.decay_rate**turns)


@SCHEDULES.register()
class InverseTimeDecay(LearningRateSchedule):
    """Give initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
        staircase: whether the quotient is rounded down.
    """

    initial_learning_rate: float = arg(number())
    decay_steps: float = arg(number())
    decay_rate: float = arg(number())
    staircase: bool = arg(true_or_false, False)
    name: str | None = arg(optional(text), None)

    def __call__(self, step: Any) -> float:
        """Return the learning rate after `step` updates."""
        turns = _turns(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate / (1.0 + self.decay_rate * turns)


@SCHEDULES.register()
class PiecewiseConstantDecay(LearningRateSchedule):
    """Give values[i] as long as step is not above boundaries[i], then the last of the values."""

    boundaries: Any = arg(anything)
    values: Any = arg(anything)
    name: str | None = arg(optional(text), None)

    def __call__(self, step: Any) -> float:
        """Return the learning rate after `step` updates."""
        return float(self.values[bisect.bisect_left(list(self.boundaries), float(step))])


@SCHEDULES.register()
class PolynomialDecay(LearningRateSchedule):
    """Lead from initial_learning_rate to end_learning_rate along (1 - step / decay_steps) ** power.

    Args:
        cycle: whether the way is stretched to a multiple of decay_steps once it is at its end.
    """

    initial_learning_rate: float = arg(number())
    decay_steps: float = arg(number())
    end_learning_rate: float = arg(number(), 0.0001)
    power: float = arg(number(), 1.0)
    cycle: bool = arg(true_or_false, False)
    name: str | None = arg(optional(text), None)

    def __call__(self, step: Any) -> float:
        """Return the learning rate after `step` updates."""
        done = float(step)
        turns = max(1, math.ceil(done / self.decay_steps)) if self.cycle else 1
        part = min(1.0, done / (self.decay_steps * turns))
        span = self.initial_learning_rate - self.end_learning_rate
        return float(span * (1.0 - part) ** self.power + self.end_learning_rate)


@SCHEDULES.register()
class CosineDecay(LearningRateSchedule):
    """Lead along half a wave from initial_learning_rate to alpha times it.

    Args:
        warmup_target: where a straight line leads first; the wave starts from there.
        warmup_steps: the length of that line.
    """

    initial_learning_rate: float = arg(number())
    decay_steps: float = arg(number())
    alpha: float = arg(number(), 0.0)
    name: str | None = arg(optional(text), None)
    warmup_target: float | None = arg(optional(number()), None)
    warmup_steps: float = arg(number(), 0)

    def __call__(self, step: Any) -> float:
        """Return the learning rate after `step` updates."""
        done, top = float(step), self.initial_learning_rate
        if self.warmup_target is not None:
            if done < self.warmup_steps:
                return top + (self.warmup_target - top) * done / self.warmup_steps
            done, top = done - self.warmup_steps, self.warmup_target
        wave = _half_wave(min(1.0, done / self.decay_steps))
        return top * ((1 - self.alpha) * wave + self.alpha)


@SCHEDULES.register()
class CosineDecayRestarts(LearningRateSchedule):
    """Lead along half waves, each starting at the top again.

    Args:
        t_mul: how many times longer each wave is than the one before.
        m_mul: how many times higher.
        alpha: the lowest rate, as a part of initial_learning_rate.
    """

    initial_learning_rate: float = arg(number())
    first_decay_steps: float = arg(number())
    t_mul: float = arg(number(), 2.0)
    m_mul: float = arg(number(), 1.0)
    alpha: float = arg(number(), 0.0)
    name: str | None = arg(optional(text), None)

    def __call__(self, step: Any) -> float:
        """Return the learning rate after `step` updates."""
        turn, part = self._wave(float(step) / self.first_decay_steps)
        wave = self.m_mul**turn * _half_wave(part)
        return float(self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha))

    def _wave(self, done: float) -> tuple[int, float]:
        """Return how many waves are over, and which part of the present one."""
        if self.t_mul == 1.0:
            return int(done), done - int(done)
        turn = math.floor(math.log(1.0 - done * (1.0 - self.t_mul)) / math.log(self.t_mul))
        length = self.t_mul**turn
        return turn, (done - (1.0 - length) / (1.0 - self.t_mul)) / length


def _turns(step: Any, steps: float, staircase: bool) -> float:
    turns = float(step) / steps
    return math.floor(turns) if staircase else turns


def _half_wave(part: float) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * part))
