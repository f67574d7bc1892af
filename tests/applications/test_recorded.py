"""The architectures against what real Kerases were recorded to make of the same calls.

All of them are compared layer by layer; the outputs of the small ones here, those of all by
`tools/check_applications.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

from kshim.core.eras import in_era
from tests.applications.architectures import (
    Architecture,
    architectures,
    described,
    differences,
    distance,
)

SMALL = {
    "MobileNetV2-thin", "MobileNet-wide", "MusicTaggerCRNN", "ResNet50", "DenseNet121",
    "InceptionV3", "Xception",
}  # fmt: skip
# Of more than 300 layers: one era tells them all, the tool the others.
LARGE = {
    "ResNet101", "ResNet152", "ResNet101V2", "ResNet152V2", "ResNeXt101", "DenseNet121",
    "DenseNet169", "DenseNet201", "InceptionResNetV2", "NASNetMobile", "NASNetLarge",
}  # fmt: skip


def is_quick(it: Architecture) -> bool:
    if not it.case["usual"]:  # test_newer.py and the tool hold them
        return False
    if "output" not in it.told:  # of one package with an era whose outputs are there
        return False
    return it.case["name"] not in LARGE or (it.era == "2.15" and it.side == "top")


def is_small(it: Architecture) -> bool:
    shape = it.told.get("shape", (1000,))
    return it.case["name"] in SMALL and it.side == "notop" and max(shape[:2]) < 200


@pytest.fixture
def _no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave new weights as they come: their shapes are asked for, and drawing takes long."""
    monkeypatch.setattr("kshim.layers.holding.Holder._start", lambda *_: None)
    monkeypatch.setattr("torch.nn.init.kaiming_uniform_", lambda tensor, *_, **__: tensor)


@pytest.mark.usefixtures("_no_numbers")
@pytest.mark.parametrize("it", list(filter(is_quick, architectures())), ids=str)
def test_layers_shapes_and_weights_are_keras(it: Architecture) -> None:
    if "refused" in it.told:
        with pytest.raises(ValueError):
            it.make()
    else:
        assert differences(it.told, described(it.make(), it.era)) == []


@pytest.mark.parametrize("it", list(filter(is_small, architectures())), ids=str)
def test_outputs_are_keras(it: Architecture) -> None:
    model = it.filled()
    with in_era(it.era):
        assert distance(it.told, model.predict(it.images(), verbose=0)) < 1e-4


def test_a_wrong_weight_would_be_seen() -> None:
    it = next(it for it in architectures() if it.case["name"] == "MobileNetV2-thin")
    model = it.filled()
    with in_era(it.era):
        kernel, *rest = model.layers[2].get_weights()
        model.layers[2].set_weights([np.flip(kernel, 0).copy(), *rest])
        assert distance(it.told, model.predict(it.images(), verbose=0)) > 1e-4
