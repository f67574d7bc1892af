"""What random layers leave of ones in training: the outcomes, and how often real Kerases had each.

Gates, steps and cells that are dropped together show in which outcomes there are. A share of n
draws is held within five standard errors of the difference of two such shares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from recorded import Recorded, recorded

from kshim.core.eras import in_era
from kshim.layers import Input
from kshim.layers.base import LAYERS
from kshim.models import Model

pytestmark = pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")
CASES = recorded("dropping")


@pytest.fixture(autouse=True)
def era(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put the era of the case in force."""
    with in_era(request.getfixturevalue("case").era):
        yield


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_outcomes_of_dropping_are_as_frequent_as_in_keras(case: Recorded) -> None:
    outputs = _outputs(case)
    if "shares" not in case.spec:
        error = case.spec["deviation"] * math.sqrt(2 / case.spec["count"])
        assert outputs.mean() == pytest.approx(case.spec["mean"], abs=5 * error)
        assert outputs.std() == pytest.approx(case.spec["deviation"], rel=0.02)
        return
    told = {tuple(outcome): share for outcome, share in case.spec["shares"]}
    found = shares(outputs)
    for outcome in told.keys() | found.keys():
        mine, theirs = found.get(outcome, 0.0), told.get(outcome, 0.0)
        share = (mine + theirs) / 2
        error = math.sqrt(2 * share * (1 - share) / case.spec["count"])
        assert abs(mine - theirs) <= 5 * error, outcome


def shares(outputs: np.ndarray) -> dict[tuple[float, ...], float]:
    """Return how often each outcome was seen over the places of a channel."""
    columns = np.moveaxis(outputs.reshape(len(outputs), -1, outputs.shape[-1]), 1, -1)
    columns = columns.reshape(-1, columns.shape[-1]).round(3)
    seen, counts = np.unique(columns, axis=0, return_counts=True)
    return {
        tuple(map(float, one)): float(count) / len(columns)
        for one, count in zip(seen, counts, strict=True)
    }


def _outputs(case: Recorded) -> np.ndarray:
    """Return what the layer of a case leaves of ones in training."""
    inputs = Input(tuple(case.spec["inputs"][1:]))
    layer = LAYERS.find(case.spec["class_name"])(**case.spec["arguments"])
    model = Model(inputs, layer(inputs))
    if "weights" in case.spec:
        shapes = [value.shape for value in layer.get_weights()]
        layer.set_weights(
            [_filled(*pair) for pair in zip(shapes, case.spec["weights"], strict=True)]
        )
    model.train(True)
    outputs, *_ = model.network.full(torch.ones(case.spec["inputs"]))
    return np.asarray(outputs[0].detach().double().numpy())


def _filled(shape: tuple[int, ...], blocks: list[Any]) -> np.ndarray:
    """Return an array of blocks: so many identities in a kernel, so many constants in a bias."""
    width = shape[-1] // len(blocks)
    part = (*shape[:-1], width)
    one = np.broadcast_to(np.eye(width), part) if len(shape) > 1 else np.ones(part)
    return np.concatenate([number * one for number in blocks], axis=-1)
