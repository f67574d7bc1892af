"""The learning rate of an optimizer with a schedule, as scripts read it: a number.

Source: tf.keras 2.15 optimizers/optimizer.py, Keras 3.15 optimizers/base_optimizer.py.
"""

from __future__ import annotations

from typing import Any

from kshim.errors import ArgumentError
from kshim.optimizers.hyper import Hyper
from kshim.optimizers.schedules import LearningRateSchedule


class ScheduledRate(Hyper):
    """Hold what a schedule says now; it changes with the optimizer's updates.

    Args:
        schedule: gives the rate for a number of updates.
        optimizer: makes and counts them.
        lag: 1 to tell the rate of the last update, 0 that of the next.
    """

    __slots__ = ("_lag", "_optimizer", "schedule")

    def __init__(self, schedule: LearningRateSchedule, optimizer: Any, lag: int) -> None:
        self.schedule, self._optimizer, self._lag = schedule, optimizer, lag

    def __reduce__(self) -> Any:
        """Be copied by what it is made of."""
        return type(self), (self.schedule, self._optimizer, self._lag)

    @property
    def value(self) -> float:  # type: ignore[override]
        """Return the rate of the update that is told."""
        return float(self.schedule(max(self._optimizer.iterations.value - self._lag, 0)))

    def assign(self, value: Any) -> Hyper:
        """Refuse a number.

        Raises:
            ArgumentError: always, for the schedule would have no effect from then on.
        """
        wanted = f"left to its schedule, {type(self.schedule).__name__}, or set to another schedule"
        raise ArgumentError("learning_rate", wanted, value, who=type(self._optimizer).__name__)
