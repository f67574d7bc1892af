"""Every name of the real Kerases, under every path, against a list of exceptions with reasons."""

import gzip
import importlib
import importlib.util
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
import tomllib

from kshim.compat import finder
from kshim.core.eras import in_era

NAMES = Path(__file__).parents[2] / "compat_cases" / "upstream" / "names"
ERAS = {
    "keras-1.2.2": "1.2", "keras-2.0.8": "2.0", "keras-2.2.4": "2.2", "keras-2.3.1": "2.3",
    "tf.keras-2.15.0": "2.15",
}  # fmt: skip
EXCEPTIONS = tomllib.loads((NAMES / "exceptions.toml").read_text())["exception"]
# Packages that Keras's modules imported and that need not be here.
PACKAGES = ("h5py", "pydot", "requests", "six", "yaml")


def recorded(oracle: str) -> Iterator[tuple[str, str]]:
    for line in gzip.decompress((NAMES / f"{oracle}.txt.gz").read_bytes()).decode().splitlines():
        path, _, names = line.partition(": ")
        yield from ((path, name) for name in names.split())


def resolves(path: str, name: str) -> bool:
    try:
        getattr(importlib.import_module(path), name)
    except (AttributeError, ImportError):
        return False
    return True


def excused(path: str, name: str) -> bool:
    if name in PACKAGES and importlib.util.find_spec(name) is None:
        return True
    return any(fits(row, path, name) for row in EXCEPTIONS)


def fits(row: dict[str, str], path: str, name: str) -> bool:
    named = row["names"] == "*" or name in row["names"].split()
    return named and fnmatch(path, row["modules"])


@cache
def lost(oracle: str) -> list[tuple[str, str]]:
    finder.install()
    try:
        with in_era(ERAS[oracle]):
            return [pair for pair in recorded(oracle) if not resolves(*pair)]
    finally:
        finder.uninstall()


@pytest.mark.parametrize("oracle", ERAS)
def test_every_name_is_served_or_excused_with_a_reason(oracle: str) -> None:
    assert [pair for pair in lost(oracle) if not excused(*pair)] == []


@pytest.mark.parametrize("row", EXCEPTIONS, ids=lambda row: f"{row['modules']} {row['names'][:20]}")
def test_every_word_of_an_exception_is_of_a_name_that_is_not_served(row: dict[str, str]) -> None:
    found = {pair[1] for oracle in ERAS for pair in lost(oracle) if fits(row, *pair)}
    assert row["reason"]
    assert found if row["names"] == "*" else found == set(row["names"].split())
