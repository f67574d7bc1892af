"""Same pooling against windows cut out in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from kshim.nn.pooling import (
    SameAvgPool1d,
    SameAvgPool2d,
    SameAvgPool3d,
    SameMaxPool1d,
    SameMaxPool2d,
    SameMaxPool3d,
    SamePooling,
)

EVERY = (slice(None), slice(None))
REDUCTIONS: list[tuple[type[SamePooling], Any]] = [
    (SameMaxPool1d, np.max),
    (SameMaxPool2d, np.max),
    (SameMaxPool3d, np.max),
    (SameAvgPool1d, np.mean),
    (SameAvgPool2d, np.mean),
    (SameAvgPool3d, np.mean),
]


@pytest.mark.parametrize(("kind", "reduce"), REDUCTIONS)
@pytest.mark.parametrize("kernel", [(2, 3, 4), (3, 4, 2), (4, 1, 3)])
@pytest.mark.parametrize("stride", [(1, 1, 1), (2, 1, 3), (3, 2, 1), (2, 4, 2)])
def test_only_the_real_cells_of_a_window_count(
    kind: type[SamePooling], reduce: Any, kernel: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    layer = kind(kernel[: kind.rank], stride[: kind.rank])
    for sizes in [(5, 4, 6), (7, 6, 4)]:
        # All negative: a zero of padding would win over them.
        inputs = -1 - np.random.default_rng(0).random(size=(2, 3, *sizes[: kind.rank]))
        outputs = layer(torch.tensor(inputs)).numpy()
        np.testing.assert_allclose(outputs, _pooled(inputs, layer, reduce), atol=1e-12)


def test_the_stride_is_the_kernel_unless_given() -> None:
    assert SameMaxPool2d((2, 3)).stride == (2, 3)


def test_gradients_reach_the_largest_cells_once_a_window() -> None:
    inputs = torch.tensor([[[1.0, 5.0, 2.0, 3.0, 4.0]]], requires_grad=True)
    SameMaxPool1d(2, 2)(inputs).sum().backward()
    assert inputs.grad is not None
    assert inputs.grad.tolist() == [[[0, 1, 0, 1, 1]]]


@pytest.mark.parametrize(
    "layer",
    [SameMaxPool2d((3, 2)), SameAvgPool2d((3, 2), (2, 2)), SameAvgPool2d((2, 3), (1, 2))],
    ids=repr,
)
def test_onnx_takes_any_batch(layer: SamePooling, export: Callable[..., Any]) -> None:
    free = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)}
    _, run = export(layer, (torch.zeros(2, 2, 5, 7),), **free)
    inputs = torch.randn(4, 2, 5, 7)
    np.testing.assert_allclose(run(inputs.numpy())[0], layer(inputs), atol=1e-6)


def _pooled(inputs: np.ndarray, layer: SamePooling, reduce: Any) -> np.ndarray:
    """Return each window's reduction, the window cut where the input ends."""
    sizes = inputs.shape[2:]
    counts = [-(-n // s) for n, s in zip(sizes, layer.stride, strict=True)]
    output = np.empty((*inputs.shape[:2], *counts))
    for place in np.ndindex(*counts):
        window = []
        for index, n, k, s, count in zip(
            place, sizes, layer.kernel_size, layer.stride, counts, strict=True
        ):
            start = index * s - max((count - 1) * s + k - n, 0) // 2
            window.append(slice(max(start, 0), min(start + k, n)))
        axes = tuple(range(2, inputs.ndim))
        inside, at = (*EVERY, *window), (*EVERY, *place)
        output[at] = reduce(inputs[inside], axis=axes)
    return output


def test_averages_may_repeat_the_edges_where_padding_is_uneven() -> None:
    x = torch.rand(2, 3, 4)
    for size, stride in ((2, 1), (3, 2)):
        padded = np.pad(x.numpy(), ((0, 0), (0, 0), (0, 1)), mode="edge")
        starts = range(0, padded.shape[2] - size + 1, stride)
        wanted = np.stack([padded[..., s : s + size].mean(-1) for s in starts], -1)
        found = SameAvgPool1d(size, stride, repeats_edges=True)(x)
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)
    even = SameAvgPool1d(3, 1, repeats_edges=True)(x)
    torch.testing.assert_close(even, SameAvgPool1d(3, 1)(x))
