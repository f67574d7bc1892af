"""get_updates of Keras's optimizers and of a script's own, in K.function and in fit.

What real Kerases compute of it is in the scripts training_loop and own_optimizer; here stand the
formulas by hand, the orders of arguments and what is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kshim import backend as K
from kshim.callbacks import BackupAndRestore
from kshim.constraints import MaxNorm, NonNeg, non_neg
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, WeightError
from kshim.layers import Dense, Input
from kshim.models import Model, load_model
from kshim.optimizers import SGD, LossScaleOptimizer, Optimizer

X = np.random.RandomState(2).normal(size=(6, 3)).astype("float32")
Y = np.random.RandomState(3).normal(size=(6, 2)).astype("float32")
KERNEL = np.random.RandomState(4).uniform(-0.5, 0.5, (3, 2)).astype("float32")


def linear(**words: Any) -> Model:
    data = Input((3,))
    model = Model(data, Dense(2, use_bias=False, **words)(data))
    model.set_weights([KERNEL])
    return model


def gradient(kernel: np.ndarray) -> np.ndarray:
    return 2 * X.T @ (X @ kernel - Y) / Y.size


def function_of(model: Model, updates_of: Any) -> Any:
    target = K.placeholder((None, 2))
    loss = K.mean(K.square(model.output - target))
    return K.function([model.input, target], [loss], updates=updates_of(loss))


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3"])
@pytest.mark.parametrize("order", ["old", "new", "named", "swapped"])
def test_a_step_is_taken_in_every_order_of_arguments(era: str, order: str) -> None:
    with in_era(era):
        model, rule = linear(), SGD(0.1)
        params = model.trainable_weights
        train = function_of(
            model,
            {
                "old": lambda loss: rule.get_updates(params, [], loss),
                "new": lambda loss: rule.get_updates(loss, params),
                "named": lambda loss: rule.get_updates(loss=loss, params=params),
                "swapped": lambda loss: rule.get_updates(params, loss),
            }[order],
        )
        (loss,) = train([X, Y])
    np.testing.assert_allclose(loss, np.mean((X @ KERNEL - Y) ** 2), rtol=1e-5)
    wanted = KERNEL - 0.1 * gradient(KERNEL)
    np.testing.assert_allclose(model.get_weights()[0], wanted, rtol=1e-5)
    assert int(rule.iterations) == 1


def test_constraints_are_told_in_keras_1_and_held_by_weights_after_it() -> None:
    with in_era("1.2"):
        model, rule = linear(), SGD(0.1)
        told = {model.trainable_weights[0]: NonNeg()}
        function_of(model, lambda loss: rule.get_updates(model.trainable_weights, told, loss))(
            [X, Y]
        )
    assert (model.get_weights()[0] >= 0).all()
    with in_era("2.2"):
        held, rule = linear(kernel_constraint=non_neg()), SGD(0.1)
        function_of(held, lambda loss: rule.get_updates(loss, held.trainable_weights))([X, Y])
    np.testing.assert_allclose(held.get_weights(), model.get_weights(), rtol=1e-6)


def test_gradients_are_clipped_by_norm_then_by_value() -> None:
    model = linear()
    target = K.placeholder((None, 2))
    loss = K.mean(K.square(model.output - target))
    with in_era("2.2"):
        grads = SGD(clipnorm=0.3, clipvalue=0.1).get_gradients(loss, model.trainable_weights)
    (found,) = K.function([model.input, target], grads)([X, Y])
    whole = gradient(KERNEL)
    short = whole * min(1, 0.3 / np.linalg.norm(whole))
    np.testing.assert_allclose(found, np.clip(short, -0.1, 0.1), rtol=1e-5)


def test_what_a_loss_does_not_depend_on_and_missing_words_are_refused() -> None:
    model, other = linear(), K.variable(np.ones(2))
    loss = K.mean(model.output)
    with pytest.raises(ArgumentError, match="variables that the loss depends on"):
        SGD().get_updates(loss, [other])
    with pytest.raises(ArgumentError, match="loss and params"):
        SGD().get_updates(loss)


class Counted(Optimizer):
    """Take steps of lr / t, t counted in a variable, the gradient kept in a slot."""

    def __init__(self, lr: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.iterations = K.variable(0, dtype="int64")
        self.lr = K.variable(lr)
        self.seen = 0

    def get_updates(self, loss: Any, params: Any) -> Any:
        self.seen += 1
        self.updates = [K.update_add(self.iterations, 1)]
        t = K.cast(self.iterations, K.floatx()) + 1.0
        for p, g in zip(params, self.get_gradients(loss, params), strict=True):
            last = K.zeros(K.int_shape(p), dtype=K.dtype(p))
            self.updates.append(K.update(last, g))
            self.updates.append(K.update_sub(p, self.lr / t * (g + 0.5 * last)))
        return self.updates

    def get_config(self) -> Any:
        return {"lr": float(K.get_value(self.lr))}


def test_an_optimizer_of_a_scripts_own_is_asked_once_and_steps_in_every_batch() -> None:
    with in_era("2.2"):
        model, rule = linear(), Counted(0.2)
        model.compile(rule, "mse")
        for _ in range(3):
            model.train_on_batch(X, Y)
        K.set_value(rule.lr, 0.05)
        model.train_on_batch(X, Y)
    kernel, last = KERNEL.astype("float64"), np.zeros((3, 2))
    for step, rate in enumerate((0.2, 0.2, 0.2, 0.05), 1):
        now = gradient(kernel)
        kernel, last = kernel - rate / step * (now + 0.5 * last), now
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-5)
    assert rule.seen == 1 and int(K.get_value(rule.iterations)) == 4
    assert Counted.from_config(rule.get_config()).get_config() == pytest.approx({"lr": 0.05})


def test_constraints_of_symbols_are_symbols() -> None:
    data = Input((4,))
    found = K.function([data], [MaxNorm(1.0, axis=1)(data * 1.0)])([X[:2, [0, 1, 2, 0]]])[0]
    with in_era("2.15"):
        wanted = MaxNorm(1.0, axis=1)(K.constant(X[:2, [0, 1, 2, 0]]))
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-5)


class Velocities(Optimizer):
    """Step along a running sum of gradients, which `weights` names beside a count."""

    def __init__(self, lr: float = 0.1, **words: Any) -> None:
        super().__init__(**words)
        self.rate, self.count = K.variable(lr), K.variable(0)

    def get_updates(self, loss: Any, params: Any) -> Any:
        held = [K.zeros(K.int_shape(one)) for one in params]
        self.weights = [self.count, *held]
        self.updates = [K.update_add(self.count, 1)]
        for one, grad, sum_ in zip(params, self.get_gradients(loss, params), held, strict=True):
            new = 0.9 * sum_ + grad
            self.updates += [K.update(sum_, new), K.update_sub(one, self.rate * new)]
        return self.updates

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "lr": float(K.get_value(self.rate))}


def velocities_after(steps: int) -> np.ndarray:
    kernel, held = KERNEL, np.zeros_like(KERNEL)
    for _ in range(steps):
        held = 0.9 * held + gradient(kernel)
        kernel = kernel - 0.05 * held
    return held


def trained_by_velocities(steps: int) -> Model:
    with in_era("2.2"):
        model = linear()
        model.compile(Velocities(0.05), "mse")
        for _ in range(steps):
            model.train_on_batch(X, Y)
    return model


@pytest.mark.parametrize("name", ["m.h5", "m.keras"])
def test_what_an_own_optimizer_calls_its_weights_goes_into_files(tmp_path: Path, name: str) -> None:
    model = trained_by_velocities(3)
    count, held = model.optimizer.get_weights()
    assert count == 3
    np.testing.assert_allclose(held, velocities_after(3), rtol=1e-5, atol=1e-6)
    model.save(tmp_path / name)
    with in_era("2.2"):
        again = load_model(tmp_path / name, custom_objects={"Velocities": Velocities})
    for one, other in zip(again.optimizer.get_weights(), (count, held), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    held = again.optimizer.get_weights()[1]
    np.testing.assert_allclose(held, velocities_after(4), rtol=1e-5, atol=1e-6)


def test_files_name_the_variables_of_an_own_optimizer_in_its_order(tmp_path: Path) -> None:
    trained_by_velocities(1).save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        names = file["optimizer_weights"].attrs["weight_names"]
        assert [file["optimizer_weights"][one].shape for one in names] == [(), (3, 2)]
        config = json.loads(file.attrs["training_config"])["optimizer_config"]["config"]
    assert config.keys() == {"lr"}  # a Keras of its time refuses words it does not know


def test_an_own_optimizer_takes_its_weights_back_and_refuses_others() -> None:
    model, other = trained_by_velocities(2), trained_by_velocities(1)
    other.optimizer.set_weights(model.optimizer.get_weights())
    one, two = (it.optimizer.get_weights()[1] for it in (model, other))
    np.testing.assert_array_equal(one, two)
    with pytest.raises(WeightError, match="weights must have the shapes"):
        other.optimizer.set_weights([np.zeros(3)])


def test_a_run_with_an_own_optimizer_is_taken_up_to_the_bit(tmp_path: Path) -> None:
    def fitted(epochs: int, folder: str) -> Model:
        model = trained_by_velocities(0)
        kept = BackupAndRestore(tmp_path / folder, delete_checkpoint=False)
        with in_era("2.2"):
            model.fit(X, Y, batch_size=2, epochs=epochs, verbose=0, shuffle=False, callbacks=[kept])
        return model

    whole = fitted(4, "whole")
    fitted(2, "parts")
    again = fitted(4, "parts")
    for held in (lambda it: it.get_weights(), lambda it: it.optimizer.get_weights()):
        for one, other in zip(held(again), held(whole), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_loss_scale_needs_an_optimizer_that_takes_gradients() -> None:
    with pytest.raises(ArgumentError, match=r"inner_optimizer must be one .* get_updates"):
        LossScaleOptimizer(Velocities())
