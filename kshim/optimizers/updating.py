"""get_updates: a step of an optimizer as updates of `K.function`, and optimizers of a script's own.

Old scripts ask an optimizer for updates (`K.function([x, y], [loss],
updates=opt.get_updates(params, [], loss))`), and write optimizers that say nothing but their
updates. The symbols are made by `kshim.backend`, which is above this floor and says how
(`make_symbols_with`).

Source: Keras 1.2.2, 2.2.4 and 2.3.1 optimizers.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kshim.core.eras import by_era
from kshim.errors import ArgumentError, StateError


class Symbols(Protocol):
    """What the floor of `K` does for optimizers."""

    def gradients(self, loss: Any, params: Sequence[Any]) -> list[Any]:
        """Return the symbols of gradients, None where there is none."""

    def clipped(self, grads: list[Any], norm: float | None, value: float | None) -> list[Any]:
        """Return gradients shortened to a norm together, then cut to a value."""

    def own_step(self, optimizer: Any, params: Sequence[Any]) -> Any:
        """Return a function of a loss and gradients that does what `get_updates` says."""


class Step:
    """Stand among updates for one step of an optimizer.

    Attributes:
        symbols: the gradients that the step needs.
    """

    def __init__(
        self, optimizer: Any, params: Sequence[Any], symbols: list[Any], constraints: Any
    ) -> None:
        """Keep what the step needs."""
        self.optimizer, self.params, self.symbols = optimizer, list(params), symbols
        self.constraints = constraints

    def write(self, values: Sequence[Any]) -> None:
        """Make the step by the gradients' values."""
        pairs = list(zip(values, self.params, strict=True))
        self.optimizer.apply_gradients(pairs, constraints=self.constraints)


class Updating:
    """Give the updates of a step, and make the steps of an optimizer that only gives them."""

    # Keras 1 is told the constraints; later ones ask the weights.
    told_constraints: Any = by_era({"1.2": True, "2.0": False})
    clipnorm: float | None
    clipvalue: float | None
    _own_step: tuple[list[Any], Any] | None = None

    def get_gradients(self, loss: Any, params: Sequence[Any]) -> list[Any]:
        """Return the symbols of a loss's gradients by variables, clipped as was asked.

        Raises:
            ArgumentError: when the loss does not depend on one of them.
        """
        grads = self._gradients(loss, params)
        return _symbols().clipped(grads, self.clipnorm, self.clipvalue)

    def get_updates(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Return the updates of one step: `get_updates(loss, params)`.

        The older `get_updates(params, constraints, loss)` is understood in every era; its
        constraints, a dict by variable, count in Keras 1 alone.

        Raises:
            ArgumentError: without a loss and variables.
        """
        loss, params, constraints = _asked(args, kwargs)
        told = self.told_constraints.value()
        grads = self._gradients(loss, params)
        return [Step(self, params, grads, dict(constraints or {}) if told else None)]

    @property
    def has_own_updates(self) -> bool:
        """Return whether a script says what a step is by a `get_updates` of its own."""
        return type(self).get_updates is not Updating.get_updates

    def step_by_updates(self, params: Sequence[Any], loss: Any, grads: Sequence[Any]) -> None:
        """Make the step that a script's own `get_updates` says.

        Args:
            params: the variables.
            loss, grads: their values in this step.
        """
        self._own_step_of(params)([loss, *grads])

    def own_variables(self, params: Sequence[Any] | None = None) -> list[Any]:
        """Return the variables that a script's own `get_updates` names as its `weights`.

        Args:
            params: the variables of the model, to ask `get_updates` if that is to come yet.
        """
        if params is not None:
            self._own_step_of(params)
        return [] if self._own_step is None else list(getattr(self, "weights", ()))

    def _own_step_of(self, params: Sequence[Any]) -> Any:
        held = self._own_step
        if held is None or [*map(id, held[0])] != [*map(id, params)]:
            held = self._own_step = (list(params), _symbols().own_step(self, params))
        return held[1]

    def _gradients(self, loss: Any, params: Sequence[Any]) -> list[Any]:
        grads = _symbols().gradients(loss, params)
        lost = [getattr(p, "name", p) for p, g in zip(params, grads, strict=True) if g is None]
        if lost:
            raise ArgumentError("params", "variables that the loss depends on", lost,
                                who=type(self).__name__)  # fmt: skip
        return grads


def make_symbols_with(symbols: Symbols) -> None:
    """Say who makes the symbols of updates."""
    global _maker
    _maker = symbols


def _symbols() -> Symbols:
    if _maker is None:
        raise StateError("get_updates needs kshim.backend, which is not imported.")
    return _maker


def _asked(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, list[Any], Any]:
    """Return loss, variables and constraints, in whichever order they were given."""
    order = ("params", "constraints", "loss") if len(args) == 3 else ("loss", "params")
    if len(args) == 2 and isinstance(args[0], list | tuple):  # Keras 2.0's own order
        order = ("params", "loss")
    named = dict(zip(order, args, strict=False)) | dict(kwargs)
    if len(args) > 3 or named.keys() - {"params", "constraints", "loss"}:
        raise ArgumentError("arguments", "loss and params", sorted(named), who="get_updates")
    if "loss" not in named or "params" not in named:
        raise ArgumentError("arguments", "loss and params", sorted(named), who="get_updates")
    return named["loss"], list(named["params"]), named.get("constraints")


_maker: Symbols | None = None
