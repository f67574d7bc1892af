"""Keras's own tests are judged against the lists in the repository, whose rows say why."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from upstreaming import suites, verdicts
from upstreaming.sources import ERAS
from upstreaming.suites import Result
from upstreaming.verdicts import Row, Verdict

LISTED = [Row("tests/a.py::test_b[[]1]", "by its pattern", ("2.2.4",)), Row("*::test_c", "always")]


def told(results: list[Result], held: list[str], version: str = "2.2.4") -> dict[str, str]:
    found = verdicts.verdicts(results, held, LISTED, version)
    return {one.test.rpartition("::")[2]: one.verdict for one in found}


def test_each_test_that_is_held_gets_its_verdict() -> None:
    results = [
        Result("tests/a.py::test_a", "passed", ""),
        Result("tests/a.py::test_b[1]", "failed", "a reason"),
        Result("tests/a.py::test_c", "passed", ""),
        Result("tests/a.py::test_d", "skipped", "not here"),
        Result("tests/a.py::test_not_held", "failed", ""),
    ]
    held = [f"tests/a.py::test_{name}" for name in ("a", "b[1]", "c", "d", "e")]
    assert told(results, held) == {
        "test_a": verdicts.PASSED,
        "test_b[1]": verdicts.LISTED,
        "test_c": verdicts.MENDED,
        "test_d": verdicts.NEW,
        "test_e": verdicts.NEW,
    }


def test_a_row_may_be_of_one_keras() -> None:
    failed = [Result("tests/a.py::test_b[1]", "failed", "")]
    held = ["tests/a.py::test_b[1]"]
    assert told(failed, held) == {"test_b[1]": verdicts.LISTED}
    assert told(failed, held, "2.3.1") == {"test_b[1]": verdicts.NEW}


def test_a_file_that_did_not_run_fails_all_its_tests_with_its_reason() -> None:
    found = verdicts.verdicts(
        [Result("tests/a.py", "error", "out of time")], ["tests/a.py::test_a"], [], "2.2.4"
    )
    assert found == [Verdict("tests/a.py::test_a", verdicts.NEW, "error: out of time")]


def test_the_summary_gives_the_share_and_counts_every_test_once() -> None:
    kinds = [verdicts.PASSED] * 17 + [verdicts.MENDED, verdicts.LISTED, verdicts.NEW]
    assert verdicts.summary([Verdict("t", kind) for kind in kinds], 4, "2.2.4") == [
        "18 of 20 tests that pass on Keras 2.2.4 pass on kshim (90.0 %)",
        "1 failed as listed, 1 new failure, 1 listed but passes, 4 left out with reasons",
    ]


@pytest.mark.parametrize("name", ["failing", "excluded"])
def test_every_row_of_the_lists_has_a_reason_and_those_of_failures_fit_a_test(name: str) -> None:
    passing = {version: suites.yardstick(version) for version in ERAS}
    for row in verdicts.rows(name):
        assert row.reason, row
        assert set(row.versions) <= set(ERAS), row
        for version in row.versions or (ERAS if name == "failing" else ()):
            assert any(row.fits(test, version) for test in passing[version]), row
