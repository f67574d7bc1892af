"""Recorded training, replayed through compile, train_on_batch and evaluate.

What real Kerases computed (compat_cases/README.md) is what kshim computes: optimizers over ten
batches or more, compiled losses and metrics.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim import optimizers
from kshim.core.eras import in_era
from kshim.models import Sequential
from tests.recorded import Recorded, recorded

RELATIVE = 1e-5
ABSOLUTE = 2e-6  # weights near zero are sums of ten updates of 0.05, each rounded

# Rows that are held less tightly: the case as it is printed, the tolerance, the reason.
_FOLDED = "TensorFlow folds 1 - p + epsilon to (1 + epsilon) - p in a graph; seen where p is 1"
_BINARY = "compiled_model_binary_crossentropy_binary_activation_linear_metrics_acc"
LOOSE: dict[str, tuple[float, str]] = {
    f"{_BINARY}{rest}-{era}": (5e-3, _FOLDED)
    for rest in ("uracy_mse", "_binary_accuracy_weighted")
    for era in ("2.3", "2.15")
}
# Known differences: the case as it is printed, and why it cannot be the same.
KNOWN: dict[str, str] = {}


def rows(cases: list[Recorded]) -> list[Any]:
    """Return the cases as parameters; known differences are expected to fail."""
    marked = {name: [pytest.mark.xfail(strict=True, reason=why)] for name, why in KNOWN.items()}
    return [pytest.param(case, id=str(case), marks=marked.get(str(case), [])) for case in cases]


def close(mine: Any, theirs: Any, case: Recorded) -> bool:
    """Return whether two results agree as far as the case is held."""
    relative, _ = LOOSE.get(str(case), (RELATIVE, ""))
    return np.allclose(mine, theirs, rtol=relative, atol=ABSOLUTE, equal_nan=True)


# Adafactor is not here yet.
KNOWN_OPTIMIZERS = [c for c in recorded("optimizers") if c.spec["class_name"] != "Adafactor"]


@pytest.mark.parametrize("case", rows(KNOWN_OPTIMIZERS))
@pytest.mark.filterwarnings("ignore:.*lr is an old word")
def test_batches_follow_one_of_the_recorded_runs(case: Recorded) -> None:
    with in_era(case.era):
        first = L.Dense(3, activation="tanh", input_shape=(4,), **case.spec.get("layer", {}))
        model = Sequential([first, L.Dense(2)])
        model.set_weights(case.weights)
        optimizer = attrgetter(case.spec["class_name"])(optimizers)(**case.spec["arguments"])
        model.compile(optimizer, "mse")
        batches = zip(case.arrays["batches"], case.arrays["targets"], strict=True)
        losses = [model.train_on_batch(x, y) for x, y in batches]
    mine = [losses, *model.get_weights()]
    runs = [
        [case.arrays[f"run_{run}_losses"], *case.numbered(f"run_{run}_weight")]
        for run in range(case.spec["runs"])
    ]
    assert any(
        all(close(one, other, case) for one, other in zip(mine, run, strict=True)) for run in runs
    )


COMPILED = [case for case in recorded("losses") if case.spec["kind"] == "compiled"]


def network(case: Recorded) -> Any:
    """Return the recorded model, compiled as it was."""
    spec, shape = case.spec, case.arrays["predictions"].shape[1:]
    layers: list[Any] = [L.Masking(input_shape=shape)] if spec.get("masked") else []
    first = {} if layers else {"input_shape": shape}
    layers.append(L.Dense(shape[-1], kernel_initializer="identity", **first))
    model = Sequential([*layers, L.Activation(spec["activation"])])
    temporal = {"sample_weight_mode": "temporal"} if spec.get("weighted") == "temporal" else {}
    words = {name: spec[name] for name in ("metrics", "weighted_metrics") if spec.get(name)}
    model.compile("sgd", spec["called"], **words, **temporal)
    return model


@pytest.mark.parametrize("case", rows([c for c in COMPILED if not c.spec.get("refused")]))
def test_a_compiled_model_reports_what_keras_reported(case: Recorded) -> None:
    arrays = case.arrays
    with in_era(case.era):
        model = network(case)
        x, y, weight = arrays["predictions"], arrays["targets"], arrays.get("sample_weight")
        assert close(model.test_on_batch(x, y, sample_weight=weight), case.spec["tested"], case)
        assert model.metrics_names == case.spec["metrics_names"]
        by_two = model.evaluate(x, y, batch_size=2, verbose=0, sample_weight=weight)
        assert close(by_two, case.spec["evaluated_by_two"], case)
        if "trained" in case.spec:
            table = {int(key): value for key, value in case.spec["class_weight"].items()}
            trained = model.train_on_batch(x, y, class_weight=table)
            assert close(trained, case.spec["trained"], case)
