"""Boston housing: 13 numbers of a district and the price of its houses, in 1000 dollars."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from kshim.datasets.files import fetched, read_arrays
from kshim.datasets.shuffling import shuffled
from kshim.errors import ArgumentError
from kshim.utils.files import get_file

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
Split = tuple[NDArray[Any], NDArray[Any]]


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Split, Split]:
    """Return ((x_train, y_train), (x_test, y_test)).

    Shapes:
        x: (districts, 13), y: (districts,)

    Args:
        test_split: the share of the second part, below 1.
        seed: of the order.

    Source: Keras 2.2.4 and tf.keras 2.15 datasets/boston_housing.py.
    """
    if not 0 <= test_split < 1:
        raise ArgumentError("test_split", "from 0 to below 1", test_split, who="boston_housing")
    x, y = read_arrays(fetched(path, (SHA256,), get=get_file), ("x", "y"))
    ((x, y),) = shuffled(seed, (x, y))
    border = int(len(x) * (1 - test_split))
    return (x[:border], y[:border]), (x[border:], y[border:])
