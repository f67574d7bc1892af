"""What layers take: one tensor, several, or texts, as the type of `call`'s inputs says.

A layer whose `call` is annotated `inputs: Tensor` takes one tensor of numbers, and refuses all
else in one sentence; one that says nothing, or `Any`, takes whatever its code can use.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, fx

from kshim.core.arguments import PACKAGE
from kshim.core.shapes import is_shape
from kshim.core.symbols import Symbol
from kshim.core.texts import Texts
from kshim.errors import ArgumentError, ShapeError, Shown, UnexpectedArgument, nearest, shown
from kshim.layers.weights import Weight


@dataclass(frozen=True)
class Taken:
    """Hold what goes into a layer: one, a list of them, or either; numbers, texts, or either."""

    one: bool
    several: bool
    numbers: bool = True
    texts: bool = False

    @property
    def wanted(self) -> str:
        """Return what is taken, in words."""
        kinds = [word for word, it in (("numbers", self.numbers), ("texts", self.texts)) if it]
        one, some = f"a tensor or an array of {' or of '.join(kinds)}", "a list of tensors"
        return " or ".join(word for word, it in ((one, self.one), (some, self.several)) if it)


_TAKEN = {
    "Tensor": Taken(one=True, several=False),
    "list[Tensor]": Taken(one=False, several=True),
    "Tensor | list[Tensor]": Taken(one=True, several=True),
    "Texts": Taken(one=True, several=False, numbers=False, texts=True),
    "Data": Taken(one=True, several=False, texts=True),
    "Sequence[Data]": Taken(one=False, several=True, texts=True),
}


def is_own(function: Callable[..., Any]) -> bool:
    """Return whether a function is kshim's, and no user's."""
    return function.__module__.partition(".")[0] == PACKAGE


def taken_by(call: Callable[..., Any]) -> Taken | None:
    """Return what a layer of kshim's takes whose `call` this is; None for anything."""
    told = inspect.signature(call).parameters.get("inputs")
    kind = None if told is None or not is_own(call) else told.annotation
    return _TAKEN.get(kind) if isinstance(kind, str) else None


def only_inputs(who: str, taken: Taken | None, inputs: Any) -> Any:
    """Return what a layer was called with, a list of one as that one.

    Raises:
        ArgumentError: for anything but what the layer takes.
    """
    if taken is None:
        return inputs
    if taken.one and not taken.several and type(inputs) in (list, tuple) and len(inputs) == 1:
        inputs = inputs[0]
    listed = isinstance(inputs, list | tuple)
    items = list(inputs) if listed else [inputs]
    fit = bool(items) and all(_fits(taken, item) for item in items)
    if fit and (taken.several or not listed):  # of one in the place of a list layers tell more
        return inputs
    given = Shown(f"a list of {len(items)}") if fit else _told(inputs)
    raise ArgumentError("inputs", taken.wanted, given, who=who)


def check_words(who: str, kind: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse what one of kshim's layers is called with besides what its `call` takes.

    Raises:
        UnexpectedArgument: for no inputs, more of them than it takes, or a word nobody knows.
    """
    if kind.inputs_taken is None:
        return
    known = {*kind.call_words, "inputs", "mask", "training"} - {"self", "options"}
    unknown = next((word for word in kwargs if word not in known), None)
    if unknown is not None:
        hint = nearest(unknown, known)
        wanted = ", ".join(sorted(known))
        raise UnexpectedArgument(f"{who}: keyword must be one of {wanted}, got {unknown!r}.{hint}")
    if not args and "inputs" not in kwargs:
        raise UnexpectedArgument(f"{who}: inputs must be given, got none.")
    if len(args) > max(2, len(kind.call_words) - 1) or _is_second_input(kind, args):
        raise UnexpectedArgument(
            f"{who}: inputs must be one, or a list of them, got {len(args)} side by side."
        )


def _is_second_input(kind: Any, args: tuple[Any, ...]) -> bool:
    """Return whether a layer that takes one input got another; Keras 1 put the mask there."""
    return len(args) == 2 and args[1] is not None and len(kind.call_words) < 3


def check_one(who: str, taken: Taken | None, shapes: Any) -> None:
    """Refuse the shapes of several inputs where a layer takes one.

    Raises:
        ShapeError: naming the layer and what was given.
    """
    if taken is not None and not taken.several and not is_shape(shapes):
        raise ShapeError(f"{who}: inputs must be {taken.wanted}, got a list of {len(shapes)}.")


def _fits(taken: Taken, item: Any) -> bool:
    if isinstance(item, Symbol):
        return taken.texts if item.dtype == "string" else taken.numbers
    if isinstance(item, Texts):
        return taken.texts
    return taken.numbers and isinstance(item, Tensor | Weight | fx.Proxy)


def _told(inputs: Any) -> Any:
    """Return what was given as messages show it: arrays of anything but numbers with their kind."""
    if isinstance(inputs, Texts) or getattr(inputs, "dtype", None) == "string":
        return Shown("texts")
    if isinstance(inputs, np.ndarray):
        return Shown(f"{shown(inputs)} and type {inputs.dtype}")
    return inputs
