"""Endless batches of numbered samples, and of images from arrays.

Source: keras_preprocessing 1.1.2 image/iterator.py and numpy_array_iterator.py (Keras 2.2.4).
The draws from `np.random` come in its order.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator as Iterates
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kshim.core.settings import floatx, image_data_format
from kshim.errors import ArgumentError, NotSupported, ShapeError
from kshim.preprocessing.image.pictures import FORMATS, array_to_img
from kshim.utils.sequences import Sequence


class Iterator(Sequence):
    """Give batches of numbered samples for ever; a subclass says what a batch of numbers is.

    Args:
        n: the number of samples.
        shuffle: go through them in a new order each round.
        seed: makes every batch repeatable; batch k is drawn with seed + k.
    """

    white_list_formats = FORMATS

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.index_array: NDArray[np.int_] | None = None
        self.lock = threading.Lock()
        self.index_generator = self._flow_index()

    def __len__(self) -> int:
        return (self.n + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index: int) -> Any:
        if index >= len(self):
            raise ArgumentError("index", f"below {len(self)}", index, who=type(self).__name__)
        self._seed_batch()
        self.total_batches_seen += 1
        order = self._new_order() if self.index_array is None else self.index_array
        start = self.batch_size * index
        return self._get_batches_of_transformed_samples(order[start : start + self.batch_size])

    def __iter__(self) -> Iterates[Any]:
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self) -> Any:
        """Return the next batch."""
        with self.lock:
            numbers = next(self.index_generator)
        return self._get_batches_of_transformed_samples(numbers)

    def reset(self) -> None:
        """Start the round again."""
        self.batch_index = 0

    def before_workers(self) -> None:
        """Draw the first order before several workers ask for batches of it."""
        if self.index_array is None:
            self._new_order()

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        self._new_order()

    def _get_batches_of_transformed_samples(self, index_array: NDArray[np.int_]) -> Any:
        """Return the batch of these samples."""
        name = type(self).__name__
        raise NotSupported(
            f"{name}: must define _get_batches_of_transformed_samples(self, numbers)."
        )

    def _flow_index(self) -> Iterates[NDArray[np.int_]]:
        """Yield the numbers of the samples of each batch, round after round."""
        while True:
            self._seed_batch()
            order = self._new_order() if self.batch_index == 0 else self._order()
            start = self.batch_index * self.batch_size % self.n if self.n else 0
            self.batch_index = self.batch_index + 1 if start + self.batch_size < self.n else 0
            self.total_batches_seen += 1
            yield order[start : start + self.batch_size]

    def _seed_batch(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def _order(self) -> NDArray[np.int_]:
        return self._new_order() if self.index_array is None else self.index_array

    def _new_order(self) -> NDArray[np.int_]:
        order = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)
        self.index_array = order
        return order


class NumpyArrayIterator(Iterator):
    """Give batches of changed images from arrays; see `ImageDataGenerator.flow`."""

    def __init__(
        self,
        x: Any,
        y: ArrayLike | None,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: ArrayLike | None = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.dtype = dtype or floatx()
        self.data_format = data_format or image_data_format()
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        images, misc = (x[0], x[1]) if isinstance(x, (tuple, list)) else (x, [])
        parts = {
            "x": [images, *(misc if isinstance(misc, list) else [misc])],
            "y": [] if y is None else [y],
            "sample_weight": [] if sample_weight is None else [sample_weight],
        }
        arrays = {name: [np.asarray(one) for one in part] for name, part in parts.items()}
        _check_lengths(arrays)
        part = part_of(subset, len(images), image_data_generator)
        _check_classes(arrays["y"], part, subset)
        cut = {name: [one[part] for one in some] for name, some in arrays.items()}
        self.x = np.asarray(cut["x"][0], self.dtype)
        self.x_misc = cut["x"][1:]
        self.y = next(iter(cut["y"]), None)
        # Keras cuts x and y to the subset and leaves the weights whole.
        self.sample_weight = next(iter(arrays["sample_weight"]), None)
        if self.x.ndim != 4:
            raise ShapeError(f"NumpyArrayIterator: x must have 4 axes, got {self.x.shape}.")
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: NDArray[np.int_]) -> Any:
        images = _all_changed(self.x[index_array], self.image_data_generator, self.dtype)
        save_batch(images, index_array, self, 10**4)
        inputs = [images, *(one[index_array] for one in self.x_misc)] if self.x_misc else images
        others = [one[index_array] for one in (self.y, self.sample_weight) if one is not None]
        return (inputs, *others) if self.y is not None else inputs


def _all_changed(images: NDArray[Any], generator: Any, dtype: Any) -> NDArray[Any]:
    """Return images changed at random, one after the other."""
    batch = np.zeros(images.shape, dtype)
    for place, image in enumerate(images):
        batch[place] = changed(image.astype(dtype), generator)
    return batch


def changed(image: NDArray[Any], generator: Any) -> Any:
    """Return one image changed at random and brought to scale."""
    parameters = generator.get_random_transform(image.shape)
    return generator.standardize(generator.apply_transform(image, parameters))


def save_batch(batch: NDArray[Any], numbers: NDArray[np.int_], iterator: Any, most: int) -> None:
    """Save a batch as pictures where the iterator has a folder for them."""
    if not iterator.save_to_dir:
        return
    for image, number in zip(batch, numbers, strict=True):
        name = f"{iterator.save_prefix}_{number}_{np.random.randint(most)}.{iterator.save_format}"
        array_to_img(image, iterator.data_format).save(Path(iterator.save_to_dir, name))


def part_of(subset: str | None, count: int, generator: Any) -> slice:
    """Return the part of the samples that a subset is: validation comes first."""
    if subset not in (None, "training", "validation"):
        raise ArgumentError("subset", "'training' or 'validation'", subset, who="flow")
    if subset is None:
        return slice(None)
    border = int(count * generator._validation_split)
    return slice(border) if subset == "validation" else slice(border, None)


def _check_lengths(arrays: dict[str, list[NDArray[Any]]]) -> None:
    wanted = len(arrays["x"][0])
    for name, some in arrays.items():
        for one in some:
            if len(one) != wanted:
                raise ShapeError(f"flow: {name} must be as long as x ({wanted}), got {len(one)}.")


def _check_classes(y: list[NDArray[Any]], part: slice, subset: str | None) -> None:
    """Refuse a split that leaves other classes on its two sides, as sorted labels do."""
    if subset is None or not y:
        return
    border = part.stop if subset == "validation" else part.start
    if not np.array_equal(np.unique(y[0][:border]), np.unique(y[0][border:])):
        raise ArgumentError("y", "shuffled: both subsets hold every class", y[0], who="flow")
