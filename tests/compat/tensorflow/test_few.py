"""Numbers recorded from tensorflow 2.15.1."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow import few
from kshim.errors import ArgumentError, ShapeError

_draw = np.random.RandomState(2)
X, SERIES, KERNEL, PICTURE = (
    _draw.normal(size=size).astype("float32")
    for size in ((2, 3, 2), (2, 7, 2), (3, 2, 2), (1, 5, 4, 2))
)
RECORDED = {
    "gather": [
        -1.79344, -0.84175, -0.41676, -0.05627, -1.05795, -0.90901, -1.05795, -0.90901,
    ],
    "reverse": [
        -2.1362, 1.64027, -0.41676, -0.05627, -1.79344, -0.84175, 0.55145, 2.29221,
        -1.05795, -0.90901, 0.50288, -1.24529,
    ],
    "reverse_time": [
        0.50288, -1.24529, -2.1362, 1.64027, 0.55145, 2.29221, -0.41676, -0.05627,
        -1.05795, -0.90901, -1.79344, -0.84175,
    ],
    "conv": [
        -1.6658, 0.2069, 2.26404, -0.62269, -2.36868, 0.12558, 1.12502, -1.41154,
        -0.63708, 0.09092, 3.83306, -1.42066, 0.667, -1.37547, 1.75131, -1.04854,
    ],
    "conv_valid": [
        3.69336, -2.56232, 2.26404, -0.62269, -2.70955, 2.25347, -2.36868, 0.12558,
        0.38427, -1.02112, 2.69402, -2.95187, 3.83306, -1.42066, -6.5356, 3.99251, 0.667,
        -1.37547, -1.89305, 2.22375,
    ],
    "max": [
        0.4335, 1.27838, 0.21612, 0.5084, 0.69512, 0.84246, 0.8247, 1.58449, 1.36724,
        1.21789, 0.38187, 0.56628,
    ],
    "avg": [
        -0.51268, 0.32537, -0.78414, -0.68585, -0.57372, -0.03533, -0.59384, 0.23813,
        -0.27541, -0.33631, 0.13877, 0.52204,
    ],
}  # fmt: skip
CALLS = {
    "gather": lambda: few.batch_gather(X, [[2, 0], [1, 1]]),
    "reverse": lambda: few.reverse_sequence(X, [2, 3], seq_axis=1),
    "reverse_time": lambda: few.reverse_sequence(X, [2, 1, 2], seq_axis=0, batch_axis=1),
    "conv": lambda: few.conv1d(SERIES, KERNEL, 2, "SAME"),
    "conv_valid": lambda: few.conv1d(SERIES, KERNEL, 1, "VALID"),
    "max": lambda: few.max_pool(PICTURE, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
    "avg": lambda: few.avg_pool(PICTURE, 3, 2, "SAME"),
}


@pytest.mark.parametrize("name", CALLS)
def test_numbers_are_tensorflows(name: str) -> None:
    np.testing.assert_allclose(CALLS[name]().numpy().ravel(), RECORDED[name], atol=1e-5)


def test_shapes_are_joined_and_checked() -> None:
    assert few.broadcast_dynamic_shape([2, 1, 3], [4, 1]).tolist() == [2, 4, 3]
    assert few.ensure_shape(X, (None, 3, 2)).shape == (2, 3, 2)
    with pytest.raises(ShapeError, match=r"must have shape \(None, 4, 2\), got \(2, 3, 2\)"):
        few.ensure_shape(X, (None, 4, 2))
    with pytest.raises(ArgumentError, match="seq_axis must be a whole number"):
        few.reverse_sequence(X, [2, 3])


def test_volumes_grow_and_rows_change_places() -> None:
    draw = np.random.RandomState(4)
    volume = draw.normal(size=(1, 2, 2, 3, 2)).astype("float32")
    kernel = draw.normal(size=(2, 2, 2, 3, 2)).astype("float32")
    made = few.conv3d_transpose(volume, kernel, [1, 4, 4, 6, 3], 2, "SAME").numpy()
    wanted = np.einsum("nzyxc,abdfc->nzaybxdf", volume, kernel).reshape(1, 4, 4, 6, 3)
    np.testing.assert_allclose(made, wanted, atol=1e-5)
    mixed = few.random_shuffle(X, seed=3)
    assert sorted(mixed[:, 0, 0].tolist()) == sorted(X[:, 0, 0].tolist())
    assert few.as_dtype("float16") == torch.float16
