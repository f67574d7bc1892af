"""SGD and Lion: rules that step along the gradient, or a running mean of it.

Source: Keras 2.2.4 optimizers.py, tf.keras 2.15 optimizers/sgd.py and lion.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import true_or_false
from kshim.core.eras import by_era
from kshim.optimizers.base import Optimizer, Slots, rate_or_schedule
from kshim.optimizers.hyper import Hyper, hyper
from kshim.optimizers.kernels import strided_like


class SGD(Optimizer):
    """Step against the gradient, with momentum.

    m = momentum * m - rate * g
    p = p + m, or with nesterov: p = p + momentum * m - rate * g
    """

    learning_rate: Any = arg(rate_or_schedule, 0.01, was="lr")
    momentum: Hyper = arg(hyper, 0.0)
    nesterov: bool = arg(true_or_false, False)

    positions = by_era({"1.2": ("learning_rate", "momentum", "decay", "nesterov"), "2.3": None})
    reads_ahead = by_era({"1.2": 0, "2.2": 1, "2.3": 0})

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the name of the velocity."""
        return ("m",)

    @property
    def used_slots(self) -> tuple[str, ...]:
        """Return the name of the velocity, if there is momentum."""
        return ("m",) if self.momentum else ()

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        momentum = self.momentum.value
        if not momentum:
            torch._foreach_add_(parameters, gradients, alpha=-rate)
            return
        # torch's kernel steps by lr = -1 along m = momentum * m + (1 - dampening) * g, so that m
        # is Keras's and holds the rate; with nesterov it adds the gradient once more.
        if self.nesterov:
            gradients, share = list(torch._foreach_mul(gradients, -rate)), 1.0
        else:
            share = -rate
        torch._fused_sgd_(
            parameters,
            strided_like(parameters, gradients),
            slots["m"],
            weight_decay=0.0,
            momentum=momentum,
            lr=-1.0,
            dampening=1.0 - share,
            nesterov=self.nesterov,
            maximize=False,
            is_first_step=False,
        )


class Lion(Optimizer):
    """Step by the sign of a running mean.

    p = p - rate * sign(beta_1 * m + (1 - beta_1) * g)
    m = beta_2 * m + (1 - beta_2) * g
    """

    learning_rate: Any = arg(rate_or_schedule, by_era({"1.2": 1e-4, "3": 1e-3}), was="lr")
    beta_1: Hyper = arg(hyper, 0.9)
    beta_2: Hyper = arg(hyper, 0.99)

    positions = by_era({"1.2": None})

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the name of the running mean."""
        return ("m",)

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        mean, beta_1, beta_2 = slots["m"], self.beta_1.value, self.beta_2.value
        direction = torch._foreach_mul(mean, beta_1)
        torch._foreach_add_(direction, gradients, alpha=1.0 - beta_1)
        torch._foreach_sign_(direction)
        torch._foreach_add_(parameters, direction, alpha=-rate)
        torch._foreach_mul_(mean, beta_2)
        torch._foreach_add_(mean, gradients, alpha=1.0 - beta_2)
