"""Questions about tensors: their shape, type and kind.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx

from kshim.backend.graphs import Gradients, Placeholder
from kshim.backend.tensors import as_tensor, of_tensors, rank_of
from kshim.core.eras import rule
from kshim.core.settings import floatx
from kshim.core.shapes import as_shape
from kshim.core.symbols import Symbol
from kshim.core.tracing import refuse_to_trace
from kshim.layers.inference import dtype_name
from kshim.layers.operations import Operation
from kshim.layers.weights import Weight


@of_tensors
def shape(x: Tensor) -> Tensor:
    """Return the sizes as a tensor of whole numbers, as they are when it is computed."""
    sizes = torch._shape_as_tensor(x)
    return sizes if isinstance(x, Tensor) and x.is_meta else sizes.to(x.device)


@of_tensors
def size(x: Tensor, name: str | None = None) -> Tensor:
    """Return how many numbers there are, as they are when it is computed."""
    return torch.prod(torch._shape_as_tensor(x)).to(x.device)


def int_shape(x: Any) -> tuple[int | None, ...]:
    """Return the sizes as numbers, None where a symbol does not know them."""
    if isinstance(x, fx.Proxy):
        refuse_to_trace("int_shape asks for sizes")
    return as_shape(x.shape if hasattr(x, "shape") else np.shape(x))


def ndim(x: Any) -> int:
    """Return the number of axes."""
    if isinstance(x, fx.Proxy):
        rank = rank_of(x)
        if rank is None:
            refuse_to_trace("ndim asks for the number of axes")
        return rank or 0
    return len(int_shape(x))


def dtype(x: Any) -> str:
    """Return the name of the type, such as float32."""
    if isinstance(x, fx.Proxy):
        refuse_to_trace("dtype asks for the type")
    if isinstance(x, Symbol):
        return x.dtype
    if isinstance(x, Weight):
        return dtype_name(x.tensors[0])
    return dtype_name(as_tensor(x))


def count_params(x: Any) -> int:
    """Return how many numbers a variable or tensor holds."""
    return math.prod(size or 0 for size in int_shape(x))


def is_keras_tensor(x: Any) -> bool:
    """Return whether x was made by a layer or Input; in tf.keras by a function of such, too.

    Raises:
        ValueError: when x is no tensor at all.
    """
    if isinstance(x, Symbol):
        if x.node is None or isinstance(x.node.layer, Placeholder | Gradients):
            return False
        return bool(rule("operations_make_keras_tensors")) or not isinstance(
            x.node.layer, Operation
        )
    if isinstance(x, Tensor | Weight | fx.Proxy):
        return False
    raise ValueError(f"is_keras_tensor: x must be a tensor, got {type(x).__name__}.")


def is_tensor(x: Any) -> bool:
    """Return whether x is a tensor, a variable or a symbol of one."""
    return isinstance(x, Tensor | Weight | Symbol | fx.Proxy)


def is_variable(x: Any) -> bool:
    """Return whether x is a variable or a weight."""
    return isinstance(x, Weight)


def is_placeholder(x: Any) -> bool:
    """Return whether x is a symbol that stands for data."""
    return isinstance(x, Symbol) and x.node is not None and not x.node.inputs


def is_sparse(tensor: Any) -> bool:
    """Return whether a tensor keeps only what is not zero."""
    return isinstance(tensor, Tensor) and tensor.is_sparse


def to_dense(tensor: Any) -> Any:
    """Return a tensor that keeps its zeros too."""
    return tensor.to_dense() if is_sparse(tensor) else tensor


def cast_to_floatx(x: Any) -> Any:
    """Return an array or tensor in the type floatx."""
    if isinstance(x, Tensor | Weight | Symbol):
        return _as_float(x)  # type: ignore[arg-type]
    return np.asarray(x, dtype="float32" if floatx() == "bfloat16" else floatx())


@of_tensors
def _as_float(x: Tensor) -> Tensor:
    return x.to(getattr(torch, floatx()))
