"""Layers that sort values into buckets by their fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import is_several, optional, several, true_or_false, whole_number
from kshim.core.fingerprints import fingerprint, joined_fingerprint, keyed_fingerprint
from kshim.core.shapes import Shape
from kshim.core.texts import Texts, as_texts
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS
from kshim.layers.device import default_device
from kshim.layers.preprocessing.categories import EncodingLayer, output_modes
from kshim.layers.preprocessing.data import Data, as_data, need_real

Salt = tuple[int, int] | None

# What a cross of features begins with, before the first is joined to it.
_CROSS = 0xDECAFCAFFE
_WORD = (1 << 64) - 1


def salt(value: Any) -> Salt:
    """Take a whole number, which counts twice, or two."""
    given = value if is_several(value) else (value, value)
    low, high = several(whole_number(), "a whole number or two", count=2)(given)
    return low, high


def text_or_number(value: Any) -> str | int:
    """Take a text or a whole number."""
    kept: str | int = value if isinstance(value, str) else whole_number()(value)
    return kept


@LAYERS.register()
class Hashing(EncodingLayer):
    """Sort texts or whole numbers into buckets by their fingerprints.

    Shapes:
        x: (batch, ...), y: the same of buckets, or rows of one place for each bucket

    Args:
        num_bins: how many buckets there are.
        mask_value: goes into bucket 0, which nothing else goes into.
        salt: the key of SipHash; FarmHash is taken when there is none.
        output_mode: int, one_hot, multi_hot or count.

        >>> Hashing(num_bins=5)(Input((4,), dtype="int64")).shape
        (None, 4)

    Source: tf.keras 2.15 layers/preprocessing/hashing.py.
    """

    num_bins: int = arg(whole_number(at_least=1))
    mask_value: str | int | None = arg(optional(text_or_number), None)
    salt: Salt = arg(optional(salt), None)
    output_mode: str = arg(output_modes("int", "one_hot", "multi_hot", "count"), "int")
    sparse: bool = arg(true_or_false, False)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module that gives the buckets their form."""
        self.rows = self.make_rows(self.num_bins)

    def call(self, inputs: Data) -> Tensor:
        """Return the buckets, in the form asked for."""
        need_real(inputs)
        rows: Tensor = self.rows(self._buckets(inputs))
        return rows

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that Keras tells: before Keras 3 the input's."""
        return self.told_shape(input_shape)

    def true_shape(self, input_shape: Any) -> Shape:
        """Return the input's shape, in the modes with rows with the buckets as its last axis."""
        return self.encoded_shape(input_shape, self.num_bins)

    def _buckets(self, inputs: Data) -> Tensor:
        texts = texts_of(self.who, inputs)
        if self.mask_value is None or self.num_bins == 1:
            return bucketed(texts, self.num_bins, self.salt, inputs)
        numbers = bucketed(texts, self.num_bins - 1, self.salt, inputs) + 1
        masked = np.asarray(texts == str(self.mask_value), dtype=bool)
        return numbers.masked_fill(torch.as_tensor(masked, device=numbers.device), 0)


@LAYERS.register()
class HashedCrossing(EncodingLayer):
    """Sort combinations of texts or whole numbers into buckets by their fingerprints.

    Shapes:
        each x: (batch,) or (batch, 1), y: the same, or (batch, num_bins)

    Args:
        num_bins: how many buckets there are.
        output_mode: int or one_hot.

        >>> layer = HashedCrossing(num_bins=5)
        >>> layer([Input((1,), dtype="int64"), Input((1,), dtype="int64")]).shape
        (None, 1)

    Source: tf.keras 2.15 layers/preprocessing/hashed_crossing.py.
    """

    num_bins: int = arg(whole_number(at_least=1))
    output_mode: str = arg(output_modes("int", "one_hot"), "int")
    sparse: bool = arg(true_or_false, False)

    def taken(self, inputs: Any) -> Any:
        """Return one tensor, or texts, for each feature."""
        return [as_data(feature) for feature in self._features(inputs)]

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Make the torch module that gives the buckets their form."""
        self._common(input_shape)
        self.rows = self.make_rows(self.num_bins)

    def call(self, inputs: Sequence[Data]) -> Tensor:
        """Return the buckets of the combinations, in the form asked for."""
        for feature in inputs:
            need_real(feature)
        shape = self._common([tuple(feature.shape) for feature in inputs])
        columns = [_marks(self.who, feature) for feature in inputs]
        crossed = [
            reduce(joined_fingerprint, marks, _CROSS) for marks in zip(*columns, strict=True)
        ]
        numbers = torch.tensor([mark % self.num_bins for mark in crossed], dtype=torch.int64)
        rows: Tensor = self.rows(numbers.reshape(shape).to(_device_of(inputs[0])))  # type: ignore[arg-type]
        return rows

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        """Return the shape of one input, with one_hot with the buckets as its last axis."""
        return self.encoded_shape(self._common(input_shape), self.num_bins)

    def _features(self, inputs: Any) -> list[Any]:
        if not isinstance(inputs, list | tuple) or len(inputs) < 2:
            raise ArgumentError("inputs", "a list of at least two features", inputs, who=self.who)
        return list(inputs)

    def _common(self, shapes: Any) -> Shape:
        """Return the shape that all features have.

        Raises:
            ShapeError: when they differ, or hold more than one value a sample.
        """
        first, *others = (tuple(shape) for shape in self._features(list(shapes)))
        narrow = len(first) < 2 or (len(first) == 2 and first[1] == 1)
        if not narrow or any(other != first for other in others):
            raise ShapeError(
                f"{self.who}: inputs must all have the shape (batch,) or (batch, 1), "
                f"got {', '.join(map(str, (first, *others)))}."
            )
        return first


def texts_of(who: str, inputs: Data) -> Texts:
    """Return whole numbers as the texts they are written as; texts as they are.

    Raises:
        ArgumentError: for fractions.
    """
    return inputs if isinstance(inputs, Texts) else as_texts(_whole(who, inputs))


def bucketed(texts: Texts, count: int, salt: Salt, beside: Data) -> Tensor:
    """Return the bucket of each text, on the device that the data is on.

    Args:
        salt: the key of SipHash, or None for FarmHash.
        beside: the data that the texts stand for.
    """
    mark: Callable[[bytes], int] = (
        fingerprint if salt is None else lambda text: keyed_fingerprint(text, salt)
    )
    words = texts.ravel().tolist()
    known = {word: mark(_bytes(word)) % count for word in set(words)}
    numbers = torch.tensor([known[word] for word in words], dtype=torch.int64)
    return numbers.reshape(texts.shape).to(_device_of(beside))


def _marks(who: str, feature: Data) -> list[int]:
    """Return the fingerprints of texts; whole numbers are their own."""
    if isinstance(feature, Texts):
        return [fingerprint(_bytes(word)) for word in feature.ravel().tolist()]
    return [value & _WORD for value in _whole(who, feature).ravel().tolist()]


def _whole(who: str, values: Tensor) -> np.ndarray[Any, Any]:
    array = values.detach().cpu().numpy()
    if array.dtype.kind == "f" and not np.array_equal(array, np.trunc(array)):
        raise ArgumentError("inputs", "texts or whole numbers", values, who=who)
    return array.astype(np.int64)


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogateescape")


def _device_of(data: Data) -> torch.device:
    return data.device if isinstance(data, Tensor) else default_device()
