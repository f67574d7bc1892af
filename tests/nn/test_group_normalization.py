"""Group normalisation: with one of weight and bias alone, and with masked cells."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from kshim.nn.group_normalization import GroupNormalization


@pytest.mark.parametrize("options", [{}, {"center": False}, {"scale": False}])
def test_it_is_torchs_with_gradients_whatever_is_learned(options: dict[str, Any]) -> None:
    module, told = GroupNormalization(2, 4, **options), nn.GroupNorm(2, 4, 1e-3)
    x = torch.randn(3, 4, 5, requires_grad=True)
    torch.testing.assert_close(module(x), told(x))
    (gradient,) = torch.autograd.grad(module(x).square().sum(), x)
    (wanted,) = torch.autograd.grad(told(x).square().sum(), x)
    torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-5)


def test_cells_that_do_not_count_change_nothing_for_the_rest() -> None:
    module = GroupNormalization(2, 4)
    nn.init.normal_(module.weight)
    x, mask = torch.randn(3, 4, 5), torch.ones(3, 1, 5, dtype=torch.bool)
    mask[:, :, 3:] = False
    torch.testing.assert_close(module(x, mask)[:, :, :3], module(x[:, :, :3]))
