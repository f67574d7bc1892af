"""Gradients that a layer takes of one of its inputs by another, wherever the model computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim.core.eras import in_era
from kshim.core.settings import in_data_format
from kshim.layers import Conv2D, Input, Lambda, MaxPooling2D, add, multiply
from kshim.models import Model

X = np.random.RandomState(2).normal(size=(3, 4, 6, 2)).astype("float32")


def where(pair):
    before, after = pair
    return K.gradients(K.sum(after), before)


def greatest(values: np.ndarray) -> np.ndarray:
    """Return ones where a window of 2x2 of (batch, rows, columns, channels) is greatest."""
    windows = values.reshape(values.shape[0], values.shape[1] // 2, 2, -1, 2, values.shape[3])
    return (windows == windows.max(axis=(2, 4), keepdims=True)).reshape(values.shape)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_lambda_finds_where_the_maxima_of_a_pooling_were(data_format: str) -> None:
    last = data_format == "channels_last"
    x = X if last else X.transpose(0, 3, 1, 2)
    with in_era("2.3"), in_data_format(data_format):
        image = Input(x.shape[1:])
        before = Conv2D(3, 3, padding="same", activation="tanh")(image)
        found = Lambda(where)([before, MaxPooling2D(2)(before)])
        assert tuple(found.shape) == tuple(before.shape)
        made, inner = (one if last else one.transpose(0, 2, 3, 1) for one in
                       Model(image, [found, before]).predict(x))  # fmt: skip
    np.testing.assert_array_equal(made, greatest(inner))


def test_gradients_by_the_input_of_the_model_itself_are_found() -> None:
    with in_era("2.2"):
        x = Input((5,))
        squares = Lambda(lambda t: K.square(t))(x)
        slopes = Lambda(lambda pair: K.gradients(pair[1], pair[0]))([x, squares])
        model = Model(x, add([slopes, x]))
        values = X.reshape(-1)[:10].reshape(2, 5)
        np.testing.assert_allclose(model.predict(values), 3 * values, rtol=1e-6)
        assert not model(torch.tensor(values)).isnan().any()


def test_what_is_predicted_carries_no_history_and_training_goes_through_the_gradient() -> None:
    with in_era("2.2"):
        cubes = Lambda(lambda t: t * t * t)
        scale = Conv2D(1, 1, use_bias=False)
        image = Input((2, 2, 1))
        y = scale(image)
        slopes = Lambda(lambda pair: K.gradients(pair[1], pair[0]))([y, cubes(y)])
        model = Model(image, multiply([slopes, y]))
        model.set_weights([np.full((1, 1, 1, 1), 0.5)])
        model.compile("sgd", "mse")
        values = X.reshape(-1)[:8].reshape(2, 2, 2, 1)
        found = model.predict(values)
        np.testing.assert_allclose(found, 3 * (0.5 * values) ** 3, rtol=1e-5)
        with torch.no_grad():
            assert not model.network.predict(torch.tensor(values))[0].requires_grad
        model.train_on_batch(values, np.zeros_like(values))
        # loss = mean((3 w^3 x^3)^2), d/dw = mean(54 w^5 x^6), steps of 0.01
        wanted = 0.5 - 0.01 * np.mean(54 * 0.5**5 * values.astype("float64") ** 6)
        np.testing.assert_allclose(model.get_weights()[0].item(), wanted, rtol=1e-5)
