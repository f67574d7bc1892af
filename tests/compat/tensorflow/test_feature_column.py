"""tf.feature_column: every column is refused in one sentence that names the layer to use."""

from __future__ import annotations

import inspect

import pytest

from kshim import layers
from kshim.compat.tensorflow import feature_column
from kshim.errors import NotSupported

COLUMNS = [
    name for name, it in vars(feature_column).items()
    if inspect.isfunction(it) and not name.startswith("_")
]  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_refused_with_the_way_on(name: str) -> None:
    with pytest.raises(NotSupported) as refusal:
        getattr(feature_column, name)("age", [1, 2], dimension=3)
    words = str(refusal.value)
    assert words.startswith(f"tf.feature_column.{name}: feature columns are not made. ")
    assert words[-1] == "." and "\n" not in words


def test_layers_that_are_named_are_there() -> None:
    told = " ".join(getattr(feature_column, name).__doc__ for name in COLUMNS)
    for name in ("Normalization", "Discretization", "StringLookup", "Hashing", "Embedding"):
        assert name in told and hasattr(layers, name)
    assert "numeric_column" in COLUMNS and "indicator_column" in COLUMNS
