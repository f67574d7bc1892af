"""mixed_precision: layers that compute in half precision over weights in float32.

    from kshim import mixed_precision

    mixed_precision.set_global_policy("mixed_float16")    # for the layers made from here on

Source: tf.keras 2.15 mixed_precision, Keras 3.15 dtype_policies.
"""

from __future__ import annotations

from kshim.core.policies import Policy, as_policy, global_policy, set_global_policy
from kshim.optimizers import LossScaleOptimizer

__all__ = [
    "DTypePolicy", "FloatDTypePolicy", "LossScaleOptimizer", "Policy", "as_policy", "dtype_policy",
    "global_policy", "set_dtype_policy", "set_global_policy",
]  # fmt: skip

DTypePolicy = FloatDTypePolicy = Policy
dtype_policy, set_dtype_policy = global_policy, set_global_policy
