"""The loss of a compiled model as a symbol: `model.total_loss`, and what is fed to it.

Scripts of Keras 1 and 2 take gradients of it and run it by `K.function`.

Source: Keras 2.2.4 and 2.3.1 engine/training.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from kshim.core.eras import in_era
from kshim.core.settings import floatx
from kshim.core.symbols import Symbol
from kshim.errors import StateError
from kshim.graph.streams import held_by
from kshim.layers.base import Layer
from kshim.layers.core import InputLayer
from kshim.layers.operations import Operation
from kshim.models.told_targets import target_symbols
from kshim.training.batches import Batch
from kshim.training.compiled import Compiled, Output, by_output, need_compiled
from kshim.training.steps import loss_of


class ToldLosses(Layer):
    """Show a model's targets, sample weights and loss as symbols; the base of `Intake`."""

    compiled: Compiled | None

    def forget_symbols(self) -> None:
        """Make targets, sample weights and loss anew when they are next asked for."""
        for word in ("_targets", "_sample_weights", "_total_loss"):
            self.__dict__.pop(word, None)

    @property
    def targets(self) -> list[Any]:
        """Return what stands for the targets of each output that has a loss.

        Raises:
            StateError: before `compile`.
        """
        if "_targets" not in self.__dict__:
            need_compiled(self, "targets")
            told = getattr(self, "_told_targets", None) or [None] * len(self.output_names)
            made = target_symbols(told, self.outputs, self.output_names)
            self.__dict__["_targets"] = self._of_trained(made)
        found: list[Any] = self.__dict__["_targets"]
        return found

    @property
    def sample_weights(self) -> list[Symbol]:
        """Return what stands for the weights of samples, for each output that has a loss.

        Shapes:
            (batch,), or (batch, steps) where sample_weight_mode is temporal
        """
        if "_sample_weights" not in self.__dict__:
            mode = need_compiled(self, "sample_weights").sample_weight_mode
            modes = by_output("sample_weight_mode", mode, self.output_names)
            made = [
                InputLayer(
                    batch_shape=(None,) * (2 if one == "temporal" else 1),
                    name=f"{name}_sample_weights",
                ).output
                for name, one in zip(self.output_names, modes, strict=True)
            ]
            self.__dict__["_sample_weights"] = self._of_trained(made)
        found: list[Symbol] = self.__dict__["_sample_weights"]
        return found

    @property
    def total_loss(self) -> Symbol:
        """Return the symbol of what training makes smaller, penalties counted in.

        It follows from `inputs`, `targets` and `sample_weights`.

        Raises:
            StateError: before `compile`, or where there is no loss.
        """
        if "_total_loss" not in self.__dict__:
            with in_era(need_compiled(self, "total_loss").era):
                self.__dict__["_total_loss"] = self._summed()
        total: Symbol = self.__dict__["_total_loss"]
        return total

    def _summed(self) -> Any:
        total: Any = None
        for term in self._terms():
            total = term if total is None else total + term
        if total is None:
            raise StateError(f"{self.who}: there must be a loss to make smaller, got none.")
        for weight in [one for one in self.weights if one.regularizer is not None]:
            total = _Number(_Penalised(weight.regularizer)).record((total, weight), {})
        for term in [one for one in self.losses if isinstance(one, Symbol)]:
            total = total + _Number(_mean).record((term,), {})
        return total

    def _terms(self) -> Iterator[Any]:
        """Yield the loss of each output, times its share in the total."""
        compiled = need_compiled(self, "total_loss")
        given = iter(zip(self.targets, self.sample_weights, strict=True))
        wanted = compiled.outputs([], [None] * len(self.outputs))
        for output, made in zip(wanted, self.outputs, strict=True):
            if output.loss is not None:
                target, weight = next(given)
                yield _Number(_Loss(output)).record((made, target, weight, made.mask), {})

    def _of_trained(self, made: list[Any]) -> list[Any]:
        """Return those of one thing for each output whose output has a loss."""
        losses = by_output("loss", need_compiled(self, self.who).loss, self.output_names)
        return [one for one, loss in zip(made, losses, strict=True) if loss is not None]

    @property
    def _feed_inputs(self) -> list[Symbol]:
        return [symbol for symbol in self.inputs if held_by(symbol) is None]

    @property
    def _feed_targets(self) -> list[Any]:
        return [one for one in self.targets if isinstance(one, Symbol)]

    @property
    def _feed_sample_weights(self) -> list[Symbol]:
        return self.sample_weights


class _Number(Operation):
    """Apply a function that gives one number, whatever goes in."""

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Symbol:
        """Return the symbol of a number: targets have shapes that no trial run can guess."""
        return Symbol((), floatx())


class _Loss:
    """Compute the loss of one output, times its share in the total."""

    def __init__(self, output: Output) -> None:
        self.output, self.__name__ = output, f"{output.name}_loss"

    def __call__(self, made: Tensor, target: Tensor, weight: Tensor, mask: Any) -> Tensor:
        batch = Batch([], [target], [weight])
        return loss_of(self.output, batch, 0, made, None, mask) * self.output.share


class _Penalised:
    """Add the penalty of a weight to a loss."""

    def __init__(self, regularizer: Any) -> None:
        self.regularizer, self.__name__ = regularizer, "penalised"

    def __call__(self, total: Tensor, weight: Tensor) -> Tensor:
        added: Tensor = total + self.regularizer(weight)
        return added


def _mean(term: Tensor) -> Tensor:
    return term.mean()
