"""How far arrays are apart: absolute below 1, relative above, inf where one is not finite."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.export.differing import difference

INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    ("mine", "told", "apart"),
    [
        ([0.5, 0.25], [0.5, 0.5], 0.25),
        ([12.0, 1.0], [10.0, 1.0], 0.2),
        ([INF, NAN, -INF], [INF, NAN, -INF], 0.0),
        ([NAN, 1.0], [1.0, 1.0], INF),
        ([1.0, 1.0], [NAN, 1.0], INF),
        ([INF], [-INF], INF),
        ([1.0], [1.0, 1.0], INF),
        ([], [], 0.0),
        ([True, False], [True, True], 1.0),
    ],
)
def test_numbers_of_every_kind(mine: list[float], told: list[float], apart: float) -> None:
    assert difference(np.array(mine), np.array(told)) == pytest.approx(apart)
    assert difference(torch.tensor(mine), np.array(told)) == pytest.approx(apart)
