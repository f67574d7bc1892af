"""Adafactor, Lamb and Muon: rules that look at whole variables, as Keras shows them.

Source: tf.keras 2.15 optimizers/adafactor.py, Keras 3.15 optimizers/lamb.py and muon.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, number, optional, true_or_false, whole_number
from kshim.core.eras import by_era
from kshim.optimizers.base import Optimizer, Slots, rate_or_schedule
from kshim.optimizers.hyper import Hyper, hyper
from kshim.optimizers.kernels import follow, follow_square, fused_adam, power
from kshim.optimizers.variables import Variable, norms


class Adafactor(Optimizer):
    """Divide the gradient by what rows and columns tell of its size, and step by the variable's.

        b = 1 - t^beta_2_decay,  h = g² + epsilon_1
        r = b * r + (1 - b) * mean of h over the last axis, c the same over the one before
        v = r * c / mean(r), or for vectors v = b * v + (1 - b) * h
        u = g / sqrt(v),  u = u / max(1, rms(u) / clip_threshold)
        p = p - max(epsilon_2, rms(p)) * min(rate, 1 / sqrt(t)) * u

    Args:
        relative_step: understood; a constant rate is never above 1 / sqrt(t) in either case.

    Source: tf.keras 2.15 optimizers/adafactor.py; Shazeer and Stern 2018.
    """

    works_by_number = False

    learning_rate: Any = arg(rate_or_schedule, 0.001, was="lr")
    beta_2_decay: float = arg(number(), -0.8)
    epsilon_1: float = arg(number(), 1e-30)
    epsilon_2: float = arg(number(), 1e-3)
    clip_threshold: float = arg(number(), 1.0)
    relative_step: bool = arg(true_or_false, True)

    positions = by_era({"1.2": None})
    together = ("r", "c", "v")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the means over rows and columns, and of what they make."""
        return self.together

    def holds(self, parameter: Tensor, name: str) -> bool:
        """Return whether a parameter has a slot: rows and columns are those of its variable."""
        variable = self.variables_known.of(parameter)
        return name not in ("r", "c") or (variable.rank > 1 and variable.tensors[0] is parameter)

    def new_slot(self, name: str, parameter: Tensor) -> Tensor:
        """Return a slot as it is before the first update."""
        if name not in ("r", "c"):
            return super().new_slot(name, parameter)
        variable = self.variables_known.of(parameter)
        *rest, rows, columns = variable.shown(variable.tensors).shape
        return parameter.new_zeros((*rest, rows if name == "r" else columns))

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        keep = 1.0 - step**self.beta_2_decay
        for group in self.variables_known.groups(parameters):
            variable = self.variables_known.of(parameters[group[0]])
            gradient = variable.shown([gradients[place] for place in group])
            value = variable.shown(variable.tensors)
            sizes = variable.shown([slots["v"][place] for place in group])
            sizes = self._sizes(variable, gradient.square() + self.epsilon_1, sizes, keep)
            for place, part in zip(group, variable.parts(sizes), strict=True):
                slots["v"][place].copy_(part)
            change = gradient * sizes.rsqrt()
            change = change / (_rms(change) / self.clip_threshold).clamp_min(1.0)
            reach = _rms(value).clamp_min(self.epsilon_2) * min(rate, 1.0 / math.sqrt(step))
            for place, part in zip(group, variable.parts(change * reach), strict=True):
                parameters[place].sub_(part)

    def _sizes(self, variable: Variable, square: Tensor, sizes: Tensor, keep: float) -> Tensor:
        """Return the mean size of each gradient, that of a matrix from its rows and columns."""
        if square.dim() < 2:
            return sizes * keep + square * (1.0 - keep)
        first = variable.tensors[0]
        rows, columns = self._slot(first, "r"), self._slot(first, "c")
        rows.lerp_(square.mean(-1), 1.0 - keep)
        columns.lerp_(square.mean(-2), 1.0 - keep)
        return (rows / rows.mean(-1, keepdim=True)).unsqueeze(-1) * columns.unsqueeze(-2)


class Lamb(Optimizer):
    """Step as Adam does, as far as the variable is long.

        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g²
        u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
        p = p - rate * |p| / |u| * u, the quotient being 1 where one of both is 0

    Source: Keras 3.15 optimizers/lamb.py; You et al. 2019.
    """

    works_by_number = False

    learning_rate: Any = arg(rate_or_schedule, 0.001, was="lr")
    beta_1: Hyper = arg(hyper, 0.9)
    beta_2: Hyper = arg(hyper, 0.999)
    epsilon: float = arg(optional(number()), 1e-7)

    positions = by_era({"1.2": None})
    together = ("m", "v")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the two means."""
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
        first, second = (
            power(beta.value, step, parameters[0]) for beta in (self.beta_1, self.beta_2)
        )
        mean = follow(slots["m"], gradients, self.beta_1.value)
        square = follow_square(slots["v"], gradients, self.beta_2.value)
        root = torch._foreach_sqrt(torch._foreach_div(square, 1.0 - second))
        torch._foreach_add_(root, self.epsilon)
        change = list(torch._foreach_div(torch._foreach_div(mean, 1.0 - first), root))
        groups = self.variables_known.groups(parameters)
        lengths, reaches = norms(parameters, groups), norms(change, groups)
        ratios = [
            torch.where((length > 0) & (reach > 0), length / reach, 1.0)
            for length, reach in zip(lengths, reaches, strict=True)
        ]
        torch._foreach_mul_(change, ratios)
        torch._foreach_add_(parameters, change, alpha=-rate)


class Muon(Optimizer):
    """Step by a momentum whose matrix is made nearly orthogonal; by AdamW where it is no matrix.

        m = momentum * m + g,  n = g + momentum * m, or with nesterov=False n = m
        x = n / |n|, then ns_steps times: a = x x',  x = muon_a * x + (muon_b * a + muon_c * a a) x
        p = p - rate * x * rms_rate * sqrt(the longer side)

    Args:
        adam_weight_decay: the weight decay of what AdamW steps.
        exclude_layers: patterns; AdamW steps the variables in whose name one is found.
        exclude_embeddings: whether AdamW steps those of embeddings.
        adam_lr_ratio: the rate of AdamW over that of the matrices.
        rms_rate: the size of a step, or None to leave it as it comes.

    Source: Keras 3.15 optimizers/muon.py; Jordan et al. 2024, Liu et al. 2025.
    """

    works_by_number = False

    learning_rate: Any = arg(rate_or_schedule, 0.001, was="lr")
    adam_beta_1: Hyper = arg(hyper, 0.9)
    adam_beta_2: Hyper = arg(hyper, 0.999)
    adam_weight_decay: float | None = arg(optional(number()), 0.004)
    epsilon: float = arg(optional(number()), 1e-7)
    weight_decay: float | None = arg(optional(number()), 0.004)
    exclude_layers: Any = arg(anything, None)
    exclude_embeddings: bool = arg(true_or_false, True)
    muon_a: float = arg(number(), 3.4445)
    muon_b: float = arg(number(), -4.7750)
    muon_c: float = arg(number(), 2.0315)
    adam_lr_ratio: float = arg(number(), 1)
    momentum: Hyper = arg(hyper, 0.95)
    ns_steps: int = arg(whole_number(), 5)
    nesterov: bool = arg(true_or_false, True)
    rms_rate: float | None = arg(optional(number()), 0.2)

    positions = by_era(
        {"1.2": ("learning_rate", "adam_beta_1", "adam_beta_2", "adam_weight_decay", "epsilon")}
    )
    together = ("momentum", "velocity")

    def set_arguments(self, args: tuple[Any, ...], kwargs: Any) -> None:
        """Check and keep the arguments; no patterns are an empty list of them."""
        super().set_arguments(args, kwargs)
        self.exclude_layers = list(self.exclude_layers or [])

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the momentum, and of AdamW's mean square."""
        return self.together

    def holds(self, parameter: Tensor, name: str) -> bool:
        """Return whether a parameter has a slot: AdamW alone keeps mean squares."""
        return name != "velocity" or self._by_adam(parameter)

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule."""
        places = [p for p, parameter in enumerate(parameters) if self._by_adam(parameter)]
        momenta = slots["momentum"]
        if places:
            fused_adam(
                [parameters[place] for place in places],
                [gradients[place] for place in places],
                [momenta[place] for place in places],
                slots["velocity"],
                rate=rate * self.adam_lr_ratio,
                beta_1=self.adam_beta_1.value,
                beta_2=self.adam_beta_2.value,
                epsilon=self.epsilon,
                step=step,
                rounded=self.formula("powers_are_rounded"),
            )
        for group in self.variables_known.groups(parameters):
            if group[0] not in places:
                self._turn(group, parameters, gradients, momenta, rate)

    def _turn(
        self,
        group: Sequence[int],
        parameters: list[Tensor],
        gradients: list[Tensor],
        momenta: list[Tensor],
        rate: float,
    ) -> None:
        """Step a matrix by its momentum, made nearly orthogonal."""
        keep, ways = self.momentum.value, []
        for place in group:
            momentum = momenta[place].mul_(keep).add_(gradients[place])
            ways.append(gradients[place] + keep * momentum if self.nesterov else momentum)
        variable = self.variables_known.of(parameters[group[0]])
        change = self._orthogonal(variable.shown(ways)) * rate
        if self.rms_rate is not None:
            change = change * (math.sqrt(max(change.shape)) * self.rms_rate)
        for place, part in zip(group, variable.parts(change), strict=True):
            parameters[place].sub_(part)

    def _orthogonal(self, matrix: Tensor) -> Tensor:
        """Return a matrix with its singular values near 1, by steps of Newton and Schulz."""
        is_tall = matrix.shape[0] > matrix.shape[1]
        x = matrix.T if is_tall else matrix
        x = x / (torch.linalg.norm(x) + 1e-7)
        for _ in range(self.ns_steps):
            square = x @ x.T
            x = self.muon_a * x + (self.muon_b * square + self.muon_c * square @ square) @ x
        return x.T if is_tall else x

    def _by_adam(self, parameter: Tensor) -> bool:
        """Return whether AdamW steps a parameter, rather than the rule for matrices."""
        variable = self.variables_known.of(parameter)
        if variable.rank != 2 or (self.exclude_embeddings and "embedding" in variable.name.lower()):
            return True
        return any(re.search(pattern, variable.name) for pattern in self.exclude_layers)

    def _decay(self, parameters: list[Tensor], rate: float) -> None:
        """Take a part of the parameters away: of matrices by one word, of the others by another."""
        for parameter in parameters:
            part = self.adam_weight_decay if self._by_adam(parameter) else self.weight_decay
            if part:
                parameter.mul_(1.0 - part * rate)


def _rms(values: Tensor) -> Tensor:
    """Return the root of the mean square."""
    return values.square().mean().sqrt()
