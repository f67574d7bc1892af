"""Further functions of tensorflow, each against numpy, or numbers that TensorFlow 2.15.1 gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow import further as tf
from kshim.layers import Input
from kshim.models import Model

X = np.array([[1.0, -2.0, 4.0], [0.5, 3.0, -1.0]], "float32")
PICTURES = np.arange(2 * 5 * 6 * 2, dtype="float32").reshape(2, 5, 6, 2) / 50
KERNEL = np.arange(3 * 2 * 2 * 3, dtype="float32").reshape(3, 2, 2, 3) / 30 - 0.5

AGAINST_NUMPY = [
    (lambda: tf.reduce_prod(X), X.prod()),
    (lambda: tf.reduce_prod(X, axis=-1, keepdims=True), X.prod(-1, keepdims=True)),
    (lambda: tf.reduce_any(X > 3, 0), (X > 3).any(0)),
    (lambda: tf.reduce_all(X > -3), True),
    (lambda: tf.reduce_std(X, [0, 1]), X.std()),
    (lambda: tf.reduce_variance(X, 1), X.var(1)),
    (lambda: tf.reduce_euclidean_norm(X, 1), np.sqrt((X**2).sum(1))),
    (lambda: tf.roll(X, 1, axis=1), np.roll(X, 1, 1)),
    (lambda: tf.linspace(0.0, 1.0, 5), np.linspace(0, 1, 5)),
    (lambda: tf.mod(X, 3.0), np.mod(X, 3)),
    (lambda: tf.reciprocal_no_nan([2.0, 0.0]), [0.5, 0.0]),
    (lambda: tf.is_finite([1.0, np.inf, np.nan]), [True, False, False]),
    (lambda: tf.lgamma([4.0]), [np.log(6)]),
    (lambda: tf.digamma([1.0]), [-0.5772157]),
    (lambda: tf.bincount([1, 1, 3]), [0, 2, 0, 1]),
    (lambda: tf.bincount([1, 1, 3], weights=[1.0, 2.0, 4.0]), [0, 3, 0, 4]),
    (lambda: tf.confusion_matrix([0, 1, 1], [0, 1, 0]), [[1, 0], [1, 1]]),
    (lambda: tf.in_top_k([2, 2], X, 1), [True, False]),
    (lambda: tf.inv([[2.0, 0.0], [0.0, 4.0]]), [[0.5, 0], [0, 0.25]]),
    (lambda: tf.det([[2.0, 1.0], [0.0, 4.0]]), 8.0),
    (lambda: tf.svd(X, compute_uv=False), np.linalg.svd(X, compute_uv=False)),
    (lambda: tf.l2_loss(X), (X**2).sum() / 2),
    (lambda: tf.silu(X), X / (1 + np.exp(-X))),
    (lambda: tf.gelu([1.0]), [0.8413447]),
    (lambda: tf.gelu([1.0], approximate=True), [0.841192]),
    (
        lambda: tf.batch_normalization(X, X.mean(0), X.var(0), 0.5, 2.0, 1e-3),
        (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-3) * 2 + 0.5,
    ),
]


@pytest.mark.parametrize("place", range(len(AGAINST_NUMPY)))
def test_it_computes_what_numpy_does(place: int) -> None:
    compute, wanted = AGAINST_NUMPY[place]
    np.testing.assert_allclose(np.asarray(compute()), wanted, rtol=2e-6)


def test_a_decomposition_makes_the_matrix_again() -> None:
    values, left, right = tf.svd(X)
    np.testing.assert_allclose((left * values) @ right.mH, X, rtol=1e-5, atol=1e-6)


def _convolved(x: Any, kernel: Any, steps: tuple[int, int]) -> Any:
    rows, columns = kernel.shape[:2]
    height = (x.shape[1] - rows) // steps[0] + 1
    width = (x.shape[2] - columns) // steps[1] + 1
    made = np.zeros((x.shape[0], height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            part = x[:, i * steps[0] :, j * steps[1] :][:, :rows, :columns]
            made[:, i, j] = np.tensordot(part, kernel, 3)
    return made


@pytest.mark.parametrize("strides", [1, 2, [1, 2, 2, 1], (1, 2)])
def test_convolution_of_images(strides: Any) -> None:
    steps = (
        {1: (1, 1), 2: (2, 2)}.get(strides)
        if isinstance(strides, int)
        else ((2, 2) if len(strides) == 4 else (1, 2))
    )
    wanted = _convolved(PICTURES, KERNEL, steps)
    made = tf.conv2d(PICTURES, KERNEL, strides, "VALID")
    np.testing.assert_allclose(np.asarray(made), wanted, rtol=1e-5, atol=1e-5)
    first = tf.conv2d(PICTURES.transpose(0, 3, 1, 2), filter=KERNEL, padding="VALID",
                      strides=[1, 1, *steps], data_format="NCHW")  # fmt: skip
    np.testing.assert_allclose(
        np.asarray(first).transpose(0, 2, 3, 1), wanted, rtol=1e-5, atol=1e-5
    )


def test_convolutions_of_channels_by_themselves() -> None:
    each = KERNEL[..., :1]
    made = tf.depthwise_conv2d(PICTURES, each, [1, 1, 1, 1], "VALID")
    for place in range(2):
        one = slice(place, place + 1)
        wanted = _convolved(PICTURES[..., one], each[:, :, one], (1, 1))
        np.testing.assert_allclose(np.asarray(made)[..., one], wanted, rtol=1e-5, atol=1e-5)
    mixing = np.array([[[[1.0], [2.0]]]], "float32")
    mixed = tf.separable_conv2d(PICTURES, each, mixing, 1, "VALID")
    whole = np.asarray(made)
    np.testing.assert_allclose(np.asarray(mixed), whole[..., :1] + 2 * whole[..., 1:], rtol=1e-5,
                               atol=1e-5)  # fmt: skip


def test_a_transposed_convolution_is_the_gradient_of_one() -> None:
    x = torch.from_numpy(PICTURES).requires_grad_()
    made = tf.conv2d(x, KERNEL, 2, "SAME")
    (wanted,) = torch.autograd.grad(made.sum(), x)
    found = tf.conv2d_transpose(torch.ones_like(made), KERNEL, PICTURES.shape, 2, "SAME")
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_what_is_drawn() -> None:
    kept = tf.dropout(torch.ones(1000), rate=0.25, seed=1)
    assert set(np.unique(kept.numpy()).round(5)) == {0.0, np.float32(4 / 3).round(5)}
    assert 0.65 < float((kept > 0).float().mean()) < 0.85
    rows = tf.dropout(torch.ones(4, 3), rate=0.5, noise_shape=(None, 1), seed=2)
    assert all(len(set(row.tolist())) == 1 for row in rows)
    drawn = tf.categorical([[0.0, -1e9], [-1e9, 0.0]], 5)
    assert drawn.tolist() == [[0] * 5, [1] * 5]


def test_symbols_are_taken() -> None:
    x = Input((3,))
    model = Model(x, tf.reduce_std(x, axis=1))
    np.testing.assert_allclose(model.predict(X, verbose=0), X.std(1), rtol=1e-6)
