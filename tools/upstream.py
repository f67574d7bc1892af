"""Runs Keras's own examples and test suites, unmodified, through kshim.

    python tools/upstream.py examples                       the examples of Keras 2.3.1
    python tools/upstream.py examples mnist_cnn imdb_lstm --version 2.2.4
    python tools/upstream.py check --version 2.2.4          what `kshim check` says of them
    python tools/upstream.py tests --version 2.2.4          its test suite
    python tools/upstream.py tests layers/core_test         some files of it
    python tools/upstream.py record ORACLE_PYTHON           what passes on the real Keras

The examples import what `pip install '.[upstream,data]'` brings. Keras's source package is fetched
from the registry into a cache folder when it is not there (or taken from --source), and stand-in
data sets, pictures and weights are made there. What today's Python, numpy, matplotlib and pytest
have dropped is put back in the process that runs a script or a test file, never in kshim.
`compat_cases/upstream/` holds what passes on the real Keras, what is left out and what fails here,
with reasons, and how each example goes: a run fails where a test or an example goes otherwise.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from upstreaming import examples, settings, suites, verdicts  # noqa: E402
from upstreaming.sources import ERAS, fetched  # noqa: E402

from kshim.compat.checking import check  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and return 1 where something failed."""
    chosen = _parser().parse_args(arguments)
    source = chosen.source or fetched(chosen.version)
    return int(chosen.run(source, chosen))


def run_examples(source: Path, chosen: argparse.Namespace) -> bool:
    """Run examples, print how each went, and return whether one went otherwise than told."""
    told = settings.outcomes(chosen.version)
    names = chosen.names or sorted(one.stem for one in source.glob("examples/*.py"))
    skipped = {} if chosen.names else settings.left_out(chosen.version)
    limits = settings.Given(chosen.epochs, chosen.samples, chosen.seconds)
    ran, otherwise = [], []
    for name in names:
        script = source / "examples" / f"{name}.py"
        if name in skipped:
            print(f"{name:<32} left out          {skipped[name]}")
            continue
        given = settings.given_to(name, chosen.version, limits)
        one = examples.run(script, chosen.version, given, chosen.logs)
        went = "ok" if one.ok else "FAILED"
        print(f"{one.name:<32} {went:<7} {one.seconds:7.1f} s  {one.last_line[:160]}", flush=True)
        ran += [name] if one.ok else []
        if name not in told or one.ok != (told[name] == settings.RAN):
            otherwise.append(f"{name}: {went}, told: {told.get(name, 'nothing')}")
    print(f"{len(ran)} of {len(names)} examples of Keras {chosen.version} run")
    print("\n".join(["Otherwise than in examples.toml:", *otherwise]) if otherwise else "As told.")
    return bool(otherwise)


def check_examples(source: Path, chosen: argparse.Namespace) -> bool:
    """Hold what `check` says of the examples to how they went; return whether they disagree."""
    told = settings.outcomes(chosen.version)
    names = chosen.names or sorted(one.stem for one in source.glob("examples/*.py"))
    apart, era = 0, ERAS[chosen.version]
    for name in names:
        found = check(source / "examples" / f"{name}.py")
        missing = sorted({word.name for word in found.words if word.status == "missing"})
        good = not missing and not found.problem
        # A script of Keras 2.3 that has no word of its own is one of Keras 2.2 as well.
        agree = good == (told.get(name) == settings.RAN) and found.era in ("2.2", era)
        known = not agree and name in settings.check_cannot_tell()
        apart += not agree and not known
        mark = "agrees" if agree else "known" if known else "DIFFERS"
        print(f"{name:<32} {mark:<8} Keras {found.era}, {found.share:.0f}%, {told.get(name)}; "
              f"missing: {', '.join(missing) or 'nothing'}")  # fmt: skip
    good = len(names) - apart
    print(f"check agrees, or is known not to, with {good} of {len(names)} of {chosen.version}")
    return apart > 0


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
    one = commands.add_parser("check", parents=[shared])
    one.set_defaults(run=check_examples)
    one.add_argument("names", nargs="*", help="examples; default: all")
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
