"""Layers of images leave as PyTorch source, which changes images in training as they do."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch

from kshim import layers
from kshim.core.eras import in_era
from kshim.export import to_source
from kshim.layers import Input
from kshim.models.model import Model

LAYERS: dict[str, dict[str, Any]] = {
    "AugMix": {}, "AutoContrast": {}, "ContrastLimitedAdaptiveHistogramEqualization": {},
    "CutMix": {}, "Equalization": {}, "MixUp": {}, "RandAugment": {},
    "RandomColorJitter": {"brightness_factor": 0.2, "hue_factor": 0.3},
    "RandomElasticTransform": {}, "RandomErasing": {}, "RandomGaussianBlur": {},
    "RandomPerspective": {}, "RandomShear": {"x_factor": 0.4}, "Solarization": {},
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_of_images_leaves_as_source(name: str, tmp_path: Path) -> None:
    steady = name in ("AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization")
    seed = {} if steady or name == "Equalization" else {"seed": 3}
    with in_era("3"):
        layer, same = (getattr(layers, name)(**LAYERS[name], **seed) for _ in range(2))
    symbol = Input((9, 8, 3))
    to_source(Model(symbol, layer(symbol), name="net"), tmp_path / "net.py")
    spec = importlib.util.spec_from_file_location("net", tmp_path / "net.py")
    assert spec is not None and spec.loader is not None
    written = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(written)
    images = torch.rand(4, 9, 8, 3) * 255
    module = written.Net()
    torch.testing.assert_close(module.train()(images), same(images, training=True))
    torch.testing.assert_close(module.eval()(images), same(images, training=False))
