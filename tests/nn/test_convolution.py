"""Same and causal convolutions against sums written out in numpy."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim.nn.convolution import CausalConv1d, SameConv1d, SameConv2d, SameConv3d

EVERY = (slice(None), slice(None))
GEOMETRIES = [
    pytest.param(SameConv1d, (7,), (3,), (1,), (1,), id="odd kernel"),
    pytest.param(SameConv1d, (7,), (4,), (1,), (1,), id="even kernel"),
    pytest.param(SameConv1d, (7,), (3,), (1,), (2,), id="dilated"),
    pytest.param(SameConv1d, (8,), (2,), (3,), (1,), id="stride wider than the kernel"),
    pytest.param(SameConv1d, (8,), (3,), (3,), (2,), id="strided and dilated"),
    pytest.param(SameConv2d, (5, 6), (3, 3), (2, 2), (1, 1), id="uneven in one axis"),
    pytest.param(SameConv2d, (4, 7), (2, 3), (1, 3), (1, 2), id="rectangular"),
    pytest.param(SameConv3d, (4, 5, 6), (3, 2, 3), (2, 3, 1), (1, 1, 2), id="volume"),
]


@pytest.mark.parametrize(("kind", "sizes", "kernel", "stride", "dilation"), GEOMETRIES)
def test_same_convolution_sums_over_windows_padded_more_at_the_end(
    kind: Any, sizes: tuple[int, ...], kernel: Any, stride: Any, dilation: Any
) -> None:
    layer = kind(2, 3, kernel, stride, dilation).double()
    inputs = np.random.default_rng(0).normal(size=(2, 2, *sizes))
    outputs = layer(torch.tensor(inputs)).detach().numpy()
    expected = _convolution(inputs, layer, _same_ends(sizes, kernel, stride, dilation))
    assert outputs.shape == (2, 3, *(-(-n // s) for n, s in zip(sizes, stride, strict=True)))
    np.testing.assert_allclose(outputs, expected, atol=1e-12)


def test_groups_convolve_apart() -> None:
    grouped = SameConv1d(4, 6, 3, stride=2, groups=2, bias=False)
    halves = [SameConv1d(2, 3, 3, stride=2, bias=False) for _ in range(2)]
    for half, weight in zip(halves, grouped.weight.detach().chunk(2), strict=True):
        half.load_state_dict({"weight": weight})
    inputs = torch.randn(3, 4, 6)
    expected = torch.cat([half(x) for half, x in zip(halves, inputs.chunk(2, 1), strict=True)], 1)
    torch.testing.assert_close(grouped(inputs), expected)


def test_causal_convolution_pads_the_start_only() -> None:
    layer = CausalConv1d(2, 3, 3, stride=2, dilation=2).double()
    inputs = np.random.default_rng(1).normal(size=(2, 2, 7))
    outputs = layer(torch.tensor(inputs)).detach().numpy()
    np.testing.assert_allclose(outputs, _convolution(inputs, layer, [(4, 0)]), atol=1e-12)


def test_causal_convolution_does_not_see_later_steps() -> None:
    layer = CausalConv1d(2, 3, 4)
    inputs = torch.randn(1, 2, 6)
    changed = inputs.clone()
    changed[:, :, 4:] += 1
    torch.testing.assert_close(layer(changed)[:, :, :4], layer(inputs)[:, :, :4])


def test_even_padding_is_left_to_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> torch.Tensor:
        raise AssertionError("the inputs were copied")

    monkeypatch.setattr(torch.nn.functional, "pad", refuse)
    assert SameConv2d(2, 3, 3)(torch.zeros(1, 2, 4, 5)).shape == (1, 3, 4, 5)


@pytest.mark.parametrize(("same", "plain"), [(SameConv2d, nn.Conv2d), (CausalConv1d, nn.Conv1d)])
def test_the_weights_are_those_of_torch(same: Any, plain: Any) -> None:
    twin = plain(2, 3, 4)
    assert isinstance(same(2, 3, 4), plain)
    twin.load_state_dict(same(2, 3, 4).state_dict(), strict=True)


@pytest.mark.parametrize(
    "layer", [SameConv2d(2, 3, 3, stride=2), SameConv2d(2, 3, (4, 3), dilation=(1, 2))], ids=repr
)
def test_onnx_takes_any_batch(layer: nn.Module, export: Callable[..., Any]) -> None:
    free = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)}
    _, run = export(layer, (torch.zeros(2, 2, 5, 6),), **free)
    inputs = torch.randn(4, 2, 5, 6)
    np.testing.assert_allclose(run(inputs.numpy())[0], layer(inputs).detach(), atol=1e-5)


def test_onnx_takes_any_image_size(export: Callable[..., Any]) -> None:
    free = {"dynamic_shapes": ({2: torch.export.Dim("rows"), 3: torch.export.Dim("columns")},)}
    layer = SameConv2d(2, 3, (3, 2), stride=(2, 3))
    _, run = export(layer, (torch.zeros(2, 2, 15, 16),), **free)
    for sizes in [(9, 10), (8, 11), (7, 12)]:
        inputs = torch.randn(2, 2, *sizes)
        np.testing.assert_allclose(run(inputs.numpy())[0], layer(inputs).detach(), atol=1e-5)


def _same_ends(sizes: Any, kernel: Any, stride: Any, dilation: Any) -> list[tuple[int, int]]:
    """Return the cells before and after each axis, from TensorFlow's rule as the manual has it."""
    ends = []
    for n, k, s, d in zip(sizes, kernel, stride, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        ends.append((total // 2, total - total // 2))
    return ends


def _convolution(inputs: np.ndarray, layer: Any, ends: list[tuple[int, int]]) -> np.ndarray:
    """Return sum over channels and kernel cells of x[i * stride + k * dilation] * w[k], plus b."""
    padded = np.pad(inputs, [(0, 0), (0, 0), *ends])
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    counts = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(
            padded.shape[2:], weight.shape[2:], layer.stride, layer.dilation, strict=True
        )
    ]
    output: np.ndarray = np.zeros((len(inputs), len(weight), *counts)) + bias.reshape(
        -1, *[1] * len(counts)
    )
    for cell in itertools.product(*map(range, weight.shape[2:])):
        window = tuple(
            slice(k * d, k * d + (count - 1) * s + 1, s)
            for k, d, s, count in zip(cell, layer.dilation, layer.stride, counts, strict=True)
        )
        inside, at = (*EVERY, *window), (*EVERY, *cell)
        output += np.einsum("bi...,oi->bo...", padded[inside], weight[at])
    return output
