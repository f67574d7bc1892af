"""Fashion-MNIST: pieces of clothing, in MNIST's shape."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.datasets.files import fetched

FOLDER = "datasets/fashion-mnist"
LABELS_START, IMAGES_START = 8, 16  # lengths of the headers of IDX files
Split = tuple[NDArray[Any], NDArray[Any]]


def load_data() -> tuple[Split, Split]:
    """Return ((x_train, y_train), (x_test, y_test)), pixels from 0 to 255.

    Shapes:
        x: (images, 28, 28), y: (images,)

    Source: Keras 2.2.4 and tf.keras 2.15 datasets/fashion_mnist.py.
    """
    return _split("train"), _split("t10k")


def _split(part: str) -> Split:
    labels = _bytes(f"{part}-labels-idx1-ubyte.gz", LABELS_START)
    images = _bytes(f"{part}-images-idx3-ubyte.gz", IMAGES_START)
    return images.reshape(len(labels), 28, 28), labels


def _bytes(name: str, start: int) -> NDArray[np.uint8]:
    with gzip.open(fetched(name, folder=FOLDER)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=start)
