"""Gradients and functions as tensorflow 2 writes them: GradientTape, tf.function.

Source: tensorflow 2.15 python/eager/backprop.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, ClassVar

import torch
from torch import Tensor

from kshim.backend.graphs import derived
from kshim.backend.graphs import gradients as symbolic_gradients
from kshim.errors import StateError
from kshim.layers.weights import Weight


class UnconnectedGradients(Enum):
    """What `gradient` gives by a source that the target does not depend on."""

    NONE = "none"
    ZERO = "zero"


class GradientTape:
    """Let what is computed inside the `with` block be derived.

        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether variables are watched by themselves, not alone those that
            `watch` names.
    """

    _open: ClassVar[list[GradientTape]] = []

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        """Start closed; nothing is recorded yet."""
        self.persistent = persistent
        self._watched: list[Any] | None = None if watch_accessed_variables else []
        self._grad = torch.enable_grad()
        self._used = False

    def __enter__(self) -> GradientTape:
        """Record from here on."""
        self._grad = torch.enable_grad()
        self._grad.__enter__()
        self._open.append(self)
        return self

    def __exit__(self, *problem: Any) -> None:
        """Stop recording."""
        self._open.remove(self)
        self._grad.__exit__(*problem)

    def watch(self, tensor: Any) -> None:
        """Let gradients be taken by tensors that are no variables."""
        for one in _flat(tensor):
            if self._watched is not None:
                self._watched.append(one)
            if isinstance(one, Tensor) and one.is_leaf:
                one.requires_grad_(True)

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = None,
    ) -> Any:
        """Return the gradient of the sum of the target by each source, in the sources' form.

        Args:
            output_gradients: what the target is weighed with.
            unconnected_gradients: UnconnectedGradients.ZERO or "zero" for zeros instead of None.

        Raises:
            StateError: at a second call, of a tape that is not persistent.
        """
        if self._used and not self.persistent:
            raise StateError(
                "GradientTape: gradient may be called once, got a second call. Say persistent=True."
            )
        self._used = True
        with torch.enable_grad():
            losses = [_value(one) for one in _flat(target)]
            if output_gradients is not None:
                weights = _flat(output_gradients)
                losses = [one * weight for one, weight in zip(losses, weights, strict=True)]
        return _like(sources, iter(self._derived(losses, _flat(sources), unconnected_gradients)))

    def jacobian(
        self, target: Any, sources: Any, unconnected_gradients: Any = None, **options: Any
    ) -> Any:
        """Return the gradient of each number of a target by each source.

        The shape is the target's and then the source's.
        """
        asked = _flat(sources)
        with torch.enable_grad():
            target = _value(target)
            numbers = target.reshape(-1).unbind()
        rows = [self._derived([one], asked, unconnected_gradients) for one in numbers]
        made = [
            None if column[0] is None
            else torch.stack(list(column)).reshape(*target.shape, *column[0].shape)
            for column in zip(*rows, strict=True)
        ]  # fmt: skip
        return _like(sources, iter(made))

    def batch_jacobian(
        self, target: Any, source: Any, unconnected_gradients: Any = None, **options: Any
    ) -> Any:
        """Return the gradient of each number of a target's samples by the source's same sample.

        The shape is (batch, the target's other axes, the source's other axes).
        """
        size = len(target)
        with torch.enable_grad():
            columns = _value(target).reshape(size, -1).sum(0).unbind()
        rows = [self._derived([one], [source], unconnected_gradients)[0] for one in columns]
        if rows[0] is None:
            return None
        return torch.stack(rows, dim=1).reshape(*target.shape, *source.shape[1:])

    def _derived(self, losses: list[Any], asked: list[Any], unconnected: Any) -> list[Any]:
        again = bool(self._open)
        found = derived(losses, asked, create_graph=again)
        zeros = unconnected is not None and UnconnectedGradients(unconnected).value == "zero"
        made = [
            grad if grad is not None and self._watches(one)
            else torch.zeros(tuple(one.shape)) if zeros else None
            for one, grad in zip(asked, found, strict=True)
        ]  # fmt: skip
        return [grad if grad is None or again else grad.detach() for grad in made]

    def _watches(self, source: Any) -> bool:
        return self._watched is None or any(one is source for one in self._watched)

    def stop_recording(self) -> Any:
        """Return a context in which nothing is recorded."""
        return torch.no_grad()

    def reset(self) -> None:
        """Forget what was recorded."""
        self._used = False


def function(func: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Return a function as it is: torch runs it step by step, with the same results.

    Args:
        options: input_signature, jit_compile, autograph, experimental_relax_shapes, and more.
    """
    return func if func is not None else lambda given: given


def gradients(ys: Any, xs: Any, *options: Any, **more: Any) -> list[Any]:
    """Return the gradient of the sum of `ys` by each of `xs`."""
    return symbolic_gradients(ys, xs)


def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None, **old: Any) -> Any:
    """Return what one of two functions gives."""
    then, other = old.get("fn1", true_fn), old.get("fn2", false_fn)
    return then() if bool(pred) else other()


def while_loop(cond: Any, body: Any, loop_vars: Any, *options: Any, **more: Any) -> Any:
    """Return the variables of a loop after its last round."""
    values = list(loop_vars)
    while bool(cond(*values)):
        made = body(*values)
        values = list(made) if isinstance(made, (list, tuple)) else [made]
    return values if isinstance(loop_vars, list) else tuple(values)


def numpy_function(func: Any, inp: Any, Tout: Any = None, **options: Any) -> Any:  # noqa: N803
    """Return what a function of arrays makes of tensors, as tensors without a history."""
    made = func(*[one.detach().cpu().numpy() if isinstance(one, Tensor) else one for one in inp])
    if isinstance(made, (list, tuple)):
        return [torch.as_tensor(one) for one in made]
    return torch.as_tensor(made)


def py_function(func: Any, inp: Any, Tout: Any = None, **options: Any) -> Any:  # noqa: N803
    """Return what a function of tensors makes of tensors."""
    return func(*inp)


py_func = numpy_function


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that returns (outputs, grad) be derived by its own `grad`."""

    def call(*args: Any) -> Any:
        outputs, grad = f(*[one.detach() if isinstance(one, Tensor) else one for one in args])

        class Own(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *inputs: Any) -> Any:
                return outputs.clone()

            @staticmethod
            def backward(ctx: Any, *upstream: Any) -> Any:
                made = grad(*upstream)
                return made if isinstance(made, tuple) else (made,)

        return Own.apply(*args)

    return call


def _value(target: Any) -> Any:
    return target.read() if isinstance(target, Weight) else target


def _flat(structure: Any) -> list[Any]:
    if isinstance(structure, Mapping):
        structure = list(structure.values())
    if isinstance(structure, (list, tuple)):
        return [one for item in structure for one in _flat(item)]
    return [structure]


def _like(structure: Any, rest: Any) -> Any:
    """Return the next of some values in the form of a structure."""
    if isinstance(structure, Mapping):
        return {key: _like(item, rest) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_like(item, rest) for item in structure]
    return next(rest)
