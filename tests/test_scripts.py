"""Every script in compat_cases/scripts runs to its end, unmodified; each checks itself.

Some write their numbers to curve.json; they are those that the Keras wrote them for gave.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.recorded import recorded

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "compat_cases" / "scripts").glob("*.py"))
RECORDED = {case.name: case for case in recorded("scripts")}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_an_old_script_runs_unmodified(script: Path, tmp_path: Path) -> None:
    case = RECORDED.get(script.stem)
    era = ["--keras", case.era] if case else []
    done = subprocess.run(
        [sys.executable, "-m", "kshim", "run", *era, str(script)],
        capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    if case:
        curve = json.loads((tmp_path / "curve.json").read_text())
        for mine, theirs in zip(curve, case.numbered("curve"), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def test_every_script_has_numbers_of_its_keras_or_a_reason() -> None:
    told = runpy.run_path(str(ROOT / "compat_cases" / "cases" / "scripts.py"))
    assert RECORDED.keys() == {case["name"] for case in told["CASES"]}
    reasons = told["WITHOUT_NUMBERS"]
    assert sorted([*RECORDED, *reasons]) == [script.stem for script in SCRIPTS]
    assert all(reasons.values())
