"""Seeds from numpy's stream: taken up to Keras 2.3, and only by what draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.layers import Dropout, Input
from kshim.layers.seeds import seeds_of_dropout, take_seeds


@pytest.mark.parametrize(("era", "moves"), [("1.2", True), ("2.3", True), ("2.15", False)])
def test_numpys_stream_moves_up_to_keras_2_3(era: str, moves: bool) -> None:
    np.random.seed(0)
    before = np.random.get_state()[2]
    take_seeds(2, era)
    assert (np.random.get_state()[2] != before) is moves


def test_the_last_seed_begins_torchs_stream() -> None:
    np.random.seed(0)
    seed = int(np.random.randint(10**7, size=2)[-1])
    np.random.seed(0)
    take_seeds(2, "2.2")
    assert torch.initial_seed() == seed


@pytest.mark.parametrize(
    ("rate", "seed", "count"), [(0.5, None, 4), (0.5, 3, 0), (0.0, None, 0), (1.0, None, 0)]
)
def test_dropout_takes_seeds_where_it_drops_without_one(rate: float, seed: int, count: int) -> None:
    assert seeds_of_dropout(rate, seed, draws=4) == count


def test_each_call_of_a_shared_layer_takes_a_seed() -> None:
    def stream(calls: int) -> int:
        np.random.seed(0)
        symbol, layer = Input((4,)), Dropout(0.5)
        for _ in range(calls):
            symbol = layer(symbol)
        return int(np.random.randint(10**6))

    with in_era("2.2"):
        # Recorded of Keras 2.2.4: no, one and two draws before the number.
        assert [stream(0), stream(1), stream(2)] == [985772, 305711, 117952]
