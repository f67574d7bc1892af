"""`check`: what of a program's Keras and tensorflow kshim has, before anything is run.

python -m kshim check train.py
python -m kshim check FOLDER --json
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kshim.compat.finding import Finding, find_era
from kshim.compat.naming import home_of, serving, uses_in
from kshim.core.eras import in_era

# What is there under its name and does less, or otherwise; by the end of its path.
DIFFERS = {
    "multi_gpu_model": "returns the model as it is; torchrun gives it several devices",
    "MirroredStrategy": "is one device in one process; torchrun gives several",
    "device": "is taken and let be; move models with .to(...)",
    "name_scope": "is taken and let be",
    "variable_scope": "is taken and let be; get_variable finds no variable again",
    "control_dependencies": "is taken and let be; everything happens where it stands",
    "ConfigProto": "is taken and let be",
    "function": "returns the function as it is, which runs step by step",
    "get_session": "returns what stands for a session",
    "set_session": "keeps a session that nothing asks",
    "TFRecordDataset": "refuses: records cannot be read",
    "DenseFeatures": "refuses: give each feature an Input and a layer of its own",
    "TFSMLayer": "refuses: a SavedModel is not run; load_model reads its layers and weights",
    "JaxLayer": "refuses: there is no JAX; wrap a torch module in TorchModuleWrapper",
    "FlaxLayer": "refuses: there is no JAX; wrap a torch module in TorchModuleWrapper",
}
_REFUSES = {"TFRecordDataset", "DenseFeatures", "TFSMLayer", "JaxLayer", "FlaxLayer"}


class Word(NamedTuple):
    """Hold what kshim has of one use of a name: supported, differs or missing, and why."""

    line: int
    name: str
    status: str
    reason: str = ""


class Checked(NamedTuple):
    """Hold what was found in one file."""

    file: str
    era: str
    why: str
    words: list[Word]
    problem: str = ""

    @property
    def share(self) -> float:
        """Return the share of uses that kshim has, in percent; all of none."""
        good = sum(word.status != "missing" for word in self.words)
        return 100.0 * good / len(self.words) if self.words else 100.0


def add_parser(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser(
        "check",
        help="tell what of a script's Keras is supported",
        description=(
            "Read scripts, run nothing, and tell for each use of a Keras or tensorflow name "
            "whether it is supported, differs or is missing, the Keras version the script was "
            "written for, and the share that is supported. The exit status is 1 when something "
            "is missing."
        ),
    )
    parser.add_argument("paths", metavar="SCRIPT|FOLDER", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> int:
    """Check what the command line asks for, and print it."""
    absent = [str(one) for one in chosen.paths if not one.exists()]
    if absent:
        sys.exit(f"kshim check: SCRIPT must be a file or folder that is there, got {absent[0]!r}.")
    found = [check(file) for file in _scripts(chosen.paths)]
    print(as_json(found) if chosen.json else "\n".join(_lines(found)))
    return int(any(word.status == "missing" for one in found for word in one.words))


def check(file: Path) -> Checked:
    """Return what kshim has of the names in one file."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8", errors="replace"))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return Checked(str(file), "", "", [], f"line {line} is no Python 3")
    found: Finding = find_era(file)
    with in_era(found.era), serving():
        words = [_judged(use.path, use.line) for use in uses_in(tree)]
    return Checked(str(file), found.era, found.reason, words)


def as_json(found: Iterable[Checked]) -> str:
    """Return the whole report as JSON."""
    rows = [
        {
            **one._asdict(),
            "words": [word._asdict() for word in one.words],
            "percent": round(one.share, 1),
        }
        for one in found
    ]
    return json.dumps(rows, indent=1)


def _judged(path: str, line: int) -> Word:
    end = path.rpartition(".")[2]
    if home_of(path) is None:
        return Word(line, path, "missing", "kshim has nothing of that name")
    if ".feature_column." in path:
        return Word(line, path, "missing", DIFFERS["DenseFeatures"])
    if end in _REFUSES:
        return Word(line, path, "missing", DIFFERS[end])
    if end in DIFFERS and not path.endswith("backend.function"):
        return Word(line, path, "differs", DIFFERS[end])
    return Word(line, path, "supported")


def _scripts(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _lines(found: list[Checked]) -> Iterator[str]:
    for one in found:
        for word in one.words:
            if word.status != "supported":
                yield f"{one.file}:{word.line}: {word.status}: {word.name} ({word.reason})"
        if one.problem:
            yield f"{one.file}: cannot be read: {one.problem}"
        else:
            counts = [word.status for word in one.words]
            yield (
                f"{one.file}: Keras {one.era} ({one.why}); {one.share:.0f}% of {len(counts)} uses "
                f"supported, {counts.count('differs')} differ, {counts.count('missing')} missing"
            )
    if len(found) > 1:
        words = [word for one in found for word in one.words]
        missing = sum(word.status == "missing" for word in words)
        share = 100.0 * (len(words) - missing) / max(len(words), 1)
        yield f"{len(found)} files: {share:.1f}% of {len(words)} uses supported"
