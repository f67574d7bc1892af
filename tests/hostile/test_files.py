"""Hostile files are refused in words, odd but legal ones load; see worker.py for the limits."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.corpus import CASES, LEGAL
from tests.hostile.parts import Case
from tests.hostile.rows import ROWS

# What messages name where no path is given to what reads.
NAMED = {
    "json": "model_from_json",
    "untar": "data.tar.gz",
    "checkpoint": "file",
    "yaml": "YAML",
    "from_config": "Lambda",
    "deserialize": "Lambda",
    "model config": "Lambda",
}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what came of every file; several processes of pytest share one run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with open(shared / "hostile.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = shared / "hostile"
        if not folder.exists():
            command = [sys.executable, "-m", "tests.hostile.worker", str(folder)]
            environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
            subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=300)
        return json.loads((folder / "outcomes.json").read_text())


def _parameter(case: Case) -> Any:
    waiting = pytest.mark.xfail(reason=f"waits until {case.waits}", strict=True)
    return pytest.param(case, id=str(case), marks=waiting if case.waits else ())


@pytest.mark.parametrize("case", [*map(_parameter, CASES)])
def test_a_hostile_file_is_refused_by_name_entry_and_reason(case: Case, outcomes: Any) -> None:
    told = outcomes[case.name]
    assert not told["signal"], f"ended by signal {told['signal']}"
    assert told["error"], "was taken"
    assert told["ours"], f"{told['error']}: {told['message']}\n{told['trace']}"
    message = told["message"]
    wanted = NAMED.get(case.how, f"file{case.ending}")
    assert wanted in message
    assert case.entry in message
    assert re.search(case.reason, message), message
    assert len(message) < 4000


@pytest.mark.parametrize("case", [*map(_parameter, LEGAL)])
def test_an_odd_but_legal_file_loads(case: Case, outcomes: Any) -> None:
    told = outcomes[case.name]
    assert (told["signal"], told["error"]) == (0, ""), told["message"]


@pytest.mark.parametrize("case", [*map(_parameter, [*CASES, *LEGAL])])
def test_nothing_is_executed_opened_imported_or_left_behind(case: Case, outcomes: Any) -> None:
    told = outcomes[case.name]
    assert not told["marker"]
    decoded = ("marshal.loads",) if getattr(case, "how", "") == "unsafe" else ()  # as was asked
    assert [it for it in told.get("seen", []) if not it.startswith(decoded)] == []
    assert [it for it in told.get("modules", []) if not it.startswith("kshim.")] == []
    assert told.get("state_changed", []) == []
    kept = {"./cache", f"cache/file{case.ending}", "cache/data.tar.gz"}
    assert case in LEGAL or set(told["left"]) - kept == set()


@pytest.mark.parametrize("row", ROWS)
def test_every_known_attack_has_its_cases(row: str) -> None:
    names = [case.name for case in CASES]
    assert [it for it in ROWS[row] if not any(name.startswith(it) for name in names)] == []


def test_the_corpus_is_large_and_its_names_differ() -> None:
    names = Counter(case.name for case in [*CASES, *LEGAL])
    assert [name for name, count in names.items() if count > 1] == []
    assert len(CASES) >= 150
    assert len(LEGAL) >= 15
