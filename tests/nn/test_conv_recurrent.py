"""ConvLSTM: dropout gate by gate, and a whole sequence against its steps."""

from __future__ import annotations

import pytest
import torch

from kshim.nn.conv_recurrent import ConvLSTM


def drawn(module: ConvLSTM) -> ConvLSTM:
    for tensor in module.parameters():
        torch.nn.init.normal_(tensor, std=0.3)
    return module


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_sequence_is_its_steps_one_by_one(padding: str) -> None:
    module = drawn(ConvLSTM(2, 3, (2, 3), (2, 1), padding))
    x = torch.randn(2, 4, 2, 5, 6)
    sequence, finals = module(x)
    states = None
    for step in range(4):
        output, states = module(x[:, step : step + 1], states)
        torch.testing.assert_close(output[:, 0], sequence[:, step])
    torch.testing.assert_close(states, finals)


def test_steps_are_taken_from_the_end() -> None:
    ahead, back = (drawn(ConvLSTM(2, 3, (2,), (1,), go_backwards=way)) for way in (False, True))
    back.load_state_dict(ahead.state_dict())
    x = torch.randn(2, 4, 2, 5)
    torch.testing.assert_close(back(x)[0], ahead(x.flip(1))[0])


def test_gates_drop_apart() -> None:
    module = ConvLSTM(1, 1, (1,), (1,), bias=False, dropout=0.5)
    torch.nn.init.ones_(module.weight_ih)
    module.train()
    shares = module._shares(torch.ones(1, 3, 1, 60))
    assert set(shares.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(shares[:, 0], shares[:, 2])
    assert not torch.equal(shares[:, :, 0], shares[:, :, 1])
