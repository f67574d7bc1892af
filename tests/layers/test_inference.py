"""Inference: shapes and types of a function's results, found by running it on stand-ins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim.errors import ShapeError
from kshim.layers.inference import infer


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda x: x.sum(1), (None, 4)),
        (lambda x: x.reshape(-1, 4), (None, 4)),
        (lambda x: x.transpose(1, 2), (None, 4, None)),
        (lambda x: x[:, :2], (None, 2, 4)),
        (lambda x: torch.ones(3), (3,)),
        (lambda x: torch.tensor(np.asarray(x.sum(1))), (None, 4)),  # not on the meta device
        (lambda x: x if float(x.sum()) > 0 else x[0], (None, None, 4)),
    ],
)
def test_sizes_that_differ_between_two_runs_are_unknown(function: Any, shape: Any) -> None:
    assert infer("f", function, (L.Input((None, 4)),), {}).shape == shape


def test_structures_and_types_are_kept() -> None:
    found = infer("f", lambda x: {"a": x > 0, "b": [x, 3]}, (L.Input((2,)),), {})
    assert found["a"].dtype == "bool"
    assert found["b"][1] == 3


def test_a_function_that_fails_is_told_with_the_shapes() -> None:
    with pytest.raises(ShapeError, match=r"f: cannot be applied to .*\(None, 2\), \(None, 3\)"):
        infer("f", torch.add, (L.Input((2,)), L.Input((3,))), {})
