"""Policies: which changes are drawn how often, and how chains are mixed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch

from kshim import layers
from kshim.core.eras import in_era
from kshim.nn.policies import AugMix, RandAugment


def test_each_of_eleven_changes_is_drawn_as_often() -> None:
    module = RandAugment(1, seed=1)
    images = torch.zeros(1, 3, 4, 5)
    drawn = Counter(module.drawn(images)[0][0] for _ in range(3300))
    assert sorted(drawn) == list(range(11))
    assert all(230 < count < 370 for count in drawn.values())


def test_a_change_that_comes_twice_is_the_same_both_times() -> None:
    module = RandAugment(30, seed=1)
    drawn = module.drawn(torch.zeros(2, 3, 4, 5))
    first = dict(reversed(drawn))
    assert len(drawn) == 30 and all(what is first[place] for place, what in drawn)


def test_one_change_is_what_its_own_layer_makes() -> None:
    images = torch.rand(4, 9, 8, 3) * 255
    with in_era("3"):
        layer = layers.RandAugment(num_ops=1, factor=(0.0, 0.0), seed=3)
        told = [
            layers.RandomSharpness(0.0)(images), layers.RandomPosterization(1)(images),
            layers.Solarization()(images), layers.AutoContrast()(images),
            layers.Equalization()(images), images,
        ]  # fmt: skip
        made = [layer(images, training=True) for _ in range(40)]
    met = set()
    for image in made:
        same = [n for n, one in enumerate(told) if torch.allclose(one, image, 1e-4, 1e-2)]
        assert same
        met.add(same[0])
    assert len(met) == len(told)


def test_chains_hold_fewer_changes_where_none_is_drawn() -> None:
    module = AugMix(50, 3, seed=1, colors=False)
    parts, kept, chains = module.drawn(torch.zeros(2, 3, 4, 5))
    assert {len(chain) for chain in chains} <= {0, 1, 2, 3} and len(module.changes) == 7
    met = sum(map(len, chains)) / 150
    assert abs(met - 7 / 8) < 0.08
    torch.testing.assert_close(parts.sum(), torch.tensor(1.0))
    assert 0 <= float(kept) <= 1


def test_mixed_images_stay_in_their_range_and_between_what_is_mixed() -> None:
    images = torch.rand(3, 9, 8, 3, generator=torch.Generator().manual_seed(1))
    with in_era("3"):
        layer = layers.AugMix(value_range=(0, 1), factor=0.8, seed=2)
    runs = torch.stack([layer(images, training=True) for _ in range(20)])
    assert float(runs.min()) >= 0 and float(runs.max()) <= 1
    assert float((runs - images).abs().mean()) > 0.02


def test_masks_move_with_their_images() -> None:
    masks = np.zeros((2, 9, 8, 1), "float32")
    masks[:, 3:6, 2:5] = 1
    with in_era("3"):
        layer = layers.RandAugment(num_ops=3, factor=(0.5, 0.9), seed=1)
    data = {"images": torch.as_tensor(masks).expand(2, 9, 8, 3) * 255, "segmentation_masks": masks}
    found = [layer(data, training=True)["segmentation_masks"] for _ in range(20)]
    assert all(set(one.unique().tolist()) <= {0.0, 1.0} for one in found)
    assert not all(torch.equal(one, torch.as_tensor(masks)) for one in found)
