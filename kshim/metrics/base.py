"""Metrics with a state: `update_state` a batch at a time, `result`, `reset_state`.

The state lives on the device of the data, and nothing is read back before somebody asks for the
result's value.

Source: Keras 2.3.1, tf.keras 2.15 metrics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, optional, text
from kshim.core.names import snake_case, unique_name
from kshim.core.settings import floatx
from kshim.core.tracing import refuse_to_trace
from kshim.errors import NotSupported
from kshim.losses.classes import InBodyOrder

_FILLS = {None: 0.0, "zeros": 0.0, "zero": 0.0, "ones": 1.0, "one": 1.0}


class State(Tensor):
    """Hold numbers that a metric gathers; they move to where what is added to them lives."""

    # What a state takes part in is a plain tensor.
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    word = ""

    @staticmethod
    def __new__(cls, values: Tensor, word: str = "") -> State:
        """Return the values as a state of a name."""
        state: State = Tensor._make_subclass(cls, values)
        state.word = word
        return state

    @property
    def name(self) -> str:  # type: ignore[override]
        """Return the name as TensorFlow gives it: total:0."""
        return f"{self.word}:0"

    def assign(self, value: Any) -> State:
        """Put a value in the state's place."""
        self.copy_(self._beside(torch.as_tensor(value)))
        return self

    def assign_add(self, value: Any) -> State:
        """Add a value."""
        self.add_(self._beside(value) if isinstance(value, Tensor) else value)
        return self

    def assign_sub(self, value: Any) -> State:
        """Take a value away."""
        self.sub_(self._beside(value) if isinstance(value, Tensor) else value)
        return self

    def _beside(self, value: Tensor) -> Tensor:
        """Return a value without its history, on one device with the state.

        The state goes to an accelerator; a value from the processor comes to the state.
        """
        if value.device != self.device:
            if value.is_cpu:
                return value.detach().to(self.device)
            self.data = self.data.to(value.device)
        return value.detach()

    def __deepcopy__(self, memo: dict[int, Any]) -> State:
        """Return a state of its own with the same values."""
        memo[id(self)] = copied = State(self.detach().clone(), self.word)
        return copied


class Metric(InBodyOrder):
    """Gather what a metric needs over batches; subclasses give `update_state` and `result`.

    A subclass makes its state with `add_weight`, after `super().__init__(name=...)`; kshim's own
    do so in `begin`.
    """

    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    stateful = True

    def __init_subclass__(cls, **options: Any) -> None:
        """See to it that no gradient is kept for a metric."""
        super().__init_subclass__(**options)
        if "update_state" in vars(cls):
            cls.update_state = torch.no_grad()(cls.update_state)  # type: ignore[method-assign]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments and make the state."""
        self.weights: list[State] = []
        super().__init__(*args, **kwargs)
        if self.name is None:
            self.name = self.default_name()
        self.dtype = self.dtype or floatx()
        self.begin()

    def default_name(self) -> str:
        """Return the name of a metric that was given none: its class, numbered."""
        return unique_name(snake_case(type(self).__name__))

    def begin(self) -> None:
        """Make the state; a metric of the user's own may do so in `__init__` instead."""

    def add_weight(
        self,
        name: str,
        shape: tuple[int, ...] = (),
        initializer: str | Callable[..., Any] | None = None,
        dtype: Any | None = None,
        **options: Any,
    ) -> State:
        """Return a new part of the state: zeros, ones, or what a function of the shape gives."""
        chosen = dtype or self.dtype or floatx()
        kind = chosen if isinstance(chosen, torch.dtype) else getattr(torch, str(chosen))
        if callable(initializer):
            values = torch.as_tensor(initializer(tuple(shape)), dtype=kind)
        else:
            values = torch.full(tuple(shape), _FILLS[initializer], dtype=kind)
        state = State(values, name)
        self.weights.append(state)
        return state

    @property
    def variables(self) -> list[State]:
        """Return the parts of the state."""
        return self.weights

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """Take a batch in, and return the result up to here."""
        refuse_to_trace("a metric keeps a state")
        self.update_state(*args, **kwargs)
        result = self.result()
        vars(result)["_metric_obj"] = self  # `add_metric` asks for it
        return result

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch in: usually y_true, y_pred, sample_weight=None."""
        raise NotSupported(f"{type(self).__name__}: a Metric must define update_state.")

    def result(self) -> Tensor:
        """Return the metric of all batches since the last reset."""
        raise NotSupported(f"{type(self).__name__}: a Metric must define result().")

    def reset_state(self) -> None:
        """Forget all batches."""
        if type(self).reset_states is not Metric.reset_states:
            self.reset_states()  # a script's own, under the old name
        else:
            self._forget()

    def reset_states(self) -> None:
        """Forget all batches, under the name used up to TensorFlow 2.4."""
        if type(self).reset_state is not Metric.reset_state:
            self.reset_state()
        else:
            self._forget()

    def _forget(self) -> None:
        for state in self.weights:
            state.zero_()


def divide_or_zero(dividend: Tensor, divisor: Tensor) -> Tensor:
    """Return the quotient, and 0 where the divisor is 0."""
    is_zero = divisor == 0
    return dividend / (divisor + is_zero) * ~is_zero
