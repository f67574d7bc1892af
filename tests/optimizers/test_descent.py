"""SGD and Lion against their formulas in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.optimizers import SGD, Lion


def sgd(rate: float, momentum: float = 0.0, nesterov: bool = False, decay: float = 0.0) -> Any:
    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        now = rate / (1 + decay * (t - 1))
        kept["v"] = momentum * kept.get("v", 0.0) - now * g
        return p + momentum * kept["v"] - now * g if nesterov else p + kept["v"]

    return rule


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.15"])
@pytest.mark.parametrize(
    "options",
    [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"momentum": 0.5, "decay": 0.3}],
)
def test_sgd_steps_as_its_formula_says(agrees: Any, era: str, options: dict[str, Any]) -> None:
    with in_era(era):
        agrees(SGD(0.05, **options), sgd(0.05, **options), ahead=int(era == "2.2"))


def test_momentum_may_be_set_in_the_middle_of_training(agrees: Any) -> None:
    optimizer = SGD(0.1)

    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        if t <= 2:
            optimizer.momentum = 0.5 if t == 2 else 0.0
            return p - 0.1 * g
        kept["v"] = 0.5 * kept.get("v", 0.0) - 0.1 * g
        return p + kept["v"]

    agrees(optimizer, rule)


def test_positional_arguments_of_sgd_stand_in_the_order_of_the_era() -> None:
    with in_era("2.2"):
        assert SGD(0.1, 0.9, 1e-6, True).get_config() == {
            "lr": 0.1,
            "momentum": 0.9,
            "decay": 1e-6,
            "nesterov": True,
        }
    with in_era("2.3"):
        assert SGD(0.1, 0.9, True).nesterov is True


def test_lion_steps_by_the_sign_of_its_mean(agrees: Any) -> None:
    def rule(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
        m = kept.get("m", 0.0)
        kept["m"] = 0.99 * m + 0.01 * g
        return p - 0.1 * np.sign(0.9 * m + 0.1 * g)

    agrees(Lion(0.1), rule)
