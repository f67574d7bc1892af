"""Runs Keras's own test files, each in a process of its own, and reads how each test went."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from upstreaming.sources import ERAS, ROOT, data_home, environment

KEPT = ROOT / "compat_cases" / "upstream"


class Result(NamedTuple):
    """Hold how one test went: passed, failed, error or skipped, and the last line of why."""

    test: str
    went: str
    reason: str


def test_files(source: Path) -> list[str]:
    """Return the test files of a source package."""
    found = sorted(str(one.relative_to(source)) for one in source.glob("tests/**/*test*.py"))
    return [one for one in found if not one.endswith("conftest.py")]


def run_file(
    source: Path, file: str, version: str, oracle: str | None = None, seconds: float = 900
) -> list[Result]:
    """Run one test file with kshim in front or, where `oracle` is its Python, on a real Keras."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        log = Path(folder) / "log"
        with open(log, "w") as out:
            try:
                words = _words(file, report, oracle)
                env = _environment(version, oracle)
                subprocess.run(
                    words, cwd=source, env=env, stdout=out, stderr=out, timeout=seconds, check=False
                )
            except subprocess.TimeoutExpired:
                return [Result(file, "error", f"out of time after {seconds:g} s")]
        if not report.exists():
            lines = log.read_text(errors="replace").strip().splitlines() or ["no output"]
            return [Result(file, "error", lines[-1][:300])]
        return list(results(file, report))


def results(file: str, report: Path) -> Iterator[Result]:
    """Yield what a report of pytest in the form of JUnit says of each test of a file."""
    stem = file.removesuffix(".py").replace("/", ".")
    for case in ElementTree.parse(report).iter("testcase"):
        owner = case.get("classname", "").removeprefix(stem).strip(".")
        name = "::".join(part for part in (file, owner, case.get("name", "")) if part)
        went = next((one for one in case if one.tag in ("failure", "error", "skipped")), None)
        if went is None:
            yield Result(name, "passed", "")
        else:
            kind = {"failure": "failed"}.get(went.tag, went.tag)
            yield Result(name, kind, _why(went))


def yardstick(version: str) -> list[str]:
    """Return the tests that pass on the real Keras of a version."""
    packed = (KEPT / f"passing-{version}.txt.gz").read_bytes()
    return gzip.decompress(packed).decode().split("\n")[:-1]


def keep_yardstick(version: str, tests: Sequence[str]) -> None:
    """Write down the tests that pass on the real Keras; the same list gives the same bytes."""
    text = "".join(f"{one}\n" for one in sorted(tests))
    (KEPT / f"passing-{version}.txt.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def _why(went: ElementTree.Element) -> str:
    """Return one line that says why a test failed, and where in kshim it last was."""
    message = " ".join((went.get("message") or "").split())[:200]
    places = [
        line for line in (went.text or "").splitlines() if "/kshim/" in line and ".py:" in line
    ]
    place = "kshim/" + places[-1].rpartition("/kshim/")[2] if places else ""
    return f"{message} [{place.partition(': ')[0]}]" if place else message


def _words(file: str, report: Path, oracle: str | None) -> list[str]:
    plugin = [] if oracle else ["-p", "upstreaming.plugin"]
    words = ["-q", "-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}", file]
    return [oracle or sys.executable, "-m", "pytest", *plugin, *words]


def _environment(version: str, oracle: str | None) -> dict[str, str]:
    stand_ins = str(ROOT / "tools" / "upstreaming" / "stand_ins")
    if oracle:
        return environment() | {"PYTHONPATH": stand_ins}
    env = environment(KSHIM_UPSTREAM_ERA=ERAS[version], KERAS_HOME=str(data_home()))
    return env | {"PYTHONPATH": os.pathsep.join([env["PYTHONPATH"], stand_ins])}
