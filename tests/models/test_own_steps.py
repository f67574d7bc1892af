"""Steps of a model's own, held to what tf.keras 2.15.0 came to with the same classes.

The numbers are those of tf.keras 2.15.0 with the weights, data and settings that stand here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim import metrics, optimizers
from kshim.compat.tensorflow.gradients import GradientTape
from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.models import Model, Sequential

X = (np.arange(24).reshape(6, 4) % 7 / 7).astype("float32")
Y = X.sum(1, keepdims=True)
FIT = {"epochs": 3, "batch_size": 4, "shuffle": False, "verbose": 0}


def with_even_weights(model: Any) -> Any:
    model.set_weights([np.linspace(-1, 1, it.size).reshape(it.shape) for it in model.get_weights()])
    return model


class Own(Model):
    """Train as fit would, in words of its own."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        self.compiled_metrics.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


class Absolute(Model):
    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, **options: Any) -> Any:
        return (y - y_pred).abs().mean() * 10


def own(kind: Any = Own, **options: Any) -> Any:
    source = L.Input((4,))
    hidden = L.Dense(3, activation="tanh")(source)
    model = with_even_weights(kind(source, L.Dense(1, kernel_regularizer="l2")(hidden)))
    model.compile(optimizers.SGD(0.1), "mse", metrics=["mae"], **options)
    return model


@pytest.mark.parametrize("gradients", [True, False])
def test_a_train_step_trains_and_logs_as_in_tf_keras(gradients: bool) -> None:
    with torch.set_grad_enabled(gradients):
        history = own().fit(X, Y, validation_data=(X, Y), **FIT).history
    wanted = {
        "loss": [0.856135368347168, 0.20288574695587158, 0.17897123098373413],
        "mae": [0.7907910943031311, 0.36645200848579407, 0.34634339809417725],
        "val_loss": [0.20783503353595734, 0.17412418127059937, 0.17199492454528809],
        "val_mae": [0.35882535576820374, 0.33920493721961975, 0.3359138071537018],
    }
    assert list(history) == list(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5, err_msg=name)


def test_a_loss_of_ones_own_is_made_smaller() -> None:
    source = L.Input((4,))
    model = with_even_weights(Absolute(source, L.Dense(1)(source)))
    model.compile(optimizers.SGD(0.01))
    model.fit(X, Y, **FIT)
    kernel, bias = model.get_weights()
    wanted = [-0.721428632736206, -0.11904764175415039, 0.5583333373069763, 1.235714316368103]
    np.testing.assert_allclose(kernel.ravel(), wanted, rtol=1e-5)
    np.testing.assert_allclose(bias, [-0.3999999165534973], rtol=1e-5)


class Doubling(Own):
    def train_step(self, data: Any) -> dict[str, Any]:
        return {name: 2 * value for name, value in super(Own, self).train_step(data).items()}

    def test_step(self, data: Any) -> dict[str, Any]:
        return {"seen": torch.tensor(float(len(data[0])))}


def test_steps_may_go_on_from_ours() -> None:
    plain, doubled = own(Model), own(Doubling)
    wanted = plain.fit(X, Y, **FIT).history
    found = doubled.fit(X, Y, validation_data=(X, Y), **FIT).history
    for name in ("loss", "mae"):
        # Ours average over the epoch; the last batch's word stands for it.
        np.testing.assert_allclose(found[name], 2 * np.array(wanted[name]), rtol=1e-5)
    for mine, theirs in zip(doubled.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)
    assert found["val_seen"] == [2.0] * 3  # the last validation batch has two samples
    assert doubled.evaluate(X, Y, batch_size=4, verbose=0, return_dict=True) == {"seen": 2.0}
    assert doubled.train_on_batch(X, Y, return_dict=True).keys() == {"loss", "mae"}


class Pair(Model):
    """Hold two models and train one against the other; compute nothing by itself."""

    def __init__(self, judge: Any, maker: Any) -> None:
        super().__init__()
        self.judge, self.maker = judge, maker
        self.judged, self.seen = metrics.Mean(name="judged"), []

    def compile(self, optimizer: Any) -> None:
        super().compile()
        self.judge_optimizer = optimizer

    @property
    def metrics(self) -> list[Any]:
        return [self.judged]

    def train_step(self, real: Any) -> dict[str, Any]:
        self.seen.append(tuple(real.shape))
        with GradientTape() as tape:
            loss = (self.judge(real) - self.judge(self.maker(real))).mean()
        weights = self.judge.trainable_weights
        gradients = tape.gradient(loss, weights)
        self.judge_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.judged.update_state(loss)
        return {"judged": self.judged.result()}


def test_a_model_without_a_call_trains_what_it_holds() -> None:
    judge = Sequential([L.Dense(1, input_shape=(4,), kernel_initializer="ones")])
    maker = Sequential([L.Dense(4, input_shape=(4,), kernel_initializer="zeros")])
    pair = Pair(judge, maker)
    pair.compile(optimizers.SGD(0.5))
    history = pair.fit(X, **FIT).history
    assert pair.seen == [(4, 4), (2, 4)] * 3
    # The loss is the judge's kernel times the data's mean, whose gradient is that mean.
    kernel, wanted = np.ones(4), []
    for _ in range(3):
        losses = []
        for batch in (X[:4], X[4:]):
            losses.append(kernel @ batch.mean(0))
            kernel = kernel - 0.5 * batch.mean(0)
        wanted.append(np.mean(losses))
    np.testing.assert_allclose(history["judged"], wanted, rtol=1e-5)
    np.testing.assert_allclose(judge.get_weights()[0].ravel(), kernel, rtol=1e-5)


def test_what_a_step_logs_is_shown(capsys: Any) -> None:
    judge = Sequential([L.Dense(1, input_shape=(4,))])
    pair = Pair(judge, Sequential([L.Dense(4, input_shape=(4,))]))
    pair.compile(optimizers.SGD(0.5))
    pair.fit(X, epochs=1, verbose=2)
    assert " - judged: " in capsys.readouterr().out


class Silent(Own):
    def train_step(self, data: Any) -> Any:
        return None


def test_a_step_that_tells_nothing_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"train_step: the result must be a dict of values"):
        own(Silent).fit(X, Y, verbose=0)


def test_a_call_on_numbers_tells_its_losses_to_a_step() -> None:
    source = L.Input((4,))
    hidden = L.Dense(3, activity_regularizer="l1", kernel_regularizer="l2")(source)
    model = with_even_weights(Model(source, L.Dense(1)(hidden)))
    with in_era("2.15"):
        model(X)
    kernel, bias = model.get_weights()[:2]
    # Keras divides what an activity costs by the size of the batch.
    wanted = [0.01 * (kernel**2).sum(), 0.01 * np.abs(X @ kernel + bias).sum() / len(X)]
    np.testing.assert_allclose([float(one.detach()) for one in model.losses], wanted, rtol=1e-5)
