"""Callback and the list: which method a hook reaches, and what it costs when nobody listens."""

from __future__ import annotations

from typing import Any

import numpy as np

from kshim import layers as L
from kshim.callbacks import Callback, CallbackList
from kshim.models import Sequential


class Old(Callback):
    """Listen under the names of Keras 1 and 2, without the base's constructor."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        self.told.append(batch)


class Both(Old):
    """Listen under both names, and let the base pass the hook on."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.told.append("new")
        super().on_train_batch_end(batch, logs)


class New(Old):
    """Listen under both names; as in Keras the old one is not reached then."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.told.append("new")


def fitted(*callbacks: Any) -> Sequential:
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones(4), batch_size=2, verbose=0, callbacks=list(callbacks))
    return model


def test_a_batch_hook_reaches_the_new_name_or_else_the_old_one() -> None:
    old, both, new = Old(), Both(), New()
    fitted(old, both, new)
    assert old.told == [0, 1]
    assert both.told == ["new", 0, "new", 1]
    assert new.told == ["new", "new"]


def test_a_callback_knows_the_model_and_the_run() -> None:
    callback = Old()
    model = fitted(callback)
    assert callback.model is model
    assert callback.params["epochs"] == 1 and callback.params["steps"] == 2
    assert callback.run["samples"] == 4 and callback.run["batch_size"] == 2
    assert callback.run["metrics"] == ["loss"]
    assert callback.validation_data is None


def test_logs_that_nobody_wants_are_not_made() -> None:
    def fail() -> Any:
        raise AssertionError("logs were made")

    quiet = CallbackList([Callback()])
    quiet.on_train_batch_end(0, fail)
    quiet.on_test_batch_end(0, fail)
    quiet.on_predict_batch_end(0, fail)
    quiet.append(Old())
    assert len(list(quiet)) == 2


def test_a_list_tells_its_callbacks_of_model_and_run() -> None:
    listeners = CallbackList([Old()])
    listeners.set_model("model")
    listeners.set_params({"epochs": 3})
    (callback,) = listeners
    assert (callback.model, callback.params) == ("model", {"epochs": 3})


def test_stop_training_ends_the_run() -> None:
    class Stop(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = epoch == 1

    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((4, 2)), np.ones(4), epochs=9, verbose=0, callbacks=Stop())
    assert history.epoch == [0, 1]
    assert len(model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0).epoch) == 2
