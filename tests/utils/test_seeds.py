"""set_random_seed: every stream begins anew."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from kshim.errors import ArgumentError
from kshim.utils import set_random_seed


def test_every_stream_repeats() -> None:
    def drawn() -> tuple[float, float, float]:
        set_random_seed(7)
        return random.random(), float(np.random.rand()), float(torch.rand(()))

    assert drawn() == drawn()


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, "seven", None])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    with pytest.raises(ArgumentError, match="set_random_seed: seed must be"):
        set_random_seed(seed)
