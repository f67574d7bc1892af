"""Shapes in TensorFlow's words: of symbols, of tensors in `call`, and in what leaves Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim.models import Model


class Asking(L.Layer):
    def call(self, x: Any) -> Any:
        sizes = x.get_shape().as_list()
        return x * float(sizes[1]) + x.get_shape().ndims + int(x.get_shape()[1].value)


def by_size(x: Any) -> Any:
    return x / x.shape.as_list()[-1] + x.shape.ndims + x._keras_shape[-1]


def plain(x: Any) -> Any:
    return x / x.shape[-1] + x.shape[1]


def test_a_tensor_answers_as_tensorflow_does() -> None:
    x = torch.ones(2, 3)
    x.set_shape((None, 3))
    assert x.get_shape().as_list() == x.shape.as_list() == [2, 3]
    assert x.get_shape()[1].value == 3 and x.get_shape()[:1].as_list() == [2]
    assert x.shape.ndims == x.shape.rank == 2 and x.shape.is_fully_defined()
    assert x._keras_shape == (2, 3) and isinstance(x.shape, torch.Size)


def test_a_symbol_answers_as_tensorflow_does() -> None:
    x = L.Input((3,))
    assert x.shape[1].value == x.get_shape()[-1].value == 3 and x.shape[0] is None
    assert x.shape[1:].as_list() == [3] and not x.shape.is_fully_defined()


# By hand: x * 3 + 2 + 3 and x / 3 + 2 + 3.
@pytest.mark.parametrize(
    ("layer", "wanted"),
    [(Asking, 8.0), (lambda: L.Lambda(by_size), 1 / 3 + 5), (lambda: L.Lambda(plain), 1 / 3 + 3)],
)
def test_layers_ask_for_shapes_in_call(layer: Any, wanted: float) -> None:
    x = L.Input((3,))
    model = Model(x, layer()(x))
    for count in (1, 4):
        made = model.predict(np.ones((count, 3), "float32"), verbose=0)
        np.testing.assert_allclose(made, np.full((count, 3), wanted), rtol=1e-6)
    assert model.output_shape == (None, 3)
