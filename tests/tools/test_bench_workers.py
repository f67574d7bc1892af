"""Data workers leave nothing behind, and several are faster than one."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from tools import bench_workers
from tools.bench_workers import leaks, speed


@pytest.mark.parametrize("processes", [False, True])
def test_nothing_is_left_behind(processes: bool) -> None:
    with patch.object(bench_workers, "EPOCH", 50):
        _, growth, left = leaks(4, processes, 400)
    assert not left
    assert growth < bench_workers.MOST_GROWTH


@pytest.mark.parametrize("processes", [False, True])
def test_four_are_faster_than_one(processes: bool) -> None:
    one, four = (speed(count, processes, 0.005, 4) for count in (1, 4))
    assert four > 1.5 * one
