"""MNIST: handwritten digits, 28 by 28, grey; 60000 to learn from and 10000 to test with."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from kshim.datasets.files import fetched, read_arrays

HASHES = (
    "8a61469f7ea1b51cbae51d4f78837e45",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
)
Split = tuple[NDArray[Any], NDArray[Any]]


def load_data(path: str = "mnist.npz") -> tuple[Split, Split]:
    """Return ((x_train, y_train), (x_test, y_test)), pixels from 0 to 255.

    Shapes:
        x: (images, 28, 28), y: (images,)

    Source: Keras 2.2.4 and tf.keras 2.15 datasets/mnist.py.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = read_arrays(fetched(path, HASHES), names)
    return (x_train, y_train), (x_test, y_test)
