"""Every public layer of every Keras has three recorded cases or more, or a reason beside it."""

from __future__ import annotations

import pytest

from tests.recorded import recorded
from tests.test_conformance import KNOWN, KNOWN_SHAPES
from tools.names_table import BASES, catalogues, counted

ENOUGH = 3
_BASE = "is what layers are made from, and computes nothing of its own"
_FOREIGN = "runs another framework's code, and is refused by name"
# The layers that have fewer, and why.
FEWER: dict[str, str] = {
    "AbstractRNNCell": _BASE,
    "ConvRecurrent2D": _BASE,
    "Layer": _BASE,
    "Recurrent": _BASE,
    "Wrapper": _BASE,
    "InputLayer": "stands in front of every case, and makes what it is given",
    "DenseFeatures": _FOREIGN,
    "FlaxLayer": _FOREIGN,
    "JaxLayer": _FOREIGN,
    "TFSMLayer": _FOREIGN,
}
CELLS = counted({**KNOWN, **KNOWN_SHAPES})
LAYERS = [(era, name) for era, names in catalogues().items() for name in sorted(names)]


@pytest.mark.parametrize(("era", "name"), LAYERS)
def test_a_public_layer_has_three_recorded_cases_or_a_reason(era: str, name: str) -> None:
    cases = sum(CELLS[name][era]) if name not in BASES else 0
    assert (cases >= ENOUGH) != (name in FEWER), f"{name} of Keras {era}: {cases} cases"


def test_fewer_than_one_case_in_a_hundred_is_known_to_differ() -> None:
    told = {str(case) for case in recorded("layers")}
    known = {**KNOWN, **KNOWN_SHAPES}
    assert set(known) <= told
    assert len(known) < 0.01 * len(told)
    assert {case.era for case in recorded("layers")} == set(catalogues())


def test_every_reason_is_for_a_layer_that_some_keras_has() -> None:
    assert set(FEWER) <= {name for _, name in LAYERS}
