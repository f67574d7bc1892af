"""TensorFlow 1's own MNIST: `read_data_sets`, from its tutorials and from tf.contrib.learn.

Source: TensorFlow 1.14 contrib/learn/python/learn/datasets/mnist.py and base.py.
"""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kshim.compat.tensorflow.arrays import dtype_of
from kshim.errors import ArgumentError, FileError
from kshim.utils.files import get_file

SOURCE = "https://storage.googleapis.com/cvdf-datasets/mnist/"
FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
CLASSES, PIXELS = 10, 28 * 28
IMAGES, LABELS = 2051, 2049

__all__ = [
    "DataSet",
    "Datasets",
    "extract_images",
    "extract_labels",
    "load_mnist",
    "read_data_sets",
]


class Datasets(NamedTuple):
    """Hold what to train, to validate and to test with."""

    train: DataSet
    validation: DataSet
    test: DataSet


class DataSet:
    """Hold images and their labels, and give them batch by batch.

    Shapes:
        images: (images, 784), or (images, 28, 28, 1) as they are; labels: (images,) or (images, 10)

    Args:
        dtype: uint8 leaves pixels as they are, float32 makes them 0 to 1.
        reshape: whether rows and columns become one axis.
        seed: of the order of batches.
    """

    def __init__(
        self, images: NDArray[Any], labels: NDArray[Any], fake_data: bool = False,
        one_hot: bool = False, dtype: Any = "float32", reshape: bool = True,
        seed: int | None = None,
    ) -> None:  # fmt: skip
        kind = str(dtype_of(dtype)).removeprefix("torch.")
        if kind not in ("uint8", "float32"):
            raise ArgumentError("dtype", "uint8 or float32", dtype, who="read_data_sets")
        if fake_data:
            images, labels = _made_up(one_hot)
        elif reshape:
            images = images.reshape(len(images), math.prod(images.shape[1:]))
        if kind == "float32" and not fake_data:
            images = images.astype(np.float32) * np.float32(1.0 / 255.0)
        self._images, self._labels = images, labels
        self._draw = np.random.RandomState(seed)
        self._epochs, self._place = 0, 0

    @property
    def images(self) -> NDArray[Any]:
        """Return the images."""
        return self._images

    @property
    def labels(self) -> NDArray[Any]:
        """Return the labels."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """Return how many there are."""
        return len(self._images)

    @property
    def epochs_completed(self) -> int:
        """Return how often all were given."""
        return self._epochs

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the next images and labels; after the last, mixed anew, again the first."""
        if fake_data:
            images, labels = _made_up(self._labels.ndim == 2, batch_size)
            return images, labels
        start = self._place
        if start == 0 and self._epochs == 0 and shuffle:
            self._mix()
        if start + batch_size <= self.num_examples:
            self._place = start + batch_size
            return self._images[start : self._place], self._labels[start : self._place]
        self._epochs += 1
        rest = self._images[start:], self._labels[start:]
        if shuffle:
            self._mix()
        self._place = batch_size - len(rest[0])
        first = self._images[: self._place], self._labels[: self._place]
        return np.concatenate([rest[0], first[0]]), np.concatenate([rest[1], first[1]])

    def _mix(self) -> None:
        order = np.arange(self.num_examples)
        self._draw.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]


def read_data_sets(
    train_dir: Any, fake_data: bool = False, one_hot: bool = False, dtype: Any = "float32",
    reshape: bool = True, validation_size: int = 5000, seed: int | None = None,
    source_url: str = SOURCE,
) -> Datasets:  # fmt: skip
    """Return MNIST from the four files in a folder, fetched if they are not there.

    Args:
        one_hot: whether labels are rows of noughts with a one.
        validation_size: how many of the first training images are kept apart.

    Raises:
        FileError: for a file that cannot be had, or is none of MNIST's.
        ArgumentError: for more images kept apart than there are.
    """
    options: dict[str, Any] = {"dtype": dtype, "reshape": reshape, "seed": seed}
    if fake_data:
        nothing = np.zeros(0)
        made = [DataSet(nothing, nothing, True, one_hot, **options) for _ in range(3)]
        return Datasets(*made)
    folder = Path(train_dir).expanduser()
    (train, labels), test = (_read(folder, part, one_hot, source_url) for part in FILES)
    if not 0 <= validation_size <= len(train):
        raise ArgumentError("validation_size", f"from 0 to {len(train)}", validation_size,
                            who="read_data_sets")  # fmt: skip
    cut = validation_size
    parts = [(train[cut:], labels[cut:]), (train[:cut], labels[:cut]), test]
    return Datasets(*(DataSet(images, marks, **options) for images, marks in parts))


def load_mnist(train_dir: Any = "MNIST-data") -> Datasets:
    """Return MNIST as `read_data_sets` does."""
    return read_data_sets(train_dir)


def extract_images(f: Any) -> NDArray[np.uint8]:
    """Return the images of an open IDX file that is packed.

    Shapes:
        (images, rows, columns, 1)
    """
    sizes, content = _unpacked(f, IMAGES, 3)
    return content.reshape(*sizes, 1)


def extract_labels(f: Any, one_hot: bool = False, num_classes: int = CLASSES) -> NDArray[Any]:
    """Return the labels of an open IDX file that is packed."""
    _, content = _unpacked(f, LABELS, 1)
    return np.eye(num_classes)[content] if one_hot else content


def _read(folder: Path, part: str, one_hot: bool, source: str) -> tuple[NDArray[Any], NDArray[Any]]:
    places = [_fetched(folder, name, source) for name in FILES[part]]
    with open(places[0], "rb") as images, open(places[1], "rb") as labels:
        return extract_images(images), extract_labels(labels, one_hot)


def _fetched(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    if not path.exists():
        get_file(str(path.resolve()), source + name)
    return path


def _unpacked(file: Any, magic: int, axes: int) -> tuple[tuple[int, ...], NDArray[np.uint8]]:
    """Return sizes and bytes of an IDX file of unsigned bytes.

    Raises:
        FileError: for another kind of file, or one cut short.
    """
    name = getattr(file, "name", "the file")
    try:
        content = gzip.decompress(file.read())
    except (OSError, EOFError) as error:
        raise FileError(f"{name}: must be a packed file of MNIST ({error}).") from error
    head = 4 * (axes + 1)
    numbers = struct.unpack(f">{axes + 1}I", content[:head]) if len(content) >= head else (0,)
    if numbers[0] != magic or len(content) - head < math.prod(numbers[1:]):
        raise FileError(f"{name}: must begin with {magic} and hold all it tells, got {numbers[0]}.")
    sizes = tuple(int(one) for one in numbers[1:])
    return sizes, np.frombuffer(content, np.uint8, math.prod(sizes), head)


def _made_up(one_hot: bool, count: int = 10000) -> tuple[Any, Any]:
    """Return ones for images and nought for their labels, for programs that only try to run."""
    label = [1] + [0] * (CLASSES - 1) if one_hot else 0
    return np.array([[1] * PIXELS] * count), np.array([label] * count)
