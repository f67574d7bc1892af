"""Loops over steps and elements.

Source: Keras 2.2.4 backend/tensorflow_backend.py; zero_output_for_mask from tf.keras 2.15.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.backend.tensors import as_tensor, of_tensors
from kshim.core.tracing import refuse_to_trace

Step = Callable[[Any, list[Any]], tuple[Any, Sequence[Any]]]


@of_tensors
def rnn(
    step_function: Step,
    inputs: Tensor,
    initial_states: Sequence[Any],
    go_backwards: bool = False,
    mask: Tensor | None = None,
    constants: Sequence[Any] | None = None,
    unroll: bool = False,
    input_length: int | None = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, list[Any]]:
    """Return the last output, all outputs and the last states of a step done again and again.

    Shapes:
        inputs: (batch, steps, ...), outputs: (batch, steps, ...)

    Args:
        step_function: gives (output, new states) of one step's input and the states, the
            constants behind them.
        mask: (batch, steps); where it is False, states stay and the output is the one before
            (zeros at the start, or always with `zero_output_for_mask`).
        unroll, input_length: of no matter here.
    """
    refuse_to_trace("steps are counted")
    steps = list(torch.unbind(inputs if time_major else torch.movedim(inputs, 1, 0)))
    seen = None if mask is None else list(_columns(mask, time_major))
    if go_backwards:
        steps.reverse()
        seen = seen and seen[::-1]
    states: list[Any] = list(initial_states)
    outputs: list[Any] = []
    for place, now in enumerate(steps):
        output, new = step_function(now, states + list(constants or []))
        if seen is not None:
            before = outputs[-1] if outputs and not zero_output_for_mask else None
            output = _kept(seen[place], output, before)
            new = [_kept(seen[place], *pair) for pair in zip(new, states, strict=False)]
        outputs.append(output)
        states = list(new)
    last = outputs[-1]
    kept = torch.stack(outputs if return_all_outputs else outputs[-1:])
    return last, kept if time_major else torch.movedim(kept, 0, 1), states


@of_tensors
def map_fn(fn: Callable[..., Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """Return what a function makes of each element along the first axis, stacked.

    Args:
        elems: a tensor, or several of one length: the function takes a tuple of elements then.
    """
    refuse_to_trace("elements are counted")
    made = [fn(one) for one in _elements(elems)]
    if isinstance(made[0], list | tuple):
        return type(made[0])(torch.stack(part) for part in zip(*made, strict=True))
    return torch.stack(made)


@of_tensors
def foldl(
    fn: Callable[[Any, Any], Any], elems: Tensor, initializer: Any = None, name: str | None = None
) -> Any:
    """Return fn(... fn(fn(start, first), second) ..., last); the first element may be the start."""
    refuse_to_trace("elements are counted")
    return _folded(fn, list(torch.unbind(elems)), initializer)


@of_tensors
def foldr(
    fn: Callable[[Any, Any], Any], elems: Tensor, initializer: Any = None, name: str | None = None
) -> Any:
    """Return what `foldl` returns for the elements in reverse order."""
    refuse_to_trace("elements are counted")
    return _folded(fn, list(torch.unbind(elems))[::-1], initializer)


def _folded(fn: Callable[[Any, Any], Any], elements: list[Tensor], start: Any) -> Any:
    if start is None:
        return functools.reduce(fn, elements)
    return functools.reduce(fn, elements, start)


def _elements(elems: Any) -> list[Any]:
    if isinstance(elems, list | tuple):
        return list(zip(*(torch.unbind(as_tensor(one)) for one in elems), strict=True))
    return list(torch.unbind(as_tensor(elems)))


def _columns(mask: Tensor, time_major: bool) -> Sequence[Tensor]:
    flat = mask.reshape(mask.shape[:2]).to(torch.bool)
    return torch.unbind(flat if time_major else flat.T)


def _kept(seen: Tensor, new: Tensor, old: Tensor | None) -> Tensor:
    """Return the new rows where a step counts, elsewhere the old ones, or zeros."""
    rows = torch.reshape(seen, (-1, *(1,) * (new.dim() - 1)))
    return torch.where(rows, new, torch.zeros_like(new) if old is None else old)
