from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow import gradients as tf
from kshim.compat.tensorflow.variables import Variable, assign_add, get_variable
from kshim.errors import StateError
from kshim.layers import Dense
from kshim.models import Sequential
from kshim.optimizers import SGD


def test_a_tape_derives_variables_even_where_gradients_are_off() -> None:
    x = Variable(3.0)
    with torch.no_grad(), tf.GradientTape() as tape:
        y = x * x + 1.0
    assert float(tape.gradient(y, x)) == 6.0
    with pytest.raises(StateError, match="persistent"):
        tape.gradient(y, x)


def test_a_tape_inside_a_tape_derives_twice() -> None:
    x = Variable(2.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x * x * x
        first = inner.gradient(y, x)
    assert (float(first.detach()), float(outer.gradient(first, x))) == (12.0, 12.0)


def test_tensors_are_watched_and_forms_are_kept() -> None:
    x = torch.tensor([1.0, 2.0])
    other = Variable(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = (x**2).sum()
    found = tape.gradient(y, {"x": x, "other": other})
    assert found["x"].tolist() == [2.0, 4.0] and found["other"] is None
    zero = tape.gradient(y, [other], unconnected_gradients="zero")
    assert float(zero[0]) == 0.0


def test_a_training_loop_of_ones_own_lowers_the_loss() -> None:
    model = Sequential([Dense(1, input_dim=2)])
    optimizer = SGD(0.1)
    x = np.array([[1.0, 2.0], [3.0, -1.0]], "float32")
    y = np.array([[1.0], [2.0]], "float32")

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = ((model(x, training=True) - torch.tensor(y)) ** 2).mean()
        found = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(found, model.trainable_variables, strict=True))
        return float(loss.detach())

    losses = [step() for _ in range(20)]
    assert losses[-1] < losses[0] / 2


def test_conditions_loops_and_python_functions() -> None:
    assert tf.cond(torch.tensor(True), lambda: 1, lambda: 2) == 1
    assert tf.while_loop(lambda n: n < 5, lambda n: [n + 2], [0]) == [6]
    assert tf.numpy_function(lambda a: a * 2, [torch.tensor([1.0])]).tolist() == [2.0]

    @tf.custom_gradient
    def clipped(x: Any) -> Any:
        return x * 1.0, lambda upstream: upstream * 10.0

    x = torch.tensor(2.0, requires_grad=True)
    clipped(x).backward()
    assert float(x.grad) == 10.0


def test_variables_are_written_to() -> None:
    x = Variable([1.0, 2.0], name="x", trainable=False)
    assign_add(x, [1.0, 1.0])
    x.assign_sub([0.5, 0.5])
    assert x.numpy().tolist() == [1.5, 2.5] and not x.trainable
    assert tuple(get_variable("w", (2, 3)).shape) == (2, 3)


@pytest.fixture
def _without_gradients() -> Iterator[None]:
    """Scripts run so: gradients are taken inside tapes and training alone."""
    with torch.no_grad():
        yield


@pytest.mark.usefixtures("_without_gradients")
def test_gradients_are_asked_for_behind_the_tape() -> None:
    x, other = Variable([1.0, 2.0]), Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x * x
    assert tape.gradient(y, x, output_gradients=torch.tensor([1.0, 10.0])).tolist() == [2.0, 40.0]
    assert tape.jacobian(y, x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert tape.jacobian(y, [x, other])[1] is None
    assert tape.batch_jacobian(y[:, None], other) is None
    zeros = tape.jacobian(y, other, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert zeros.tolist() == [0.0, 0.0]


@pytest.mark.usefixtures("_without_gradients")
def test_a_sample_is_derived_by_itself_alone() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[:, :2] * x[:, 1:]
    found = tape.batch_jacobian(y, x)
    assert found.tolist() == [
        [[1.0, 0.0, 0.0], [0.0, 2.0, 1.0]],
        [[4.0, 3.0, 0.0], [0.0, 5.0, 4.0]],
    ]


def test_what_is_not_watched_has_no_gradient() -> None:
    x, other = Variable(2.0), Variable(3.0)
    with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        tape.watch(x)
        y = x * other
    found = tape.gradient(y, [x, other])
    assert float(found[0]) == 3.0 and found[1] is None
    assert float(tape.gradient(y, other, unconnected_gradients="zero")) == 0.0


@pytest.mark.usefixtures("_without_gradients")
def test_an_optimizer_lowers_what_a_function_gives() -> None:
    x = Variable(5.0)
    SGD(0.1).minimize(lambda: x * x, [x])
    assert float(x.numpy()) == pytest.approx(4.0)
