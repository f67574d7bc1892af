"""From one value for each sample to one number: weights and masks by the era's rules.

    Keras 1, 2.2   mean(w * v) / mean(w != 0), with v * mask / mean(mask)
    Keras 2.3      mean(w * mask * v)
    tf.keras 2.15  mean(w * mask * v) / mean(mask)

Source: Keras 2.2.4 engine/training_utils.py; 2.3.1, tf.keras 2.15 utils/losses_utils.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.core.checks import one_of
from kshim.core.eras import rule
from kshim.losses.tensors import aligned, as_tensor


class Reduction:
    """Name the ways in which a loss becomes one number."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Return every way."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: str) -> None:
        """Refuse what names no way."""
        one_of(*cls.all())(key)


def weighted_mean(
    per_sample: Tensor, sample_weight: Any | None = None, mask: Any | None = None
) -> Tensor:
    """Return the mean of a loss as the training of the era in force computes it.

    Shapes:
        per_sample: (batch, ...); sample_weight, mask: (batch, ...) with as many axes or fewer.
    """
    if sample_weight is None and mask is None:
        return torch.mean(per_sample)
    if rule("weights_divide_by_nonzero"):
        return _mean_by_shares(per_sample, sample_weight, mask)
    return torch.mean(_weighted(per_sample, sample_weight, mask, rule("mask_renormalises_loss")))


def reduced(
    per_sample: Tensor,
    sample_weight: Any | None = None,
    mask: Any | None = None,
    reduction: str = Reduction.AUTO,
) -> Tensor:
    """Return what a loss object makes of its values: none, sum or mean of them."""
    if reduction in (Reduction.AUTO, Reduction.SUM_OVER_BATCH_SIZE):
        return weighted_mean(per_sample, sample_weight, mask)
    values = _weighted(per_sample, sample_weight, mask, renormalise=False)
    return torch.sum(values) if reduction == Reduction.SUM else values


def _mean_by_shares(per_sample: Tensor, sample_weight: Any | None, mask: Any | None) -> Tensor:
    values = as_tensor(per_sample)
    if mask is not None:
        mask = aligned(mask, values)
        values = values * mask / mask.mean()
    if sample_weight is not None:
        weight = as_tensor(sample_weight).to(values)
        if 0 < weight.dim() < values.dim():
            values = values.mean(tuple(range(weight.dim(), values.dim())))
        share = (weight != 0).to(values.dtype).mean()
        values = values * aligned(weight, values) / share
    return torch.mean(values)


def _weighted(
    per_sample: Tensor, sample_weight: Any | None, mask: Any | None, renormalise: bool
) -> Tensor:
    values = per_sample
    if mask is not None:
        mask = aligned(mask, values)
        values = values * (_shared(mask) if renormalise else mask)
    if sample_weight is not None:
        values = values * aligned(sample_weight, values)
    return values


def _shared(mask: Tensor) -> Tensor:
    """Return a mask that is 1 on average; where all is masked, Keras 3 leaves it 0."""
    share = mask.mean()
    if rule("all_masked_is_nought"):
        share = torch.where(share == 0, torch.ones_like(share), share)
    return mask / share
