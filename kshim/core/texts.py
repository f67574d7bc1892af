"""Texts: arrays of strings, which go where tensors go.

Torch has no tensors of strings. Data that holds texts stays a numpy array, of a kind that answers
to what is done with a tensor on its way into a model: it is cut, chosen from, moved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kshim.errors import ArgumentError


class Texts(np.ndarray[Any, Any]):
    """Hold an array of `str`."""

    is_cuda = False
    device = "cpu"

    def to(self, *wanted: Any, **options: Any) -> Texts:
        """Return the same texts, whatever device is asked for.

        Raises:
            ArgumentError: when a type of numbers is asked for.
        """
        kinds = [kind for kind in (*wanted, *options.values()) if str(kind).startswith("torch.")]
        if kinds:
            raise ArgumentError("data", "an array of numbers", self)
        return self

    def cpu(self) -> Texts:
        """Return the same texts."""
        return self

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return a plain array."""
        return np.asarray(self)

    def dim(self) -> int:
        """Return the number of axes."""
        return self.ndim

    def unsqueeze(self, axis: int) -> Texts:
        """Return the texts with one more axis."""
        return np.expand_dims(self, axis).view(Texts)

    def is_floating_point(self) -> bool:
        """Return False: texts are no numbers."""
        return False

    def new_empty(self, size: Any) -> Texts:
        """Return empty texts of another shape."""
        return np.full(tuple(size), "", dtype=object).view(Texts)

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Choose texts by their places, or join arrays of them: what is done with batches."""
        name = getattr(function, "__name__", "")
        if name == "cat":
            return np.concatenate(args[0]).view(Texts)
        if name != "index_select":
            return NotImplemented
        named = dict(zip(("input", "dim", "index"), args, strict=False)) | (kwargs or {})
        return np.take(named["input"], named["index"].cpu().numpy(), axis=named["dim"]).view(Texts)


def is_text(value: Any) -> bool:
    """Return whether a value is a text, or an array or list of them."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "US" or (value.dtype.kind == "O" and _is_text_inside(value))
    if isinstance(value, list | tuple):
        return any(is_text(item) for item in value)
    return isinstance(value, str | bytes)


def as_texts(value: Any) -> Texts:
    """Return an array of `str`; bytes are read as UTF-8.

    Raises:
        ArgumentError: for rows of different lengths.
    """
    array = np.array(value, dtype=object)
    flat = [_read(item) for item in array.ravel().tolist()]
    texts = np.empty(len(flat), dtype=object)
    texts[:] = flat
    return texts.reshape(array.shape).view(Texts)


def _is_text_inside(array: np.ndarray[Any, Any]) -> bool:
    return array.size == 0 or isinstance(array.ravel()[0], str | bytes)


def _read(item: Any) -> str:
    if isinstance(item, bytes):
        return item.decode("utf-8", "surrogateescape")
    if isinstance(item, list | tuple):
        raise ArgumentError("texts", "rows of one length", item)
    return str(item)
