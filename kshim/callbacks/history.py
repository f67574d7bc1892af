"""History: what each epoch came to, kept in a dict of lists."""

from __future__ import annotations

from typing import Any

from kshim.callbacks.base import Callback


class History(Callback):
    """Keep the losses and metrics of every epoch; `fit` returns one.

    Attributes:
        epoch: the numbers of the epochs, from 0.
        history: a list of numbers for each name, such as `history["val_loss"]`.
    """

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier run."""
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep what the epoch came to."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
