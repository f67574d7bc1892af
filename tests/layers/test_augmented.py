"""`x += y` in a layer of a script's own makes a new tensor; elsewhere it is torch's."""

from __future__ import annotations

import operator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from kshim import backend as K
from kshim.layers import Add, Dense, Input, Layer
from kshim.models import Model

X = np.random.RandomState(0).normal(size=(6, 3)).astype("float32")
KERNEL = np.random.RandomState(1).uniform(-0.5, 0.5, (3, 3)).astype("float32")


class Stepping(Layer):
    """Say every augmented assignment; `training` keeps it from being traced."""

    def call(self, inputs: Any, training: Any = None) -> Any:
        inputs += 3.0
        inputs *= inputs
        inputs -= 1.0
        inputs /= 2.0
        inputs //= 0.5
        inputs %= 5.0
        inputs **= 2
        return self.more(inputs)

    def more(self, inputs: Any) -> Any:
        def inner(value: Any) -> Any:
            value += 1.0
            return value

        return inner(inputs)


def stepped(x: np.ndarray) -> np.ndarray:
    return (((x + 3) ** 2 - 1) / 2 // 0.5 % 5) ** 2 + 1


class Residual(Model):
    """Add to what a tanh gave, whose gradient asks for what it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = Dense(3, activation="tanh", use_bias=False)

    def call(self, inputs: Any) -> Any:
        hidden = self.dense(inputs)
        total = K.exp(hidden)
        total += hidden
        hidden *= 2.0
        total -= hidden
        return total


def test_what_goes_into_a_layer_stays_as_it_is() -> None:
    data = Input((3,))
    model = Model(data, Add()([data, Stepping()(data)]))
    np.testing.assert_allclose(model.predict(X), X + stepped(X), rtol=1e-5)
    given = torch.from_numpy(X.copy())
    np.testing.assert_allclose(Stepping()(given).numpy(), stepped(X), rtol=1e-5)
    np.testing.assert_array_equal(given.numpy(), X)


@pytest.mark.parametrize("jit", [False, True])
def test_gradients_are_those_of_the_new_tensors(jit: bool) -> None:
    model = Residual()
    model(X)
    model.set_weights([KERNEL])
    model.compile("sgd", "mse", jit_compile=jit)
    model.optimizer.lr = 0.1
    says = pytest.warns(UserWarning, match=r"some in Residual. Write x = x \+ y")
    with says if jit else nullcontext():
        model.train_on_batch(X, np.zeros_like(X))
    hidden = np.tanh(X @ KERNEL)
    total = np.exp(hidden) - hidden
    slope = 2 * total / X.size * (np.exp(hidden) - 1) * (1 - hidden**2)
    np.testing.assert_allclose(model.get_weights()[0], KERNEL - 0.1 * X.T @ slope, rtol=1e-4)


@pytest.mark.parametrize("name", ["iadd", "isub", "imul", "itruediv"])
def test_elsewhere_torch_writes_into_the_tensor(name: str) -> None:
    given = torch.ones(3)
    assert getattr(operator, name)(given, 2.0) is given
    held = given.data_ptr()
    given += 1.0
    assert given.data_ptr() == held


def test_parameters_are_written_into_and_lists_grow() -> None:
    class Counting(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.count = nn.Parameter(torch.zeros(1), requires_grad=False)
            self.seen: list[int] = []

        def call(self, inputs: Tensor) -> Tensor:
            self.count += 1.0
            seen = self.seen
            seen += (len(seen),)
            return inputs

    layer = Counting()
    layer(torch.ones(2)), layer(torch.ones(2))
    assert layer.count.item() == 2.0
    assert list(layer.seen) == [0, 1]
