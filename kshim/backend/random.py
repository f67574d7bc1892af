"""Random numbers. A seed starts a stream of its own, which gives the same draw at every call.

The streams are torch's: they differ from TensorFlow's, the distributions do not.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kshim.backend.older_words import in_older_words
from kshim.backend.tensors import of_tensors, sizes_of, torch_type
from kshim.core.tracing import refuse_to_trace
from kshim.layers.device import default_device


@in_older_words
@of_tensors
def random_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Tensor:
    """Return draws from a normal distribution."""
    return torch.randn(**_drawn(shape, dtype, seed)) * stddev + mean


@in_older_words
@of_tensors
def random_uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Tensor:
    """Return draws from between two numbers.

    Whole numbers when the type is one: the upper limit is never drawn.
    """
    options = _drawn(shape, dtype, seed)
    if not options["dtype"].is_floating_point:
        return torch.randint(int(minval), int(maxval), **options)
    return torch.rand(**options) * (maxval - minval) + minval


@of_tensors
def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Tensor:
    """Return draws from a normal distribution, drawn again beyond two standard deviations."""
    options = _drawn(shape, dtype, seed)
    generator = options.pop("generator")
    drawn = nn.init.trunc_normal_(torch.empty(**options), a=-2.0, b=2.0, generator=generator)
    return drawn * stddev + mean


@of_tensors
def random_binomial(shape: Any, p: Any = 0.0, dtype: Any = None, seed: Any = None) -> Tensor:
    """Return draws of 1 with the chance p, of 0 otherwise."""
    options = _drawn(shape, dtype, seed)
    return (torch.rand(**{**options, "dtype": None}) <= p).to(options["dtype"])


random_bernoulli = random_binomial


def seeded(seed: Any, device: torch.device) -> torch.Generator | None:
    """Return a generator that starts at a seed; None for torch's own."""
    if seed is None:
        return None
    return torch.Generator(device).manual_seed(int(seed))


def _drawn(shape: Any, dtype: Any, seed: Any) -> dict[str, Any]:
    """Return what torch's random functions are to be called with."""
    refuse_to_trace("random numbers are drawn")
    device = default_device()
    return {
        "size": sizes_of(shape),
        "dtype": torch_type(dtype),
        "device": device,
        "generator": seeded(seed, device),
    }
