"""Numpy arrays as Keras's models want them: one-hot labels, unit vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kshim.core.eras import by_era
from kshim.errors import ArgumentError, UnexpectedArgument

_DTYPE = by_era({"1.2": "float64", "2.2": "float32"})
_KEEPS_SHAPE = by_era({"1.2": False, "2.2": True})


def to_categorical(
    y: ArrayLike, num_classes: int | None = None, dtype: str | None = None, **old: Any
) -> NDArray[Any]:
    """Return labels as rows with a 1 at the label and 0 elsewhere.

    Shapes:
        y: (...) or (..., 1), result: (..., num_classes)
        Keras 1 and 2.0 flatten y first: (labels, num_classes).

    Args:
        y: whole numbers; a negative one counts from the last class.
        num_classes: the number of classes; None takes the largest label and adds one.
        dtype: the type of the result; None is float32 (Keras 1 and 2.0: float64).
        nb_classes: Keras 1's word for num_classes.

    Source: Keras 1.2.2, 2.0.8, 2.2.4 utils/np_utils.py.
    """
    num_classes = old.pop("nb_classes", num_classes)
    if old:
        raise UnexpectedArgument(f"to_categorical: got unexpected argument {next(iter(old))!r}.")
    labels = np.array(y, dtype=int)
    classes = int(num_classes or labels.max() + 1)
    if labels.size and (labels.max() >= classes or labels.min() < -classes):
        worst = labels.max() if labels.max() >= classes else labels.min()
        raise ArgumentError("y", f"below num_classes={classes}", int(worst), who="to_categorical")
    rows: NDArray[Any] = np.zeros((labels.size, classes), dtype or _DTYPE.value())
    rows[np.arange(labels.size), labels.ravel()] = 1
    return rows.reshape((*_shape_of_labels(labels), classes))


def normalize(x: ArrayLike, axis: int = -1, order: int = 2) -> NDArray[Any]:
    """Return x divided by its norm along an axis; zero vectors stay as they are.

    Source: Keras 2.2.4 utils/np_utils.py.
    """
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    unit: NDArray[Any] = np.asarray(x) / np.expand_dims(norm, axis)
    return unit


def _shape_of_labels(labels: NDArray[Any]) -> tuple[int, ...]:
    if not _KEEPS_SHAPE.value():
        return (labels.size,)
    column = labels.ndim > 1 and labels.shape[-1] == 1
    return labels.shape[:-1] if column else labels.shape
