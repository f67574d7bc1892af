"""Reads compat_cases/upstream/examples.toml: what each example is given, and how each went."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import tomllib

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "compat_cases" / "upstream" / "examples.toml"
RAN = "ran"


@dataclass(frozen=True)
class Given:
    """Hold what an example is given from outside.

    Args:
        epochs: at most so many a fit.
        samples: at most so many a fit.
        seconds: at most so many in all.
        arguments: what the script reads from its command line.
        rounds: the lengths of the script's own loops, and what each is cut to.
        evaluations: at most so many of a function that scipy makes smaller.
        last_epochs: whether the last epochs are run, not the first ones.
        weights: the architectures whose trained weights it reads, by the functions that make them,
            each with whether the layers that tell classes are there.
        after: the example that is run before it in the same folder, for the files it writes.
    """

    epochs: int = 1
    samples: int = 256
    seconds: float = 600
    arguments: list[str] = field(default_factory=list)
    rounds: dict[int, int] = field(default_factory=dict)
    evaluations: int = 0
    last_epochs: bool = False
    weights: dict[str, bool] = field(default_factory=dict)
    after: str = ""

    def __post_init__(self) -> None:
        """Take the lengths as numbers: JSON and TOML have texts for keys."""
        object.__setattr__(self, "rounds", {int(one): to for one, to in self.rounds.items()})


def given_to(example: str, version: str, limits: Given, kept: Path = KEPT) -> Given:
    """Return what an example is given: the limits, made tighter or wider by the rows for it."""
    names = {one.name for one in fields(Given)}
    for row in tomllib.loads(kept.read_text())["given"]:
        fits = any(fnmatch(example, one) for one in row["examples"].split())
        if fits and version in row.get("versions", version):
            limits = replace(limits, **{name: row[name] for name in names & row.keys()})
    return limits


def outcomes(version: str, kept: Path = KEPT) -> dict[str, str]:
    """Return how each example went: `ran`, or the reason why it did not."""
    rows: dict[str, Any] = tomllib.loads(kept.read_text())["went"][version]
    reasons = {**rows.get("fails", {}), **rows.get("left_out", {})}
    return {**dict.fromkeys(rows["ran"].split(), RAN), **reasons}


def left_out(version: str, kept: Path = KEPT) -> dict[str, str]:
    """Return the examples that are not run, and why."""
    rows: dict[str, Any] = tomllib.loads(kept.read_text())["went"][version]
    return dict(rows.get("left_out", {}))


def check_cannot_tell(kept: Path = KEPT) -> dict[str, str]:
    """Return the examples that fail although `kshim check` finds every name, and why."""
    return dict(tomllib.loads(kept.read_text())["check_cannot_tell"])
