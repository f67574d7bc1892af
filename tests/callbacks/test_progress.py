"""ProgbarLogger: what is counted, and that the bar never goes back."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.models import Sequential
from kshim.training import progress


@pytest.fixture
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the bar at every step."""
    clock = itertools.count()
    monkeypatch.setattr(progress, "time", SimpleNamespace(time=lambda: float(next(clock))))


def compiled() -> Sequential:
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


def counts(capsys: Any) -> list[int]:
    """Return the numbers before the slash, bar after bar."""
    return [int(found) for found in re.findall(r"(\d+)/\d+ \[", capsys.readouterr().out)]


@pytest.mark.usefixtures("_often")
@pytest.mark.parametrize(
    ("era", "wanted"), [("2.2", [4, 8, 10]), ("2.3", [4, 8, 10]), ("2.15", [1, 2, 3])]
)
def test_samples_are_counted_then_steps(era: str, wanted: list[int], capsys: Any) -> None:
    with in_era(era):
        model, x, y = compiled(), np.ones((10, 2)), np.ones(10)
        model.fit(x, y, batch_size=4)
        seen = counts(capsys)
        assert [count for count in wanted if count in seen] == wanted == sorted(set(seen))
        for call in (lambda: model.evaluate(x, y, batch_size=4),
                     lambda: model.predict(x, batch_size=4, verbose=1)):  # fmt: skip
            call()
            seen = counts(capsys)
            assert seen == sorted(seen) and seen[0] > 0 and seen[-1] == wanted[-1]


def test_a_generator_is_counted_in_steps(capsys: Any) -> None:
    with in_era("2.2"):
        batches = iter([(np.ones((4, 2)), np.ones(4))] * 3)
        compiled().fit_generator(batches, 3)
    told = capsys.readouterr().out
    assert "Train on" not in told and "3/3 [" in told


@pytest.mark.usefixtures("_often")
def test_validation_inside_fit_draws_no_bar_of_its_own(capsys: Any) -> None:
    x, y = np.ones((10, 2)), np.ones(10)
    compiled().fit(x, y, batch_size=5, validation_data=(x, y))
    assert capsys.readouterr().out.count("\n") == 1
