"""A checkpoint read before a model has weights goes into them when the first call makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers, optimizers
from kshim.compat.tensorflow import train
from kshim.errors import WeightError
from kshim.models import Model, Sequential

X = np.linspace(-1, 1, 40, dtype="float32").reshape(8, 5)
Y = X.sum(axis=1, keepdims=True)


class Own(Model):  # type: ignore[misc]
    """A model whose weights the first call makes, with moving statistics among them."""

    def __init__(self, units: int = 3) -> None:
        super().__init__()
        self.hidden = layers.Dense(units, activation="tanh")
        self.scale = layers.BatchNormalization()
        self.out = layers.Dense(1)

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Return one number a row."""
        return self.out(self.scale(self.hidden(x), training=training))


def stack(**first: Any) -> Sequential:
    """Return a Sequential that does not know its input's shape unless told."""
    return Sequential([layers.Dense(3, activation="tanh", **first), layers.Dense(1)])


def trained(model: Any) -> Any:
    """Return a model after two epochs."""
    model.compile("adam", "mse")
    model.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("make", [Own, stack])
@pytest.mark.parametrize("first", ["predict", "call", "fit"])
def test_the_first_call_sees_the_weights_of_the_file(make: Any, first: str, tmp_path: Path) -> None:
    old = trained(make())
    old.save_weights(tmp_path / "w", save_format="tf")
    new = make()
    new.compile("adam", "mse")
    status = new.load_weights(tmp_path / "w")
    assert status.expect_partial() is status.assert_existing_objects_matched()
    with pytest.raises(WeightError, match="must be restored, got left: the weights of"):
        status.assert_consumed()
    if first == "predict":
        np.testing.assert_array_equal(new.predict(X, verbose=0), old.predict(X, verbose=0))
    if first == "call":
        given = torch.as_tensor(X)
        torch.testing.assert_close(new(given), old(given), rtol=0, atol=0)
    losses = [it.fit(X, Y, epochs=2, shuffle=False, verbose=0).history["loss"] for it in (new, old)]
    assert losses[0] == losses[1]


def test_a_model_that_is_compiled_later_takes_the_optimizers_state_too(tmp_path: Path) -> None:
    old = trained(Own())
    old.save_weights(tmp_path / "w", save_format="tf")
    new = Own()
    new.load_weights(tmp_path / "w")
    new.compile("adam", "mse")
    losses = [it.fit(X, Y, epochs=2, shuffle=False, verbose=0).history["loss"] for it in (new, old)]
    assert losses[0] == losses[1]


def test_what_does_not_fit_is_told_at_the_first_call(tmp_path: Path) -> None:
    trained(Own()).save_weights(tmp_path / "w", save_format="tf")
    new = Own(units=4)
    new.load_weights(tmp_path / "w")
    with pytest.raises(WeightError, match=r"must have shape \(5, 4\), got \(5, 3\)"):
        new(torch.as_tensor(X))


def test_a_shape_that_is_told_later_is_a_first_call(tmp_path: Path) -> None:
    old = trained(stack(input_shape=(5,)))
    old.save_weights(tmp_path / "w", save_format="tf")
    new = stack()
    new.load_weights(tmp_path / "w")
    new.build((None, 5))
    for mine, theirs in zip(new.get_weights(), old.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_several_models_and_their_optimizer(tmp_path: Path) -> None:
    def parts() -> Any:
        one, other = Own(), Own()
        one.compile(optimizers.Adam(0.1), "mse")
        return one, other, train.Checkpoint(one=one, other=other, optimizer=one.optimizer)

    one, other, checkpoint = parts()
    one.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    other(torch.as_tensor(X))
    path = checkpoint.save(tmp_path / "all")
    wanted = [one.train_on_batch(X, Y) for _ in range(3)], other.predict(X, verbose=0)
    one, other, checkpoint = parts()
    checkpoint.restore(path).expect_partial()
    np.testing.assert_array_equal(other.predict(X, verbose=0), wanted[1])
    one.predict(X, verbose=0)
    assert [one.train_on_batch(X, Y) for _ in range(3)] == wanted[0]


def test_twins_with_an_optimizer_each_keep_their_own(tmp_path: Path) -> None:
    def parts() -> Any:
        twins = [stack(input_shape=(5,)) for _ in range(2)]
        rules = [optimizers.Adam(0.01), optimizers.Adam(0.05)]
        named = {"a": twins[0], "b": twins[1], "of_a": rules[0], "of_b": rules[1]}
        return twins, rules, train.Checkpoint(**named)

    def step(model: Any, rule: Any) -> float:
        loss = ((model(torch.as_tensor(X)) - torch.as_tensor(Y)) ** 2).mean()
        weights = model.trainable_weights
        gradients = torch.autograd.grad(loss, [weight.tensors[0] for weight in weights])
        turned = [it.to_keras(found) for it, found in zip(weights, gradients, strict=True)]
        rule.apply_gradients(zip(turned, weights, strict=True))
        return float(loss.detach())

    twins, rules, checkpoint = parts()
    for model, rule in zip(twins, rules, strict=True):
        step(model, rule)
    path = checkpoint.save(tmp_path / "twins")
    wanted = [step(twins[turn % 2], rules[turn % 2]) for turn in (1, 2, 3, 4)]
    twins, rules, checkpoint = parts()
    checkpoint.restore(path)
    assert [step(twins[turn % 2], rules[turn % 2]) for turn in (1, 2, 3, 4)] == wanted
