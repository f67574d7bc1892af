"""Activations against numpy, and against numbers that real Kerases gave."""

from __future__ import annotations

import json
import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import fx

from kshim import activations, backend, layers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError, UnknownName

X = np.array([[-30.0, -3.0, -1.0, -0.5], [0.0, 0.5, 2.0, 30.0]])


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def sparsemax(x: Any) -> Any:
    """Return Keras 3.15's: the threshold sums every running sum of the numbers that count."""
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        sums = np.cumsum(np.sort(row)[::-1])
        counted = 1 + np.arange(1, len(row) + 1) * np.sort(row)[::-1] > sums
        rows.append(np.maximum(row - (sums[counted].sum() - 1) / counted.sum(), 0))
    return np.reshape(rows, x.shape)


FORMULAS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "relu6": lambda x: np.clip(x, 0, 6),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: (
        1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))
    ),
    "softmax": softmax,
    "log_softmax": lambda x: np.log(softmax(x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "exponential": np.exp,
    "gelu": np.vectorize(lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    "swish": lambda x: x * sigmoid(x),
    "silu": lambda x: x * sigmoid(x),
    "celu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "hard_shrink": lambda x: np.where(abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(abs(x) - 0.5, 0),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "log_sigmoid": lambda x: -np.log1p(np.exp(-x)),
    "sparse_plus": lambda x: np.where(x < 1, (np.clip(x, -1, 1) + 1) ** 2 / 4, x),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "sparsemax": sparsemax,
    "squareplus": lambda x: (x + np.sqrt(x**2 + 4)) / 2,
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_an_activation_is_its_formula(name: str) -> None:
    y = activations.get(name)(torch.from_numpy(X))
    np.testing.assert_allclose(y.numpy(), FORMULAS[name](X), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", FORMULAS)
def test_an_activation_can_be_traced(name: str) -> None:
    function = activations.get(name)
    traced = fx.symbolic_trace(lambda x: function(x))
    assert torch.equal(traced(torch.from_numpy(X)), function(torch.from_numpy(X)))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"threshold": -1.0, "max_value": 3.0}, [0, 0, 0, 0, 0.5, 1, 2, 3]),
        ({"threshold": -1.0}, [0, 0, -0.5, 0, 0.5, 1, 2, 4]),
        (
            {"alpha": 0.5, "threshold": 1.0, "max_value": 3.0},
            [-2, -1, -0.75, -0.5, -0.25, 0, 2, 3],
        ),
        ({"alpha": -0.5, "max_value": 1.0}, [1.5, 0.5, 0.25, 0, 0.5, 1, 1, 1]),
    ],
)
def test_relu_bends_where_keras_2_2_4_and_tf_keras_bend_it(
    options: dict[str, float], wanted: list[float]
) -> None:
    x = torch.tensor([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0])
    assert activations.relu(x, **options).tolist() == wanted


def test_glu_takes_half_of_the_numbers() -> None:
    y = activations.glu(torch.from_numpy(X))
    np.testing.assert_allclose(y.numpy(), X[:, :2] * sigmoid(X[:, 2:]))
    assert activations.glu(torch.from_numpy(X), axis=0).shape == (1, 4)


def test_threshold_puts_a_value_below() -> None:
    y = activations.threshold(torch.from_numpy(X), 0.25, -7.0)
    np.testing.assert_array_equal(y.numpy(), np.where(X > 0.25, X, -7))


@pytest.mark.parametrize("function", [activations.relu, activations.leaky_relu])
def test_slopes_may_have_keras_3s_name(function: Any) -> None:
    y = function(torch.from_numpy(X), negative_slope=0.5)
    np.testing.assert_allclose(y.numpy(), np.where(X > 0, X, 0.5 * X))


def test_softmax_takes_an_axis() -> None:
    y = activations.softmax(torch.from_numpy(X), axis=0)
    np.testing.assert_allclose(y.numpy(), softmax(X.T).T, rtol=1e-7)


def test_gelu_can_be_approximated() -> None:
    wanted = 0.5 * X * (1 + np.tanh(math.sqrt(2 / math.pi) * (X + 0.044715 * X**3)))
    y = activations.gelu(torch.from_numpy(X), approximate=True)
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("era", "slope"), [("1.2", 0.2), ("2.3", 0.2), ("2.15", 0.2), ("3", 1 / 6)]
)
def test_hard_sigmoid_has_the_slope_of_its_era(era: str, slope: float) -> None:
    with in_era(era):
        function = activations.get("hard_sigmoid")
        assert activations.get(activations.hard_sigmoid) is function
    wanted = np.clip(slope * X + 0.5, 0, 1)
    np.testing.assert_allclose(function(torch.from_numpy(X)).numpy(), wanted, rtol=1e-7)
    assert activations.serialize(function) == "hard_sigmoid"


def test_names_stand_for_functions_and_none_for_linear() -> None:
    assert activations.get("tanh") is activations.tanh
    assert activations.get(activations.tanh) is activations.tanh
    assert activations.get(None) is activations.linear
    assert json.dumps(activations.serialize(activations.relu)) == '"relu"'


def test_own_functions_are_found_by_their_name() -> None:
    def doubled(x: torch.Tensor) -> torch.Tensor:
        return 2 * x

    assert activations.deserialize("doubled", custom_objects={"doubled": doubled}) is doubled


def test_a_wrong_activation_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match=r"got 'rellu'\. Did you mean 'relu'\?"):
        activations.get("rellu")
    with pytest.raises(ArgumentError, match="activation must be"):
        activations.get(3)


@pytest.mark.parametrize(
    ("era", "ranks"),
    [
        ("1.2", {2, 3}),
        ("2.0", {2, 3, 4}),
        ("2.3", {2, 3, 4}),
        ("2.15", {2, 3, 4}),
        ("3", set(range(1, 5))),
    ],
)
def test_softmax_takes_the_axes_that_the_keras_of_its_era_takes(era: str, ranks: set[int]) -> None:
    taken = set()
    with in_era(era):
        for rank in range(1, 5):
            try:
                activations.softmax(torch.ones((2,) * rank))
            except ShapeError as error:
                assert str(error).startswith("softmax: x must have"), error
            else:
                taken.add(rank)
        assert backend.softmax(torch.zeros(4)).tolist() == [0.25] * 4
    assert taken == ranks


@pytest.mark.parametrize(
    ("era", "told"), [("1.2", 0), ("2.0", 1), ("2.3", 1), ("2.15", 0), ("3", 0)]
)
def test_keras_2_warns_of_a_layer_for_an_activation(era: str, told: int) -> None:
    with in_era(era), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        layer = layers.LeakyReLU()
        assert activations.get(layer) is layer
    assert [str(one.message) for one in found] == [
        "activation: a LeakyReLU is a layer; add it behind this one."
    ] * told
