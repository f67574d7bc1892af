"""Constraints against numpy and numbers of tf.keras 2.15."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import constraints
from kshim.errors import UnknownName

W = np.random.RandomState(0).normal(size=(2, 3, 4, 5)) * 3
EPSILON = 1e-7


def lengths(axis: Any) -> Any:
    return np.sqrt((W**2).sum(axis=axis, keepdims=True))


@pytest.mark.parametrize("axis", [0, 1, -1, [0, 1, 2]])
def test_lengths_are_taken_along_the_axis(axis: Any) -> None:
    norms = lengths(tuple(axis) if isinstance(axis, list) else axis)
    rows = {
        constraints.MaxNorm(2.5, axis): np.clip(norms, 0, 2.5),
        constraints.UnitNorm(axis): 1.0,
        constraints.MinMaxNorm(1.0, 2.0, 0.3, axis): 0.3 * np.clip(norms, 1, 2) + 0.7 * norms,
    }
    for constraint, wanted in rows.items():
        y = constraint(torch.from_numpy(W)).numpy()
        np.testing.assert_allclose(y, W * wanted / (norms + EPSILON), rtol=1e-12)


def test_non_neg_cuts_what_is_below_zero() -> None:
    y = constraints.NonNeg()(torch.from_numpy(W)).numpy()
    np.testing.assert_array_equal(y, np.maximum(W, 0))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (2, [[0, 0], [0, 0]]),
        (3, [[4, 4, 4], [4, 0, 4], [4, 4, 4]]),
        (4, [[15, 15, 15, 15], [15, 5, 5, 15], [15, 5, 5, 15], [15, 15, 15, 15]]),
        (
            5,
            [
                [18, 18, 18, 18, 18],
                [18, 12, 12, 12, 18],
                [18, 12, 6, 12, 18],
                [18, 12, 12, 12, 18],
                [18, 18, 18, 18, 18],
            ],
        ),
    ],
)
def test_radial_constraint_makes_the_rings_of_tf_keras(size: int, wanted: list[list[int]]) -> None:
    kernel = torch.arange(float(size * size)).reshape(size, size, 1, 1).expand(size, size, 2, 3)
    y = constraints.RadialConstraint()(kernel)
    for one in y.flatten(2).unbind(-1):
        assert one.tolist() == wanted


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("max_norm", constraints.MaxNorm),
        ("maxnorm", constraints.MaxNorm),
        ("MaxNorm", constraints.MaxNorm),
        ("non_neg", constraints.NonNeg),
        ("nonneg", constraints.NonNeg),
        ("unit_norm", constraints.UnitNorm),
        ("unitnorm", constraints.UnitNorm),
        ("min_max_norm", constraints.MinMaxNorm),
        ("radial_constraint", constraints.RadialConstraint),
    ],
)
def test_every_name_makes_its_constraint_and_survives_its_config(name: str, kind: type) -> None:
    constraint = constraints.get(name)
    assert type(constraint) is kind
    again = constraints.deserialize(constraints.serialize(constraint))
    assert again.get_config() == constraint.get_config()


def test_the_default_lengths_are_keras_s() -> None:
    assert constraints.serialize(constraints.MaxNorm()) == {
        "class_name": "MaxNorm",
        "config": {"max_value": 2, "axis": 0},
    }
    assert constraints.MinMaxNorm().get_config() == {
        "min_value": 0.0,
        "max_value": 1.0,
        "rate": 1.0,
        "axis": 0,
    }


@pytest.mark.filterwarnings("ignore:M.*Norm. .* is an old word")
def test_configs_and_words_of_keras_1_are_read() -> None:
    assert constraints.get({"name": "MaxNorm", "m": 3, "axis": 1}).get_config() == {
        "max_value": 3,
        "axis": 1,
    }
    assert constraints.MinMaxNorm(low=0.5, high=0.75).max_value == 0.75


def test_none_and_functions_are_kept_and_wrong_names_refused() -> None:
    def halve(w: torch.Tensor) -> torch.Tensor:
        return w / 2

    assert constraints.get(None) is None
    assert constraints.get(halve) is halve
    with pytest.raises(UnknownName, match="Did you mean 'max_norm'"):
        constraints.get("max_nrm")
