"""Shuffles data as Keras does, so that the first thousand are the same thousand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.eras import by_era

# Before 2.3 loading a data set seeded numpy for all that followed in the script.
_SEEDS_NUMPY = by_era({"1.2": True, "2.3": False})


def shuffled(seed: int, *pairs: tuple[NDArray[Any], NDArray[Any]]) -> list[tuple[Any, Any]]:
    """Return pairs of (samples, labels), each in an order drawn from one seed."""
    if _SEEDS_NUMPY.value():
        np.random.seed(seed)
        shuffle = np.random.shuffle
    else:
        shuffle = np.random.RandomState(seed).shuffle
    return [_ordered(samples, labels, shuffle) for samples, labels in pairs]


def _ordered(samples: NDArray[Any], labels: NDArray[Any], shuffle: Any) -> tuple[Any, Any]:
    order = np.arange(len(samples))
    shuffle(order)
    return samples[order], labels[order]
