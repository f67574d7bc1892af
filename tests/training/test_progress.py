"""Progbar: the line that grows, and the line of verbose 2."""

from __future__ import annotations

from typing import Any

import pytest

from kshim.training.progress import Progbar


def test_a_bar_is_redrawn_and_ends_with_the_averages(capsys: Any) -> None:
    bar = Progbar(4, width=8, interval=0)
    bar.update(1, [("loss", 2.0)])
    bar.add(3, [("loss", 6.0)])
    lines = capsys.readouterr().out.split("\r")[1:]
    assert lines[0].startswith("1/4 [=>......] - ETA: ") and " - loss: 2.0000" in lines[0]
    assert lines[1].startswith("4/4 [========] - ") and lines[1].rstrip(" ").endswith("\n")
    assert " - loss: 5.0000" in lines[1]


@pytest.mark.parametrize(("whole", "head"), [(False, " - 0s - loss: 2.0000\n"), (True, "4/4 - 0s")])
def test_verbose_2_gives_one_line_at_the_end(whole: bool, head: str, capsys: Any) -> None:
    bar = Progbar(4, verbose=2, whole_line=whole)
    bar.update(2, [("loss", 2.0)])
    assert capsys.readouterr().out == ""
    bar.update(4, [("loss", 2.0)])
    told = capsys.readouterr().out
    assert told.startswith(head)
    assert told.rstrip().endswith("/step") == whole


def test_verbose_0_is_silent(capsys: Any) -> None:
    Progbar(4, verbose=0).update(4, [("loss", 2.0)])
    assert capsys.readouterr().out == ""


def test_without_a_target_steps_are_counted_and_small_values_shown_exactly(capsys: Any) -> None:
    Progbar(None, interval=0, stateful_metrics=["acc"]).update(3, [("acc", 0.00012)])
    told = capsys.readouterr().out
    assert "      3/Unknown - 0s" in told and "acc: 1.2000e-04" in told
