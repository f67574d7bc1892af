"""Optimizers against ten updates that real Kerases made of a small network.

Recorded by `tools/record.py ORACLE_PYTHON --what optimizers`; see compat_cases/README.md.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim import constraints, optimizers, regularizers
from kshim.core.eras import in_era, rule
from tests.recorded import Recorded, recorded

# Adafactor is not here yet.
ROWS = [case for case in recorded("optimizers") if case.spec["class_name"] != "Adafactor"]


class Network:
    """Hold the recorded network, in plain torch with kernels as Keras keeps them."""

    def __init__(self, case: Recorded) -> None:
        layer = case.spec.get("layer", {})
        self.weights = [nn.Parameter(torch.from_numpy(weight.copy())) for weight in case.weights]
        self.penalties = {
            name: regularizers.get(layer.get(f"{name}_regularizer"))
            for name in ("kernel", "bias", "activity")
        }
        self.constraint = constraints.get(layer.get("kernel_constraint"))

    def loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the loss of a batch with all penalties."""
        kernel, bias, last_kernel, last_bias = self.weights
        hidden = torch.tanh(x @ kernel + bias)
        loss = (hidden @ last_kernel + last_bias - y).square().mean()
        share = len(x) if rule("activity_penalty_per_sample") else 1
        parts = {"kernel": (kernel, 1), "bias": (bias, 1), "activity": (hidden, share)}
        for name, (tensor, divisor) in parts.items():
            if self.penalties[name] is not None:
                loss = loss + self.penalties[name](tensor) / divisor
        return loss

    def constrain(self) -> None:
        """Put the first kernel back where it may be."""
        if self.constraint is not None:
            with torch.no_grad():
                self.weights[0].copy_(self.constraint(self.weights[0]))


@pytest.mark.parametrize("case", ROWS, ids=str)
@pytest.mark.filterwarnings("ignore:.*lr is an old word")
def test_ten_updates_follow_one_of_the_recorded_runs(case: Recorded) -> None:
    with in_era(case.era):
        network, losses = Network(case), []
        optimizer = attrgetter(case.spec["class_name"])(optimizers)(**case.spec["arguments"])
        batches = zip(case.arrays["batches"], case.arrays["targets"], strict=True)
        for x, y in batches:
            loss = network.loss(torch.from_numpy(x.copy()), torch.from_numpy(y.copy()))
            optimizer.apply(network.weights, list(torch.autograd.grad(loss, network.weights)))
            network.constrain()
            losses.append(loss.item())
    assert any(follows(network.weights, losses, case, run) for run in range(case.spec["runs"]))


def follows(weights: list[Any], losses: list[float], case: Recorded, run: int) -> bool:
    """Return whether losses and last weights are those of a recorded run."""
    pairs = [(losses, case.arrays[f"run_{run}_losses"])]
    last = case.numbered(f"run_{run}_weight")
    pairs += [(w.detach().numpy(), kept) for w, kept in zip(weights, last, strict=True)]
    return all(np.allclose(mine, theirs, rtol=2e-5, atol=2e-6) for mine, theirs in pairs)
