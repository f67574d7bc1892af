"""Enlarging between corners against numpy's interpolation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from kshim.nn.resize import CornerLinear


def test_new_cells_lie_on_the_line_to_the_next_old_one() -> None:
    inputs = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")
    places = [np.minimum(np.arange(n * f) / f, n - 1) for n, f in ((4, 2), (5, 3))]
    rows = np.apply_along_axis(lambda cells: np.interp(places[0], range(4), cells), 2, inputs)
    told = np.apply_along_axis(lambda cells: np.interp(places[1], range(5), cells), 3, rows)
    outputs = CornerLinear((2, 3))(torch.as_tensor(inputs))
    np.testing.assert_allclose(outputs.numpy(), told, rtol=1e-5, atol=1e-6)


def test_it_leaves_as_onnx(export: Callable[..., Any]) -> None:
    layer, inputs = CornerLinear((2, 3)), torch.randn(2, 3, 4, 5)
    _, run = export(layer, (inputs,))
    np.testing.assert_allclose(run(inputs.numpy())[0], layer(inputs).numpy(), rtol=1e-5, atol=1e-6)


def test_the_factors_are_shown() -> None:
    assert repr(CornerLinear((2, 3))) == "CornerLinear(factors=(2, 3))"
