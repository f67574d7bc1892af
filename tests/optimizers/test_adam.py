"""Adam, AdamW, Adamax and Nadam against their formulas in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.optimizers import Adam, Adamax, AdamW, Nadam

# The eras whose updates read the number of the next one; see `reads_ahead`.
AHEAD = ("2.2", "2.3")


def adam(
    rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    amsgrad: bool = False,
    decay: float = 0.0,
    weight_decay: float = 0.0,
    rounded: bool = True,
) -> Any:
    """Return Adam's rule; from tf.keras 2.15 on the powers are rounded to single precision."""
    kind = np.float32 if rounded else np.float64

    def power(base: float, t: int) -> float:
        return float(kind(base) ** kind(t))

    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        now = rate / (1 + decay * (t - 1))
        kept["m"] = beta_1 * kept.get("m", 0.0) + (1 - beta_1) * g
        kept["v"] = beta_2 * kept.get("v", 0.0) + (1 - beta_2) * g**2
        kept["h"] = np.maximum(kept.get("h", 0.0), kept["v"]) if amsgrad else kept["v"]
        step = now * np.sqrt(1 - power(beta_2, t)) / (1 - power(beta_1, t))
        left = p * (1 - weight_decay * now)
        return left - step * kept["m"] / (np.sqrt(kept["h"]) + epsilon)

    return rule


@pytest.mark.parametrize("era", ["2.2", "2.3", "2.15"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"epsilon": 0.1},
        {"epsilon": 0.1, "amsgrad": True, "beta_2": 0.5},
        {"beta_1": 0.7, "beta_2": 0.9, "decay": 0.2},
    ],
)
def test_adam_adds_epsilon_before_the_bias_is_taken_out(
    agrees: Any, era: str, options: dict[str, Any]
) -> None:
    with in_era(era):
        rule = adam(0.05, **options, rounded=era not in AHEAD)
        agrees(Adam(0.05, **options), rule, ahead=int(era in AHEAD))


def test_keras_1_adam_has_a_smaller_epsilon() -> None:
    with in_era("1.2"):
        assert Adam().epsilon == 1e-8


def test_adamw_takes_a_part_of_the_weights_away_first(agrees: Any) -> None:
    agrees(AdamW(0.05), adam(0.05, weight_decay=0.004))


@pytest.mark.parametrize(("era", "rate"), [("1.2", 0.002), ("2.2", 0.002), ("2.15", 0.001)])
def test_adamax_divides_by_the_greatest_gradient(agrees: Any, era: str, rate: float) -> None:
    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        kept["m"] = 0.9 * kept.get("m", 0.0) + 0.1 * g
        kept["u"] = np.maximum(0.5 * kept.get("u", 0.0), np.abs(g))
        return p - rate / (1 - 0.9**t) * kept["m"] / (kept["u"] + 0.01)

    with in_era(era):
        agrees(Adamax(beta_2=0.5, epsilon=0.01), rule, ahead=int(era in AHEAD))


@pytest.mark.parametrize(("era", "rate"), [("1.2", 0.002), ("2.3", 0.002)])
def test_nadam_looks_one_step_ahead(agrees: Any, era: str, rate: float) -> None:
    def momentum(t: int) -> float:
        return 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004))

    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        kept["U"] = kept.get("U", 1.0) * momentum(t)
        kept["m"] = 0.9 * kept.get("m", 0.0) + 0.1 * g
        kept["v"] = 0.999 * kept.get("v", 0.0) + 0.001 * g**2
        ahead = momentum(t + 1) * kept["m"] / (1 - kept["U"] * momentum(t + 1))
        mean = ahead + (1 - momentum(t)) * g / (1 - kept["U"])
        return p - rate * mean / (np.sqrt(kept["v"] / (1 - 0.999**t)) + 0.01)

    with in_era(era):
        agrees(Nadam(epsilon=0.01), rule, ahead=int(era in AHEAD))


def test_nadam_of_tf_keras_multiplies_its_product_for_each_parameter(agrees: Any) -> None:
    product, place = 1.0, 0

    def momentum(t: int) -> float:
        return 0.9 * (1 - 0.5 * 0.96**t)

    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        nonlocal product, place
        # Two parameters: the first keeps the product in step 2, the second in step 3.
        product *= 1.0 if t == place + 2 else momentum(t)
        place = 1 - place
        kept["m"] = 0.9 * kept.get("m", 0.0) + 0.1 * g
        kept["v"] = 0.999 * kept.get("v", 0.0) + 0.001 * g**2
        ahead = momentum(t + 1) * kept["m"] / (1 - product * momentum(t + 1))
        mean = ahead + (1 - momentum(t)) * g / (1 - product)
        return p - 0.001 * mean / (np.sqrt(kept["v"] / (1 - 0.999**t)) + 0.01)

    agrees(Nadam(epsilon=0.01), rule)
