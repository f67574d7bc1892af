"""Every public metric of every Keras, over uneven batches, weighted and masked.

What a compiled model reported (compat_cases/README.md, measures) is what it reports here.
"""

from __future__ import annotations

import json
import runpy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kshim import layers, metrics, models
from kshim.core.eras import in_era
from tests.recorded import CASES, RECORDED, Recorded, recorded

KERAS = SimpleNamespace(layers=layers, metrics=metrics, models=models)
MEASURE = runpy.run_path(str(CASES / "cases" / "measures_data.py"))["measure"]
ANSWERED = [case for case in recorded("measures") if "refused" not in case.spec]

# Rows that are held less tightly: the case as it is printed, the tolerance, the reason.
LOOSE: dict[str, tuple[float, str]] = {}
# Known differences: the case as it is printed, and why it cannot be the same.
KNOWN: dict[str, str] = {}
# What no row measures: the classes others derive from, and a form that none of them is of.
BASES = {"Metric", "SensitivitySpecificityBase", "Reduce"}


def rows() -> list[Any]:
    """Return the cases as parameters; known differences are expected to fail."""
    marked = {name: [pytest.mark.xfail(strict=True, reason=why)] for name, why in KNOWN.items()}
    return [pytest.param(case, id=str(case), marks=marked.get(str(case), [])) for case in ANSWERED]


@pytest.mark.parametrize("case", rows())
def test_a_metric_reports_what_keras_reported(case: Recorded) -> None:
    with in_era(case.era):
        found = MEASURE(KERAS, case.era, case.spec)
    assert found["names"] == case.spec["names"]
    relative, _ = LOOSE.get(str(case), (1e-5, ""))
    for mine, theirs in zip(found["values"], case.numbered("value"), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=relative, atol=1e-6)


@pytest.mark.parametrize("table", sorted(RECORDED.glob("*/measures/measures.json")), ids=str)
def test_every_public_metric_of_a_keras_has_a_row(table: Any) -> None:
    """Some rows tell that no model of that Keras takes the metric; a function is called alone."""
    told = json.loads(table.read_text("ascii"))
    called = [case["called"] for case in told["cases"]]
    held = {it if isinstance(it, str) else it["class_name"] for it in called}
    held |= {case.spec["called"] for case in recorded("losses", told["oracle"])}
    assert set(told["public"]) - BASES <= held, set(told["public"]) - BASES - held


@pytest.mark.parametrize("table", sorted(RECORDED.glob("*/measures/measures.json")), ids=str)
def test_every_public_metric_of_a_keras_is_here(table: Any) -> None:
    public = set(json.loads(table.read_text("ascii"))["public"]) - BASES
    with in_era(json.loads(table.read_text("ascii"))["era"]):
        missing = {name for name in public if not hasattr(metrics, name)}
    assert not missing
