"""Says of each test of Keras's own suites how it went against what the repository lists.

`compat_cases/upstream/` holds three lists: `passing-*.txt.gz`, the tests that pass on the real
Keras; `excluded.toml`, those left out of the count; `failing.toml`, those that fail here. Each row
of the last two has a pattern and a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any, NamedTuple

import tomllib

from upstreaming.suites import KEPT, Result

PASSED = "passed"
LISTED = "failed as listed"
NEW = "new failure"
MENDED = "listed but passes"


class Row(NamedTuple):
    """Hold one row of a list: which tests of which Kerases, and why."""

    tests: str
    reason: str
    versions: tuple[str, ...] = ()

    def fits(self, test: str, version: str) -> bool:
        """Return whether the row is of this test; one without versions is of all."""
        of_version = not self.versions or version in self.versions
        return of_version and (test == self.tests or fnmatch(test, self.tests))


class Verdict(NamedTuple):
    """Hold how one test went against the list, and why it failed: as found, then as listed."""

    test: str
    verdict: str
    found: str = ""
    reason: str = ""


def rows(name: str) -> list[Row]:
    """Return the rows of `excluded.toml` or `failing.toml`."""
    told: dict[str, list[dict[str, Any]]] = tomllib.loads((KEPT / f"{name}.toml").read_text())
    return [Row(one["tests"], one["reason"], tuple(one.get("versions", ()))) for one in told[name]]


def reason(listed: Iterable[Row], test: str, version: str) -> str:
    """Return the reason of the first row that fits a test, nothing where none does."""
    return next((one.reason for one in listed if one.fits(test, version)), "")


def verdicts(
    results: Sequence[Result], held: Iterable[str], failing: Sequence[Row], version: str
) -> list[Verdict]:
    """Return a verdict for each test that is held; one that did not run has failed."""
    went = {one.test: one for one in results}
    unseen = next((one.reason for one in results if "::" not in one.test), "not run")
    return [
        _verdict(test, went.get(test, Result(test, "error", unseen)), failing, version)
        for test in sorted(held)
    ]


def summary(told: Sequence[Verdict], left_out: int, version: str) -> list[str]:
    """Return the lines that close a run: the share that passes, and how the rest went."""
    counts: Mapping[str, int] = Counter(one.verdict for one in told)
    passed = counts[PASSED] + counts[MENDED]
    share = f" ({100 * passed / len(told):.1f} %)" if told else ""
    return [
        f"{passed} of {len(told)} tests that pass on Keras {version} pass on kshim{share}",
        f"{counts[LISTED]} {LISTED}, {counts[NEW]} {NEW}, {counts[MENDED]} {MENDED}, "
        f"{left_out} left out with reasons",
    ]


def _verdict(test: str, result: Result, failing: Sequence[Row], version: str) -> Verdict:
    listed = reason(failing, test, version)
    if result.went == "passed":
        return Verdict(test, MENDED if listed else PASSED, "", listed)
    return Verdict(test, LISTED if listed else NEW, f"{result.went}: {result.reason}", listed)
