"""Seeds: one word for every stream that a script can draw from."""

from __future__ import annotations

import random

import numpy as np
import torch

from kshim.core.checks import whole_number
from kshim.errors import ArgumentError


def set_random_seed(seed: int) -> None:
    """Let the streams of Python, numpy and torch begin at a seed.

        set_random_seed(7)

    Args:
        seed: from 0 to 2**32 - 1, as numpy wants it.

    Raises:
        ArgumentError: for anything else.

    Source: tf.keras 2.15 utils/tf_utils.py.
    """
    try:
        begin = whole_number(at_least=0)(seed)
    except ArgumentError as error:
        raise error.at("set_random_seed", "seed") from None
    if begin >= 1 << 32:
        raise ArgumentError("seed", "below 2**32", seed, who="set_random_seed")
    random.seed(begin)
    np.random.seed(begin)
    torch.manual_seed(begin)
