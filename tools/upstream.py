"""Runs Keras's own examples and test suites, unmodified, through kshim.

    python tools/upstream.py examples                       the examples of Keras 2.3.1
    python tools/upstream.py examples mnist_cnn imdb_lstm --version 2.2.4
    python tools/upstream.py tests --version 2.2.4          its test suite
    python tools/upstream.py tests layers/core_test         some files of it
    python tools/upstream.py record ORACLE_PYTHON           what passes on the real Keras

Keras's source package is fetched from the registry into a cache folder when it is not there (or
taken from --source), and stand-in data sets are made there. What today's Python, numpy and pytest
have dropped is put back in the process that runs a script or a test file, never in kshim.
`compat_cases/upstream/` holds what passes on the real Keras, what is left out and what fails here,
with reasons; a run of tests fails where a test fails that is not listed, or a listed one passes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from upstreaming import examples, suites, verdicts  # noqa: E402
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
    """Run test files and print how each went against the lists; return whether one is wrong."""
    failing, excluded = verdicts.rows("failing"), verdicts.rows("excluded")
    passing = suites.yardstick(chosen.version)
    told: list[verdicts.Verdict] = []
    left_out = 0
    for file in _chosen_files(source, chosen):
        of_file = [one for one in passing if one.partition("::")[0] == file]
        held = [one for one in of_file if not verdicts.reason(excluded, one, chosen.version)]
        left_out += len(of_file) - len(held)
        results = suites.run_file(source, file, chosen.version, seconds=chosen.seconds)
        told += _printed(file, verdicts.verdicts(results, held, failing, chosen.version))
    if chosen.json:
        chosen.json.write_text(json.dumps([one._asdict() for one in told], indent=1))
    print("\n".join(verdicts.summary(told, left_out, chosen.version)))
    return any(one.verdict in (verdicts.NEW, verdicts.MENDED) for one in told)


def record(source: Path, chosen: argparse.Namespace) -> bool:
    """Write down which tests pass on a real Keras."""
    passing: list[str] = []
    for file in _chosen_files(source, chosen):
        results = suites.run_file(source, file, chosen.version, chosen.oracle, chosen.seconds)
        print(file, dict(Counter(one.went for one in results)), flush=True)
        passing += [one.test for one in results if one.went == "passed"]
    suites.keep_yardstick(chosen.version, passing)
    return False


def _chosen_files(source: Path, chosen: argparse.Namespace) -> list[str]:
    """Return the files that are not left out whose path holds one of the names, if any is."""
    excluded, names = verdicts.rows("excluded"), getattr(chosen, "names", ())
    files = [
        one
        for one in suites.test_files(source)
        if not verdicts.reason(excluded, one, chosen.version)
    ]
    return [one for one in files if not names or any(name in one for name in names)]


def _printed(file: str, told: list[verdicts.Verdict]) -> list[verdicts.Verdict]:
    """Print a row for a test file and a line for each test that did not simply pass."""
    good = sum(one.verdict in (verdicts.PASSED, verdicts.MENDED) for one in told)
    print(f"{file}: {good} of {len(told)}", flush=True)
    for one in told:
        if one.verdict != verdicts.PASSED:
            why = f"{one.found} ({one.reason})" if one.reason else one.found
            print(f"    {one.verdict}: {one.test.partition('::')[2]}: {why}")
    return told


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
