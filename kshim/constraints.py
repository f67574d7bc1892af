"""Constraints: what a weight is put back to after each update.

Each is called with the weight in Keras's layout and returns one of the same shape.

Source: Keras 1.2.2, 2.2.4 and tf.keras 2.15 constraints.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import Declared, arg
from kshim.core.checks import number, whole_number
from kshim.core.config import to_config
from kshim.core.registry import Registry, custom_object_scope
from kshim.core.settings import epsilon
from kshim.core.symbols import record, symbols_in
from kshim.errors import ArgumentError

CONSTRAINTS = Registry("constraint")


def get(identifier: Any) -> Any:
    """Return the constraint that a name, a config, a class or a function stands for.

    Raises:
        UnknownName: for a name in no table.
    """
    return None if identifier is None else CONSTRAINTS.make(identifier)


def serialize(constraint: Any) -> Any:
    """Return the config of a constraint, or the name of a function."""
    return to_config(constraint)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the constraint that `serialize` described."""
    with custom_object_scope(custom_objects):
        return get(config)


def axes(value: Any) -> int | list[int]:
    """Take one axis or several."""
    one = whole_number()
    return [one(item) for item in value] if isinstance(value, list | tuple) else int(one(value))


def _recorded(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def constrain(self: Any, w: Any) -> Any:
        return record(functools.partial(call, self), (w,), {}) if symbols_in(w) else call(self, w)

    return constrain


class Constraint(Declared):
    """Put a weight back where it may be; the base of all constraints.

    Of a symbol it gives the symbol of what is allowed, by one node.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        """Let what the class says of tensors be recorded of symbols."""
        super().__init_subclass__(**options)
        if "__call__" in vars(cls):
            cls.__call__ = _recorded(cls.__call__)  # type: ignore[method-assign]

    def __call__(self, w: Tensor) -> Tensor:
        """Return the weight that is allowed."""
        return w


@CONSTRAINTS.register("max_norm", "maxnorm")
class MaxNorm(Constraint):
    """Scale down what is longer than max_value.

    Args:
        axis: along which lengths are taken: 0 for a dense kernel, [0, 1, 2] for a 2D one.
    """

    max_value: float = arg(number(), 2, was="m")
    axis: int | list[int] = arg(axes, 0)

    def __call__(self, w: Tensor) -> Tensor:
        """Return w * min(norm, max_value) / (epsilon + norm)."""
        norms = norm(w, self.axis)
        return w * (norms.clamp(0, self.max_value) / (epsilon() + norms))


@CONSTRAINTS.register("non_neg", "nonneg")
class NonNeg(Constraint):
    """Set what is negative to zero."""

    def __call__(self, w: Tensor) -> Tensor:
        """Return w * (w >= 0)."""
        return w * (w >= 0)


@CONSTRAINTS.register("unit_norm", "unitnorm")
class UnitNorm(Constraint):
    """Scale to length 1 along the axis."""

    axis: int | list[int] = arg(axes, 0)

    def __call__(self, w: Tensor) -> Tensor:
        """Return w / (epsilon + norm)."""
        return w / (epsilon() + norm(w, self.axis))


@CONSTRAINTS.register("min_max_norm")
class MinMaxNorm(Constraint):
    """Scale lengths along the axis towards the range from min_value to max_value.

    Args:
        rate: 1 goes all the way at each update, 0 not at all.
    """

    min_value: float = arg(number(), 0.0, was="low")
    max_value: float = arg(number(), 1.0, was="high")
    rate: float = arg(number(), 1.0)
    axis: int | list[int] = arg(axes, 0)

    def __call__(self, w: Tensor) -> Tensor:
        """Return w * wanted norm / (epsilon + norm)."""
        norms = norm(w, self.axis)
        inside = norms.clamp(self.min_value, self.max_value)
        return w * ((self.rate * inside + (1 - self.rate) * norms) / (epsilon() + norms))


@CONSTRAINTS.register("radial_constraint")
class RadialConstraint(Constraint):
    """Give every ring of a 2D kernel one value: that found where it crosses the diagonal."""

    def __call__(self, w: Tensor) -> Tensor:
        """Return the kernel made of rings.

        Shapes:
            w: (size, size, inputs, outputs)
        """
        if w.dim() != 4:
            raise ArgumentError("weight", "of four axes", w, who="RadialConstraint")
        size = w.shape[0]
        offset = (torch.arange(size, device=w.device) - (size - 1) / 2).abs().long()
        ring = torch.maximum(offset[:, None], offset[None, :])
        # tf.keras 2.15 takes all rings of an odd kernel from one cell nearer to its corner.
        back = 1 if size % 2 else (ring == 0).long()
        crossing = size // 2 + ring - back
        return w[crossing, crossing]


maxnorm = max_norm = MaxNorm
nonneg = non_neg = NonNeg
unitnorm = unit_norm = UnitNorm
min_max_norm = MinMaxNorm
radial_constraint = RadialConstraint


def norm(w: Tensor, axis: int | list[int]) -> Tensor:
    """Return Euclidean lengths along the axis, which stays with size 1."""
    return torch.sqrt(w.square().sum(axis, keepdim=True))
