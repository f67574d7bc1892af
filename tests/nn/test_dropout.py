"""Dropout with a noise shape, by what is zeroed together."""

from __future__ import annotations

import copy

import pytest
import torch

from kshim.nn.dropout import Dropout


@pytest.mark.parametrize("noise_shape", [(None, 1, 5), (30, 1, None), [None, 1, None]])
def test_an_axis_of_size_1_is_dropped_together(noise_shape: tuple[int | None, ...]) -> None:
    torch.manual_seed(0)
    outputs = Dropout(0.25, noise_shape)(torch.ones(30, 4, 5))
    torch.testing.assert_close(outputs, outputs[:, :1].expand(30, 4, 5))
    assert outputs.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (outputs == 0).float().mean().item() == pytest.approx(0.25, abs=0.1)
    assert outputs[:, 0].unique(dim=0).shape[0] > 2


def test_without_a_noise_shape_it_is_the_dropout_of_torch() -> None:
    inputs = torch.randn(3, 4)
    torch.manual_seed(0)
    outputs = Dropout(0.5)(inputs)
    torch.manual_seed(0)
    torch.testing.assert_close(outputs, torch.nn.Dropout(0.5)(inputs))


def test_inference_changes_nothing() -> None:
    layer = copy.deepcopy(Dropout(0.5, (None, 1))).eval()
    inputs = torch.randn(3, 4)
    assert layer(inputs) is inputs


def test_a_noise_shape_of_another_rank_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        Dropout(0.5, (None, 1))(torch.ones(2, 3, 4))


def test_gradients_are_scaled_as_the_outputs() -> None:
    torch.manual_seed(1)
    inputs = torch.ones(6, 3, requires_grad=True)
    outputs = Dropout(0.5, (None, 1))(inputs)
    outputs.sum().backward()
    torch.testing.assert_close(inputs.grad, outputs.detach())
