"""Regularizers: penalties on the size of weights and outputs, added to the loss.

Each is called with a tensor and returns a scalar.

Source: Keras 1.2.2, 2.2.4 and tf.keras 2.15 regularizers.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kshim.core.arguments import Declared, arg
from kshim.core.checks import number, one_of
from kshim.core.config import to_config
from kshim.core.eras import by_era, rule
from kshim.core.registry import Registry, custom_object_scope
from kshim.errors import ArgumentError

REGULARIZERS = Registry("regularizer")
_USUAL = by_era({"1.2": 0.01, "3": 0.0})


def get(identifier: Any) -> Any:
    """Return the regularizer that a name, a config, a class or a function stands for.

    Raises:
        UnknownName: for a name in no table.
    """
    found = None if identifier is None else REGULARIZERS.make(identifier)
    return found() if found is l1_l2 else found


def serialize(regularizer: Any) -> Any:
    """Return the config of a regularizer, or the name of a function."""
    return to_config(regularizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the regularizer that `serialize` described."""
    with custom_object_scope(custom_objects):
        return get(config)


class Regularizer(Declared):
    """Penalise a tensor; the base of all regularizers."""

    def __call__(self, x: Tensor) -> Tensor:
        """Return the penalty, a scalar."""
        return x.new_zeros(())


def strength(value: Any) -> float:
    """Take a number; None is 0."""
    return 0.0 if value is None else float(number()(value))


@REGULARIZERS.register("L1L2Regularizer", "WeightRegularizer", "ActivityRegularizer")
class L1L2(Regularizer):
    """Penalise with l1 * sum(|x|) + l2 * sum(x²)."""

    l1: float = arg(strength, 0.0)
    l2: float = arg(strength, 0.0)

    def __call__(self, x: Tensor) -> Tensor:
        """Return the penalty."""
        return penalty(x, self.l1, self.l2)


class OneSided(Regularizer):
    """Penalise with one of the two sums; in files up to Keras 2.3 this is an L1L2."""

    l1: float = 0.0
    l2: float = 0.0

    @property
    def keras_name(self) -> str:
        """Return the class name that files of the era in force know."""
        return type(self).__name__ if rule("shorthands_have_classes") else "L1L2"

    def get_config(self) -> dict[str, Any]:
        """Return the config; up to Keras 2.3 that of the L1L2 it stands for."""
        own = rule("shorthands_have_classes")
        return super().get_config() if own else {"l1": self.l1, "l2": self.l2}

    def __call__(self, x: Tensor) -> Tensor:
        """Return the penalty."""
        return penalty(x, self.l1, self.l2)


@REGULARIZERS.register("l1", "activity_l1")
class L1(OneSided):
    """Penalise with l1 * sum(|x|)."""

    l1: float = arg(strength, 0.01, was="l")


@REGULARIZERS.register("l2", "activity_l2")
class L2(OneSided):
    """Penalise with l2 * sum(x²); its gradient is 2 * l2 * x."""

    l2: float = arg(strength, 0.01, was="l")


@REGULARIZERS.register("l1l2", "activity_l1l2")
def l1_l2(l1: Any = _USUAL, l2: Any = _USUAL) -> L1L2:
    """Return an L1L2 with both penalties: of 0.01 unless told, and in Keras 3 of 0."""
    return L1L2(*(_USUAL.value() if one is _USUAL else one for one in (l1, l2)))


@REGULARIZERS.register("orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    """Penalise the mean |cosine| between all pairs of a matrix's rows, or of its columns."""

    factor: float = arg(number(), 0.01)
    mode: str = arg(one_of("rows", "columns"), "rows")

    def __call__(self, x: Tensor) -> Tensor:
        """Return the penalty of a matrix."""
        _need_matrix("OrthogonalRegularizer", x)
        rows = functional.normalize(x if self.mode == "rows" else x.T, dim=1, eps=1e-6)
        cosines = torch.triu(rows @ rows.T, diagonal=1)
        count = len(rows)
        return self.factor * cosines.abs().sum() / (count * (count - 1) / 2)


@REGULARIZERS.register()
class EigenvalueRegularizer(Regularizer):
    """Penalise a matrix with k times its largest singular value, found by nine multiplications."""

    k: float = arg(number())

    def __call__(self, x: Tensor) -> Tensor:
        """Return the penalty of a matrix."""
        _need_matrix("EigenvalueRegularizer", x)
        covariance = x.T @ x
        vector = torch.ones(len(covariance), dtype=x.dtype, device=x.device)
        for _ in range(9):
            vector = covariance @ vector
        return self.k * torch.sqrt((covariance @ vector) @ vector / (vector @ vector))


l1 = activity_l1 = L1
l2 = activity_l2 = L2
l1l2 = activity_l1l2 = l1_l2
WeightRegularizer = ActivityRegularizer = L1L2Regularizer = L1L2
orthogonal_regularizer = OrthogonalRegularizer


def penalty(x: Tensor, l1: float, l2: float) -> Tensor:
    """Return l1 * sum(|x|) + l2 * sum(x²), leaving out what has no strength."""
    total = x.new_zeros(())
    if l1:
        total = total + l1 * x.abs().sum()
    if l2:
        total = total + l2 * x.square().sum()
    return total


def _need_matrix(who: str, x: Tensor) -> None:
    if x.dim() != 2:
        raise ArgumentError("inputs", "a matrix", x, who=who)
