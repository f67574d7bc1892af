"""SIGINT and SIGTERM: the batch is finished, the run kept, on_train_end told, then they act."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.callbacks import BackupAndRestore, Callback, LambdaCallback
from kshim.models import Sequential

X, Y = np.ones((12, 2), "float32"), np.ones((12, 1), "float32")
ENDS = [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]


def compiled() -> Any:
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


class Hearing(Callback):
    """Send signals at a hook's nth call, and note what is heard."""

    def __init__(self, hook: str, number: int, *signals: int) -> None:
        super().__init__()
        self.heard: list[str] = []
        for name in ("train_batch_begin", "train_batch_end", "test_batch_end", "epoch_end"):
            setattr(self, f"on_{name}", lambda *told, name=name: self._hear(name))
        self.on_train_end = lambda logs: self.heard.append("train_end")  # type: ignore[method-assign]
        self.hook, self.number, self.signals = hook, number, signals

    def _hear(self, name: str) -> None:
        self.heard.append(name)
        if name == self.hook and self.heard.count(name) == self.number:
            for one in self.signals:
                os.kill(os.getpid(), one)


@pytest.mark.parametrize(("number", "end"), ENDS)
def test_the_batch_is_finished_and_the_end_of_training_told(number: int, end: Any) -> None:
    before = signal.getsignal(number)
    hearing = Hearing("train_batch_begin", 2, number)
    with pytest.raises(end) as raised:
        compiled().fit(X, Y, batch_size=4, epochs=5, verbose=0, callbacks=[hearing])
    assert hearing.heard == [*["train_batch_begin", "train_batch_end"] * 2, "train_end"]
    assert signal.getsignal(number) is before
    if end is SystemExit:
        assert raised.value.code == 143


@pytest.mark.parametrize(("hook", "number"), [
    ("train_batch_begin", 5), ("test_batch_end", 2), ("epoch_end", 2),
])  # fmt: skip
def test_the_run_is_kept_and_goes_on_as_if_nothing_had_been(
    hook: str, number: int, tmp_path: Path
) -> None:
    def fit(*callbacks: Any) -> Any:
        np.random.seed(1)
        model = compiled()
        model.set_weights([np.ones((2, 1)), np.zeros(1)])
        words = {"batch_size": 4, "epochs": 4, "verbose": 0, "validation_data": (X, Y)}
        return model.fit(X, Y, callbacks=list(callbacks), **words)

    whole = fit()
    with pytest.raises(KeyboardInterrupt):
        fit(BackupAndRestore(tmp_path), Hearing(hook, number, signal.SIGINT))
    assert (tmp_path / "training.backup").exists()
    rest = fit(BackupAndRestore(tmp_path))
    assert rest.history == whole.history
    for mine, wanted in zip(rest.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, wanted)
    assert not tmp_path.exists()


def test_a_second_signal_ends_at_once() -> None:
    hearing = Hearing("train_batch_begin", 2, signal.SIGINT, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        compiled().fit(X, Y, batch_size=4, verbose=0, callbacks=[hearing])
    assert "train_end" not in hearing.heard
    assert hearing.heard[-1] == "train_batch_begin"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_scripts_own_is_let_be() -> None:
    noted: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: noted.append(number))
    try:
        hearing = Hearing("train_batch_begin", 2, signal.SIGTERM)
        compiled().fit(X, Y, batch_size=4, verbose=0, callbacks=[hearing])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert noted == [signal.SIGTERM]
    assert hearing.heard.count("train_batch_end") == 3


def test_training_in_another_thread_leaves_signals_alone() -> None:
    seen: list[Any] = []
    look = LambdaCallback(on_batch_end=lambda *told: seen.append(signal.getsignal(signal.SIGINT)))
    thread = threading.Thread(
        target=lambda: compiled().fit(X, Y, batch_size=4, verbose=0, callbacks=[look])
    )
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler] * 3
