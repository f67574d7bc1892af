"""Batch normalisation against its formulas in numpy and statistics recorded from Keras."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim.nn.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, BatchNormalization

SHAPES: list[tuple[type[BatchNormalization], tuple[int, ...]]] = [
    (BatchNorm1d, (6, 3)),
    (BatchNorm1d, (4, 3, 5)),
    (BatchNorm2d, (4, 3, 5, 2)),
    (BatchNorm3d, (2, 3, 4, 5, 6)),
    (BatchNorm3d, (2, 3, 1, 4, 2, 5)),
]
# The sum of squares is divided by this, n values a channel, Keras's epsilon 1e-3.
DIVISORS: dict[str, Callable[[int], float]] = {
    "unbiased": lambda n: n - 1,
    "biased": lambda n: n,
    "keras2": lambda n: n - 1.001,
    "keras2_fused": lambda n: (n - 1.001) * (n - 1) / n,
}


@pytest.mark.parametrize(("kind", "shape"), SHAPES)
@pytest.mark.parametrize("variance", DIVISORS)
@pytest.mark.parametrize("zero_debias", [False, True])
def test_the_averages_move_as_the_formula_says(
    kind: type[BatchNormalization], shape: tuple[int, ...], variance: Any, zero_debias: bool
) -> None:
    layer: Any = kind(3, 1e-3, 0.1, variance=variance, zero_debias=zero_debias).double()
    mean, spread = (np.zeros(3), np.zeros(3)) if zero_debias else (np.zeros(3), np.ones(3))
    for batch in range(1, 4):
        inputs = np.random.default_rng(batch).normal(batch, batch, size=shape)
        layer(torch.tensor(inputs))
        batch_mean, squares, count = _statistics(inputs)
        mean = 0.9 * mean + 0.1 * batch_mean
        spread = 0.9 * spread + 0.1 * squares / DIVISORS[variance](count)
        # TensorFlow's debiasing divides averages that started at zero by their weights' sum.
        weights = 1 - 0.9**batch if zero_debias else 1
        tolerance = 1e-6 if zero_debias else 1e-12
        np.testing.assert_allclose(layer.running_mean, mean / weights, rtol=tolerance)
        np.testing.assert_allclose(layer.running_var, spread / weights, rtol=tolerance)


@pytest.mark.parametrize(("kind", "shape"), SHAPES)
@pytest.mark.parametrize("variance", DIVISORS)
def test_training_normalises_by_the_batch(
    kind: type[BatchNormalization], shape: tuple[int, ...], variance: Any
) -> None:
    layer = kind(3, 1e-3, variance=variance).double()
    inputs = np.random.default_rng(0).normal(2, 3, size=shape)
    mean, squares, count = _statistics(inputs)
    expected = _normalised(inputs, mean, squares / count, layer)
    np.testing.assert_allclose(layer(torch.tensor(inputs)).detach(), expected, atol=1e-12)


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_scale_and_center_are_learned_apart(scale: bool, center: bool, training: bool) -> None:
    layer: Any = BatchNorm2d(3, 1e-3, scale=scale, center=center, variance="biased").double()
    assert (layer.weight is not None, layer.bias is not None) == (scale, center)
    layer.reset_parameters()
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    nn.init.uniform_(layer.running_var)
    nn.init.uniform_(layer.running_mean)
    inputs = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    mean, squares, count = _statistics(inputs)
    used = (mean, squares / count) if training else _running(layer)
    expected = _normalised(inputs, used[0], used[1], layer)
    outputs = layer.train(training)(torch.tensor(inputs))
    np.testing.assert_allclose(outputs.detach(), expected, atol=1e-12)
    if scale or center:
        outputs.square().sum().backward()
        assert all(parameter.grad is not None for parameter in layer.parameters())


@pytest.mark.parametrize("zero_debias", [False, True])
def test_a_momentum_of_1_keeps_the_latest_batch_alone(zero_debias: bool) -> None:
    layer = BatchNorm1d(3, momentum=1.0, variance="biased", zero_debias=zero_debias)
    for inputs in torch.randn(2, 4, 3):
        layer(inputs)
        torch.testing.assert_close(layer.running_mean, inputs.mean(0))
        torch.testing.assert_close(layer.running_var, inputs.var(0, correction=0))


def test_a_frozen_layer_infers_in_training() -> None:
    layer = BatchNorm1d(3, variance="biased").train()
    layer.frozen = True
    inputs, before = torch.randn(4, 3), copy.deepcopy(layer.state_dict())
    torch.testing.assert_close(layer(inputs), inputs / (1 + 1e-5) ** 0.5)
    torch.testing.assert_close(layer.state_dict(), before)


@pytest.mark.parametrize("variance", ["unbiased", "keras2"])
def test_a_layer_frozen_as_in_keras_2_1_3_normalises_by_the_batch_and_learns_nothing(
    variance: Any,
) -> None:
    free = BatchNorm1d(3, variance=variance)
    frozen = BatchNorm1d(3, variance=variance, when_frozen="batch")
    frozen.frozen = True
    inputs, before = torch.randn(4, 3), copy.deepcopy(frozen.state_dict())
    torch.testing.assert_close(frozen(inputs), free(inputs))
    torch.testing.assert_close(frozen.state_dict(), before)
    torch.testing.assert_close(frozen.eval()(inputs), inputs / (1 + 1e-5) ** 0.5)


@pytest.mark.parametrize("variance", DIVISORS)
@pytest.mark.parametrize("zero_debias", [False, True])
def test_a_batch_of_one_value_has_no_variance(variance: Any, zero_debias: bool) -> None:
    layer = BatchNorm1d(3, 1e-3, 0.1, variance=variance, zero_debias=zero_debias)
    values = torch.tensor([[1.0, 2.0, 3.0]])
    inputs = values.clone().requires_grad_()
    outputs = layer(inputs)
    torch.testing.assert_close(outputs, torch.zeros(1, 3), atol=1e-5, rtol=0)
    outputs.sum().backward()  # the bias alone changes what comes out
    for grad, wanted in ((inputs.grad, 0.0), (layer.weight.grad, 0.0), (layer.bias.grad, 1.0)):
        torch.testing.assert_close(grad, torch.full_like(grad, wanted), atol=1e-5, rtol=0)
    share = 1.0 if zero_debias else 0.1
    torch.testing.assert_close(layer.running_mean, values[0] * share)
    torch.testing.assert_close(layer.running_var, torch.full((3,), 1 - share))


@pytest.mark.parametrize("variance", ["unbiased", "keras2"])
def test_two_calls_before_one_backward_pass(variance: Any) -> None:
    layer = BatchNorm1d(3, variance=variance)
    inputs = torch.randn(4, 3, requires_grad=True)
    (layer(inputs) * layer(2 * inputs)).sum().backward()
    assert inputs.grad is not None


@pytest.mark.parametrize(
    ("ours", "plain"),
    [(BatchNorm1d, nn.BatchNorm1d), (BatchNorm2d, nn.BatchNorm2d), (BatchNorm3d, nn.BatchNorm3d)],
)
def test_the_twin_of_torch_loads_the_weights(ours: Any, plain: Any) -> None:
    twin = plain(3)
    assert isinstance(ours(3), plain)
    twin.load_state_dict(ours(3, variance="keras2").state_dict(), strict=True)


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("center", [False, True])
def test_onnx_takes_any_batch(scale: bool, center: bool, export: Callable[..., Any]) -> None:
    layer = BatchNorm2d(3, scale=scale, center=center, variance="keras2")
    layer(torch.randn(4, 3, 5, 6))
    free = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)}
    _, run = export(layer, (torch.zeros(2, 3, 5, 6),), **free)
    inputs = torch.randn(7, 3, 5, 6)
    np.testing.assert_allclose(run(inputs.numpy())[0], layer(inputs).detach(), atol=1e-5)


def _statistics(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return each channel's mean, its sum of squared distances, and how many values it has."""
    values = np.moveaxis(inputs, 1, 0).reshape(inputs.shape[1], -1)
    mean = values.mean(1)
    return mean, ((values.T - mean) ** 2).sum(0), values.shape[1]


def _normalised(inputs: np.ndarray, mean: Any, variance: Any, layer: Any) -> np.ndarray:
    """Return (x - mean) / sqrt(variance + 1e-3) * weight + bias along axis 1."""
    channels = (-1, *[1] * (inputs.ndim - 2))
    weight, bias = (
        absent if value is None else value.detach().numpy()
        for value, absent in ((layer.weight, np.ones(3)), (layer.bias, np.zeros(3)))
    )
    scale = (weight / np.sqrt(variance + 1e-3)).reshape(channels)
    result: np.ndarray = (inputs - mean.reshape(channels)) * scale + bias.reshape(channels)
    return result


def _running(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return copies of the moving averages."""
    return layer.running_mean.numpy().copy(), layer.running_var.numpy().copy()


def test_masked_cells_count_neither_for_the_outputs_nor_for_the_averages() -> None:
    inputs = np.random.default_rng(0).normal(size=(3, 2, 4)).astype("float32")
    mask = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 1]], bool)
    module = BatchNorm1d(2, momentum=0.5).train()
    outputs = module(torch.as_tensor(inputs), torch.as_tensor(mask[:, None])).detach().numpy()
    counted = inputs.transpose(0, 2, 1)[mask]
    mean, variance = counted.mean(0), counted.var(0)
    told = (inputs - mean[:, None]) / np.sqrt(variance + 1e-5)[:, None]
    np.testing.assert_allclose(outputs, told, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(module.running_mean, mean / 2, rtol=1e-5)
    np.testing.assert_allclose(module.running_var, 0.5 + variance / 2, rtol=1e-5)
