"""RMSprop, Adagrad, Adadelta and Ftrl: rules that divide by the size of past gradients.

Source: Keras 2.2.4 optimizers.py, tf.keras 2.15 optimizers/ (one file each).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import number, optional, true_or_false, whole_number
from kshim.core.eras import by_era
from kshim.optimizers.base import Optimizer, Slots, rate_or_schedule
from kshim.optimizers.hyper import Hyper, hyper
from kshim.optimizers.kernels import follow, follow_square, fused_adam, root_with

EPSILON = by_era({"1.2": 1e-8, "2.2": None})
# Keras wrote no iterations for these rules before 2.3.
NUMBERS = by_era({"1.2": (), "2.3": ("iterations",)})


class RMSprop(Optimizer):
    """Divide the gradient by the root of a running mean of its square.

        v = rho * v + (1 - rho) * g²
        p = p - rate * g / (sqrt(v) + epsilon)        up to Keras 2.3
        p = p - rate * g / sqrt(v + epsilon)          from tf.keras 2.15 on

    Args:
        momentum: how much of the last step each step keeps.
        centered: whether the squared running mean of the gradient is taken from v.
    """

    learning_rate: Any = arg(rate_or_schedule, 0.001, was="lr")
    rho: Hyper = arg(hyper, 0.9)
    momentum: Hyper = arg(hyper, 0.0, since="2.15")
    epsilon: float = arg(optional(number()), EPSILON)
    centered: bool = arg(true_or_false, False, since="2.15")
    ema_overwrite_frequency: int | None = arg(optional(whole_number()), 100, since="2.15")

    positions = by_era({"1.2": ("learning_rate", "rho", "epsilon", "decay"), "2.15": None})
    saved_numbers = NUMBERS

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the running means that the options ask for."""
        momentum = ("momentum",) if self.momentum else ()
        return ("velocity", *momentum, *(("average_gradient",) if self.centered else ()))

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        rho, squares = self.rho.value, slots["velocity"]
        # The older optimizers of tf.keras leave momentum to a kernel, which adds epsilon inside.
        inside = self.formula("epsilon_inside_root") or bool(self.momentum)
        if not (inside or self.momentum or self.centered):
            # Adam whose first mean is the gradient itself, and whose means carry no bias.
            fused_adam(
                parameters,
                gradients,
                gradients,
                squares,
                rate=rate,
                beta_1=0.0,
                beta_2=rho,
                epsilon=self.epsilon,
                step=math.inf,
            )
            return
        variance = follow_square(squares, gradients, rho)
        if self.centered:
            mean = follow(slots["average_gradient"], gradients, rho)
            variance = list(torch._foreach_addcmul(variance, mean, mean, value=-1.0))
        root = root_with(variance, self.epsilon, inside=inside)
        if not self.momentum:
            torch._foreach_addcdiv_(parameters, gradients, root, value=-rate)
            return
        torch._foreach_mul_(slots["momentum"], self.momentum.value)
        torch._foreach_addcdiv_(slots["momentum"], gradients, root, value=rate)
        torch._foreach_sub_(parameters, slots["momentum"])


class Adagrad(Optimizer):
    """Divide the gradient by the root of the sum of all its squares.

    a = a + g²
    p = p - rate * g / (sqrt(a) + epsilon)        up to Keras 2.3
    p = p - rate * g / sqrt(a + epsilon)          from tf.keras 2.15 on
    """

    learning_rate: Any = arg(rate_or_schedule, by_era({"1.2": 0.01, "2.15": 0.001}), was="lr")
    initial_accumulator_value: float = arg(
        number(at_least=0), by_era({"1.2": 0.0, "2.15": 0.1}), since="2.15"
    )
    epsilon: float = arg(optional(number()), EPSILON)

    positions = by_era({"1.2": ("learning_rate", "epsilon", "decay"), "2.15": None})
    saved_numbers = NUMBERS
    reads_ahead = by_era({"1.2": 0, "2.2": 1, "2.3": 0})

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the name of the sum."""
        return ("accumulator",)

    def new_slot(self, name: str, parameter: Tensor) -> Tensor:
        """Return a slot as it is before the first update."""
        slot = super().new_slot(name, parameter)
        return slot.fill_(self.initial_accumulator_value) if name == "accumulator" else slot

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        total = slots["accumulator"]
        torch._foreach_addcmul_(total, gradients, gradients)
        root = root_with(total, self.epsilon, inside=self.formula("epsilon_inside_root"))
        torch._foreach_addcdiv_(parameters, gradients, root, value=-rate)


class Adadelta(Optimizer):
    """Divide the gradient by the root of its mean square, times that of the steps.

    a = rho * a + (1 - rho) * g²
    u = g * sqrt(d + epsilon) / sqrt(a + epsilon)
    p = p - rate * u
    d = rho * d + (1 - rho) * u²
    """

    learning_rate: Any = arg(rate_or_schedule, by_era({"1.2": 1.0, "2.15": 0.001}), was="lr")
    rho: Hyper = arg(hyper, 0.95)
    epsilon: float = arg(optional(number()), EPSILON)

    positions = by_era({"1.2": ("learning_rate", "rho", "epsilon", "decay"), "2.15": None})
    saved_numbers = NUMBERS
    together = ("accumulated_grad", "accumulated_delta_var")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the two running means."""
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
        rho, steps = self.rho.value, slots["accumulated_delta_var"]
        squares = follow_square(slots["accumulated_grad"], gradients, rho)
        change = root_with(steps, self.epsilon, inside=True)
        torch._foreach_div_(change, root_with(squares, self.epsilon, inside=True))
        torch._foreach_mul_(change, gradients)
        torch._foreach_add_(parameters, change, alpha=-rate)
        follow_square(steps, change, rho)


class Ftrl(Optimizer):
    """Follow the regularised leader: parameters with little evidence stay at zero.

    Source: tf.keras 2.15 optimizers/ftrl.py; McMahan et al. 2013.
    """

    learning_rate: Any = arg(rate_or_schedule, 0.001, was="lr")
    learning_rate_power: float = arg(number(at_most=0), -0.5)
    initial_accumulator_value: float = arg(number(at_least=0), 0.1)
    l1_regularization_strength: float = arg(number(at_least=0), 0.0)
    l2_regularization_strength: float = arg(number(at_least=0), 0.0)
    l2_shrinkage_regularization_strength: float = arg(number(at_least=0), 0.0)
    beta: float = arg(number(), 0.0)

    positions = by_era({"1.2": None})
    together = ("accumulator", "linear")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the sum of squares and of the linear part."""
        return self.together

    def new_slot(self, name: str, parameter: Tensor) -> Tensor:
        """Return a slot as it is before the first update."""
        slot = super().new_slot(name, parameter)
        return slot.fill_(self.initial_accumulator_value) if name == "accumulator" else slot

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        total, linear, power = slots["accumulator"], slots["linear"], -self.learning_rate_power
        before = torch._foreach_pow(total, power)
        torch._foreach_addcmul_(total, gradients, gradients)
        curve = torch._foreach_pow(total, power)
        torch._foreach_add_(linear, gradients)
        shrink = 2.0 * self.l2_shrinkage_regularization_strength
        torch._foreach_add_(linear, parameters, alpha=shrink)
        growth = torch._foreach_sub(curve, before)
        torch._foreach_addcmul_(linear, growth, parameters, value=-1.0 / rate)
        l1, l2 = self.l1_regularization_strength, self.l2_regularization_strength
        torch._foreach_div_(curve, rate)
        torch._foreach_add_(curve, 2.0 * l2 + self.beta / rate)
        inside = torch._foreach_clamp_max(torch._foreach_clamp_min(linear, -l1), l1)
        torch._foreach_sub_(inside, linear)
        torch._foreach_copy_(parameters, torch._foreach_div(inside, curve))
