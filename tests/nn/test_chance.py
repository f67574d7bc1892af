"""Random changes of images: given the same chance, what Keras 3 makes of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from kshim import layers
from kshim.core.eras import in_era
from kshim.nn import patching
from kshim.nn.augmentation import Augmentation
from tests.recorded import RECORDED

TOLD = json.loads((RECORDED / "keras-3.15.1" / "chance.json").read_text())["cases"]


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case["class_name"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_the_same_chance_makes_the_same_images(
    case: Any, data_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = _follow(case, monkeypatch)
    words = {
        key: tuple(it) if isinstance(it, list) else it for key, it in case["arguments"].items()
    }
    with in_era("3"):
        layer = getattr(layers, case["class_name"])(**words, data_format=data_format)
    images = np.array(case["images"], np.float32)
    data: dict[str, Any] = {"images": _turned(images, data_format)}
    if "labels" in case:
        data["labels"] = np.eye(4, dtype="float32")
    made = layer(data, training=True)
    assert not shares
    found = made["images"].numpy()
    found = found.transpose(0, 2, 3, 1) if data_format == "channels_first" else found
    wanted = np.reshape(case["output"], images.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-3 if "noise" in case else 2e-4)
    if "labels" in case:
        np.testing.assert_allclose(made["labels"].flatten(), case["labels"], rtol=1e-5, atol=1e-6)


def _turned(images: np.ndarray, data_format: str) -> np.ndarray:
    return images.transpose(0, 3, 1, 2) if data_format == "channels_first" else images


def _follow(case: Any, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let all draws be the recorded ones; return those that are still to come."""
    shares = list(case["shares"])

    def draw(self: Augmentation, limits: Any, count: int, images: Tensor) -> Tensor:
        share, shares[:count] = torch.tensor(shares[:count]), []
        assert len(share) == count
        return limits[0] + (limits[1] - limits[0]) * share

    monkeypatch.setattr(Augmentation, "draw", draw)
    if "kept" in case:
        kept, order = torch.tensor(case["kept"]), torch.tensor(case["order"])
        monkeypatch.setattr(patching, "weights_of_two", lambda *args: kept)
        monkeypatch.setattr(Augmentation, "order", lambda self, images: order)
    if "noise" in case:
        noise = torch.tensor(case["noise"])
        monkeypatch.setattr(torch, "randn", lambda size, generator: noise.reshape(size))
    return shares
