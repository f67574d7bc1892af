"""The table of layers, as Keras 2.2.4, 2.3.1 and tf.keras 2.15 print it."""

from __future__ import annotations

from typing import Any

import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.models.model import Model
from kshim.models.sequential import Sequential
from tests.graph.test_order import model_of
from tests.recorded import Recorded, models_in_json

OLD = [pytest.param(c, id=f"{c}") for c in models_in_json() if c.era in ("2.2", "2.3", "2.15")]


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
    assert lines[-4:-1] == [
        "Total params: 23 (92.00 Byte)",
        "Trainable params: 15 (60.00 Byte)",
        "Non-trainable params: 8 (32.00 Byte)",
    ]
    one, two = L.Input((4,), name="one"), L.Input((4,), name="two")
    Model([one, two], L.add([one, two])).summary()
    lines = capsys.readouterr().out.splitlines()
    assert {len(line) for line in lines[1:-4]} == {98}
    assert any("one[0][0]" in line for line in lines)


COLUMNS = {
    "2.2": ["aaaaaaaaa (None, 3)           15        "],
    "2.15": [
        " aaaaaaa  (None, 3)           15        ",
        " aaaaaaa                                ",
        " aaaaaa                                 ",
        " (Dense)                                ",
    ],
}


@pytest.mark.parametrize("era", COLUMNS)
def test_columns_may_be_placed_by_hand(era: str) -> None:
    lines: list[str] = []
    with in_era(era):
        model = Sequential([L.Dense(3, input_shape=(4,), name="a" * 20)])
        model.summary(line_length=40, positions=[10, 30, 40], print_fn=lines.append)
    start = next(place for place, line in enumerate(lines) if "aaa" in line)
    assert lines[start : start + len(COLUMNS[era])] == COLUMNS[era]


# As tf.keras 2.15.0 printed it (blanks at the ends of lines left out).
NESTED = """
Model: "outer"
___________________________________________________________________________________________
 Layer (type)           Output Shape            Param   Connected to            Trainable
                                                 #
===========================================================================================
 a (InputLayer)         [(None, 4)]             0       []                      Y

 b (InputLayer)         [(None, 4)]             0       []                      Y

 deep (Sequential)      (None, 2)               35      ['a[0][0]']             Y
|¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯|
| inner (Sequential)    (None, 3)               27      ['b[0][0]']             Y         |
||¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯||
|| in_one (Dense)       (None, 3)               15      []                      N        ||
||                                                                                       ||
|| in_two (BatchNormal  (None, 3)               12      []                      Y        ||
|| ization)                                                                              ||
|¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯|
| deep_dense (Dense)    (None, 2)               8       []                      Y         |
¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯
 inner (Sequential)     (None, 3)               27      ['b[0][0]']             Y
|¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯|
| in_one (Dense)        (None, 3)               15      []                      N         |
|                                                                                         |
| in_two (BatchNormali  (None, 3)               12      []                      Y         |
| zation)                                                                                 |
¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯¯
 joined (Concatenate)   (None, 5)               0       ['deep[0][0]',          Y
                                                         'inner[1][0]']

 a_rather_long_name_fo  (None, 1000)            6000    ['joined[0][0]']        Y
 r_a_dense_layer (Dens
 e)

===========================================================================================
Total params: 6035 (23.57 KB)
Trainable params: 6014 (23.49 KB)
Non-trainable params: 21 (84.00 Byte)
___________________________________________________________________________________________
"""


def nested() -> Model:
    """Return a model of nested models, of which one stands at two places."""
    inner = Sequential(
        [L.Dense(3, input_shape=(4,), name="in_one"), L.BatchNormalization(name="in_two")],
        name="inner",
    )
    deep = Sequential([inner, L.Dense(2, name="deep_dense")], name="deep")
    a, b = L.Input((4,), name="a"), L.Input((4,), name="b")
    joined = L.concatenate([deep(a), inner(b)], name="joined")
    out = L.Dense(1000, name="a_rather_long_name_for_a_dense_layer")(joined)
    inner.layers[0].trainable = False
    return Model([a, b], out, name="outer")


def test_nested_layers_and_what_learns_are_shown_when_asked_for(capsys: Any) -> None:
    nested().summary(line_length=80, expand_nested=True, show_trainable=True)
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown == NESTED.strip("\n").splitlines()


def test_a_part_of_the_layers_is_shown(capsys: Any) -> None:
    model = nested()
    model.summary(layer_range=["b", "joi"])
    shown = capsys.readouterr().out
    names = ("a", "b", "deep", "inner", "joined", "a_rather")
    assert [name for name in names if f"\n {name} (" in shown] == ["b", "deep", "inner", "joined"]
    with pytest.raises(ArgumentError, match=r"layer_range must be names of layers \(a, b, deep"):
        model.summary(layer_range=["x", "joi"])


def test_memory_is_told_in_the_fitting_unit(capsys: Any) -> None:
    Sequential([L.Dense(1000, input_shape=(1000,))]).summary()
    assert "Total params: 1001000 (3.82 MB)" in capsys.readouterr().out
