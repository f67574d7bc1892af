"""EinsumDense: equations, shapes, refusals. Its numbers: test_conformance.py."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS
from kshim.layers.core import Input
from kshim.layers.einsum import EinsumDense

ROWS = [
    ("ab,bc->ac", (5,), "c", (2, 4), (4, 5), (5,)),
    ("abc,cd->abd", (None, 5), "d", (2, 3, 4), (4, 5), (5,)),
    ("abc,cde->abde", (3, 2, 5), "be", (2, 3, 4), (4, 2, 5), (3, 1, 5)),
    ("...x,xy->...y", 5, "y", (2, 3, 6, 4), (4, 5), (5,)),
    ("ab...,bc->ac...", 6, "c", (2, 4, 3, 5), (4, 6), (6, 1, 1)),
    ("abc, cd -> adb", (5, 3), None, (2, 3, 4), (4, 5), None),
]


@pytest.mark.parametrize(("equation", "size", "bias_axes", "x", "kernel", "bias"), ROWS)
def test_outputs_are_numpys(
    equation: str, size: Any, bias_axes: str | None, x: Any, kernel: Any, bias: Any
) -> None:
    layer = EinsumDense(equation, size, bias_axes=bias_axes, bias_initializer="normal")
    values = np.random.default_rng(0).normal(size=x).astype("float32")
    outputs = layer(torch.as_tensor(values)).detach()
    weights = layer.get_weights()
    assert [weight.shape for weight in weights] == [kernel] + ([bias] if bias else [])
    told = np.einsum(equation, values, weights[0]) + (weights[1] if bias else 0)
    np.testing.assert_allclose(outputs, told, rtol=1e-5, atol=1e-6)
    found = layer.compute_output_shape(x)
    assert [n or m for n, m in zip(found, told.shape, strict=True)] == list(told.shape)


def test_an_activation_stands_behind_the_bias() -> None:
    layer = EinsumDense("ab,bc->ac", 3, activation="relu", bias_axes="c")
    assert float(layer(torch.randn(4, 5)).detach().min()) == 0


@pytest.mark.parametrize(
    "equation", ["ab,bc", "ab->ac", "...ab...,bc->...ac...", "...ab,bc->ac", "a1,1c->ac"]
)
def test_equations_of_another_form_are_refused(equation: str) -> None:
    with pytest.raises(ArgumentError, match="EinsumDense: equation must be an equation such as"):
        EinsumDense(equation, 3)


@pytest.mark.parametrize(
    ("equation", "size", "shape", "words"),
    [
        ("ab,bc->ac", 3, (4, 5), "as many axes as 'ab,bc->ac' names"),
        ("abc,cd->abd", 3, (4, 5), "a size for each letter"),
        ("abc,cd->abd", (7, 3), (4, 5), "the inputs' size 4 along 'b'"),
        ("ab,bc->ac", 3, (None,), "the size of 'b' must be known"),
        ("abc,cd->abd", (None, None), (4, 5), "the size of 'd' must be known"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    equation: str, size: Any, shape: Any, words: str
) -> None:
    with pytest.raises(ShapeError, match=words):
        EinsumDense(equation, size)(Input(shape))


def test_a_bias_along_no_output_is_refused() -> None:
    with pytest.raises(ArgumentError, match="bias_axes must be letters of the outputs 'ac'"):
        EinsumDense("ab,bc->ac", 3, bias_axes="b")(Input((4,)))


def test_config_makes_the_same_layer() -> None:
    layer = EinsumDense("abc,cd->abd", (None, 5), "relu", "d", kernel_regularizer="l2")
    config = json.loads(json.dumps(layer.get_config()))
    again = LAYERS.make({"class_name": "EinsumDense", "config": config})
    assert again.get_config() == layer.get_config()
