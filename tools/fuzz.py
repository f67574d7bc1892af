"""Read ten thousand changed files: none may end the process, hang, or raise what is not kshim's.

python tools/fuzz.py [--examples 10000] [--seed 0] [--kinds whole archive graph config ...]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from tests.hostile.mutations import (  # noqa: E402
    FORMATS,
    Mutation,
    Reader,
    byte_mutations,
    changed_config,
    config_mutations,
    good_configs,
    good_files,
    way_of,
)


def main(words: list[str]) -> int:
    """Read that many changed files of each kind; return 1 when something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    kinds = [*FORMATS, "config"]
    parser.add_argument("--kinds", nargs="+", choices=kinds, default=kinds)
    asked = parser.parse_args(words)
    wrong: Counter[str] = Counter()
    for kind in asked.kinds:
        started, reader = time.monotonic(), Reader()
        found = fuzz(kind, asked.examples, asked.seed, reader)
        reader.close()
        seconds = time.monotonic() - started
        print(f"{kind}: {found.pop('read')} files in {seconds:.0f} s, {sum(found.values())} wrong")
        for what, count in found.most_common(40):
            print(f"  {count} x {what}")
        wrong += found
    return 1 if wrong else 0


def fuzz(kind: str, examples: int, number: int, reader: Reader) -> Counter[str]:
    """Return how many files were read, and how often each thing went wrong."""
    found: Counter[str] = Counter()
    many = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    names = [name for name in sorted(good_files()) if name.endswith(kind)] or sorted(good_files())

    def note(way: str, content: bytes) -> None:
        found["read"] += 1
        outcome = reader.outcome(way, content)
        if outcome:
            found[outcome] += 1
            keep(outcome, way, content)

    @seed(number)
    @many
    @given(name=st.sampled_from(names), changes=byte_mutations())
    def change_bytes(name: str, changes: list[Mutation]) -> None:
        content = good_files()[name]
        for change in changes:
            content = change.of(content)
        note(way_of(name), content)

    @seed(number)
    @many
    @given(name=st.sampled_from(sorted(good_configs())), changes=config_mutations())
    def change_config(name: str, changes: Any) -> None:
        note("json", json.dumps(changed_config(good_configs()[name], changes)).encode())

    (change_config if kind == "config" else change_bytes)()
    return found


def keep(outcome: str, way: str, content: bytes) -> None:
    """Keep a file that went wrong, one for each way of going wrong, for whoever looks into it."""
    folder = Path("build/fuzz")
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "_" for letter in outcome)[:80]
    (folder / f"{way}_{name}").write_bytes(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
