"""What layers hand each other: tensors and symbols, their shapes, and the masks they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx

from kshim.core.shapes import as_shape, is_shape
from kshim.core.symbols import Symbol, SymbolShape, symbols_in
from kshim.core.texts import Texts


def shapes_of(inputs: Any) -> Any:
    """Return the shape of a symbol, tensor or array, or of each in a list or dict."""
    if isinstance(inputs, Mapping):
        return {key: shapes_of(value) for key, value in inputs.items()}
    if isinstance(inputs, list | tuple):
        return [shapes_of(item) for item in inputs]
    return as_shape(getattr(inputs, "shape", ()))


def holds_tensors(value: Any) -> bool:
    """Return whether tensors stand anywhere in lists and dicts."""
    if isinstance(value, Mapping):
        return any(map(holds_tensors, value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_tensors, value))
    return isinstance(value, Tensor | fx.Proxy | Symbol | np.ndarray)


def any_mask(mask: Any) -> bool:
    """Return whether there is a mask, alone or in lists."""
    if isinstance(mask, list | tuple):
        return any(any_mask(item) for item in mask)
    return mask is not None


def spread(masks: Any, outputs: Any) -> list[Any]:
    """Return one mask, or None, for each output."""
    count = len(symbols_in(outputs))
    if isinstance(masks, list | tuple):
        return list(masks) if count > 1 or len(masks) == count else [None] * count
    return [masks] + [None] * (count - 1)


def carried_masks(inputs: Any) -> Any:
    """Return the masks that tensors carry from layer to layer outside a graph."""
    if isinstance(inputs, list | tuple):
        masks = [getattr(item, "_keras_mask", None) for item in inputs]
        return masks if any_mask(masks) else None
    return getattr(inputs, "_keras_mask", None)


def listed(outputs: Any) -> list[Any]:
    """Return outputs as a list."""
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def tell_phase(outputs: Any, depends: bool) -> None:
    """Let tensors tell whether training would have made others of them."""
    for output in listed(outputs):
        if isinstance(output, Tensor):
            output._uses_learning_phase = depends  # type: ignore[attr-defined]


def carrying(outputs: Any, masks: Any) -> Any:
    """Let tensors carry their masks to the next layer."""
    if isinstance(outputs, list | tuple) and isinstance(masks, list | tuple):
        for output, mask in zip(outputs, masks, strict=False):
            carrying(output, mask)
    elif masks is not None and isinstance(outputs, Tensor):
        outputs._keras_mask = masks  # type: ignore[attr-defined]
    return outputs


def as_tensors(structure: Any, dtype: str) -> Any:
    """Return arrays in lists and tuples as tensors, floats in the type that a layer works in."""
    if isinstance(structure, Texts):
        return structure
    if isinstance(structure, np.ndarray | np.generic):
        array = np.asarray(structure)
        if array.dtype.kind not in "biufc":
            return structure
        kind = getattr(torch, dtype) if array.dtype.kind == "f" else None
        return torch.as_tensor(array, dtype=kind)
    if type(structure) in (list, tuple):
        return type(structure)(as_tensors(item, dtype) for item in structure)
    return structure


def symbol_shapes(shapes: Any) -> Any:
    """Return shapes as `build` is told them, which also answer as TensorFlow's do."""
    if isinstance(shapes, Mapping):
        return {key: symbol_shapes(shape) for key, shape in shapes.items()}
    if is_shape(shapes):
        return SymbolShape(as_shape(shapes))
    return [symbol_shapes(shape) for shape in shapes]
