"""Eras: the table, and how one is put in force, in this thread and in others."""

from __future__ import annotations

from threading import Thread

import pytest

import kshim
from kshim.core import eras
from kshim.core.eras import ERAS, RULES, by_era, current_era, in_era, rule, set_era
from kshim.core.scoped import Scoped
from kshim.errors import UnknownName


def seen_in_a_thread() -> str:
    found: list[str] = []
    thread = Thread(target=lambda: found.append(current_era()))
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand outside the block that every test runs in, with an era of this test's own."""
    monkeypatch.setattr(eras, "_current", Scoped("test", "2.15"))


def test_every_row_says_something_of_every_era() -> None:
    for name in RULES:
        for era in ERAS:
            rule(name, era)


def test_a_value_holds_from_its_era_on() -> None:
    value = by_era({"1.2": "old", "2.3": "new"})
    assert [value.value(era) for era in ERAS] == ["old"] * 3 + ["new"] * 3


def test_a_block_puts_an_era_in_force_and_gives_the_old_one_back() -> None:
    with in_era("2.2"):
        assert current_era() == "2.2"
        with in_era("1.2"):
            assert rule("accuracy_key") == "acc"
        assert current_era() == "2.2"
    assert current_era() == "2.15"


def test_an_era_set_inside_a_block_ends_with_it() -> None:
    with in_era("2.2"):
        set_era("1.2")
        assert current_era() == "1.2"
    assert current_era() == "2.15"


@pytest.mark.usefixtures("outside")
def test_an_era_that_is_set_is_seen_in_new_threads() -> None:
    set_era("2.2")
    assert seen_in_a_thread() == "2.2"
    with kshim.era("1.2"):
        assert seen_in_a_thread() == "1.2"
    assert seen_in_a_thread() == "2.2"


@pytest.mark.usefixtures("outside")
def test_a_block_is_for_the_code_inside_it_alone() -> None:
    with in_era("2.2"):
        assert seen_in_a_thread() == "2.15"


def test_era_is_a_statement_and_a_block() -> None:
    with kshim.era("2.2") as era:
        assert str(era) == current_era() == "2.2"
    assert str(kshim.era()) == "2.15"


def test_an_unknown_era_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"era must be one of 1\.2, .*, got '2\.1'\."):
        set_era("2.1")
