"""Learning curves of real Kerases, followed batch by batch.

Each recorded row (compat_cases/README.md, curves) is trained again with the same functions, from
the same weights: the values told of every batch and every epoch, their names, and the last weights
are those of one of the recorded runs.
"""

from __future__ import annotations

import runpy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kshim import backend, callbacks, layers, losses, metrics, models, optimizers
from kshim.core.eras import in_era
from tests.recorded import CASES, Recorded, recorded

RELATIVE = 1e-5
ABSOLUTE = 2e-6  # weights near zero are sums of twenty updates, each rounded

KERAS = SimpleNamespace(
    backend=backend, callbacks=callbacks, layers=layers, losses=losses, metrics=metrics,
    models=models, optimizers=optimizers,
    mixed_precision=SimpleNamespace(LossScaleOptimizer=optimizers.LossScaleOptimizer),
)  # fmt: skip
TRAIN = runpy.run_path(str(CASES / "cases" / "curves_networks.py"))["train"]

# Rows that are held less tightly: the case as it is printed, the tolerance, the reason.
LOOSE: dict[str, tuple[float, str]] = {
    "gru_nadam-2.15": (5e-5, "TensorFlow's tanh is rational; Nadam's quotients show its last bits"),
}
# Known differences: the case as it is printed, and why it cannot be the same.
KNOWN: dict[str, str] = {}


def rows() -> list[Any]:
    """Return the curves as parameters; known differences are expected to fail."""
    marked = {name: [pytest.mark.xfail(strict=True, reason=why)] for name, why in KNOWN.items()}
    return [
        pytest.param(case, id=str(case), marks=marked.get(str(case), []))
        for case in recorded("curves")
    ]


@pytest.mark.parametrize("case", rows())
@pytest.mark.filterwarnings("ignore:.* is an old word")
def test_twenty_batches_follow_one_of_the_recorded_runs(case: Recorded) -> None:
    with in_era(case.era):
        model, told = TRAIN(KERAS, case.era, case.spec, lambda it: it.set_weights(case.weights))
        mine = [table(told["batches"]), *model.get_weights()]
    assert sorted(told["batches"][0]) == case.spec["batch_keys"]
    assert list(told["epochs"]) == case.spec["epoch_keys"]
    assert told["metrics_names"] == case.spec["metrics_names"]
    mine.insert(1, np.array(list(told["epochs"].values())).T)
    assert any(follows(mine, case, run) for run in range(case.spec["runs"])), gaps(mine, case)


def table(batches: list[dict[str, float]]) -> np.ndarray:
    """Return the values of each batch, by the names in order."""
    return np.array([[told[key] for key in sorted(told)] for told in batches])


def run_of(case: Recorded, run: int) -> list[np.ndarray]:
    """Return what a recorded run told: batches, epochs, last weights."""
    told = [case.arrays[f"run_{run}_{part}"] for part in ("batches", "epochs")]
    return [*told, *case.numbered(f"run_{run}_weight")]


def follows(mine: list[np.ndarray], case: Recorded, run: int) -> bool:
    """Return whether all values are those of a recorded run, as far as the case is held."""
    relative, _ = LOOSE.get(str(case), (RELATIVE, ""))
    pairs = zip(mine, run_of(case, run), strict=True)
    return all(np.allclose(one, other, rtol=relative, atol=ABSOLUTE) for one, other in pairs)


def gaps(mine: list[np.ndarray], case: Recorded) -> str:
    """Return how far the values are from those of each run: batches, epochs, weights."""
    lines = []
    for run in range(case.spec["runs"]):
        pairs = zip(mine, run_of(case, run), strict=True)
        apart = [np.max(np.abs(one - other) / (np.abs(other) + 1e-3)) for one, other in pairs]
        lines.append(" ".join(f"{gap:.1e}" for gap in apart))
    return "\n".join(lines)
