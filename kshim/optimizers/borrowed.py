"""Borrowed: an optimizer or scheduler of torch's own, handed to `compile`, makes the updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from kshim.errors import ArgumentError, NotSupported, StateError
from kshim.optimizers.base import Optimizer
from kshim.optimizers.hyper import Hyper

WATCHED = ("val_loss", "loss")


class Rate(Hyper):
    """Show and set the learning rate of torch's groups; their ratios stay."""

    __slots__ = ("groups",)

    def __init__(self, groups: Sequence[dict[str, Any]]) -> None:
        """Hold the groups."""
        self.groups = groups

    @property
    def value(self) -> float:  # type: ignore[override]
        """Return the rate of the first group."""
        return float(self.groups[0]["lr"])

    @value.setter
    def value(self, value: float) -> None:
        before = self.value
        for group in self.groups:
            rate = value * float(group["lr"]) / before if before else value
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate


class TorchOptimizer(Optimizer):
    """Let an optimizer of torch's make the updates.

    Args:
        rule: a `torch.optim` optimizer that was made of the model's parameters, or a scheduler of
            one, which takes a step behind every epoch (`ReduceLROnPlateau` by `val_loss`, else by
            `loss`).

        >>> import torch
        >>> from kshim.layers import Dense
        >>> from kshim.models import Sequential
        >>> model = Sequential([Dense(1, input_dim=2)])
        >>> model.compile(torch.optim.SGD(model.parameters(), lr=0.1), "mse")
        >>> float(model.optimizer.learning_rate)
        0.1

    Files hold neither its words nor its state: a model is saved as one that is not compiled.

    Raises:
        ArgumentError: for what is neither, and for a class that is not called.
    """

    in_files = False
    works_by_number = False  # it holds the parameters that it was made of

    def __init__(self, rule: Any) -> None:
        """Keep the optimizer, and its scheduler if that was given."""
        self.scheduler = rule if isinstance(rule, LRScheduler | ReduceLROnPlateau) else None
        held = rule.optimizer if self.scheduler is not None else rule
        if not isinstance(held, torch.optim.Optimizer):
            wanted = "an optimizer or scheduler of torch.optim, made of model.parameters()"
            raise ArgumentError("optimizer", wanted, rule, who="compile")
        self.rule = held
        super().__init__(name=type(held).__name__)
        self.learning_rate = Rate(held.param_groups)

    def apply(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> None:
        """Make one update of all parameters; those without a gradient stay as they are."""
        self.need(parameters)
        before = [parameter.grad for parameter in parameters]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        self.rule.step()
        for parameter, gradient in zip(parameters, before, strict=True):
            parameter.grad = gradient
        self.iterations.value += 1

    def need(self, parameters: Sequence[Tensor]) -> None:
        """Refuse parameters that the optimizer was not made of.

        Raises:
            StateError: telling how many it lacks.
        """
        held = {id(it) for group in self.rule.param_groups for it in group["params"]}
        lacking = sum(id(it) not in held for it in parameters)
        if lacking:
            raise StateError(
                f"compile: optimizer must be made of the model's parameters, got a "
                f"{type(self.rule).__name__} that lacks {lacking} of {len(parameters)}. Build the "
                "model first, and make it of model.parameters()."
            )

    def end_epoch(self, logs: Mapping[str, Any]) -> None:
        """Let the scheduler take its step."""
        if isinstance(self.scheduler, ReduceLROnPlateau):
            watched = next((name for name in WATCHED if name in logs), None)
            if watched is not None:
                self.scheduler.step(float(logs[watched]))
        elif self.scheduler is not None:
            self.scheduler.step()

    def get_config(self) -> dict[str, Any]:
        """Refuse: torch's optimizers have no words in Keras's files.

        Raises:
            NotSupported: always.
        """
        raise NotSupported(
            f"{type(self.rule).__name__}: an optimizer must be Keras's to be told in a config, got "
            "torch's. Keep its state_dict() beside the model."
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the state of torch's optimizer, and of the scheduler."""
        told = {"rule": self.rule.state_dict(), "iterations": self.iterations.value}
        return told | ({"scheduler": self.scheduler.state_dict()} if self.scheduler else {})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take what `state_dict` returned."""
        self.rule.load_state_dict(state["rule"])
        self.learning_rate = Rate(self.rule.param_groups)
        self.iterations.value = int(state["iterations"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])


def is_torchs(identifier: Any) -> bool:
    """Return whether a thing is an optimizer or a scheduler of torch's, or a class of them."""
    kinds = (torch.optim.Optimizer, LRScheduler, ReduceLROnPlateau)
    kind = identifier if isinstance(identifier, type) else type(identifier)
    return issubclass(kind, kinds)
