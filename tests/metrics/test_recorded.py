"""Metrics and losses of many arguments against what Keras 2.3.1 and tf.keras 2.15 gave.

Recorded by `kpy tools/recording/metrics.py compat_cases/recorded` in each of them.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.losses.names import LOSSES
from kshim.metrics.names import METRICS
from tests.recorded import RECORDED

BATCHES = (slice(0, 4), slice(4, None))


def cases() -> list[Any]:
    """Return every recorded case with the era of its Keras."""
    rows = []
    for path in sorted(RECORDED.glob("*/metrics.json")):
        table = json.loads(path.read_text("ascii"))
        for case in table["cases"]:
            words = (case["called"], *case["arguments"], bool(case["sample_weight"]), table["era"])
            rows.append(pytest.param(table["era"], case, id="-".join(map(str, words))))
    return rows


def arrays(case: dict[str, Any]) -> list[np.ndarray | None]:
    """Return targets, predictions and weights in single precision."""
    given = (case[name] for name in ("targets", "predictions", "sample_weight"))
    return [None if values is None else np.asarray(values, np.float32) for values in given]


@pytest.mark.parametrize(("era", "case"), cases())
def test_each_batch_gives_keras_number(era: str, case: dict[str, Any]) -> None:
    with in_era(era):
        if case["owner"] == "losses":
            take = LOSSES.find(case["called"])(**case["arguments"])
        else:
            take = METRICS.find(case["called"])(**case["arguments"])
        for rows, wanted in zip(BATCHES, case["results"], strict=True):
            batch = [None if values is None else values[rows] for values in arrays(case)]
            np.testing.assert_allclose(take(*batch).numpy(), wanted, rtol=1e-5, atol=1e-6)
