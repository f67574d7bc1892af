"""Noise modules: their moments in training, nothing at rest."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from kshim.nn.noise import GaussianDropout, GaussianNoise, SharedAlphaDropout

EVERY: list[nn.Module] = [
    GaussianNoise(0.5), GaussianDropout(0.3), SharedAlphaDropout(0.3, (None, 1)),
]  # fmt: skip


@pytest.mark.parametrize("module", EVERY, ids=repr)
def test_at_rest_the_inputs_pass(module: nn.Module) -> None:
    inputs = torch.randn(3, 4)
    assert module.eval()(inputs) is inputs


@pytest.mark.parametrize(
    ("module", "deviation"),
    [(GaussianNoise(0.5), 0.5), (GaussianDropout(0.2), np.sqrt(0.25))],
    ids=repr,
)
def test_ones_get_the_deviation_of_the_manual(module: nn.Module, deviation: float) -> None:
    outputs = module.train()(torch.ones(200, 500))
    np.testing.assert_allclose(outputs.mean(), 1, atol=0.01)
    np.testing.assert_allclose(outputs.std(), deviation, rtol=0.02)


@pytest.mark.parametrize("module", [GaussianDropout(0.0), SharedAlphaDropout(0.0, (None, 1))])
def test_a_rate_of_zero_changes_nothing(module: nn.Module) -> None:
    inputs = torch.randn(3, 4)
    torch.testing.assert_close(module.train()(inputs), inputs, rtol=0, atol=0)


def test_alpha_dropout_agrees_with_torchs_on_what_is_kept_and_dropped() -> None:
    ours = SharedAlphaDropout(0.3, (None, None)).train()(torch.full((50, 50), 0.7))
    torchs = nn.AlphaDropout(0.3).train()(torch.full((50, 50), 0.7))
    np.testing.assert_allclose(sorted(set(ours.flatten().tolist())),
                               sorted(set(torchs.flatten().tolist())), rtol=1e-5)  # fmt: skip
