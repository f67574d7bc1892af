"""Jitting: a network through `torch.compile` where a script asks for it, and as it is where not.

Source: `jit_compile` of tf.keras 2.15 and Keras 3, for which kshim has torch's compiler.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch

from kshim.errors import ArgumentError

Function = Callable[..., Any]


def wanted(jit_compile: Any, device: torch.device) -> bool:
    """Return whether training is compiled: if told so; with "auto", where a GPU computes.

    Raises:
        ArgumentError: for anything but True, False, None and "auto".
    """
    if jit_compile == "auto":
        return device.type == "cuda"
    if jit_compile not in (True, False, None):
        raise ArgumentError("jit_compile", "True, False or 'auto'", jit_compile, who="compile")
    return bool(jit_compile)


def jitted(function: Function, model: Any) -> Function:
    """Return a function that torch compiles when it is first called.

    Random numbers are drawn as without. Where compiling fails (there may be no compiler), the
    function runs as it is from then on, and one warning says why. So it does from the beginning
    where a layer of a script's own says `x += y`: what torch compiles writes into the tensor.

    Args:
        model: whose layers the function calls.
    """
    kinds = {type(it) for it in model.modules() if getattr(it, "assigns_to_tensors", False)}
    if kinds:
        warnings.warn(
            "compile: jit_compile must meet no augmented assignment in a layer, got some in "
            f"{', '.join(sorted(it.__name__ for it in kinds))}. Write x = x + y for x += y. "
            "Training goes on without.",
            stacklevel=2,
        )
        return function
    quick: list[Function] = [torch.compile(function, options={"fallback_random": True})]

    def call(*inputs: Any) -> Any:
        if quick:
            try:
                return quick[0](*inputs)
            except Exception as problem:  # of the compiler, or of the data, which comes again
                outcome = function(*inputs)
                quick.clear()
                first = str(problem).partition("\n")[0]
                warnings.warn(
                    f"compile: jit_compile must be possible, got {type(problem).__name__}: "
                    f"{first} Training goes on without.",
                    stacklevel=2,
                )
                return outcome
        return function(*inputs)

    return call
