"""Operations: functions on symbols become nodes that compute what the function computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim import layers as L
from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.errors import GraphError
from kshim.layers.operations import operation
from kshim.models.model import Model

X = np.arange(12, dtype="float32").reshape(2, 2, 3) / 10


@operation
def halves(values: Any, axis: int = -1) -> list[Any]:
    """Return two outputs."""
    return [values * 0.5, values.sum(axis)]


@pytest.mark.parametrize(
    ("make", "want"),
    [
        (lambda x: 1 - x * 2, 1 - X * 2),
        (lambda x: x**2 / (x + 1), X**2 / (X + 1)),
        (lambda x: -x[:, 1:], -X[:, 1:]),
        (lambda x: abs(x - 0.5), abs(X - 0.5)),
        (lambda x: torch.cat([x, x], dim=1), np.concatenate([X, X], 1)),
        (lambda x: torch.where(x > 0.5, x, x * 0), np.where(X > 0.5, X, 0)),
        (lambda x: halves(x)[1] + halves(x, axis=2)[1], X.sum(2) * 2),
    ],
)
def test_a_function_of_symbols_is_computed_in_the_model(make: Any, want: Any) -> None:
    entrance = L.Input((2, 3))
    model = Model(entrance, make(entrance))
    assert model.output_shape == (None, *want.shape[1:])
    np.testing.assert_allclose(model.predict(X), want, rtol=1e-6)


def test_an_operation_computes_at_once_on_tensors_and_weights() -> None:
    half, total = halves(torch.tensor(X))
    np.testing.assert_allclose(half, X / 2)
    np.testing.assert_allclose(total, X.sum(-1), rtol=1e-6)
    layer = L.Dense(2, kernel_initializer="ones")
    layer(L.Input((3,)))
    np.testing.assert_allclose(halves(layer.kernel)[1].detach(), [2.0, 2.0, 2.0])


def test_an_operation_lets_no_mask_pass() -> None:
    assert (L.Masking()(L.Input((2, 3))) + 1).mask is None


def test_an_operation_on_weights_and_symbols_learns_the_weights() -> None:
    layer, entrance = L.Dense(2), L.Input((2, 3))
    model = Model(entrance, layer(entrance) + layer.bias)
    model.compile("sgd", "mse")
    before = model.predict(X)
    layer.bias.assign(np.ones(2))
    np.testing.assert_allclose(model.predict(X), before + 2, rtol=1e-5)
    model.train_on_batch(X, np.zeros((2, 2, 2)))
    assert (layer.bias.numpy() != 1).all()


def test_a_value_that_learns_but_belongs_to_no_layer_is_refused() -> None:
    layer, entrance = L.Dense(2), L.Input((2, 3))
    layer(entrance)
    model = Model(entrance, layer(entrance) + torch.sum(layer.bias))
    with pytest.raises(GraphError, match="Compute it inside a Layer of your own"):
        model.predict(X)


# What tf.keras 2.15 and Keras 3.15 call the parts of `_calls`, and which of them are layers.
PARTS = {
    "2.15": (
        "input_1 tf.__operators__.add tf.math.multiply multiply tf.nn.relu re_lu tf.math.subtract "
        "tf.math.reduce_sum tf.math.negative tf.__operators__.getitem tf.concat tf.math.truediv "
        "tf.math.multiply_1"
    ),
    "3": (
        "input_layer add multiply_1 multiply relu re_lu subtract sum negative get_item concatenate "
        "true_divide multiply_2"
    ),
}
LAYERS_OF = {"2.15": PARTS["2.15"], "3": "input_layer multiply re_lu"}


def _calls() -> Model:
    entrance = L.Input((4, 5, 3))
    x = entrance + 3.0
    x = L.Multiply()([x, x * 2])
    x = K.sum(L.ReLU()(K.relu(x)) - 1, axis=1)
    x = (-x)[:, 0]
    return Model(entrance, 2 * (1 / K.concatenate([x, x])))


@pytest.mark.parametrize("era", PARTS)
def test_functions_have_the_names_that_the_era_gives_them(era: str) -> None:
    forget_names()
    with in_era(era):
        model = _calls()
    assert [one.name for one in model.operations] == PARTS[era].split()
    assert [one.name for one in model.layers] == LAYERS_OF[era].split()
