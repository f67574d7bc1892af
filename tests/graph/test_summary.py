"""The table of layers, as Keras 2.2.4 and 2.3.1 print it."""

from __future__ import annotations

from typing import Any

import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.models.model import Model
from kshim.models.sequential import Sequential
from tests.graph.test_order import model_of
from tests.recorded import Recorded, recorded_models

OLD = [pytest.param(c, id=f"{c}") for c in recorded_models() if c.era in ("2.2", "2.3")]


@pytest.mark.parametrize("case", OLD)
def test_the_table_is_kerass_to_the_letter(case: Recorded) -> None:
    lines: list[str] = []
    with in_era(case.era):
        model_of(case).summary(line_length=90, print_fn=lines.append)
    told = case.spec["summary"]
    assert lines == (told if isinstance(told, list) else told.strip("\n").splitlines())


def test_it_is_printed_in_65_columns_or_98_with_connections(capsys: Any) -> None:
    Sequential([L.Dense(3, input_shape=(4,)), L.Dense(2, trainable=False)]).summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('Model: "sequential')
    assert {len(line) for line in lines[1:-4]} == {65}
    assert lines[-4:-1] == ["Total params: 23", "Trainable params: 15", "Non-trainable params: 8"]
    one, two = L.Input((4,), name="one"), L.Input((4,), name="two")
    Model([one, two], L.add([one, two])).summary()
    lines = capsys.readouterr().out.splitlines()
    assert {len(line) for line in lines[1:-4]} == {98}
    assert any("one[0][0]" in line for line in lines)


def test_columns_may_be_placed_by_hand() -> None:
    lines: list[str] = []
    model = Sequential([L.Dense(3, input_shape=(4,), name="a" * 20)])
    model.summary(line_length=40, positions=[10, 30, 40], print_fn=lines.append)
    assert lines[4] == "aaaaaaaaa (None, 3)           15        "
