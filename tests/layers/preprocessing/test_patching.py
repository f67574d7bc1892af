"""Layers that erase and mix: how much, how often, and that labels tell of it."""

from __future__ import annotations

import numpy as np
import torch

from kshim.core.eras import in_era
from kshim.layers import CutMix, MixUp, RandomErasing


def numbered(count: int) -> torch.Tensor:
    """Return images that show their number everywhere."""
    return torch.arange(float(count)).reshape(-1, 1, 1, 1).expand(count, 20, 20, 1)


def test_erased_rectangles_take_the_share_that_was_drawn() -> None:
    with in_era("3"):
        layer = RandomErasing((1.0, 1.0), (0.1, 0.4), fill_value=0.0, seed=1)
    made = layer(torch.ones(1500, 40, 40, 1), training=True)
    erased = (made == 0).float()
    side = 2 / 3 * (0.4**1.5 - 0.1**1.5) / 0.3  # the mean of the root of an even draw
    assert abs(float(erased.mean()) - side**2) < 0.01
    rows, columns = erased[0, :, :, 0].amax(1), erased[0, :, :, 0].amax(0)
    assert torch.equal(erased[0, :, :, 0], rows[:, None] * columns)  # one rectangle
    where = erased.mean((0, 3))[1:, 1:]  # a rectangle that begins at 0 sharp never comes
    assert abs(float((where - where.flip(0))[:19].mean())) < 0.04
    assert abs(float((where - where.flip(1))[:, :19].mean())) < 0.04


def test_noise_fills_within_the_range() -> None:
    with in_era("3"):
        layer = RandomErasing((1.0, 1.0), (1.0, 1.0), value_range=(-1, 2), seed=1)
    made = layer(torch.full((50, 9, 9, 3), 9.0), training=True)
    assert float(made.min()) == -1 and float(made.max()) == 2 and len(made.unique()) > 500


def test_labels_tell_how_much_of_each_image_is_left() -> None:
    data = {"images": numbered(60), "labels": np.eye(60, dtype="float32")}
    with in_era("3"):
        made = CutMix(seed=2)(data, training=True)
    shown = made["images"].flatten(1)
    left = (shown == torch.arange(60.0)[:, None]).float().mean(1)
    told = made["labels"].diagonal()
    assert float((left - told).abs().max()) < 0.1
    torch.testing.assert_close(made["labels"].sum(1), torch.ones(60))
    assert all(len(row.unique()) <= 2 for row in shown)


def test_what_stays_of_mixed_images_follows_the_beta_distribution() -> None:
    data = {"images": numbered(4000), "labels": np.eye(4000, dtype="float32")}
    with in_era("3"):
        made = MixUp(alpha=0.2, seed=1)(data, training=True)
    kept = made["labels"].diagonal()
    assert abs(float(kept.mean()) - 0.5) < 0.03
    assert abs(float(kept.var()) - 1 / (4 * (2 * 0.2 + 1))) < 0.01
    seen = made["labels"] @ torch.arange(4000.0)
    torch.testing.assert_close(made["images"][:, 3, 4, 0], seen, rtol=1e-4, atol=1e-2)
