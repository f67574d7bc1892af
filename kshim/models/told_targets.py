"""Targets that `compile(target_tensors=...)` names: symbols to be fed, or tensors that are there.

Source: Keras 2.2.4 and 2.3.1 engine/training.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from kshim.core.eras import rule
from kshim.core.names import unique_name
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, NotSupported, ShapeError, UnknownName, WrongKind, nearest
from kshim.graph.streams import read, streams_before
from kshim.layers.core import InputLayer
from kshim.layers.weights import Weight


def told_targets(given: Any, names: Sequence[str]) -> list[Any]:
    """Return what was given of each output's targets, None where nothing was.

    Args:
        given: a tensor, a list of one for each output, or a dict by output name.

    Raises:
        NotSupported: where the era's Keras takes none.
        ArgumentError: for another number of them, or an unknown name.
        WrongKind: for what is no tensor.
    """
    if given is None or (isinstance(given, list | tuple) and not given):
        return [None] * len(names)
    if not rule("takes_target_tensors"):
        raise NotSupported(
            "compile: target_tensors are of Keras 2.0 to 2.3. Give the targets to fit instead."
        )
    if isinstance(given, Mapping):
        for word in given:
            if word not in names:
                raise UnknownName("target_tensors", f"named by the outputs {list(names)}", word,
                                  who="compile", hint=nearest(str(word), names))  # fmt: skip
        return [given.get(name) for name in names]
    told = list(given) if isinstance(given, list | tuple) else [given]
    wrong = [one for one in told if not isinstance(one, Symbol | Tensor | Weight | None)]
    if wrong:
        wanted = "a tensor, a list or a dict of tensors"
        raise WrongKind("target_tensors", wanted, wrong[0], who="compile")
    if len(told) != len(names):
        raise ArgumentError("target_tensors", f"one for each of {len(names)} outputs", len(told),
                            who="compile")  # fmt: skip
    return told


def with_held(y: Any, told: Sequence[Any], who: str) -> Any:
    """Return the targets of a batch: those that are there, and y for the others.

    Raises:
        ShapeError: when y holds targets for outputs that have theirs.
    """
    held = [None if isinstance(one, Symbol) and not streams_before(one) else one for one in told]
    if all(one is None for one in held):
        return y
    wanted = held.count(None)
    given = [] if y is None else list(y) if isinstance(y, list | tuple) else [y]
    if len(given) != wanted:
        raise ShapeError(
            f"{who}: y must hold {wanted} targets, for the outputs without a target tensor of "
            f"their own, got {len(given)}."
        )
    rest = iter(given)
    return [next(rest) if one is None else read(one) for one in held]


def target_symbols(told: Sequence[Any], outputs: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Return what stands for each output's targets: what was told, or a new symbol."""
    made = []
    for one, output, name in zip(told, outputs, names, strict=True):
        shape = (None,) * len(output.shape)
        word = unique_name(f"{name}_target")
        made.append(InputLayer(batch_input_shape=shape, name=word).output if one is None else one)
    return made
