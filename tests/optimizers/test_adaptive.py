"""RMSprop, Adagrad, Adadelta and Ftrl against their formulas in numpy, in each era's form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.optimizers import Adadelta, Adagrad, Ftrl, RMSprop


def divided(g: Any, square: Any, epsilon: float, inside: bool) -> Any:
    return g / np.sqrt(square + epsilon) if inside else g / (np.sqrt(square) + epsilon)


@pytest.mark.parametrize(("era", "inside"), [("1.2", False), ("2.2", False), ("2.15", True)])
@pytest.mark.parametrize("epsilon", [1e-7, 0.01])
def test_rmsprop_puts_epsilon_where_its_era_does(
    agrees: Any, era: str, inside: bool, epsilon: float
) -> None:
    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        kept["v"] = 0.8 * kept.get("v", 0.0) + 0.2 * g**2
        return p - 0.05 / (1 + 0.1 * (t - 1)) * divided(g, kept["v"], epsilon, inside)

    with in_era(era):
        optimizer = RMSprop(0.05, rho=0.8, epsilon=epsilon, decay=0.1)
        agrees(optimizer, rule, ahead=int(era == "2.2"))


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_rmsprop_takes_the_mean_out_and_keeps_momentum(agrees: Any, momentum: float) -> None:
    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        kept["v"] = 0.9 * kept.get("v", 0.0) + 0.1 * g**2
        kept["g"] = 0.9 * kept.get("g", 0.0) + 0.1 * g
        step = 0.02 * divided(g, kept["v"] - kept["g"] ** 2, 0.01, True)
        kept["m"] = momentum * kept.get("m", 0.0) + step
        return p - kept["m"]

    agrees(RMSprop(0.02, momentum=momentum, centered=True, epsilon=0.01), rule)


@pytest.mark.parametrize(
    ("era", "inside", "rate", "first", "epsilon"),
    [
        ("1.2", False, 0.01, 0.0, 1e-8),
        ("2.2", False, 0.01, 0.0, 1e-7),
        ("2.15", True, 0.001, 0.1, 1e-7),
    ],
)
def test_adagrad_has_the_defaults_and_the_form_of_its_era(
    agrees: Any, era: str, inside: bool, rate: float, first: float, epsilon: float
) -> None:
    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        kept["a"] = kept.get("a", first) + g**2
        return p - rate * divided(g, kept["a"], epsilon, inside)

    with in_era(era):
        agrees(Adagrad(), rule)


@pytest.mark.parametrize(("era", "rate"), [("1.2", 1.0), ("2.3", 1.0), ("2.15", 0.001)])
def test_adadelta_has_the_rate_of_its_era(agrees: Any, era: str, rate: float) -> None:
    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        kept["a"] = 0.95 * kept.get("a", 0.0) + 0.05 * g**2
        step = g * np.sqrt(kept.get("d", 0.0) + 1e-3) / np.sqrt(kept["a"] + 1e-3)
        kept["d"] = 0.95 * kept.get("d", 0.0) + 0.05 * step**2
        return p - rate * step

    with in_era(era):
        agrees(Adadelta(epsilon=1e-3), rule)


def test_ftrl_solves_for_the_parameter(agrees: Any) -> None:
    rate, l1, l2, shrink, beta = 0.1, 0.1, 0.2, 0.3, 0.4

    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        before = kept.get("a", 0.1 * np.ones_like(p))
        kept["a"] = before + g**2
        pull = (np.sqrt(kept["a"]) - np.sqrt(before)) / rate * p
        kept["z"] = kept.get("z", 0.0) + g + 2 * shrink * p - pull
        curve = np.sqrt(kept["a"]) / rate + 2 * (l2 + beta / (2 * rate))
        return (np.clip(kept["z"], -l1, l1) - kept["z"]) / curve

    optimizer = Ftrl(
        rate,
        l1_regularization_strength=l1,
        l2_regularization_strength=l2,
        l2_shrinkage_regularization_strength=shrink,
        beta=beta,
    )
    agrees(optimizer, rule)
