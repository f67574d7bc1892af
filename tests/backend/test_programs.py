"""K's functions that keep state or take functions give what five Kerases gave.

The expressions stand in compat_cases/cases/backend_programs.py, their values were recorded by
tools/recording/backend_programs.py.
"""

from __future__ import annotations

import json
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim.core.eras import in_era

ROOT = Path(__file__).resolve().parents[2] / "compat_cases"
ERAS = {
    "1.2": "keras-1.2.2", "2.0": "keras-2.0.8", "2.2": "keras-2.2.4", "2.3": "keras-2.3.1",
    "2.15": "tf.keras-2.15.0",
}  # fmt: skip
# TensorFlow counts in 32 bits where torch counts in 64.
SAME_KIND = {"int32": "int64"}


@cache
def cases() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "cases" / "backend_programs.py"))


@cache
def recorded(era: str) -> dict[str, Any]:
    path = ROOT / "recorded" / ERAS[era] / "backend_programs.json"
    found: dict[str, Any] = json.loads(path.read_text())["cases"]
    return found


@pytest.mark.parametrize(
    ("era", "expression"), [(era, expression) for era in ERAS for expression in recorded(era)]
)
def test_an_expression_gives_what_keras_gave(era: str, expression: str) -> None:
    with in_era(era):
        made = eval(expression, {**cases()["inputs"](K), "np": np, "K": K})
    compare(made, recorded(era)[expression])


def compare(made: Any, wanted: Any) -> None:
    """Assert that a result is what was recorded, in shape, kind and numbers."""
    if isinstance(wanted, list):
        for one, other in zip(made, wanted, strict=True):
            compare(one, other)
    elif "plain" in wanted:
        assert made == wanted["plain"]
    else:
        found = np.asarray(made)
        kinds = [SAME_KIND.get(kind, kind) for kind in (str(found.dtype), wanted["type"])]
        assert (kinds[0], list(found.shape)) == (kinds[1], wanted["shape"])
        numbers = np.array([float(one) for one in wanted["values"]])
        np.testing.assert_allclose(found.ravel(), numbers, rtol=1e-5, atol=1e-6)


def test_every_expression_is_recorded_somewhere() -> None:
    every = {expression for era in ERAS for expression in recorded(era)}
    assert every == {*cases()["CASES"], *cases()["GRAPHS"]}
