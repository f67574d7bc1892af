"""Write the table of layers and Keras versions into the README, from what passes.

python tools/names_table.py           run the conformance suite and write the table
python tools/names_table.py --print   the same, but only print it

A cell tells how many recorded cases of a layer kshim computes as that Keras did; in brackets, how
many are known to differ. A dash: that Keras has no such layer. A nought: kshim has none.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pytest

from kshim.layers.base import LAYERS
from tests.recorded import RECORDED, Recorded, recorded
from tools.pages import with_part

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- layers -->", "<!-- end of layers -->"
SUITE = "tests/test_conformance.py"
# What stands in `keras.layers` and cannot be asked for outputs of its own.
BASES = frozenset(
    ["AbstractRNNCell", "ConvRecurrent2D", "InputLayer", "Layer", "Recurrent", "Wrapper"]
)
Cell = tuple[int, int]  # passed, known to differ


def main(words: list[str]) -> int:
    """Run the suite, write or print the table; return the suite's exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--print", action="store_true", help="print the table, write nothing")
    asked = parser.parse_args(words)
    seen = Outcomes()
    status = int(pytest.main(["-q", "-p", "no:cacheprovider", str(ROOT / SUITE)], plugins=[seen]))
    text = table(counted(seen.differing()))
    if asked.print:
        print(text)
    else:
        README.write_text(with_table(README.read_text(), text))
    return status


class Outcomes:
    """Hear from pytest which cases did not pass everything."""

    def __init__(self) -> None:
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take note of a test that failed, whether that was known or not."""
        if report.failed or (report.skipped and hasattr(report, "wasxfail")):
            self.failed.add(report.nodeid.partition("[")[2].rstrip("]"))

    def differing(self) -> set[str]:
        """Return the printed names of the cases that differ; a parametrised id ends in it."""
        return self.failed | {name.partition("-")[2] for name in self.failed}


def counted(differing: Iterable[str]) -> dict[str, dict[str, Cell]]:
    """Return the cell of each layer and era, in alphabetical order."""
    known = set(differing)
    passed: dict[str, Counter[str]] = defaultdict(Counter)
    others: dict[str, Counter[str]] = defaultdict(Counter)
    for case in recorded("layers"):
        classes = set(classes_in(case)) - {"Sequential"}
        differs = str(case) in known or not classes.issubset(LAYERS.names())
        for name in set(map(row_of, classes)):
            (others if differs else passed)[case.era][name] += 1
    cells: dict[str, dict[str, Cell]] = defaultdict(dict)
    for era, names in catalogues().items():
        for name in names - BASES:
            cells[name][era] = (passed[era][name], others[era][name])
    return {name: cells[name] for name in sorted(cells, key=str.lower)}


def catalogues() -> dict[str, set[str]]:
    """Return the rows that each era's `keras.layers` has, by era."""
    found: dict[str, set[str]] = {}
    for path in RECORDED.glob("*/catalogue.json"):
        told = json.loads(path.read_text())
        found[told["era"]] = {row_of(name) for name in told["layers"]}
    return {era: found[era] for era in sorted(found, key=lambda era: [*map(int, era.split("."))])}


def row_of(name: str) -> str:
    """Return the name of kshim's class that a name stands for, or the name itself."""
    return LAYERS.find(name).__name__ if name in LAYERS.names() else name


def classes_in(case: Recorded) -> Iterator[str]:
    """Give the classes that a case makes: the layer's, and those of layers inside it."""
    yield case.spec["class_name"]
    yield from _classes(case.spec["arguments"])


def _classes(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "class_name" in value:
            yield value["class_name"]
        for item in value.values():
            yield from _classes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _classes(item)


def table(cells: Mapping[str, Mapping[str, Cell]]) -> str:
    """Return the table as Markdown, with the number of cases of each era at its end."""
    eras = list(catalogues())
    cases = Counter(case.era for case in recorded("layers"))
    lines = ["| layer | " + " | ".join(eras) + " |", "|---" * (len(eras) + 1) + "|"]
    for name, row in cells.items():
        lines.append(f"| {name} | " + " | ".join(_told(row.get(era)) for era in eras) + " |")
    lines.append("| *cases* | " + " | ".join(str(cases[era]) for era in eras) + " |")
    return "\n".join(lines)


def _told(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    passed, known = cell
    return f"{passed} ({known})" if known else str(passed)


def with_table(text: str, made: str) -> str:
    """Return the README with the table between its two marks."""
    return with_part(text, BEGIN, END, made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
