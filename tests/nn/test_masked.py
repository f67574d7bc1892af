"""Recurrent layers that pass over masked steps, against torch's cells, one step after another."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from kshim.nn.masked import Masked, MaskedGRU, MaskedLSTM, MaskedRNN

MASK = torch.tensor([[0, 1, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 1, 0, 0, 0]]).bool()
CELLS: list[tuple[type[Masked], type[nn.Module], dict[str, Any]]] = [
    (MaskedRNN, nn.RNNCell, {}),
    (MaskedRNN, nn.RNNCell, {"nonlinearity": "relu"}),
    (MaskedGRU, nn.GRUCell, {}),
    (MaskedGRU, nn.GRUCell, {"bias": False}),
    (MaskedLSTM, nn.LSTMCell, {}),
    (MaskedLSTM, nn.LSTMCell, {"bias": False}),
]


def _walk(
    cell: nn.Module, inputs: Tensor, states: tuple[Tensor, ...], mask: Tensor, shows_start: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Take the real steps of each sample by torch's cell."""
    sequences, ends = [], []
    for number, steps in enumerate(inputs):
        now = tuple(state[number] for state in states)
        shown, outputs = now[0] if shows_start else torch.zeros_like(now[0]), []
        for step, real in zip(steps, mask[number], strict=True):
            if real:
                made = cell(step, now if len(now) > 1 else now[0])
                now = made if isinstance(made, tuple) else (made,)
                shown = now[0]
            outputs.append(shown)
        sequences.append(torch.stack(outputs))
        ends.append(now)
    return torch.stack(sequences), tuple(map(torch.stack, zip(*ends, strict=True)))


@pytest.mark.parametrize("row", CELLS, ids=lambda row: f"{row[0].__name__}-{len(row[2])}")
@pytest.mark.parametrize("more", [{}, {"go_backwards": True}, {"shows_start": True}])
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
@pytest.mark.parametrize("starts", [False, True])
def test_outputs_states_and_gradients_are_those_of_the_steps_that_count(
    row: Any, more: dict[str, Any], mask: Tensor | None, starts: bool
) -> None:
    kind, cell_kind, options = row
    torch.manual_seed(3)
    layer, cell = kind(3, 2, **options, **more), cell_kind(3, 2, **options)
    for name, weight in layer.named_parameters():
        cell.get_parameter(name.removesuffix("_l0")).data = weight.data.clone()
    inputs = torch.randn(4, 5, 3)
    states = tuple(torch.randn(4, 2) for _ in range(layer.state_count)) if starts else None
    found, ends = layer(inputs, states, mask)

    begun = states or (torch.zeros(4, 2),) * layer.state_count
    counted = torch.ones(4, 5, dtype=torch.bool) if mask is None else mask
    if layer.go_backwards:
        inputs, counted = inputs.flip(1), counted.flip(1)
    wanted, last = _walk(cell, inputs, begun, counted, layer.shows_start)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(ends, last)
    (found.square().sum() + ends[-1].sum()).backward()
    (wanted.square().sum() + last[-1].sum()).backward()
    for name, weight in layer.named_parameters():
        torch.testing.assert_close(weight.grad, cell.get_parameter(name.removesuffix("_l0")).grad)
