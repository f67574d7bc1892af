"""Where torch or Python stumbles over shapes, the layer and its inputs are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from kshim.core.shapes import is_shape
from kshim.errors import KshimError, ShapeError
from kshim.layers.inputs import is_own

# What code of kshim's raises on shapes that do not fit it.
_STUMBLES = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RuntimeError)


@contextmanager
def explaining(layer: Any, what: str, shapes: Callable[[], Any], of: Any) -> Iterator[None]:
    """Tell of a layer and its inputs where the code in the block stumbles over their shapes.

    What a layer of the user's own raises stays as it is.

    Args:
        of: the method that runs inside the block.
    """
    try:
        yield
    except _STUMBLES as problem:
        known = isinstance(problem, KshimError | torch.OutOfMemoryError)
        if known or layer.inputs_taken is None or not is_own(of):
            raise
        reason = str(problem).partition("\n")[0].rstrip(".")
        reason = reason.removeprefix(f"{type(layer).__name__}: ")
        raise ShapeError(
            f"{layer.who}: {what} inputs of shape {_told(shapes())}: {reason}."
        ) from problem


def _told(shapes: Any) -> str:
    """Return shapes as messages show them."""
    listed = [shapes] if is_shape(shapes) or isinstance(shapes, Mapping) else list(shapes)
    return ", ".join(str(tuple(shape) if is_shape(shape) else shape) for shape in listed)
