"""The README's table of layers says what the recordings and the known differences say."""

from __future__ import annotations

from tests.test_conformance import KNOWN, KNOWN_SHAPES
from tools.names_table import BEGIN, END, README, catalogues, counted, table, with_table


def test_the_table_in_the_readme_is_fresh() -> None:
    told = README.read_text().partition(BEGIN)[2].partition(END)[0].strip("\n")
    assert told == table(counted({**KNOWN, **KNOWN_SHAPES})), "run tools/names_table.py"


def test_every_keras_is_a_column_and_its_layers_are_rows() -> None:
    cells = counted([])
    assert list(catalogues()) == ["1.2", "2.2", "2.3", "2.15", "3"]
    assert cells["Dense"].keys() == set(catalogues())
    assert "Highway" in cells
    assert "3" not in cells["Highway"]
    assert "InputLayer" not in cells


def test_a_case_that_differs_stands_in_brackets() -> None:
    plain = counted([])["AveragePooling2D"]["3"]
    other = counted(["averagepooling_2d_same_strides-3"])["AveragePooling2D"]["3"]
    assert (plain[1], other) == (0, (plain[0] - 1, 1))
    assert f"| {other[0]} (1) |" in table(counted(["averagepooling_2d_same_strides-3"]))


def test_the_table_goes_between_the_marks() -> None:
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb", "new") == f"a\n{BEGIN}\nnew\n{END}\nb"
