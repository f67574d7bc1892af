"""Runs Keras's own examples and test suites, unmodified, through kshim.

    python tools/upstream.py examples                       the examples of Keras 2.3.1
    python tools/upstream.py examples mnist_cnn imdb_lstm --version 2.2.4
    python tools/upstream.py tests --version 2.2.4          its test suite
    python tools/upstream.py tests layers/core_test         some files of it
    python tools/upstream.py record ORACLE_PYTHON           what passes on the real Keras

Keras's source package is fetched from the registry into a cache folder when it is not there (or
taken from --source), and stand-in data sets are made there. What today's Python, numpy and pytest
have dropped is put back in the process that runs a script or a test file, never in kshim.
`compat_cases/upstream/` holds what passes on the real Keras and what is left out, with reasons.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from upstreaming import examples, suites  # noqa: E402
from upstreaming.sources import ERAS, fetched  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and return 1 where something failed."""
    chosen = _parser().parse_args(arguments)
    source = chosen.source or fetched(chosen.version)
    return int(chosen.run(source, chosen))


def run_examples(source: Path, chosen: argparse.Namespace) -> bool:
    """Run examples, print how each went, and return whether one failed."""
    names = chosen.names or sorted(one.stem for one in source.glob("examples/*.py"))
    limits = examples.Limits(chosen.epochs, chosen.samples, chosen.seconds)
    failed = 0
    for name in names:
        script = source / "examples" / f"{name}.py"
        one = examples.run(script, chosen.version, limits, chosen.logs)
        went = "ok" if one.ok else "FAILED"
        print(f"{one.name:<32} {went:<7} {one.seconds:7.1f} s  {one.last_line[:160]}", flush=True)
        failed += not one.ok
    print(f"{len(names) - failed} of {len(names)} examples of Keras {chosen.version} run")
    return failed > 0


def run_tests(source: Path, chosen: argparse.Namespace) -> bool:
    """Run test files, print a row for each and a line for each failure; say how many pass."""
    wanted = set(suites.yardstick(chosen.version))
    files = _chosen_files(source, chosen.names)
    held = {one for one in wanted if one.partition("::")[0] in files}
    passed: set[str] = set()
    told = []
    for file in files:
        results = suites.run_file(source, file, chosen.version, seconds=chosen.seconds)
        told += [one._asdict() for one in results]
        passed |= {one.test for one in results if one.went == "passed"}
        _print_file(file, results, {one for one in held if one.partition("::")[0] == file})
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1))
    print(f"{len(passed & held)} of {len(held)} that pass on Keras {chosen.version} pass on kshim")
    return not held <= passed


def record(source: Path, chosen: argparse.Namespace) -> bool:
    """Write down which tests pass on a real Keras."""
    passing: list[str] = []
    for file in suites.test_files(source):
        results = suites.run_file(source, file, chosen.version, chosen.oracle, chosen.seconds)
        print(file, dict(Counter(one.went for one in results)), flush=True)
        passing += [one.test for one in results if one.went == "passed"]
    suites.keep_yardstick(chosen.version, passing)
    return False


def _chosen_files(source: Path, names: Sequence[str]) -> list[str]:
    """Return the test files whose path holds one of the names; all of them without any."""
    files = suites.test_files(source)
    return [one for one in files if not names or any(name in one for name in names)]


def _print_file(file: str, results: Sequence[suites.Result], held: set[str]) -> None:
    passed = {one.test for one in results if one.went == "passed"}
    print(f"{file}: {len(held & passed)} of {len(held)}", flush=True)
    for one in results:
        if one.went != "passed" and (one.test in held or not held):
            print(f"    {one.went} {one.test.partition('::')[2]}: {one.reason}")
    seen = {one.test for one in results}
    for test in sorted(held - seen)[:3]:
        print(f"    not run {test.partition('::')[2]}")
    if not any("::" in one.test for one in results):
        print(f"    {[one.reason for one in results][:1]}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run Keras's own examples and tests on kshim.")
    commands = parser.add_subparsers(required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--version", choices=ERAS, default="2.3.1", help="the Keras they are of")
    shared.add_argument("--source", type=Path, help="Keras's unpacked source package")
    shared.add_argument("--seconds", type=float, default=900, help="at most so many each")
    one = commands.add_parser("examples", parents=[shared])
    one.set_defaults(run=run_examples)
    one.add_argument("names", nargs="*", help="examples; default: all")
    one.add_argument("--epochs", type=int, default=1, help="at most so many a fit")
    one.add_argument("--samples", type=int, default=256, help="at most so many a fit")
    one.add_argument("--logs", type=Path, help="a folder to keep what the examples print")
    one = commands.add_parser("tests", parents=[shared])
    one.set_defaults(run=run_tests)
    one.add_argument("names", nargs="*", help="parts of test files' paths; default: all")
    one.add_argument("--json", type=Path, help="a file to write every result to")
    one = commands.add_parser("record", parents=[shared])
    one.set_defaults(run=record)
    one.add_argument("oracle", help="the Python of an environment with the real Keras")
    return parser


if __name__ == "__main__":
    sys.exit(main())
