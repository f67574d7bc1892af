"""What layers on raw data share: they take lists and texts as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.core.shapes import Shape, as_shape
from kshim.core.symbols import Symbol
from kshim.core.texts import Texts, as_texts, is_text
from kshim.errors import ArgumentError, NotSupported
from kshim.layers.base import Layer

Data = Tensor | Texts


class DataLayer(Layer):
    """Compute something of data as scripts have it: arrays, lists, numbers, texts."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on tensors, arrays, lists or texts."""
        inputs = args[0] if args else kwargs.pop("inputs")
        try:
            data = self.taken(inputs)
        except ArgumentError as error:
            raise error.at(self.who, "inputs") from None
        return super().forward(data, *args[1:], **kwargs)

    def taken(self, inputs: Any) -> Any:
        """Return what the caller gave as `call` takes it."""
        return as_data(inputs)

    @property
    def output_dtype(self) -> str:
        """Return the name of the outputs' type."""
        return self.compute_dtype

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return the symbol of the outputs."""
        return Symbol(self.true_shape(shapes), self.output_dtype)

    def true_shape(self, input_shape: Any) -> Shape:
        """Return the shape the outputs have; that which Keras tells may be another."""
        return as_shape(self.compute_output_shape(input_shape))


def as_data(value: Any) -> Data:
    """Return an array, a list or a single value as a tensor, or as texts where it holds any.

    Raises:
        ArgumentError: for what holds neither numbers nor texts.
    """
    if isinstance(value, Tensor | Texts):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return torch.as_tensor(value)
    if is_text(value):
        return as_texts(value)
    try:
        return torch.as_tensor(np.asarray(value))
    except (TypeError, ValueError):
        raise ArgumentError("inputs", "an array of numbers or of texts", value) from None


def need_real(value: Any) -> None:
    """Refuse what stands for data to come: a layer that needs Python is not traced.

    Raises:
        TypeError: for anything but tensors and texts.
    """
    if not isinstance(value, Tensor | Texts) or isinstance(value, torch.fx.Proxy):
        raise TypeError(f"{type(value).__name__} has no values yet")


def batches(who: str, data: Any, steps: int | None = None) -> Iterator[Data]:
    """Return the batches of what `adapt` was given; an array or a list is one batch.

    Raises:
        ArgumentError: for what is neither data nor batches of it.
    """
    if is_one_batch(data):
        try:
            return iter([as_data(data)])
        except ArgumentError as error:
            raise error.at(who, "data") from None
    if not isinstance(data, Iterable):
        raise ArgumentError("data", "an array, a tensor or batches of them", data, who=who)
    return (as_data(batch) for batch in islice(data, steps))


def is_one_batch(data: Any) -> bool:
    """Return whether data is an array or a list, and no batches of it."""
    return isinstance(data, Tensor | list | tuple | str) or hasattr(data, "__array__")


def refuse_sparse(who: str, sparse: bool) -> None:
    """Refuse outputs that are sparse tensors.

    Raises:
        NotSupported: when they are asked for.
    """
    if sparse:
        raise NotSupported(f"{who}: sparse outputs are not made. Leave out sparse=True.")
