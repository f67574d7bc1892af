"""Shapes as scripts ask for them: `x.get_shape().as_list()`, `x.shape.ndims`, `x._keras_shape`.

In a layer's `call`, and in a Lambda, x is a tensor of torch, whose shape is a `torch.Size`. Both
are taught the words of TensorFlow's here; nothing that they had is changed.
"""

from __future__ import annotations

import ctypes
import gc
from typing import Any

import torch
from torch import Tensor

from kshim.core.symbols import SymbolShape


def _get_shape(tensor: Tensor) -> SymbolShape:
    """Return the sizes, the batch's among them."""
    return SymbolShape(tensor.shape)


def _set_shape(tensor: Tensor, shape: Any) -> None:
    """Leave a tensor as it is: it knows its shape."""


def _keras_shape(tensor: Tensor) -> tuple[int, ...]:
    """Return the sizes as a tuple."""
    return tuple(tensor.shape)


def teach_shapes() -> None:
    """Let torch's tensors and sizes answer as TensorFlow's do."""
    words: Any = Tensor
    words.get_shape, words.set_shape = _get_shape, _set_shape
    words._keras_shape = property(_keras_shape)
    # `torch.Size` is written in C and takes no attributes from Python; its dict does.
    sizes = gc.get_referents(torch.Size.__dict__)[0]
    for name in ("as_list", "ndims", "rank", "dims", "is_fully_defined"):
        sizes.setdefault(name, vars(SymbolShape)[name])
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(torch.Size))
