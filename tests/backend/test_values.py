"""K's small functions, held to numpy; convolutions, to numbers recorded from Keras 2.2.4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim.core.eras import in_era

X = np.random.RandomState(1).normal(size=(3, 4)).astype("float32")
Y = np.where(np.arange(12).reshape(3, 4) % 3, X + 0.5 - np.arange(12).reshape(3, 4) % 2, X)
ONE: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs, "cos": np.cos, "sin": np.sin, "sign": np.sign, "exp": np.exp,
    "square": np.square, "identity": np.array, "stop_gradient": np.array,
    "ones_like": np.ones_like, "zeros_like": np.zeros_like,
}  # fmt: skip
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "equal": np.equal, "not_equal": np.not_equal, "greater": np.greater, "less": np.less,
    "greater_equal": np.greater_equal, "less_equal": np.less_equal,
    "maximum": np.maximum, "minimum": np.minimum,
}  # fmt: skip
_draw = np.random.RandomState(8)
VOLUME, BACK, SERIES, DEEP, ACROSS = (
    _draw.normal(size=size).astype("float32")
    for size in ((1, 2, 3, 2, 2), (2, 2, 3, 3, 2), (2, 6, 2), (3, 2, 2), (1, 4, 3))
)
RECORDED = {
    "conv3d_transpose": [
        -0.6778, 0.09555, 2.61475, -0.14792, -1.78042, 0.18798, 2.05691, 0.95945, 4.30196,
        3.64465, 1.909, 0.42276, 2.17007, -0.21158, -1.30321, 0.10607, -1.92345, 0.14768,
        -1.3543, 0.06852, -0.35048, -0.73978, -1.00961, -1.38741,
    ],
    "separable_conv1d": [
        -1.27664, -5.66296, -4.19458, 0.92828, 0.2661, 3.32141, -0.25469, 0.62912,
        -0.68178, 3.60274, -2.44293, 1.43119, -3.31444, -0.05057, -3.13191, -1.68074,
        2.35042, 2.07729, -4.03911, -5.50933, -7.79143, 7.12232, -2.96222, 7.76722,
        -9.0919, 1.74791, -6.99889, 5.8628, -3.92193, 2.2709, -4.43101, 7.22402, 2.28444,
        -2.23631, 4.00433, 0.48245,
    ],
}  # fmt: skip


def both_ways(function: Callable[..., Any], *arrays: Any) -> list[Any]:
    """Return what a function gives of variables, and of symbols that are fed."""
    held = K.eval(function(*map(K.variable, arrays)))
    symbols = [K.placeholder(one.shape) for one in arrays]
    return [held, K.function(symbols, [function(*symbols)])(list(arrays))[0]]


@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_functions_of_each_number_are_numpys(name: str) -> None:
    arrays = [X] if name in ONE else [X, Y.astype("float32")]
    wanted = {**ONE, **TWO}[name](*arrays)
    for found in both_ways(getattr(K, name), *arrays):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
        assert found.dtype == wanted.dtype


def test_where_chooses_by_a_condition() -> None:
    found = K.eval(K.where(K.variable(X) > 0, K.variable(X), K.zeros_like(K.variable(X))))
    np.testing.assert_array_equal(found, np.maximum(X, 0))


def test_convolutions_are_those_of_keras() -> None:
    with in_era("2.2"):
        back = both_ways(
            lambda x, kernel: K.conv3d_transpose(
                x, kernel, (1, 4, 6, 4, 3), strides=(2, 2, 2), padding="same"
            ),
            VOLUME, BACK,
        )  # fmt: skip
        apart = both_ways(
            lambda x, deep, across: K.separable_conv1d(x, deep, across, padding="same"),
            SERIES, DEEP, ACROSS,
        )  # fmt: skip
    for found in back:
        np.testing.assert_allclose(found.ravel()[::12], RECORDED["conv3d_transpose"], atol=2e-5)
    for found in apart:
        np.testing.assert_allclose(found.ravel(), RECORDED["separable_conv1d"], atol=2e-5)
