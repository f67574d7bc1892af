"""LearningRateScheduler, TerminateOnNaN and LambdaCallback, in real runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.callbacks import LambdaCallback, LearningRateScheduler, TerminateOnNaN
from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.models import Sequential
from kshim.optimizers import SGD


def fit(*callbacks: Any, rate: float = 0.5, **words: Any) -> Any:
    """Return the history of a run of three epochs of two batches."""
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile(SGD(rate), "mse")
    words = {"epochs": 3, "batch_size": 2, "verbose": 0, **words}
    return model.fit(np.ones((4, 2)), np.ones(4), callbacks=list(callbacks), **words)


@pytest.mark.parametrize(
    "schedule",
    [
        lambda epoch: 0.5 / 2**epoch,
        lambda epoch, lr: lr if epoch == 0 else lr / 2,
        lambda epoch, lr=None: np.float32(0.5 / 2**epoch),
    ],
)
def test_a_schedule_takes_the_epoch_and_perhaps_the_rate(schedule: Any) -> None:
    history = fit(LearningRateScheduler(schedule))
    np.testing.assert_allclose(history.history["lr"], [0.5, 0.25, 0.125])
    assert float(history.model.optimizer.lr) == 0.125


def test_the_rate_is_not_logged_in_keras_1() -> None:
    with in_era("1.2"):
        assert "lr" not in fit(LearningRateScheduler(lambda epoch: 0.1)).history


def test_a_schedule_must_give_a_number() -> None:
    with pytest.raises(ArgumentError, match="schedule must be a function that gives a number"):
        fit(LearningRateScheduler(lambda epoch: "slow"))


@pytest.mark.parametrize(("era", "epoch"), [("2.3", "00001"), ("2.15", "1")])
def test_setting_the_rate_is_told_when_asked_for(era: str, epoch: str, capsys: Any) -> None:
    with in_era(era):
        fit(LearningRateScheduler(lambda epoch: 0.1, verbose=1), epochs=1)
    told = capsys.readouterr().out
    assert f"Epoch {epoch}: LearningRateScheduler setting learning rate to 0.1." in told


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_a_loss_that_is_no_number_ends_the_run(era: str, capsys: Any) -> None:
    with in_era(era), pytest.warns(RuntimeWarning, match="the loss must be a finite number"):
        history = fit(TerminateOnNaN(), rate=1e30, epochs=9)
    assert len(history.epoch) < 9
    assert "terminating training" in capsys.readouterr().out


def test_functions_hear_the_hooks_they_are_given_for() -> None:
    heard: list[Any] = []
    callback = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: heard.append(("epoch", epoch)),
        on_epoch_end=lambda epoch, logs: heard.append(("end", sorted(logs))),
        on_batch_end=lambda batch, logs: heard.append(batch),
        on_train_begin=lambda logs: heard.append("begin"),
        on_train_end=lambda logs: heard.append("over"),
    )
    fit(callback, epochs=1)
    assert heard == ["begin", ("epoch", 0), 0, 1, ("end", ["loss"]), "over"]


def test_any_hook_may_be_named() -> None:
    heard: list[int] = []
    fit(LambdaCallback(on_train_batch_begin=lambda batch, logs: heard.append(batch)), epochs=1)
    assert heard == [0, 1]
