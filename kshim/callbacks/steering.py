"""Callbacks that steer a run: LearningRateScheduler, TerminateOnNaN, LambdaCallback.

Source: Keras 2.2.4 and tf.keras 2.15 callbacks.py.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from kshim.callbacks.base import Callback, numbered
from kshim.callbacks.rates import rate_of, set_rate
from kshim.core.eras import rule
from kshim.errors import ArgumentError


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of each epoch.

    Args:
        schedule: gives the rate from the epoch, counted from 0, and the rate in force; or from
            the epoch alone.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose
        self._takes_rate = _takes(schedule, 2)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the rate."""
        rate = rate_of(self.model.optimizer)
        new = self.schedule(*((epoch, rate) if self._takes_rate else (epoch,)))
        try:
            value = float(new)
        except (TypeError, ValueError):
            wanted = "a function that gives a number"
            raise ArgumentError("schedule", wanted, new, who="LearningRateScheduler") from None
        set_rate(self.model.optimizer, value)
        if self.verbose > 0:
            print(f"\n{numbered(epoch)}: LearningRateScheduler setting learning rate to {value}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Log the rate."""
        if logs is not None and rule("scheduler_logs_rate"):
            logs[rule("logged_rate_name")] = rate_of(self.model.optimizer)


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Return whether a function can be called with so many positional arguments."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True


class TerminateOnNaN(Callback):
    """Stop training when the loss of a batch is not a number, or infinite."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: the loss is {loss}, terminating training")
            self.model.stop_training = True


class LambdaCallback(Callback):
    """Call functions of one's own at the hooks.

    Args:
        on_epoch_begin, on_epoch_end: take (epoch, logs).
        on_batch_begin, on_batch_end: take (batch, logs).
        on_train_begin, on_train_end: take (logs).
        others: any further hook by its name.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_batch_begin: Callable[..., Any] | None = None,
        on_batch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        **others: Any,
    ) -> None:
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin, "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin, "on_train_end": on_train_end,
        }  # fmt: skip
        self.__dict__.update(others)
        self.__dict__.update({name: hook for name, hook in hooks.items() if hook is not None})
