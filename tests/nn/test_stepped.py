"""Recurrent layers in plain steps, against those that they stand for in a written source."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from kshim.activations import hard_sigmoid
from kshim.nn.recurrent import GRU, LSTM, SimpleRNN
from kshim.nn.stepped import (
    SteppedGRU,
    SteppedGRUResetAfter,
    SteppedLSTM,
    SteppedRNN,
    hard_gate,
)  # fmt: skip

MASK = torch.tensor([[0, 1, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 1, 0, 0, 0]]).bool()
PAIRS: list[tuple[type[nn.Module], type[nn.Module], dict[str, Any]]] = [
    (SimpleRNN, SteppedRNN, {"activation": nn.functional.softsign}),
    (LSTM, SteppedLSTM, {"recurrent_activation": hard_sigmoid}),
    (LSTM, SteppedLSTM, {"recurrent_activation": hard_sigmoid, "bias": False}),
    (GRU, SteppedGRU, {"recurrent_activation": hard_sigmoid, "reset_after": False}),
    (GRU, SteppedGRU, {"reset_after": False, "bias": False}),
    (GRU, SteppedGRUResetAfter, {"recurrent_activation": hard_sigmoid}),
    (GRU, SteppedGRUResetAfter, {"recurrent_activation": hard_sigmoid, "bias": False}),
]


def _both(pair: tuple[Any, Any, dict[str, Any]], **more: Any) -> tuple[nn.Module, nn.Module]:
    """Return a layer and its plain twin of the same drawn weights."""
    full, plain, options = pair
    torch.manual_seed(3)
    one = full(3, 4, **options, **more)
    two = plain(3, 4, **{k: v for k, v in options.items() if k != "reset_after"}, **more)
    for weight in one.parameters():
        if weight.requires_grad:
            nn.init.normal_(weight)
    two.load_state_dict(one.state_dict(), strict=True)
    return one, two


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[1].__name__}-{len(pair[2])}")
@pytest.mark.parametrize("more", [{}, {"go_backwards": True}, {"shows_start": True}])
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
@pytest.mark.parametrize("starts", [False, True])
def test_outputs_states_and_gradients_are_those_of_the_full_layer(
    pair: Any, more: dict[str, Any], mask: Tensor | None, starts: bool
) -> None:
    one, two = _both(pair, **more)
    inputs = torch.randn(4, 5, 3)
    states = tuple(torch.randn(4, 4) for _ in range(one.state_count)) if starts else None
    learning = [name for name, weight in one.named_parameters() if weight.requires_grad]
    assert learning == [name for name, weight in two.named_parameters() if weight.requires_grad]
    (wanted, ends), (found, others) = (it(inputs, states, mask) for it in (one, two))
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(others, ends)
    (wanted.square().sum() + ends[-1].sum()).backward()
    (found.square().sum() + others[-1].sum()).backward()
    for name in learning:
        torch.testing.assert_close(two.get_parameter(name).grad, one.get_parameter(name).grad)


def test_a_hard_gate_is_the_hard_sigmoid() -> None:
    inputs = torch.linspace(-4, 4, 41, dtype=torch.float64).requires_grad_()
    made = hard_gate(inputs)
    torch.testing.assert_close(made, torch.clamp(0.2 * inputs + 0.5, 0, 1))
    (slopes,) = torch.autograd.grad(made.sum(), inputs)
    inside = inputs.abs() < 2.45  # at +-2.5 there is no slope
    assert torch.equal(slopes[inside], torch.full_like(slopes[inside], 0.2))
    assert not slopes[inputs.abs() > 2.55].any()


def test_a_step_is_the_formula_of_an_lstm() -> None:
    _, plain = _both(PAIRS[1])
    inputs, state, cell = torch.randn(1, 1, 3), torch.randn(1, 4), torch.randn(1, 4)
    mixed = inputs[:, 0] @ plain.weight_ih_l0.T + plain.bias_ih_l0 + state @ plain.weight_hh_l0.T
    into, stay, new, out = mixed.chunk(4, 1)
    into, stay, out = (torch.clamp(0.2 * it + 0.5, 0, 1) for it in (into, stay, out))
    wanted_cell = stay * cell + into * torch.tanh(new)
    _, (found, found_cell) = plain(inputs, (state, cell))
    torch.testing.assert_close(found_cell, wanted_cell)
    torch.testing.assert_close(found, out * torch.tanh(wanted_cell))
