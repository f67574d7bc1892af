"""Recurrent layers as single nodes of ONNX, against the modules that they stand for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from kshim import activations
from kshim.export.recurrence import as_nodes
from kshim.nn.recurrent import GRU, LSTM, Recurrent, SimpleRNN

FEATURES, UNITS = 4, 2
HARD = {"recurrent_activation": activations.hard_sigmoid}
KINDS = [
    (SimpleRNN, {}),
    (SimpleRNN, {"activation": torch.relu}),
    (SimpleRNN, {"activation": activations.softsign}),
    (LSTM, {}),
    (LSTM, HARD),
    (LSTM, {"recurrent_activation": activations.hard_sigmoid_of_keras_3}),
    (LSTM, {"bias": False}),
    (GRU, {}),
    (GRU, HARD),
    (GRU, {**HARD, "bias": False}),
    (GRU, {"reset_after": False}),
    (GRU, {**HARD, "reset_after": False}),
]


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
def test_it_is_one_node_with_batch_and_time_free(
    kind: type[Recurrent], options: dict[str, Any], backwards: bool
) -> None:
    layer = _made(kind, options, backwards)
    free = ({0: torch.export.Dim("batch"), 1: torch.export.Dim("time")},)
    # torch's own nn.LSTM loses the free time axis at a process's second export, so twice.
    for _ in range(2 if kind is LSTM and not options else 1):
        proto, run = _exported(layer, (torch.zeros(2, 3, FEATURES),), free)
        names = [node.op_type for node in proto.graph.node]
        assert sum(name in ("LSTM", "GRU", "RNN") for name in names) == 1
        for batch, time in [(4, 6), (1, 9)]:
            inputs = torch.randn(batch, time, FEATURES)
            sequence, finals = layer(inputs)
            for array, wanted in zip(run(inputs.numpy()), [sequence, *finals], strict=True):
                np.testing.assert_allclose(array, wanted.detach(), atol=1e-5)


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
def test_masks_states_and_direction_are_kept(kind: type[Recurrent], backwards: bool) -> None:
    layer = _made(kind, {}, backwards)
    inputs, states = torch.randn(3, 5, FEATURES), _states(layer, 3)
    batch, time = torch.export.Dim("batch"), torch.export.Dim("time")
    free = ({0: batch, 1: time}, tuple({0: batch} for _ in states), {0: batch, 1: time})
    _, run = _exported(layer, (inputs, states, torch.ones(3, 5, dtype=torch.bool)), free)
    mask = torch.tensor([[0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=torch.bool)
    inputs, states = torch.randn(4, 4, FEATURES), _states(layer, 4)
    sequence, finals = layer(inputs, states, mask)
    arrays = run(*(each.numpy() for each in (inputs, *states, mask)))
    for array, wanted in zip(arrays, [sequence, *finals], strict=True):
        np.testing.assert_allclose(array, wanted.detach(), atol=1e-5)


def test_a_module_runs_as_before_behind_the_block() -> None:
    layer = _made(LSTM, {}, False)
    with as_nodes([layer]):
        assert "run" in vars(layer)
    assert "run" not in vars(layer)


def test_an_activation_that_onnx_does_not_know_leaves_the_steps_written_out() -> None:
    layer = _made(GRU, {"activation": activations.exponential}, False)
    proto, run = _exported(layer, (torch.zeros(2, 3, FEATURES),), ({0: torch.export.Dim("batch")},))
    assert "GRU" not in [node.op_type for node in proto.graph.node]
    inputs = torch.randn(4, 3, FEATURES)
    np.testing.assert_allclose(run(inputs.numpy())[0], layer(inputs)[0].detach(), atol=1e-5)


def _made(kind: type[Recurrent], options: Any, backwards: bool) -> Recurrent:
    """Return a layer whose weights, biases too, are large enough to tell formulas apart."""
    torch.manual_seed(0)
    layer = kind(FEATURES, UNITS, go_backwards=backwards, **options)
    for parameter in layer.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter)
    return layer.eval()


def _states(layer: Recurrent, batch: int) -> tuple[Tensor, ...]:
    return tuple(torch.randn(batch, UNITS) for _ in range(layer.state_count))


def _exported(
    layer: nn.Module, arguments: tuple[Any, ...], free: Any
) -> tuple[onnx.ModelProto, Callable[..., list[np.ndarray]]]:
    """Return the ONNX model of a module, and what onnxruntime makes of it."""
    with warnings.catch_warnings(), as_nodes([layer]):
        warnings.simplefilter("ignore")  # torch's exporter warns of its own insides
        program = torch.onnx.export(
            layer, arguments, dynamo=True, verbose=False, dynamic_shapes=free
        )
    assert program is not None
    proto = program.model_proto
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    names = [value.name for value in session.get_inputs()]
    return proto, lambda *arrays: session.run(None, dict(zip(names, arrays, strict=True)))
