"""The seeds of random layers: where they come from, in the eras that took them from numpy.

Up to Keras 2.3 a layer that drops or adds noise takes a seed from `numpy.random` for each draw in
it, at each call in a graph. So `numpy.random.seed` repeats a script, and numbers that the script
draws afterwards hang on its layers.
"""

from __future__ import annotations

import numpy as np
import torch

from kshim.core.eras import rule


def take_seeds(count: int, era: str) -> None:
    """Take seeds from numpy's stream, and let torch's begin at the last, where the era does so."""
    if count and rule("seeds_come_from_numpy", era):
        seed = int(np.random.randint(10_000_000, size=count)[-1])
        torch.default_generator.manual_seed(seed)
        if torch.cuda.is_available():
            torch.cuda.manual_seed_all(seed)


def seeds_of_dropout(rate: float, seed: int | None = None, draws: int = 1) -> int:
    """Return how many seeds dropout takes: none with one of its own, or nothing to drop."""
    return draws if 0 < rate < 1 and seed is None else 0
