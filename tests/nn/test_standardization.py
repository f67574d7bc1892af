"""Standardisation against numpy's mean and variance."""

from __future__ import annotations

import numpy as np
import torch

from kshim.nn.standardization import Standardization

VALUES = np.random.default_rng(0).normal(3, 2, size=(9, 4, 5)).astype("float32")


def test_batches_add_up_to_the_statistics_of_all() -> None:
    module = Standardization((4,), (1, 4, 1))
    for part in (VALUES[:2], VALUES[2:5], VALUES[5:]):
        module.measure(torch.as_tensor(part), (0, 2))
    np.testing.assert_allclose(module.mean, VALUES.mean((0, 2)), rtol=1e-5)
    np.testing.assert_allclose(module.variance, VALUES.var((0, 2)), rtol=1e-5)
    assert int(module.count) == 9 * 5


def test_inverting_undoes_it() -> None:
    there, back = Standardization((5,), (1, 1, 5)), Standardization((5,), (1, 1, 5), invert=True)
    there.measure(torch.as_tensor(VALUES), (0, 1))
    back.load_state_dict(there.state_dict())
    np.testing.assert_allclose(back(there(torch.as_tensor(VALUES))), VALUES, rtol=1e-4)


def test_a_constant_feature_is_not_divided_by_zero() -> None:
    module = Standardization((), (), eps=0.5)
    module.measure(torch.full((4, 2), 3.0), (0, 1))
    torch.testing.assert_close(module(torch.full((4, 2), 4.0)), torch.full((4, 2), 2.0))


def test_what_was_measured_can_be_forgotten() -> None:
    module = Standardization((4,), (1, 4, 1))
    module.measure(torch.as_tensor(VALUES), (0, 2))
    module.reset()
    torch.testing.assert_close(module(torch.as_tensor(VALUES)), torch.as_tensor(VALUES))
    assert int(module.count) == 0
