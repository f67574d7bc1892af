"""The tensorflow functions, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow import arrays, devices, mathematics, neural, random, session
from kshim.errors import UnknownName

A = np.arange(12.0, dtype="float32").reshape(3, 4) / 7 - 0.5
T = torch.as_tensor(A)


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    grown = np.exp(x - x.max(axis, keepdims=True))
    return grown / grown.sum(axis, keepdims=True)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (lambda: mathematics.reduce_sum(T, 1), A.sum(1)),
        (lambda: mathematics.reduce_sum(T, axis=[0, 1], keepdims=True), A.sum(keepdims=True)),
        (lambda: mathematics.reduce_mean(T, reduction_indices=0, keep_dims=True), A.mean(0)[None]),
        (lambda: mathematics.reduce_max(T), A.max()),
        (lambda: mathematics.reduce_min(T, -1), A.min(-1)),
        (lambda: mathematics.argmax(T), A.argmax(0)),
        (lambda: mathematics.matmul(T, T, transpose_b=True), A @ A.T),
        (lambda: mathematics.add_n([T, T, T]), A * 3),
        (lambda: mathematics.maximum(T, 0), np.maximum(A, 0)),
        (lambda: mathematics.divide(1, T), 1 / A),
        (lambda: mathematics.square(T), A * A),
        (lambda: mathematics.greater_equal(T, 0.1), A >= 0.1),
        (lambda: neural.relu(T), np.maximum(A, 0)),
        (lambda: neural.leaky_relu(T), np.where(A > 0, A, A * 0.2)),
        (lambda: neural.softmax(T, axis=0), softmax(A, 0)),
        (lambda: neural.l2_normalize(T, 1), A / np.linalg.norm(A, axis=1, keepdims=True)),
        (
            lambda: neural.sparse_softmax_cross_entropy_with_logits(torch.tensor([2, 0, 3]), T),
            -np.log(softmax(A))[[0, 1, 2], [2, 0, 3]],
        ),
        (
            lambda: neural.sigmoid_cross_entropy_with_logits(labels=T * 0 + 1, logits=T),
            np.log(1 + np.exp(-A)),
        ),
        (lambda: arrays.reshape(T, (2, -1)), A.reshape(2, 6)),
        (lambda: arrays.transpose(T), A.T),
        (lambda: arrays.expand_dims(T, 1), A[:, None]),
        (lambda: arrays.concat([T, T], 1), np.concatenate([A, A], 1)),
        (lambda: arrays.stack([1.0, 2.0]), [1, 2]),
        (lambda: arrays.split(T, 2, 1)[1], A[:, 2:]),
        (lambda: arrays.tile(T, [2, 1]), np.tile(A, (2, 1))),
        (lambda: arrays.gather(T, [[2, 0]], axis=1), A[:, [[2, 0]]]),
        (lambda: arrays.where(T > 0, T, T * 0), np.where(A > 0, A, 0)),
        (lambda: arrays.where(T > 1), np.argwhere(A > 1)),
        (lambda: arrays.one_hot([1, 0], 3), np.eye(3)[[1, 0]]),
        (lambda: arrays.range(1, 7, 2), [1, 3, 5]),
        (lambda: arrays.fill((2, 3), 4.0), np.full((2, 3), 4)),
        (lambda: arrays.cast(T * 3, "int32"), (A * 3).astype(int)),
        (lambda: arrays.constant(2, shape=(2, 3)), np.full((2, 3), 2)),
    ],
)
def test_it_is_what_numpy_gives(given: Callable[[], torch.Tensor], wanted: Any) -> None:
    np.testing.assert_allclose(given().numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_python_numbers_become_tensorflow_s_types() -> None:
    assert arrays.constant([1.0, 2.0]).dtype == arrays.float32
    assert arrays.constant([1, 2]).dtype == arrays.int32
    assert arrays.constant(np.array([1.0])).dtype == arrays.float64
    assert arrays.dtype_of(np.float32) is arrays.dtype_of("float32") is torch.float32


def test_the_shape_can_be_indexed_and_unpacked() -> None:
    rows, columns = arrays.shape(T)
    assert (rows, columns, arrays.shape(T)[1]) == (3, 4, 4)


def test_a_seed_repeats_the_draws() -> None:
    drawn = []
    for _ in range(2):
        random.set_seed(3)
        drawn.append((random.normal((2, 3), 5.0), random.uniform((4,), 1, 9, "int32")))
    assert all(torch.equal(*pair) for pair in zip(*drawn, strict=True))
    assert drawn[0][1].dtype == torch.int32
    assert torch.equal(random.uniform((3,), seed=4), random.uniform((3,), seed=4))


def test_the_devices_are_torch_s() -> None:
    assert [one.device_type for one in devices.list_physical_devices("CPU")] == ["CPU"]
    assert devices.is_gpu_available() is bool(devices.list_physical_devices("GPU"))


def test_session_options_are_taken_to_any_depth() -> None:
    config = session.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    assert config.gpu_options.allow_growth is True
    with session.device("/gpu:0"), session.name_scope("a") as name:
        assert name == "a"
    session.Session(config=config).close()


def test_an_unknown_type_or_word_is_named() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'float32'"):
        arrays.cast(T, "float3")
    with pytest.raises(TypeError, match="'axes'"):
        mathematics.reduce_sum(T, axes=1)
