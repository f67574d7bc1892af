"""A dataset of an HDF5 file that is read piece by piece, as if it were an array.

Source: Keras 2.2.4 utils/io_utils.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.shapes import Shape
from kshim.saving.h5 import open_dataset


class HDF5Matrix:
    """Stand for rows `start` to `end` of one dataset of a file; a slice of it is a numpy array.

        x = HDF5Matrix("data.h5", "train_x", start=0, end=150)
        model.fit(x, y, shuffle="batch")

    Args:
        datapath: the file; dataset: the name of the array in it.
        start, end: the first row, and the one after the last; all of them when left out.
        normalizer: a function applied to every piece that is read.
    """

    def __init__(
        self,
        datapath: str,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable[[Any], Any] | None = None,
    ) -> None:
        """Open the file; nothing of it is read yet."""
        self.data = open_dataset(datapath, dataset)
        self.start = start
        self.end = len(self.data) if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.end - self.start

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Return one row, or those of a slice or of a list of rows in rising order.

        Raises:
            IndexError: for rows outside `start` to `end`.
            TypeError: for what is no number, slice or list of numbers.
        """
        piece = self.data[self._shifted(key)]
        return piece if self.normalizer is None else self.normalizer(piece)

    @property
    def shape(self) -> Shape:
        """Return the shape: rows first, each as the normalizer leaves it."""
        return (len(self), *self[0:1].shape[1:])

    @property
    def dtype(self) -> Any:
        """Return the type of the numbers as the normalizer leaves them."""
        return self[0:1].dtype

    @property
    def ndim(self) -> int:
        """Return the number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Return how many numbers there are."""
        return math.prod(size or 0 for size in self.shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of it as an array."""
        return np.asarray(self[:], dtype)

    def _shifted(self, key: Any) -> Any:
        """Return rows of this as rows of the file."""
        if isinstance(key, slice):
            first, last = key.start or 0, len(self) if key.stop is None else key.stop
            last = last + len(self) if last < 0 else last
            self._check(last - 1)
            return slice(first + self.start, min(last, len(self)) + self.start, key.step)
        if isinstance(key, (int, np.integer)):
            self._check(int(key))
            return int(key) + self.start
        if not isinstance(key, (list, tuple, range, np.ndarray)):
            raise TypeError(
                f"HDF5Matrix: rows must be a number, a slice or a list, got {type(key).__name__}."
            )
        rows = [int(one) + self.start for one in key]
        self._check(max(rows, default=self.start) - self.start)
        return rows

    def _check(self, last: int) -> None:
        if last >= len(self):
            raise IndexError(f"HDF5Matrix: rows must be under {len(self)}, got {last}.")
