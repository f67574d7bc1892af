"""How weights and masks enter a loss, in each era.

The numbers are what `model.evaluate` of Keras 2.2.4, 2.3.1 and tf.keras 2.15 gave for an identity
model behind Masking, loss mse, on the arrays below.
"""

from __future__ import annotations

import pytest
import torch

from kshim.core.eras import in_era
from kshim.losses.reduction import Reduction, reduced, weighted_mean

VALUES = torch.tensor([[0.25, 1.0, 49.0, 49.0], [4.0, 1.0, 1.75**2, 49.0]])
MASK = torch.tensor([[True, True, False, False], [True, True, True, False]])
SAMPLES = torch.tensor([2.0, 0.5])
STEPS = torch.tensor([[2.0, 0.5, 1.0, 1.0], [0.0, 1.0, 3.0, 1.0]])


@pytest.mark.parametrize(
    ("era", "plain", "by_sample", "by_step"),
    [
        ("2.2", 1.8625, 1.30625, 2.557143),
        ("2.3", 1.1640625, 0.81640625, 1.3984375),
        ("2.15", 1.8625, 1.30625, 2.2375),
    ],
)
def test_masked_and_weighted_means_are_those_of_each_keras(
    era: str, plain: float, by_sample: float, by_step: float
) -> None:
    with in_era(era):
        assert weighted_mean(VALUES, None, MASK).item() == pytest.approx(plain)
        assert weighted_mean(VALUES, SAMPLES, MASK).item() == pytest.approx(by_sample)
        assert weighted_mean(VALUES, STEPS, MASK).item() == pytest.approx(by_step)


@pytest.mark.parametrize(("era", "wanted"), [("1.2", 16.25), ("2.2", 16.25), ("2.3", 8.125)])
def test_weights_of_zero_shrink_the_mean_only_from_keras_2_3_on(era: str, wanted: float) -> None:
    values = torch.tensor([4.0, 1.0, 1.75**2, 49.0])
    with in_era(era):
        mean = weighted_mean(values, torch.tensor([2.0, 0.0, 0.0, 0.5]))
    assert mean.item() == pytest.approx(wanted)


def test_without_weights_and_mask_it_is_the_mean() -> None:
    assert torch.equal(weighted_mean(VALUES), VALUES.mean())


def test_a_loss_object_may_keep_or_add_up_its_values() -> None:
    each = reduced(VALUES, SAMPLES, None, Reduction.NONE)
    assert torch.equal(each, VALUES * SAMPLES[:, None])
    assert torch.equal(reduced(VALUES, SAMPLES, None, Reduction.SUM), each.sum())


def test_weights_in_a_column_are_those_of_the_samples() -> None:
    samples = VALUES.mean(-1)
    column = weighted_mean(samples, SAMPLES[:, None])
    assert torch.equal(column, weighted_mean(samples, SAMPLES))
