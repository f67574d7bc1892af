"""The steps of an LSTM with a gradient by hand, against autograd's and finite differences."""

from __future__ import annotations

import copy
from typing import Any
from unittest.mock import patch

import pytest
import torch
from torch import Tensor

from kshim import activations, layers
from kshim.nn.recurrent import GRU, LSTM, Recurrent, SimpleRNN

BATCH, TIME, FEATURES, UNITS = 3, 4, 5, 2
GATES = [activations.sigmoid, activations.hard_sigmoid, activations.hard_sigmoid_of_keras_3]
CONTENTS = [activations.tanh, activations.relu, activations.softsign]
each_curve = pytest.mark.parametrize("gate", GATES, ids=lambda it: it.__name__)
each_content = pytest.mark.parametrize("content", CONTENTS, ids=lambda it: it.__name__)


def made(gate: Any, content: Any, **options: Any) -> LSTM:
    layer = layers.LSTM(UNITS, activation=content, recurrent_activation=gate, **options)
    layer.build((None, TIME, FEATURES))
    module = layer.recurrence.double()
    assert isinstance(module, LSTM)
    for weight in module.parameters():
        with torch.no_grad():
            weight.normal_()
    return module


def gradients(module: LSTM, inputs: Tensor, states: tuple[Tensor, ...]) -> list[Tensor]:
    torch.manual_seed(1)  # what is dropped
    sequence, finals = module(inputs, states)
    loss = (sequence * sequence.cos()).sum() + sum((final**3).sum() for final in finals)
    weights = [weight for weight in module.parameters() if weight.requires_grad]
    return [sequence, *finals, *torch.autograd.grad(loss, [inputs, *states, *weights])]


@each_curve
@each_content
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_gradient_is_autograds(gate: Any, content: Any, dropout: float) -> None:
    quick = made(gate, content, recurrent_dropout=dropout, implementation=2).train()
    assert quick.stepper is not None
    plain = copy.deepcopy(quick)
    plain.stepper = None
    inputs = torch.randn(BATCH, TIME, FEATURES, dtype=torch.float64, requires_grad=True)
    states = tuple(
        torch.randn(BATCH, UNITS, dtype=torch.float64, requires_grad=True) for _ in range(2)
    )
    with patch.object(LSTM, "is_torch", lambda self: False):
        pairs = zip(gradients(quick, inputs, states), gradients(plain, inputs, states), strict=True)
        for one, other in pairs:
            torch.testing.assert_close(one, other)


@each_curve
def test_gradients_have_gradients(gate: Any) -> None:
    torch.manual_seed(0)
    module = made(gate, activations.tanh)
    inputs = torch.randn(BATCH, TIME, FEATURES, dtype=torch.float64, requires_grad=True)
    states = [torch.randn(BATCH, UNITS, dtype=torch.float64, requires_grad=True) for _ in "hc"]

    def steps(inputs: Tensor, *states: Tensor) -> tuple[Tensor, Tensor]:
        return module.stepper(module, inputs, states)  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(steps, [inputs, *states])
    assert torch.autograd.gradgradcheck(steps, [inputs, *states])


def test_whoever_looks_through_gets_plain_operations() -> None:
    module = made(activations.hard_sigmoid, activations.tanh)
    inputs = torch.randn(BATCH, TIME, FEATURES, dtype=torch.float64)
    wanted = module(inputs)[0]
    weights = dict(module.named_parameters())

    def of_one(sample: Tensor) -> Tensor:
        return torch.func.functional_call(module, weights, (sample.unsqueeze(0),))[0]

    torch.testing.assert_close(torch.func.vmap(of_one)(inputs).squeeze(1), wanted)
    assert module.stepper.takes(module, inputs)
    with torch.autocast("cpu"):
        assert not module.stepper.takes(module, inputs)


@pytest.mark.parametrize("kind", [SimpleRNN, GRU, LSTM])
@pytest.mark.parametrize("start", [False, True])
def test_running_over_the_ends_is_as_packing(kind: type[Recurrent], start: bool) -> None:
    torch.manual_seed(0)
    module = kind(FEATURES, UNITS)
    inputs = 3 * torch.randn(5, 9, FEATURES)
    mask = torch.rand(5, 9) > 0.4
    mask[0], mask[1] = False, True
    states = tuple(torch.randn(5, UNITS) for _ in range(kind.state_count)) if start else None

    def found(packs: bool) -> list[Tensor]:
        module.zero_grad()
        with patch.object(kind, "_packs", lambda self, given: packs):
            sequence, finals = module(inputs, states, mask)
        (sequence.sum() + sum((final**2).sum() for final in finals)).backward()
        grads = [weight.grad for weight in module.parameters() if weight.grad is not None]
        return [sequence, *finals, *grads]

    for one, other in zip(found(packs=False), found(packs=True), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
