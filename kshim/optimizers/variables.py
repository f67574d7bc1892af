"""Variables: what a rule must know of parameters as Keras shows them.

Most rules work number by number, and torch's layout is as good to them as any. A norm, a mean over
an axis or a name belongs to a whole variable of Keras, which may be several of torch's parameters,
their axes in another order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor


class Variable:
    """Show a parameter that nobody told about as it is; the form of all variables.

    Attributes:
        path, name: layer and weight, as dense_1/kernel:0 and dense_1/kernel; empty where they are
            not known.
        tensors: torch's parameters behind the variable.
    """

    def __init__(self, tensors: Sequence[Tensor], weight: Any = None) -> None:
        self.tensors, self._weight = tuple(tensors), weight
        self.path = "" if weight is None else str(weight.name)
        self.name = self.path.partition(":")[0]

    def shown(self, tensors: Sequence[Tensor]) -> Tensor:
        """Return tensors beside the variable's own in Keras's order."""
        found: Tensor = tensors[0] if self._weight is None else self._weight.to_keras(*tensors)
        return found

    def parts(self, value: Tensor) -> Sequence[Tensor]:
        """Return what Keras shows as `value` in torch's order, beside the variable's tensors."""
        return (value,) if self._weight is None else tuple(self._weight.to_torch(value))

    @property
    def rank(self) -> int:
        """Return how many axes Keras shows."""
        return self.shown(self.tensors).dim()


class Variables:
    """Know to which variable each parameter belongs."""

    def __init__(self) -> None:
        self._weights: dict[Tensor, Any] = {}

    def learn(self, weights: Iterable[Any]) -> None:
        """Take note of weights; a parameter of which several show parts stays alone."""
        owners: dict[Tensor, list[Any]] = {}
        for weight in weights:
            for tensor in weight.tensors:
                owners.setdefault(tensor, []).append(weight)
        for tensor, found in owners.items():
            if len(found) == 1:
                self._weights[tensor] = found[0]
            else:
                self._weights.pop(tensor, None)

    def of(self, parameter: Tensor) -> Variable:
        """Return the variable that a parameter is all or part of."""
        weight = self._weights.get(parameter)
        return Variable([parameter]) if weight is None else Variable(weight.tensors, weight)

    def groups(self, parameters: Sequence[Tensor]) -> list[list[int]]:
        """Return the places of the parameters of each variable."""
        found: dict[int, list[int]] = {}
        for place, parameter in enumerate(parameters):
            owner = self._weights.get(parameter, parameter)
            found.setdefault(id(owner), []).append(place)
        return list(found.values())


def norms(tensors: list[Tensor], groups: Sequence[Sequence[int]]) -> list[Tensor]:
    """Return for each tensor the norm of all the tensors of its group."""
    return joined(torch._foreach_norm(tensors), groups)


def joined(lengths: Sequence[Tensor], groups: Sequence[Sequence[int]]) -> list[Tensor]:
    """Return for each of some norms that of its whole group."""
    found = list(lengths)
    for group in groups:
        if len(group) > 1:
            whole = torch.linalg.vector_norm(torch.stack([found[place] for place in group]))
            for place in group:
                found[place] = whole
    return found
