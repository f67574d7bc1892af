"""ProgbarLogger: the progress of training and evaluation on the terminal.

Source: Keras 2.2.4 callbacks.py; up to 2.3 the bar counts samples, then steps.
"""

from __future__ import annotations

from typing import Any

from kshim.callbacks.base import Callback
from kshim.core.eras import rule
from kshim.training.progress import Progbar


class ProgbarLogger(Callback):
    """Show the progress of every epoch.

    Args:
        count_mode: samples or steps.
        stateful_metrics: names whose values are shown as they are, not averaged.
    """

    writes = True

    def __init__(self, count_mode: str | None = None, stateful_metrics: Any = None) -> None:
        """Choose what is counted; by the era and the data when left out."""
        super().__init__()
        self.count_mode = count_mode
        self.stateful_metrics = set(stateful_metrics or ())
        self.verbose = 1
        self._in_fit = False
        self._bar: Progbar | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Say what there is to train and validate on."""
        self._in_fit = True
        self.verbose = int(self.run.get("verbose") or 0)
        self.epochs = self.run.get("epochs")
        samples, validation = self.run.get("samples"), self.run.get("validation_samples")
        if self.verbose and rule("progress_counts_samples") and samples and validation:
            print(f"Train on {samples} samples, validate on {validation} samples")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin a new bar; a single epoch has no head in tf.keras."""
        if self.verbose and not (rule("progress_line_is_whole") and self.epochs == 1):
            print(f"Epoch {epoch + 1}/{self.epochs}")
        self._start()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar on; values are read from the device only when it is drawn."""
        self._move(logs or {})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Finish the bar with the values of the epoch."""
        self._finish(logs or {})

    def on_train_end(self, logs: Any = None) -> None:
        """Leave evaluations a bar of their own again."""
        self._in_fit = False

    def on_test_begin(self, logs: Any = None) -> None:
        """Begin a bar for an evaluation of its own."""
        if not self._in_fit:
            self.verbose = int(self.run.get("verbose") or 0)
            self._start()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar on."""
        if not self._in_fit:
            self._move(logs or {})

    def on_test_end(self, logs: Any = None) -> None:
        """Finish the bar; in tf.keras with the values."""
        if not self._in_fit:
            self._finish_alone(logs or {})

    def on_predict_begin(self, logs: Any = None) -> None:
        """Begin a bar for a prediction."""
        self.on_test_begin(logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar on."""
        self._move(logs or {})

    def on_predict_end(self, logs: Any = None) -> None:
        """Finish the bar."""
        self._finish_alone({})

    def _start(self) -> None:
        by_samples = self.count_mode == "samples" or (
            self.count_mode is None and rule("progress_counts_samples")
        )
        self._by_samples = bool(by_samples and self.run.get("samples"))
        self.target = self.run.get("samples" if self._by_samples else "steps")
        self.seen = 0
        self._bar = Progbar(
            self.target,
            verbose=self.verbose,
            stateful_metrics=self.run.get("metrics") or (),
            whole_line=rule("progress_line_is_whole"),
        )

    def _move(self, logs: Any) -> None:
        if self._bar is None:
            return
        step = int(dict.get(logs, "size", 0)) if self._by_samples else 1
        self.seen += step
        if self.target is not None and self.seen >= self.target:
            return  # the epoch's own values finish the bar
        if self._bar.is_due():
            self._bar.update(self.seen, self._shown(logs))

    def _finish_alone(self, logs: Any) -> None:
        """Finish a bar that is no epoch's: up to Keras 2.3 there is nothing but a bar."""
        if self.verbose == 1 or rule("progress_line_is_whole"):
            self._finish(logs)

    def _finish(self, logs: Any) -> None:
        if self._bar is not None and self.verbose:
            end = self.target or self.seen
            self._bar.update(end, self._shown(logs), finalize=True)
        self._bar = None

    def _shown(self, logs: Any) -> list[tuple[str, Any]]:
        """Return the values to show: up to Keras 2.3 those of epochs alone."""
        if not (self._in_fit or rule("progress_line_is_whole")):
            return []
        names = [name for name in self.run.get("metrics") or [] if name in logs]
        if rule("progress_line_is_whole"):  # all that anybody logged, steps of one's own too
            more = [name for name in logs if name not in (*names, "batch", "size", "outputs")]
            if self._bar is not None:
                self._bar.stateful_metrics.update(more)
            names += more
        return [(name, logs[name]) for name in names]
