"""model.total_loss, targets and sample_weights as symbols: numbers of Keras 2.2.4 and 2.3.1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim import regularizers
from kshim.core.eras import in_era
from kshim.errors import StateError
from kshim.layers import Dense, Input, Masking, TimeDistributed
from kshim.models import Model, Sequential

LEFT = np.array([1.0, 2.0, 0.0, 0.5], "float32")
RIGHT = np.array([1.0, 1.0, 3.0, 0.25], "float32")
TOTALS = {"2.2": 3.1926005, "2.3": 2.8954694}
KERNEL = {
    "2.2": [
        -0.193411, -0.267269, -0.180688, -0.070923, 0.075609, 0.149075, -0.072705, 0.011023,
        0.734181,
    ],
    "2.3": [
        -0.195828, -0.26349, -0.147252, -0.069517, 0.071106, 0.133232, -0.060327, -0.007784,
        0.550328,
    ],
}  # fmt: skip
MASKED = {
    "2.2": ([0.3509296476840973], [0.07893800735473633, -0.06672041118144989],
            [-0.15621596574783325]),
    "2.3": ([0.29244133830070496], [0.06578163057565689, -0.0556003600358963],
            [-0.1301799714565277]),
}  # fmt: skip


def two_outputs() -> tuple[Model, list[Any]]:
    draw = np.random.RandomState(5)
    data = [draw.normal(size=size).astype("float32") for size in ((4, 3), (4, 2))]
    inputs = Input((3,))
    hidden = Dense(3, activation="tanh", kernel_regularizer=regularizers.l2(0.1))(inputs)
    left = Dense(2, name="left")(hidden)
    right = Dense(
        1, activation="sigmoid", activity_regularizer=regularizers.l1(0.01), name="right"
    )(hidden)
    model = Model(inputs, [left, right])
    model.compile("sgd", ["mse", "binary_crossentropy"], loss_weights=[0.7, 2.0])
    model.set_weights([draw.normal(size=one.shape) * 0.5 for one in model.get_weights()])
    return model, [*data, np.array([[0], [1], [1], [0]], "float32")]


@pytest.mark.parametrize("era", TOTALS)
def test_the_loss_and_its_gradients_are_those_of_keras(era: str) -> None:
    with in_era(era):
        model, (x, left, right) = two_outputs()
        assert [one.shape for one in model.sample_weights] == [(None,), (None,)]
        assert [one.shape for one in model.targets] == [(None, None), (None, None)]
        fed = [*model.inputs, *model.sample_weights, *model.targets, K.learning_phase()]
        wanted = [model.total_loss, *K.gradients(model.total_loss, model.trainable_weights)]
        total, kernel, *_ = K.function(fed, wanted)([x, LEFT, RIGHT, left, right, 0])
        kernel_alone = model.optimizer.get_gradients(model.total_loss, [model.layers[1].kernel])
        [again] = K.function(fed, kernel_alone)([x, LEFT, RIGHT, left, right, 0])
        ones = np.ones(4)
        plain = K.function(fed, [model.total_loss])([x, ones, ones, left, right, 0])[0]
        told = model.test_on_batch(x, [left, right])[0]
    assert total == pytest.approx(TOTALS[era], rel=1e-6)
    np.testing.assert_allclose(kernel.ravel(), KERNEL[era], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(kernel, again)
    assert plain == pytest.approx(told, rel=1e-6) == pytest.approx(2.4176095, rel=1e-6)


@pytest.mark.parametrize("era", MASKED)
def test_steps_have_weights_of_their_own_and_masks_count(era: str) -> None:
    draw = np.random.RandomState(5)
    for size in ((4, 3), (4, 2), (3, 3), (3,), (3, 2), (2,), (3, 1), (1,)):
        draw.normal(size=size)  # what the recording drew before
    x = draw.normal(size=(2, 3, 2)).astype("float32")
    x[1, 2] = 0
    y = draw.normal(size=(2, 3, 1)).astype("float32")
    weights = draw.uniform(size=(2, 3)).astype("float32")
    with in_era(era):
        model = Sequential([Masking(input_shape=(3, 2)), TimeDistributed(Dense(1))])
        model.compile("sgd", "mse", sample_weight_mode="temporal")
        model.set_weights([np.array([[0.5], [-0.25]]), np.array([0.1])])
        assert model.sample_weights[0].shape == (None, None)
        fed = [model._feed_inputs[0], *model._feed_sample_weights, *model._feed_targets]
        wanted = [model.total_loss, *K.gradients(model.total_loss, model.trainable_weights)]
        found = K.function([*fed, K.learning_phase()], wanted)([x, weights, y, 1])
        given = model._standardize_user_data(x, y, weights)
    for mine, theirs in zip(found, MASKED[era], strict=True):
        np.testing.assert_allclose(np.ravel(mine), theirs, rtol=1e-5)
    for mine, theirs in zip(given, (x, y, weights), strict=True):
        np.testing.assert_array_equal(mine[0], theirs)


def test_there_is_a_loss_once_the_model_is_compiled() -> None:
    with in_era("2.2"):
        model = Sequential([Dense(1, input_dim=2)])
        for word in ("total_loss", "targets", "sample_weights"):
            with pytest.raises(StateError, match="must be compiled first"):
                getattr(model, word)
        model.compile("sgd", "mse")
        first = model.total_loss
        assert model.total_loss is first
        model.compile("sgd", "mae")
        assert model.total_loss is not first
