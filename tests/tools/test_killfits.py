"""Runs killed at random moments end as the run that nobody killed; others are told of."""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import patch

import pytest

from kshim.training import states
from tools import killfits
from tools.killfits import kill_runs


@pytest.fixture(autouse=True)
def _short() -> Any:
    with patch.object(killfits, "EPOCHS", 4):
        yield


@pytest.mark.parametrize(("number", "runs"), [(9, 5), (15, 3)])
def test_runs_that_are_killed_or_asked_to_stop_go_on_to_the_bit(number: int, runs: int) -> None:
    found = kill_runs(runs, random.Random(number), False, number)
    assert sum(found.values()) == runs
    assert not [what for what in found if what.startswith("LOST")], found


def test_two_processes_that_are_killed_go_on_to_the_bit() -> None:
    found = kill_runs(2, random.Random(2), False, 9, processes=2)
    assert sum(found.values()) == 2
    assert not [what for what in found if what.startswith("LOST")], found


class Late(random.Random):
    """Kill runs well behind their first backup."""

    def uniform(self, a: float, b: float) -> float:
        return a + 0.7 * (b - a)


def test_a_run_that_goes_on_otherwise_is_told_of(capsys: Any) -> None:
    def forget(given: Any) -> None:
        """Let no stream of random numbers go on."""

    with patch.object(states, "set_random_states", forget), patch(
        "kshim.callbacks.backup.set_random_states", forget
    ):  # fmt: skip
        found = kill_runs(5, Late(1), False, 9)
    assert any(what.startswith("LOST: other weights") for what in found)
    assert "LOST" in capsys.readouterr().out
