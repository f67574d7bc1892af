"""Callbacks that write files: ModelCheckpoint and CSVLogger.

Source: Keras 2.2.4 and tf.keras 2.15 callbacks.py.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kshim.callbacks.base import Callback, numbered
from kshim.callbacks.watching import Watch
from kshim.core.eras import rule
from kshim.core.replacing import need_writable
from kshim.errors import ArgumentError
from kshim.training.tracking import Logs


class ModelCheckpoint(Callback):
    """Save the model, or its weights, at the end of epochs.

    Args:
        filepath: may hold the epoch and logged values:
            `weights.{epoch:02d}-{val_loss:.2f}.hdf5`.
        save_best_only: whether to save only when the watched value got better.
        save_weights_only: whether to save the weights alone.
        period: how many epochs lie between two savings.
        save_freq: "epoch", or a number of batches (tf.keras).

    Of several processes all call `save`, which lets the first one write.
    """

    def __init__(
        self, filepath: Any, monitor: str = "val_loss", verbose: int = 0,
        save_best_only: bool = False, save_weights_only: bool = False, mode: str = "auto",
        period: int = 1, save_freq: Any = "epoch", options: Any = None,
        initial_value_threshold: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.filepath, self.monitor, self.verbose = os.fspath(filepath), monitor, verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.period, self.save_freq = period, save_freq
        self.watch = Watch("ModelCheckpoint", monitor, mode, rising=r"acc|^fmeasure")
        self.watch.reset(initial_value_threshold)
        self._epochs = self._batches = self._epoch = 0

    @property
    def best(self) -> float:
        """Return the best value so far."""
        return self.watch.best

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse a folder that cannot be written, before the first epoch rather than after it."""
        # The part of the path that is the same for all epochs.
        need_writable("ModelCheckpoint", os.path.dirname(self.filepath.partition("{")[0]))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note which epoch runs."""
        self._epoch = epoch

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save every so many batches, if that was asked for."""
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save every `period` epochs."""
        self._epochs += 1
        if self.save_freq == "epoch" and self._epochs >= self.period:
            self._epochs = 0
            self._save(epoch, logs)

    def _save(self, epoch: int, logs: Any) -> None:
        path = self._path(epoch, logs)
        if not self.save_best_only:
            self._say(f"\n{numbered(epoch)}: saving model to {path}")
            self._write(path)
            return
        value = self.watch.value(logs)
        if value is None:
            return
        if not self.watch.is_better(value):
            self._say(f"\n{numbered(epoch)}: {self.monitor} did not improve from {self.best:.5f}")
            return
        self._say(
            f"\n{numbered(epoch)}: {self.monitor} improved from {self.best:.5f} to {value:.5f}, "
            f"saving model to {path}"
        )
        self._write(path)
        self.watch.best = value

    def _path(self, epoch: int, logs: Any) -> str:
        named = dict(Logs(logs or {}).items())
        try:
            return self.filepath.format(epoch=epoch + rule("checkpoint_first_epoch"), **named)
        except KeyError as error:
            known = ", ".join(["epoch", *named])
            raise ArgumentError(
                "filepath", f"made of {known}", error.args[0], who="ModelCheckpoint"
            ) from None

    def _write(self, path: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _say(self, text: str) -> None:
        if self.verbose > 0:
            print(text)


class CSVLogger(Callback):
    """Write the values of each epoch as a line of a CSV file.

    Args:
        filename: of the file.
        separator: between two values.
        append: whether to go on behind what the file holds.
    """

    writes = True

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys: list[str] | None = None
        self._start, self._begun = 0, False

    def on_train_begin(self, logs: Any = None) -> None:
        """Make the file; what it held goes when there is something to write."""
        need_writable("CSVLogger", os.path.dirname(self.filename))
        with open(self.filename, "a"):
            self._start = os.path.getsize(self.filename) if self.append else 0
        self._begun = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write one line; the names come first in a new file."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
        line = {key: _text(logs[key]) if key in logs else "NA" for key in self.keys}
        self._begin()
        # Closed after each line: nothing is lost or left open, however the run ends.
        with open(self.filename, "a", newline="") as file:
            writer = csv.DictWriter(file, ["epoch", *self.keys], delimiter=self.sep)
            if not file.tell():
                writer.writeheader()
            writer.writerow({"epoch": epoch, **line})

    def on_train_end(self, logs: Any = None) -> None:
        """Empty the file of a run without epochs."""
        self._begin()

    def state_dict(self) -> dict[str, Any]:
        """Return how much of the file a run that is taken up goes on behind."""
        return {"size": os.path.getsize(self.filename) if self._begun else self._start}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on behind so much of the file; lines behind that will be written again."""
        self._start = min(state["size"], os.path.getsize(self.filename))
        self._begun = False

    def _begin(self) -> None:
        """Go on behind what stays of the file."""
        if not self._begun:
            os.truncate(self.filename, self._start)
            self._begun = True


def _text(value: Any) -> Any:
    if hasattr(value, "tolist") and value.ndim > 0:
        return f'"[{", ".join(map(str, value.tolist()))}]"'
    return value
