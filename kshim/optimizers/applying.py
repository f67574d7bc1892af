"""What a training loop of a script's own says to an optimizer.

Source: tf.keras 2.15 optimizers/optimizer.py; TensorFlow 1's train.Optimizer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.errors import ArgumentError


class Applying:
    """Take gradients by the variables of layers, in the order in which Keras shows them."""

    apply: Callable[[Sequence[Tensor], Sequence[Tensor | None]], None]
    iterations: Any

    def apply_gradients(
        self, grads_and_vars: Iterable[tuple[Any, Any]], *options: Any,
        constraints: Mapping[Any, Any] | None = None, **more: Any,
    ) -> Any:  # fmt: skip
        """Make one update; a variable without a gradient (None) stays as it is.

        Args:
            grads_and_vars: pairs of a gradient and its variable.
            constraints: those of the variables; None asks the variables for theirs.

        Raises:
            ArgumentError: when no variable has a gradient.
        """
        pairs = [(grad, variable) for grad, variable in grads_and_vars if grad is not None]
        if not pairs:
            raise ArgumentError(
                "grads_and_vars", "pairs with a gradient", "none", who=type(self).__name__
            )
        tensors: list[Tensor] = []
        gradients: list[Tensor | None] = []
        for grad, variable in pairs:
            held, parts = _in_torch(variable, grad)
            tensors += held
            gradients += parts
        with torch.no_grad():
            self.apply(tensors, gradients)
            for _, variable in pairs:
                constraint = _constraint(variable, constraints)
                if constraint is not None:
                    variable.assign(constraint(variable.read()))
        return self.iterations

    def minimize(self, loss: Any, var_list: Any, tape: Any = None, **options: Any) -> Any:
        """Make one update that lowers a loss.

        Args:
            loss: a tensor that a tape saw, or a function that gives one.
            var_list: the variables to change, or a function that gives them.
            tape: the tape that saw the loss.
        """
        with torch.enable_grad():
            value = loss() if callable(loss) and not isinstance(loss, Tensor) else loss
            total = value.sum()
        variables = list(var_list() if callable(var_list) else var_list)
        if tape is not None:
            found = tape.gradient(value, variables)
        else:
            flat = [tensor for one in variables for tensor in tensors_of(one)]
            taken = iter(torch.autograd.grad(total, flat, allow_unused=True))
            found = [_in_keras(one, [next(taken) for _ in tensors_of(one)]) for one in variables]
        return self.apply_gradients(zip(found, variables, strict=True))


def _constraint(variable: Any, told: Mapping[Any, Any] | None) -> Any:
    return getattr(variable, "constraint", None) if told is None else told.get(variable)


def tensors_of(variable: Any) -> Sequence[Tensor]:
    """Return torch's tensors behind a variable."""
    return variable.tensors if hasattr(variable, "tensors") else (variable,)


def _in_torch(variable: Any, grad: Any) -> tuple[list[Tensor], list[Tensor]]:
    """Return a variable's tensors and its gradient in their layout."""
    held = list(tensors_of(variable))
    given = torch.as_tensor(grad).to(held[0])
    return held, list(variable.to_torch(given)) if hasattr(variable, "to_torch") else [given]


def _in_keras(variable: Any, parts: Sequence[Tensor | None]) -> Any:
    """Return the gradients of a variable's tensors as Keras shows the variable."""
    if any(part is None for part in parts):
        return None
    return variable.to_keras(*parts) if hasattr(variable, "to_keras") else parts[0]
