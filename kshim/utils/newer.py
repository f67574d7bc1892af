"""Small functions that tf.keras added to utils.

Source: tf.keras 2.15 utils.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from kshim.core.registry import get_custom_objects


def set_random_seed(seed: int) -> None:
    """Begin the random numbers of Python, numpy and torch at a seed."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def to_ordinal(
    y: ArrayLike, num_classes: int | None = None, dtype: str = "float32"
) -> NDArray[Any]:
    """Return for each class as many ones as there are classes below it.

    Shapes:
        y: any, result: (*y, num_classes - 1)
    """
    numbers = np.asarray(y, int)
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    count = int(numbers.max()) + 1 if num_classes is None else num_classes
    return (np.arange(count - 1) < numbers[..., None]).astype(dtype)


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return x alone, or a tuple of what is there."""
    if y is None:
        return (x,) if isinstance(x, list | tuple) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and weights of what a data set gives, None for what is not there."""
    given = tuple(data) if isinstance(data, list | tuple) else (data,)
    x, y, weight = (*given, None, None)[:3]
    return x, y, weight


def get_registered_name(obj: Any) -> str:
    """Return the name under which a class or function was registered, or its own."""
    held = get_custom_objects()
    found = next((name for name, one in held.items() if one is obj and ">" in name), None)
    return found or str(obj.__name__)


def get_registered_object(name: str, custom_objects: Any = None, module_objects: Any = None) -> Any:
    """Return what was registered under a name, None where nothing was."""
    tables = (custom_objects or {}, get_custom_objects(), module_objects or {})
    return next((table[name] for table in tables if name in table), None)
