"""Models that are classes of the user's own."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim.errors import ShapeError
from kshim.models import Model

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.ones((6, 2), "float32")


class Net(Model):
    """Branch on the phase, drop out, penalise."""

    def __init__(self) -> None:
        super().__init__(name="net")
        self.hidden = L.Dense(3, kernel_regularizer="l2", activity_regularizer="l1")
        self.drop = L.Dropout(0.5)
        self.blocks = [L.Dense(3, activation="tanh"), L.Dense(2)]

    def call(self, inputs: Any, training: Any = None) -> Any:
        values = self.drop(self.hidden(inputs), training=training)
        for block in self.blocks:
            values = block(values)
        return values


def fitted() -> Net:
    model = Net()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def test_it_trains_evaluates_and_predicts() -> None:
    model = fitted()
    assert list(model.history.history) == ["loss", "mae"]
    made = model.predict(X)
    np.testing.assert_allclose(made, model.predict(X))  # no dropout at rest
    np.testing.assert_allclose(made, model(torch.tensor(X)).detach(), rtol=1e-5)


def test_its_penalties_count() -> None:
    model = fitted()
    kernel, bias = model.hidden.get_weights()
    want = np.mean((model.predict(X) - Y) ** 2) + 0.01 * (kernel**2).sum()
    want += 0.01 * np.abs(X @ kernel + bias).sum() / len(X)
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0)[0], want, rtol=1e-5)
    model(torch.tensor(X))
    np.testing.assert_allclose(
        sum(float(term.detach()) for term in model.losses),
        want - np.mean((model.predict(X) - Y) ** 2),
        rtol=1e-4,
    )


def test_layers_in_lists_train_too() -> None:
    model = fitted()
    assert [weight.shape for weight in model.weights] == [
        (4, 3), (3,), (3, 3), (3,), (3, 2), (2,),
    ]  # fmt: skip
    before = model.get_weights()
    model.train_on_batch(X, Y)
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    assert len(list(model.parameters())) == 6


def test_it_is_copied_with_its_weights() -> None:
    model = fitted()
    np.testing.assert_allclose(copy.deepcopy(model).predict(X), model.predict(X))


def test_it_tells_a_summary(capsys: Any) -> None:
    fitted().summary()
    told = capsys.readouterr().out
    assert 'Model: "net"' in told and "Total params: 35" in told and "multiple" in told


def test_several_inputs_and_outputs() -> None:
    class Two(Model):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = L.Dense(2), L.Dense(3)

        def call(self, inputs: Any) -> Any:
            one, two = inputs
            return self.left(one), self.right(two)

    model = Two()
    model.compile("sgd", "mse")
    assert len(model.train_on_batch([X, X[:, :2]], [Y, np.ones((6, 3))])) == 3
    assert [made.shape for made in model.predict([X, X[:, :2]])] == [(6, 2), (6, 3)]


def test_a_subclass_may_still_give_inputs_and_outputs() -> None:
    class Named(Model):
        def __init__(self, units: int) -> None:
            entrance = L.Input((4,))
            super().__init__(entrance, L.Dense(units)(entrance), name="named")
            self.units = units

    model = Named(2)
    assert model.predict(X).shape == (6, 2) and list(model.state_dict()) == [
        "dense.weight", "dense.bias",
    ]  # fmt: skip


def test_data_that_do_not_fit_later_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"must have shape \(None, 4\), got \(None, 3\)"):
        fitted().predict(X[:, :3])


def test_build_makes_the_weights_of_the_layers_that_call_asks() -> None:
    class Sum(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = L.Dense(2)

        def call(self, inputs: Any) -> Any:
            first, second = inputs
            return self.dense(first) + self.dense(second)

    model = Sum()
    model.build([(None, 3), (None, 3)])
    assert [weight.shape for weight in model.get_weights()] == [(3, 2), (2,)]
    assert model.count_params() == 8
