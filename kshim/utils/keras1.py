"""Small functions on classes and tuples that Keras 1 had and later Kerases dropped.

Source: Keras 1.2.2 utils/np_utils.py, utils/generic_utils.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kshim.core.settings import epsilon


def probas_to_classes(y_pred: ArrayLike) -> NDArray[Any]:
    """Return the class of each row of chances; of one column, whether it is over a half."""
    chances = np.asarray(y_pred)
    if chances.ndim > 1 and chances.shape[1] > 1:
        return categorical_probas_to_classes(chances)
    return np.array([1 if chance > 0.5 else 0 for chance in chances.reshape(-1)])


def categorical_probas_to_classes(p: ArrayLike) -> NDArray[Any]:
    """Return the likeliest class of each row."""
    return np.asarray(np.argmax(np.asarray(p), axis=1))


def accuracy(p: ArrayLike, y: ArrayLike) -> float:
    """Return the share of places at which two arrays are equal."""
    return float(np.mean(np.equal(p, y)))


def binary_logloss(p: ArrayLike, y: ArrayLike) -> float:
    """Return the mean of -log of the chance that was given to what is true (0 or 1)."""
    chances = np.clip(np.asarray(p, float), epsilon(), 1 - epsilon())
    truth = np.asarray(y, float)
    return float(-np.mean(truth * np.log(chances) + (1 - truth) * np.log(1 - chances)))


def multiclass_logloss(p: ArrayLike, y: ArrayLike) -> float:
    """Return the mean of -log of the chance that each row gives to its class's number."""
    rows, classes = np.asarray(p, float), np.asarray(y, int)
    return float(-np.mean(np.log(np.clip(rows[np.arange(len(rows)), classes], epsilon(), 1.0))))


def make_tuple(*args: Any) -> tuple[Any, ...]:
    """Return the arguments as a tuple."""
    return args
