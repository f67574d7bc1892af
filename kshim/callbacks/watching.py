"""Callbacks that watch one value: EarlyStopping, ReduceLROnPlateau, and what they share.

Source: Keras 1.2.2, 2.2.4 and tf.keras 2.15 callbacks.py.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from typing import Any

from kshim.callbacks.base import Callback, numbered
from kshim.callbacks.rates import rate_of, set_rate
from kshim.core.eras import rule
from kshim.errors import ArgumentError, UnexpectedArgument

MODES = ("auto", "min", "max")


class Watch:
    """Say whether a watched value got better.

    Args:
        monitor: the name of the value in the logs.
        mode: min or max; auto takes max for names in which `rising` is found.
        min_delta: by how much a value must be better to count.
        rising: the pattern of names whose values are better when higher.
    """

    def __init__(
        self, who: str, monitor: str, mode: str, min_delta: float = 0.0, rising: str = r"acc"
    ) -> None:
        if mode not in MODES:
            raise ArgumentError("mode", f"one of {', '.join(MODES)}", mode, who=who)
        guessed = re.search(rising, monitor) is not None
        self.who, self.monitor, self.min_delta = who, monitor, abs(min_delta)
        self.higher = mode == "max" or (mode == "auto" and guessed)
        self.reset()

    def reset(self, baseline: float | None = None) -> None:
        """Forget the best value, or begin with a baseline."""
        worst = -math.inf if self.higher else math.inf
        self.best = worst if baseline is None else baseline

    def is_better(self, value: float, than: float | None = None) -> bool:
        """Return whether a value is better than the best, or another; no NaN or infinity is."""
        if not math.isfinite(value):
            return False
        mark = self.best if than is None else than
        gain = value - mark if self.higher else mark - value
        return gain > self.min_delta

    def state_dict(self) -> dict[str, Any]:
        """Return the best value."""
        return {"best": self.best}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take a best value for the one so far."""
        self.best = state["best"]

    def value(self, logs: Any) -> float | None:
        """Return the watched value; warn and return None when the logs have none."""
        logs = logs or {}
        if self.monitor not in logs:
            names = ", ".join(logs) or "nothing"
            warnings.warn(
                f"{self.who}: monitor must be one of {names}, got {self.monitor!r}.",
                RuntimeWarning,
                stacklevel=3,
            )
            return None
        return float(logs[self.monitor])


class EarlyStopping(Callback):
    """Stop training when a watched value has not got better for some epochs.

    Args:
        monitor: the name of the value in the logs.
        min_delta: by how much it must get better to count.
        patience: how many epochs without a better value are borne.
        baseline: the value to be better than from the start; in tf.keras better epochs count
            against patience until one is better than it.
        restore_best_weights: whether to end with the weights of the best epoch.
        start_from_epoch: the first epoch that is watched.
    """

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0,
        verbose: int = 0, mode: str = "auto", baseline: float | None = None,
        restore_best_weights: bool = False, start_from_epoch: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.monitor, self.patience, self.verbose = monitor, patience, verbose
        self.baseline, self.restore_best_weights = baseline, restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.watch = Watch("EarlyStopping", monitor, mode, min_delta, rule("rising_values"))
        self.wait = 0
        self.stopped_epoch = 0
        self.best_epoch = 0
        self.best_weights: Any = None

    @property
    def best(self) -> float:
        """Return the best value so far."""
        return self.watch.best

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier run."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights = None
        self.watch.reset(self.baseline if rule("baseline_is_first_best") else None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Count the epoch as better or not, and stop when patience is at its end."""
        value = self.watch.value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.watch.is_better(value):
            self._keep(epoch, value)
        elif self.wait >= self.patience + rule("early_stopping_extra_epoch") and (
            epoch > 0 or not rule("early_stopping_bears_first_epoch")
        ):
            self._stop(epoch)

    def on_train_end(self, logs: Any = None) -> None:
        """Say when training stopped early; Keras 3 brings the best weights back in any case."""
        if rule("best_weights_always_return") and self.best_weights is not None:
            self.model.set_weights(self.best_weights)
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"{numbered(self.stopped_epoch)}: early stopping")

    def _keep(self, epoch: int, value: float) -> None:
        """Take a value for the best so far."""
        if self.baseline is None or self.watch.is_better(value, self.baseline):
            self.wait = 0
        self.watch.best, self.best_epoch = value, epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def _stop(self, epoch: int) -> None:
        """Stop training, with the weights of the best epoch if that was asked for."""
        self.stopped_epoch = epoch
        self.model.stop_training = True
        if self.best_weights is not None:
            if self.verbose > 0:
                print("EarlyStopping: restoring the weights of the best epoch.")
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(Callback):
    """Lower the learning rate when a watched value has not got better for some epochs.

    Args:
        factor: what the rate is multiplied with, less than 1.
        patience: how many epochs without a better value are borne.
        min_delta: by how much a value must be better to count (epsilon up to Keras 2.0, and with a
            warning later).
        cooldown: how many epochs to wait after lowering.
        min_lr: the lowest rate.
    """

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10,
        verbose: int = 0, mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0,
        min_lr: float = 0, **old: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        if factor >= 1.0:
            wanted = "a number below 1"
            raise ArgumentError("factor", wanted, factor, who="ReduceLROnPlateau")
        if "epsilon" in old:
            min_delta = old.pop("epsilon")
            if rule("epsilon_is_old_in_plateau"):
                told = "ReduceLROnPlateau: `epsilon` argument is deprecated; use min_delta."
                warnings.warn(told, stacklevel=2)
        if old:
            word = next(iter(old))
            raise UnexpectedArgument(f"ReduceLROnPlateau: keyword must be known, got {word!r}.")
        self.monitor, self.factor, self.patience = monitor, factor, patience
        self.verbose, self.cooldown, self.min_lr = verbose, cooldown, min_lr
        self.watch = Watch("ReduceLROnPlateau", monitor, mode, min_delta)
        self.wait = self.cooldown_counter = 0

    @property
    def best(self) -> float:
        """Return the best value so far."""
        return self.watch.best

    @property
    def min_delta(self) -> float:
        """Return by how much a value must be better."""
        return self.watch.min_delta

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier run."""
        self.watch.reset()
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Log the rate, and lower it when patience is at its end."""
        rate = rate_of(self.model.optimizer)
        if logs is not None:
            logs[rule("logged_rate_name")] = rate
        value = self.watch.value(logs)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.watch.is_better(value):
            self.watch.best, self.wait = value, 0
            return
        if self.cooldown_counter > 0:
            return
        first = rule("plateau_counts_first")
        self.wait += first
        if self.wait >= self.patience and rate > self.min_lr:
            self._lower(epoch, rate)
        self.wait += not first

    def _lower(self, epoch: int, rate: float) -> None:
        new = max(rate * self.factor, self.min_lr)
        set_rate(self.model.optimizer, new)
        if self.verbose > 0:
            print(f"\n{numbered(epoch)}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter, self.wait = self.cooldown, 0
