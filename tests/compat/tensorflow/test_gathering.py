"""Numbers recorded from tensorflow 2.15.1, or written from the manual."""

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow import gathering as tf
from kshim.compat.tensorflow import more_mathematics as math
from kshim.errors import ArgumentError
from kshim.layers import Input
from kshim.models import Model

X = np.arange(12, dtype="float32").reshape(3, 4)


def test_padding_by_numbers_and_by_ones_own_cells() -> None:
    reflected = tf.pad(X, [[1, 1], [2, 0]], "REFLECT")
    assert reflected[:2].tolist() == [[6, 5, 4, 5, 6, 7], [2, 1, 0, 1, 2, 3]]
    doubled = tf.pad(X, [[1, 1], [2, 0]], "SYMMETRIC")
    assert doubled[:2].tolist() == [[1, 0, 0, 1, 2, 3], [1, 0, 0, 1, 2, 3]]
    assert tf.pad([1.0], [[1, 2]], constant_values=7).tolist() == [7, 1, 7, 7]
    with pytest.raises(ArgumentError, match="REFLECT"):
        tf.pad(X, [[1, 1], [0, 0]], "WRAP")


def test_picking_and_scattering() -> None:
    assert tf.gather_nd(X, [[0, 1], [2, 3]]).tolist() == [1, 11]
    assert tf.gather_nd(X, [[[1], [0]]] * 3, batch_dims=1).tolist() == [[1, 0], [5, 4], [9, 8]]
    assert tf.boolean_mask(X, [True, False, True]).tolist() == X[[0, 2]].tolist()
    assert tf.scatter_nd([[1], [1]], [2.0, 3.0], [3]).tolist() == [0, 5, 0]
    assert tf.tensor_scatter_nd_update([1.0, 2.0], [[0]], [9.0]).tolist() == [9, 2]


def test_order_and_difference() -> None:
    found = tf.unique([4, 1, 4, 2, 1])
    assert (found.y.tolist(), found.idx.tolist()) == ([4, 1, 2], [0, 1, 0, 2, 1])
    assert tf.argsort([3.0, 1.0, 2.0], direction="DESCENDING").tolist() == [0, 2, 1]
    assert tf.sequence_mask([1, 3]).tolist() == [[True, False, False], [True, True, True]]
    cells = np.arange(8, dtype="float32").reshape(1, 1, 2, 4)
    moved = tf.depth_to_space(cells, 2)
    assert moved.reshape(-1).tolist() == [0, 1, 4, 5, 2, 3, 6, 7]
    np.testing.assert_array_equal(tf.space_to_depth(moved, 2), cells)


def test_sums_along_the_way_and_of_segments() -> None:
    assert math.cumsum([1.0, 2.0, 3.0], exclusive=True, reverse=True).tolist() == [5, 3, 0]
    assert math.segment_mean(X, [0, 0, 1]).tolist() == [[2, 3, 4, 5], [8, 9, 10, 11]]
    assert math.unsorted_segment_sum([1.0, 2.0, 4.0], [2, 0, 2], 3).tolist() == [2, 0, 5]
    cut, length = math.clip_by_global_norm([torch.tensor([3.0, 4.0]), None], 1.0)
    np.testing.assert_allclose(cut[0], [0.6, 0.8], rtol=1e-6)
    assert float(length) == 5.0 and cut[1] is None
    assert math.band_part(X[:, :3], 1, 0).tolist() == [[0, 0, 0], [4, 5, 0], [0, 9, 10]]
    mean, spread = math.moments(X, [0])
    np.testing.assert_allclose(mean, X.mean(0))
    np.testing.assert_allclose(spread, X.var(0), rtol=1e-6)


def test_symbols_record_nodes() -> None:
    x = Input((4,))
    y = math.clip_by_value(tf.pad(x, [[0, 0], [1, 1]]), 1.0, 8.0)
    assert tuple(y.shape) == (None, 6)
    want = np.clip(np.pad(X, ((0, 0), (1, 1))), 1, 8)
    np.testing.assert_array_equal(Model(x, y).predict(X), want)
