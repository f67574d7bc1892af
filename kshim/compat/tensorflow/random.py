"""`tf.random`: the seed, and random tensors."""

from __future__ import annotations

import torch

from kshim.compat.tensorflow.arrays import Sizes, dtype_of, float32, sizes


def set_seed(seed: int) -> None:
    """Seed torch's generators on every device."""
    torch.manual_seed(seed)


set_random_seed = set_seed


def normal(
    shape: Sizes,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: object = float32,
    seed: int | None = None,
    name: str | None = None,
) -> torch.Tensor:
    """Return a tensor of normal numbers; `seed` makes this call repeatable."""
    filled = torch.empty(sizes(shape), dtype=dtype_of(dtype))
    return filled.normal_(mean, stddev, generator=generator_of(seed))


def uniform(
    shape: Sizes,
    minval: float = 0.0,
    maxval: float | None = None,
    dtype: object = float32,
    seed: int | None = None,
    name: str | None = None,
) -> torch.Tensor:
    """Return a tensor of numbers spread evenly over [minval, maxval)."""
    kind = dtype_of(dtype)
    high = 1.0 if maxval is None else maxval
    if kind.is_floating_point:
        filled = torch.empty(sizes(shape), dtype=kind)
        return filled.uniform_(minval, high, generator=generator_of(seed))
    low, top = int(minval), int(high)
    return torch.randint(low, top, sizes(shape), dtype=kind, generator=generator_of(seed))


def generator_of(seed: int | None) -> torch.Generator | None:
    """Return a generator of its own for a seed; None for torch's own stream."""
    return None if seed is None else torch.Generator().manual_seed(seed)
