"""The newer architectures, small ones: layers, weights and outputs as the real Kerases have them.

`tools/check_applications.py` holds all that was recorded to kshim.
"""

from __future__ import annotations

import pytest

from kshim.core.eras import in_era
from tests.applications.architectures import (
    Architecture,
    architectures,
    described,
    differences,
    distance,
)

SMALL = (
    "MobileNetV3Small", "MobileNetV3Small-lean", "MobileNetV3Large-lean", "EfficientNetB0-own",
    "EfficientNetV2B0-bare", "ConvNeXtTiny-bare", "RegNetX002", "RegNetY002",
)  # fmt: skip
FOUND = [it for it in architectures() if it.case["name"] in SMALL]


@pytest.mark.parametrize("it", FOUND, ids=str)
def test_layers_weights_and_outputs_are_those_of_the_real_keras(it: Architecture) -> None:
    model = it.filled()
    shown = it.make() if it.case["usual"] else model
    assert differences(it.told, described(shown, it.era)) == []
    with in_era(it.era):
        output = model.predict(it.images(), verbose=0)
    assert distance(it.told, output) < 1e-4


def test_what_is_small_was_recorded() -> None:
    assert {it.case["name"] for it in FOUND} == set(SMALL)
