"""Locally connected layers: numbers from loops over places, the three kernels, refusals."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(3)


def local_1d(x: Any, kernel: Any, bias: Any, window: int, stride: int) -> Any:
    """Return the sums place by place."""
    rows = [
        x[:, place * stride : place * stride + window].reshape(len(x), -1) @ matrix + bias[place]
        for place, matrix in enumerate(kernel)
    ]
    return np.stack(rows, 1)


@pytest.mark.parametrize("stride", [1, 2])
def test_every_place_has_a_kernel_of_its_own(stride: int) -> None:
    places = (7 - 3) // stride + 1
    kernel, bias = RNG.normal(size=(places, 6, 4)), RNG.normal(size=(places, 4))
    layer = L.LocallyConnected1D(4, 3, strides=stride, weights=[kernel, bias])
    x = RNG.normal(size=(5, 7, 2)).astype("float32")
    wanted = local_1d(x, kernel, bias, 3, stride)
    np.testing.assert_allclose(layer(x).detach(), wanted, rtol=1e-5, atol=1e-5)
    assert layer.compute_output_shape((None, 7, 2)) == (None, places, 4)


def test_the_whole_matrix_counts_only_within_windows() -> None:
    layer = L.LocallyConnected1D(4, 3, padding="same", implementation=2)
    layer.build_once((None, 5, 2))
    matrix, bias = RNG.normal(size=(5, 2, 5, 4)), RNG.normal(size=(5, 4))
    layer.set_weights([matrix, bias])
    near = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) <= 1
    x = RNG.normal(size=(3, 5, 2)).astype("float32")
    wanted = np.einsum("bic,icof,io->bof", x, matrix, near) + bias
    np.testing.assert_allclose(layer(x).detach(), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("form", "padding"), list(product(["channels_last", "channels_first"], ["valid", "same"]))
)
def test_the_sparse_kernel_lists_the_matrix_output_by_output(form: str, padding: str) -> None:
    shape = (5, 4, 3) if form == "channels_last" else (3, 5, 4)
    options: dict[str, Any] = {"padding": padding, "data_format": form, "use_bias": False}
    whole = L.LocallyConnected2D(2, (3, 2), implementation=2, **options)
    sparse = L.LocallyConnected2D(2, (3, 2), implementation=3, **options)
    for layer in (whole, sparse):
        layer.build_once((None, *shape))
    matrix = RNG.normal(size=whole.get_weights()[0].shape)
    flat = matrix.reshape(60, -1).T
    counts = np.broadcast_to(whole.local.mask.numpy(), matrix.shape).reshape(60, -1).T
    whole.set_weights([matrix])
    sparse.set_weights([flat[counts]])
    x = RNG.normal(size=(2, *shape)).astype("float32")
    np.testing.assert_allclose(sparse(x).detach(), whole(x).detach(), rtol=1e-5, atol=1e-5)


def test_lines_of_keras_2_have_their_channels_last_whatever_they_say() -> None:
    with in_era("2.2"):
        assert L.LocallyConnected1D(4, 3, data_format="channels_first").data_format == (
            "channels_last"
        )


@pytest.mark.parametrize("kind", [L.LocallyConnected1D, L.LocallyConnected2D])
def test_same_padding_needs_a_whole_matrix(kind: Any) -> None:
    with pytest.raises(ArgumentError, match=r"padding must be valid, or same with implementation"):
        kind(4, 3, padding="same")


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((None, None, 2), "the sizes of the inputs must be known"),
        ((None, 2, 2), "at least as large as the window"),
        ((None, 5), "must have 3 axes"),
    ],
)
def test_shapes_that_make_no_kernel_are_refused(shape: Any, told: str) -> None:
    with pytest.raises(ShapeError, match=told):
        L.LocallyConnected1D(4, 3).build_once(shape)
