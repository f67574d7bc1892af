import random

import numpy as np
import torch

from kshim.core.registry import register_keras_serializable
from kshim.utils.newer import (
    get_registered_name,
    get_registered_object,
    pack_x_y_sample_weight,
    set_random_seed,
    to_ordinal,
    unpack_x_y_sample_weight,
)


def test_one_seed_begins_all_three_streams() -> None:
    draws = []
    for _ in range(2):
        set_random_seed(7)
        draws.append((random.random(), np.random.rand(), float(torch.rand(()))))
    assert draws[0] == draws[1]


def test_ordinals_and_packs() -> None:
    assert to_ordinal([0, 2, 1], 3).tolist() == [[0, 0], [1, 1], [1, 0]]
    assert pack_x_y_sample_weight(1) == 1 and pack_x_y_sample_weight([1]) == ([1],)
    assert pack_x_y_sample_weight(1, 2) == (1, 2)
    assert unpack_x_y_sample_weight((1, 2)) == (1, 2, None)
    assert unpack_x_y_sample_weight(1) == (1, None, None)


def test_what_is_registered_is_found_by_its_name() -> None:
    @register_keras_serializable("mine")
    class Thing:
        pass

    assert get_registered_name(Thing) == "mine>Thing"
    assert get_registered_object("mine>Thing") is Thing
    assert get_registered_object("nobody") is None
    assert get_registered_name(dict) == "dict"
