"""The loop: epochs, what is told of them, when they end, and that nothing waits for the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import Tensor

from kshim import layers as L
from kshim.callbacks import Callback, LambdaCallback
from kshim.core.eras import in_era
from kshim.models.sequential import Sequential
from kshim.training import finite, loop

X = np.random.default_rng(0).normal(size=(10, 4)).astype("float32")
Y = np.eye(2)[np.arange(10) % 2]


def compiled(**words: Any) -> Sequential:
    model = Sequential([L.Dense(3, activation="tanh", input_shape=(4,)), L.Dense(2)])
    model.compile(words.pop("optimizer", "sgd"), "mse", **words)
    return model


class Hearing(Callback):
    """Note every hook, without the base's constructor."""

    def __init__(self) -> None:
        self.heard: list[str] = []


for _name in [name for name in vars(Callback) if name.startswith("on_")]:
    setattr(Hearing, _name, lambda self, *told, name=_name[3:]: self.heard.append(name))


def test_an_epoch_reads_nothing_from_the_device() -> None:
    model = compiled(optimizer="adam", metrics=["mae", "accuracy"])
    whole = loop._train_epoch

    def fail(*args: Any) -> Any:
        raise AssertionError("a value was read inside the epoch")

    def train(*args: Any) -> Any:
        with patch.multiple(
            Tensor, item=fail, tolist=fail, cpu=fail, __bool__=fail, __float__=fail, __int__=fail
        ):
            return whole(*args)

    elsewhere = patch.object(finite, "_is_read_at_once", return_value=False)
    with elsewhere, patch.object(loop, "_train_epoch", train):
        history = model.fit(X, Y, epochs=2, batch_size=4, verbose=0).history
    assert [len(values) for values in history.values()] == [2, 2, 2]


@pytest.mark.parametrize(
    ("era", "names"),
    [
        ("2.2", ["val_loss", "val_acc", "loss", "acc"]),
        ("2.3", ["val_loss", "val_accuracy", "loss", "accuracy"]),
        ("2.15", ["loss", "accuracy", "val_loss", "val_accuracy"]),
    ],
)
def test_history_has_the_names_and_the_order_of_the_era(era: str, names: list[str]) -> None:
    with in_era(era):
        model = compiled(metrics=["accuracy"])
        history = model.fit(X, Y, epochs=3, validation_split=0.3, verbose=0)
    assert list(history.history) == names
    assert history.epoch == [0, 1, 2]
    assert all(isinstance(value, float) for value in history.history["val_loss"])


@pytest.mark.parametrize(
    ("era", "keys"),
    [("2.2", ["acc", "batch", "loss", "size"]), ("2.15", ["accuracy", "loss"])],
)
def test_a_batch_is_told_as_the_era_tells_it(era: str, keys: list[str]) -> None:
    told: list[Any] = []
    with in_era(era):
        model = compiled(metrics=["accuracy"])
        kept = LambdaCallback(on_batch_end=lambda batch, logs: told.append(dict(logs.items())))
        loss = model.fit(X, Y, batch_size=4, verbose=0, callbacks=[kept], shuffle=False)
    assert all(sorted(logs) == keys for logs in told)
    losses = [logs["loss"] for logs in told]
    if era == "2.2":  # each batch alone: their mean by size is the epoch's
        assert [logs["size"] for logs in told] == [4, 4, 2]
        np.testing.assert_allclose(
            np.average(losses, weights=[4, 4, 2]), loss.history["loss"][0], rtol=1e-6
        )
    else:
        np.testing.assert_allclose(losses[-1], loss.history["loss"][0], rtol=1e-6)


def test_the_loss_of_an_epoch_counts_samples_not_batches() -> None:
    model = compiled(optimizer="sgd")
    model.optimizer.lr = 0.0
    loss = model.fit(X, Y, batch_size=4, verbose=0).history["loss"][0]
    np.testing.assert_allclose(loss, model.evaluate(X, Y, batch_size=10, verbose=0), rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, Y, batch_size=3, verbose=0), loss, rtol=1e-6)


@pytest.mark.parametrize(("era", "tests"), [("2.2", False), ("2.3", True), ("2.15", True)])
def test_hooks_are_called_in_kerass_order(era: str, tests: bool) -> None:
    with in_era(era):
        hearing = Hearing()
        compiled().fit(X, Y, batch_size=5, verbose=0, callbacks=[hearing],
                       validation_data=(X, Y), validation_batch_size=10)  # fmt: skip
    batch = ["train_batch_begin", "train_batch_end"] if tests else ["batch_begin", "batch_end"]
    test = ["test_begin", "test_batch_begin", "test_batch_end", "test_end"] if tests else []
    assert hearing.heard == [
        "train_begin", "epoch_begin", *batch, *batch, *test, "epoch_end", "train_end",
    ]  # fmt: skip


class Stopping(Callback):
    """Stop after the first batch."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        self.model.stop_training = True


@pytest.mark.parametrize(("era", "validates"), [("2.2", False), ("2.15", True)])
def test_a_stopped_epoch_is_validated_or_not(era: str, validates: bool) -> None:
    with in_era(era):
        history = compiled().fit(
            X, Y, batch_size=2, epochs=5, verbose=0, callbacks=[Stopping()], validation_split=0.5
        )
    assert history.epoch == [0]
    assert ("val_loss" in history.history) == validates


def test_training_begins_at_the_initial_epoch() -> None:
    assert compiled().fit(X, Y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]


@pytest.mark.parametrize(("freq", "times"), [(1, 4), (2, 2), ([1, 4], 2)])
def test_validation_may_be_rarer_than_epochs(freq: Any, times: int) -> None:
    history = compiled().fit(
        X, Y, epochs=4, verbose=0, validation_data=(X, Y), validation_freq=freq
    )
    assert len(history.history["val_loss"]) == times


def test_steps_per_epoch_cut_the_epoch() -> None:
    model, batches = compiled(), []
    note = LambdaCallback(on_batch_end=lambda batch, logs: batches.append(batch))
    model.fit(X, Y, batch_size=2, steps_per_epoch=3, epochs=2, verbose=0, callbacks=[note])
    assert batches == [0, 1, 2, 0, 1, 2]


def test_a_run_of_keras_2_2_is_repeated_by_numpys_seed() -> None:
    def run() -> list[float]:
        with in_era("2.2"):
            np.random.seed(7)
            losses: list[float] = compiled().fit(X, Y, 4, 3, verbose=0).history["loss"]
            return losses

    assert run() == run()


def test_streams_of_every_kind_train_evaluate_and_predict() -> None:
    model = compiled(metrics=["mae"])

    def stream() -> Iterator[Any]:
        while True:
            yield X[:5], Y[:5]

    tensors = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y, dtype=torch.float32))
    sources: list[tuple[Any, int | None]] = [
        (stream(), 2), (torch.utils.data.DataLoader(tensors, batch_size=5), None), (tensors, None),
    ]  # fmt: skip
    for source, steps in sources:
        history = model.fit(source, steps_per_epoch=steps, epochs=2, verbose=0)
        assert len(history.history["mae"]) == 2
    assert model.fit_generator(stream(), 2, 3, verbose=0).epoch == [0, 1, 2]
    whole = model.evaluate(X[:5], Y[:5], verbose=0)
    np.testing.assert_allclose(model.evaluate_generator(stream(), steps=3), whole, rtol=1e-6)
    made = model.predict_generator(stream(), steps=3)
    np.testing.assert_allclose(made, np.tile(model.predict(X[:5]), (3, 1)), rtol=1e-6)
    model.fit(X, Y, verbose=0, validation_data=stream(), validation_steps=2)


def test_keras_1_counts_the_samples_of_generators_and_runs_ten_epochs() -> None:
    given = []

    def stream() -> Iterator[Any]:
        while True:
            given.append(1)
            yield X[:4], Y[:4]

    with in_era("1.2"):
        model = compiled()
        model.fit_generator(stream(), samples_per_epoch=10, nb_epoch=2, verbose=0)
        assert len(given) == 6
        assert len(model.fit(X, Y, verbose=0).epoch) == 10
        assert len(model.fit(X, Y, nb_epoch=3, verbose=0).epoch) == 3
