"""Group, unit and RMS normalisation: masks and refusals. Their numbers: test_conformance.py."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS
from kshim.layers.core import Input
from kshim.layers.scaling import GroupNormalization, RMSNormalization, UnitNormalization

X = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("float32")


@pytest.mark.parametrize("arguments", [{}, {"center": False}, {"scale": False}])
@pytest.mark.parametrize("groups", [1, 2, 4, -1])
def test_each_group_has_mean_0_and_deviation_1(groups: int, arguments: dict[str, Any]) -> None:
    layer = GroupNormalization(groups, epsilon=0, **arguments)
    outputs = layer(X).detach().numpy().reshape(2, 15, 4 if groups == -1 else groups, -1)
    np.testing.assert_allclose(outputs.mean((1, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(outputs.std((1, 3)), 1, rtol=1e-4)


def test_masked_cells_count_in_no_mean() -> None:
    mask = np.ones_like(X, dtype=bool)
    mask[:, 2] = False
    layer = GroupNormalization(2)
    outputs = layer(X, mask=torch.as_tensor(mask)).detach()
    torch.testing.assert_close(outputs[:, :2], layer(X[:, :2]).detach())
    with in_era("3"):
        later = GroupNormalization(2)
    unmasked = later(X, mask=torch.as_tensor(mask)).detach()
    torch.testing.assert_close(unmasked, layer(X).detach())


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), (2, 3)])
def test_vectors_have_length_1(axis: Any) -> None:
    outputs = UnitNormalization(axis)(X).numpy()
    lengths = np.sqrt((outputs**2).sum(axis))
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    assert not UnitNormalization(axis)(np.zeros_like(X)).numpy().any()


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), (2, 3)])
def test_root_mean_squares_are_1(axis: Any) -> None:
    layer = RMSNormalization(axis, epsilon=0)
    outputs = layer(X).detach().numpy()
    np.testing.assert_allclose((outputs**2).mean(axis), 1, rtol=1e-4)
    sizes = [X.shape[one] for one in (axis if isinstance(axis, tuple) else (axis,))]
    assert layer.get_weights()[0].shape == tuple(sizes)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (GroupNormalization(3), "groups must be a divisor of the 4 channels, got 3"),
        (GroupNormalization(8), "groups must be a divisor of the 4 channels, got 8"),
        (GroupNormalization(0), "groups must be a divisor of the 4 channels, got 0"),
        (GroupNormalization(1, axis=0), "axis must be an axis behind the batch"),
        (UnitNormalization(4), "axis must be axes of inputs of shape"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(layer: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        layer(Input((5, 4)))


@pytest.mark.parametrize("layer", [GroupNormalization(1, axis=3), RMSNormalization(3)])
def test_an_axis_the_inputs_have_not_is_refused(layer: Any) -> None:
    with pytest.raises(ShapeError, match="inputs must have an axis 3"):
        layer(Input((5, 4)))


@pytest.mark.parametrize("axis", [0.5, "last", [1, "x"]])
@pytest.mark.parametrize("kind", [GroupNormalization, UnitNormalization, RMSNormalization])
def test_an_axis_must_be_a_number(kind: Any, axis: Any) -> None:
    with pytest.raises(ArgumentError, match=f"{kind.__name__}: axis must be a whole number"):
        kind(axis=axis)


@pytest.mark.parametrize(
    "layer",
    [GroupNormalization(2, 1, 0.1, scale=False), UnitNormalization((1, 2)), RMSNormalization(1)],
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    config = json.loads(json.dumps(layer.get_config()))
    again = LAYERS.make({"class_name": type(layer).__name__, "config": config})
    assert again.get_config() == layer.get_config()
