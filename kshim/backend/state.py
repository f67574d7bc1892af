"""Variables: numbers that last, read and written by name of the function.

Source: Keras 2.2.4 backend/tensorflow_backend.py, tf.keras 2.15 backend.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kshim import initializers
from kshim.backend.graphs import evaluate
from kshim.backend.tensors import as_tensor, of_tensors, sizes_of, torch_type
from kshim.backend.variables import Update, Variable
from kshim.core.eras import rule
from kshim.core.names import unique_name
from kshim.core.symbols import Symbol, symbols_in
from kshim.layers.device import default_device
from kshim.layers.holding import Holder
from kshim.layers.weights import Weight
from kshim.optimizers.hyper import Hyper


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """Return a variable that starts at a value; it is used like a layer's weight.

    Args:
        value: a number, list, array or tensor.
        dtype: the name of its type; None is floatx (whole numbers too).
    """
    start = value.read() if isinstance(value, Weight) else value
    tensor = torch.as_tensor(start if isinstance(start, Tensor) else np.array(_number(start)))
    return Variable(tensor.detach().to(default_device(), torch_type(dtype)), name, constraint)
