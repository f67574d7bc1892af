"""Adam and its kin: steps by running means of the gradient and of its square.

Keras adds epsilon before the bias of the means is taken out; torch does so after.

Source: Keras 2.2.4 optimizers.py, tf.keras 2.15 optimizers/ (one file each).
"""

from __future__ import annotations

import math
from itertools import accumulate
from operator import mul
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import number, optional, true_or_false, whole_number
from kshim.core.eras import by_era, rule
from kshim.optimizers.adaptive import EPSILON
from kshim.optimizers.base import Optimizer, Plan, Slots, rate_or_schedule
from kshim.optimizers.hyper import Hyper, hyper
from kshim.optimizers.kernels import follow, follow_square, fused_adam, power


class Adam(Optimizer):
    """Step by the mean of the gradient over the root of the mean of its square.

        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g²
        p = p - rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)

    Args:
        amsgrad: whether the greatest v seen takes the place of v in the last line.
    """

    learning_rate: Any = arg(rate_or_schedule, 0.001, was="lr")
    beta_1: Hyper = arg(hyper, 0.9)
    beta_2: Hyper = arg(hyper, 0.999)
    epsilon: float = arg(optional(number()), EPSILON)
    amsgrad: bool = arg(true_or_false, False, since="2.2")

    positions = by_era(
        {
            "1.2": ("learning_rate", "beta_1", "beta_2", "epsilon", "decay", "amsgrad"),
            "2.3": ("learning_rate", "beta_1", "beta_2", "amsgrad"),
            "2.15": None,
        }
    )
    together = ("m", "v")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the means, and of the greatest v where files hold one."""
        held = self.amsgrad or rule("adam_saves_empty_vhat")
        return ("m", "v", "vhat") if held else ("m", "v")

    @property
    def used_slots(self) -> tuple[str, ...]:
        """Return the names of the slots that the rule reads."""
        return ("m", "v", "vhat") if self.amsgrad else ("m", "v")

    def new_slot(self, name: str, parameter: Tensor) -> Tensor:
        """Return a slot as it is before the first update."""
        if name == "vhat" and not self.amsgrad:
            return parameter.new_zeros(1)
        return super().new_slot(name, parameter)

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        fused_adam(
            parameters,
            gradients,
            slots["m"],
            slots["v"],
            slots.get("vhat"),
            rate=rate,
            beta_1=self.beta_1.value,
            beta_2=self.beta_2.value,
            epsilon=self.epsilon,
            step=step,
            rounded=self.formula("powers_are_rounded"),
        )


class AdamW(Adam):
    """Step as Adam does, and take a part of each parameter away."""

    weight_decay: float | None = arg(optional(number()), 0.004)

    positions = by_era(
        {"1.2": ("learning_rate", "weight_decay", "beta_1", "beta_2", "epsilon", "amsgrad")}
    )


class ScheduleFreeAdamW(Optimizer):
    """Step as Adam does, between a fast way z and the mean x of all its places.

        v = beta_2 * v + (1 - beta_2) * g²
        z' = z - rate * g / (sqrt(v / (1 - beta_2^t)) + epsilon)
        x = (p - (1 - beta_1) * z') / beta_1,  x' = (1 - 1 / t) * x + z' / t
        p = (1 - beta_1) * z' + beta_1 * x'

    In the paper the first z' of the third line is z; Keras on torch writes over it before.

    Args:
        warmup_steps: over how many updates the rate rises from nought.

    Source: Keras 3.15 optimizers/schedule_free_adamw.py; Defazio et al. 2024.
    """

    learning_rate: Any = arg(rate_or_schedule, 0.0025, was="lr")
    beta_1: Hyper = arg(hyper, 0.9)
    beta_2: Hyper = arg(hyper, 0.999)
    epsilon: float = arg(optional(number()), 1e-8)
    warmup_steps: int = arg(whole_number(), 0)

    positions = by_era({"1.2": None})
    together = ("momentum", "velocity")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the fast way and of the mean square."""
        return self.together

    def new_slot(self, name: str, parameter: Tensor) -> Tensor:
        """Return a slot as it is before the first update."""
        return super().new_slot("average" if name == "momentum" else name, parameter)

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        beta_1, fast = self.beta_1.value, slots["momentum"]
        if self.warmup_steps:
            rate *= min(step / self.warmup_steps, 1.0)
        square = follow_square(slots["velocity"], gradients, self.beta_2.value)
        bias = 1.0 - power(self.beta_2.value, step, parameters[0])
        root = torch._foreach_sqrt(torch._foreach_div(square, bias))
        torch._foreach_add_(root, self.epsilon)
        torch._foreach_addcdiv_(fast, gradients, root, value=-rate)
        torch._foreach_add_(parameters, fast, alpha=-(1.0 - beta_1))
        # What is left of the parameters is beta_1 * x.
        torch._foreach_mul_(parameters, 1.0 - 1.0 / step)
        torch._foreach_add_(parameters, fast, alpha=beta_1 / step + (1.0 - beta_1))


class Adamax(Optimizer):
    """Step by the mean of the gradient over its greatest size, which fades.

    m = beta_1 * m + (1 - beta_1) * g
    u = max(beta_2 * u, |g|)
    p = p - rate / (1 - beta_1^t) * m / (u + epsilon)
    """

    learning_rate: Any = arg(rate_or_schedule, by_era({"1.2": 0.002, "2.15": 0.001}), was="lr")
    beta_1: Hyper = arg(hyper, 0.9)
    beta_2: Hyper = arg(hyper, 0.999)
    epsilon: float = arg(optional(number()), EPSILON)

    positions = by_era(
        {
            "1.2": ("learning_rate", "beta_1", "beta_2", "epsilon", "decay"),
            "2.3": ("learning_rate", "beta_1", "beta_2"),
            "2.15": None,
        }
    )
    together = ("m", "u")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the mean and of the greatest size."""
        return self.together

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        beta_1, greatest = self.beta_1.value, slots["u"]
        mean = follow(slots["m"], gradients, beta_1)
        torch._foreach_mul_(greatest, self.beta_2.value)
        torch._foreach_maximum_(greatest, torch._foreach_abs(gradients))
        size = torch._foreach_add(greatest, self.epsilon)
        torch._foreach_addcdiv_(parameters, mean, size, value=-rate / (1.0 - beta_1**step))


class Nadam(Optimizer):
    """Step as Adam does, with the momentum of the next step already in it.

    u_t = beta_1 * (1 - 0.5 * 0.96^(t * schedule_decay)),  U_t = u_1 * ... * u_t
    n = (1 - u_t) * g / (1 - U_t) + u_t+1 * m / (1 - U_t+1)
    p = p - rate * n / (sqrt(v / (1 - beta_2^t)) + epsilon)
    """

    learning_rate: Any = arg(rate_or_schedule, by_era({"1.2": 0.002, "2.15": 0.001}), was="lr")
    beta_1: Hyper = arg(hyper, 0.9)
    beta_2: Hyper = arg(hyper, 0.999)
    epsilon: float = arg(optional(number()), EPSILON)
    schedule_decay: float = arg(number(), by_era({"1.2": 0.004, "2.15": 1.0}))

    positions = by_era(
        {
            "1.2": ("learning_rate", "beta_1", "beta_2", "epsilon", "schedule_decay"),
            "2.3": ("learning_rate", "beta_1", "beta_2"),
            "2.15": None,
        }
    )
    unknown = by_era({"1.2": ("decay",), "2.15": ("decay", "schedule_decay")})
    saved_numbers = by_era(
        {"1.2": ("iterations",), "2.3": ("iterations", "m_schedule"), "2.15": ("iterations",)}
    )
    together = ("m", "v")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments, and the product of momenta to 1."""
        self.m_schedule = Hyper(1.0)
        self._products: dict[Tensor, float] = {}
        self._first_step: int | None = None
        super().__init__(*args, **kwargs)

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the two means."""
        return self.together

    def begin(self, plan: Plan, step: int) -> None:
        """Multiply the product of momenta by that of this update."""
        self._first_step = self._first_step or step
        groups = self.variables_known.groups(plan.parameters)
        factors = [self._momentum(step)] + [1.0] * (len(groups) - 1)
        if self.formula("nadam_multiplies_by_parameter"):
            # A Python counter, baked in while tf.keras traces its graph twice, lets each
            # variable multiply the product again, except in one update; in none after a reload.
            spared = step - len(groups) if self._first_step == 1 else None
            factors = [
                1.0 if place == spared else self._momentum(step) for place in range(len(groups))
            ]
        products = list(accumulate(factors, mul, initial=self.m_schedule.value))
        self.m_schedule.value = products[-1]
        self._products = {
            plan.parts[place]: product
            for group, product in zip(groups, products[1:], strict=True)
            for place in group
        }

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        now, later = self._momentum(step), self._momentum(step + 1)
        products = [self._products[parameter] for parameter in parameters]
        mean = follow(slots["m"], gradients, self.beta_1.value)
        beta_2 = self.beta_2.value
        square = follow_square(slots["v"], gradients, beta_2)
        root = torch._foreach_sqrt(square)
        rounded = self.formula("powers_are_rounded")
        bias = 1.0 - (power(beta_2, step, parameters[0]) if rounded else beta_2**step)
        torch._foreach_mul_(root, 1.0 / math.sqrt(bias))
        torch._foreach_add_(root, self.epsilon)
        of_gradient = [-rate * (1.0 - now) / (1.0 - product) for product in products]
        of_mean = [-rate * later / (1.0 - product * later) for product in products]
        torch._foreach_addcdiv_(parameters, gradients, root, of_gradient)
        torch._foreach_addcdiv_(parameters, mean, root, of_mean)

    def _momentum(self, step: int) -> float:
        fading: float = 0.96 ** (step * self.schedule_decay)
        return self.beta_1.value * (1.0 - 0.5 * fading)
