"""Endless batches of images from files of pictures.

Source: keras_preprocessing 1.1.2 image/iterator.py and directory_iterator.py (Keras 2.2.4);
keep_aspect_ratio from tf.keras 2.15.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Sequence as Several
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.settings import floatx, image_data_format
from kshim.errors import ArgumentError, nearest
from kshim.preprocessing.image.iterators import Iterator, changed, part_of, save_batch
from kshim.preprocessing.image.pictures import CHANNELS, img_to_array, load_img, pictures_below


class BatchFromFilesMixin:
    """Make batches of the pictures of `filepaths`, with the targets that `class_mode` asks for.

    A subclass sets `class_mode`, `dtype`, `filepaths`, and as far as its class modes need them
    `classes` (a number or numbers for each picture), `class_indices`, `labels` (whole targets)
    and `sample_weight`.
    """

    class_mode: str | None
    dtype: Any
    filepaths: list[str]
    classes: Any
    class_indices: dict[Any, int]
    sample_weight: NDArray[Any] | None = None

    def set_processing_attrs(
        self,
        image_data_generator: Any,
        target_size: tuple[int, int],
        color_mode: str,
        data_format: str | None,
        save_to_dir: str | None,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
        keep_aspect_ratio: bool = False,
    ) -> None:
        """Set how pictures are read, changed and saved.

        Args:
            image_data_generator: what changes them; None leaves them as they are.
            keep_aspect_ratio: cut the middle out rather than stretch.
        """
        check_word("color_mode", color_mode, CHANNELS, type(self).__name__)
        self.image_data_generator = image_data_generator
        self.target_size, self.interpolation = tuple(target_size), interpolation
        self.keep_aspect_ratio = keep_aspect_ratio
        self.color_mode, self.subset = color_mode, subset
        self.data_format = data_format or image_data_format()
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.image_shape = self._image_shape()

    @property
    def labels(self) -> Any:
        """Return the class number of every picture, or whole targets where the mode has them."""
        return self.classes

    def _image_shape(self) -> tuple[int, ...]:
        channels = CHANNELS[self.color_mode]
        if self.data_format == "channels_first":
            return (channels, *self.target_size)
        return (*self.target_size, channels)

    def _get_batches_of_transformed_samples(self, index_array: NDArray[np.int_]) -> Any:
        batch = np.zeros((len(index_array), *self.image_shape), self.dtype)
        for place, number in enumerate(index_array):
            batch[place] = self._image(self.filepaths[number])
        save_batch(batch, index_array, self, 10**7)
        if self.class_mode is None:
            return batch
        targets = self._targets(batch, index_array)
        if self.sample_weight is None:
            return batch, targets
        return batch, targets, self.sample_weight[index_array]

    def _image(self, path: str) -> NDArray[Any]:
        picture = load_img(
            path,
            color_mode=self.color_mode,
            target_size=self.target_size,
            interpolation=self.interpolation,
            keep_aspect_ratio=self.keep_aspect_ratio,
        )
        image = img_to_array(picture, self.data_format)
        return changed(image, self.image_data_generator) if self.image_data_generator else image

    def _targets(self, batch: NDArray[Any], numbers: NDArray[np.int_]) -> Any:
        match self.class_mode:
            case "input":
                return batch.copy()
            case "raw":
                return self.labels[numbers]
            case "multi_output":
                return [output[numbers] for output in self.labels]
            case "categorical":
                marks = np.zeros((len(batch), len(self.class_indices)), self.dtype)
                for row, number in zip(marks, numbers, strict=True):
                    row[self.classes[number]] = 1.0  # one class, or the list of several
                return marks
            case _:
                return np.array([self.classes[number] for number in numbers], self.dtype)


class DirectoryIterator(BatchFromFilesMixin, Iterator):
    """Give batches of changed images from a folder with a folder for each class.

    See `ImageDataGenerator.flow_from_directory`.
    """

    allowed_class_modes = frozenset(("categorical", "binary", "sparse", "input", None))

    def __init__(
        self,
        directory: str,
        image_data_generator: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Several[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
        *,
        keep_aspect_ratio: bool = False,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator, target_size, color_mode, data_format, save_to_dir,
            save_prefix, save_format, subset, interpolation, keep_aspect_ratio,
        )  # fmt: skip
        check_word("class_mode", class_mode, self.allowed_class_modes, "flow_from_directory")
        self.directory, self.class_mode, self.dtype = directory, class_mode, dtype or floatx()
        names = list(classes) if classes else _folders(directory)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.num_classes = len(names)
        self._collect(follow_links)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _collect(self, follow_links: bool) -> None:
        """Find the pictures of each class, or of the wanted subset of each."""
        self.filepaths: list[str] = []
        numbers: list[int] = []
        for name, number in self.class_indices.items():
            found = [*pictures_below(str(Path(self.directory, name)), follow_links)]
            kept = found[part_of(self.subset, len(found), self.image_data_generator)]
            self.filepaths += kept
            numbers += [number] * len(kept)
        self.filenames = [os.path.relpath(path, self.directory) for path in self.filepaths]
        self.classes = np.array(numbers, dtype="int32")
        self.samples = len(numbers)


def check_word(what: str, given: Any, words: Iterable[Any], who: str) -> None:
    """Refuse what is none of the words, and name the nearest."""
    known = sorted(words, key=str)
    if given not in known:
        near = nearest(str(given), [word for word in known if word])
        raise ArgumentError(what, f"one of {', '.join(map(str, known))}", given, who=who, hint=near)


def _folders(directory: str) -> list[str]:
    return sorted(one.name for one in Path(directory).iterdir() if one.is_dir())
