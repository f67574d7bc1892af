"""Functions between layers are saved under the names that files know, and come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim import layers
from kshim.core.symbols import Symbol
from kshim.errors import NotSupported
from kshim.layers.functions import TABLE
from kshim.models import Input, Model, load_model
from kshim.saving.operations import operation_of

X = np.random.RandomState(3).normal(size=(2, 3, 4)).astype(np.float32)

FUNCTIONS: dict[str, Any] = {
    "plus a number": lambda x: x + 1.5,
    "a number minus": lambda x: 2.0 - x,
    "quotient": lambda x: x / (x * x + 1.0),
    "power": lambda x: x**2,
    "negative": lambda x: -x,
    "slices": lambda x: x[:, 1:, ::2],
    "dots": lambda x: x[..., 1],
    "torch.relu": torch.relu,
    "torch.exp": torch.exp,
    "K.sum": lambda x: K.sum(x, axis=1),
    "K.mean with its axis kept": lambda x: K.mean(x, axis=-1, keepdims=True),
    "K.max": lambda x: K.max(x, axis=2),
    "K.clip": lambda x: K.clip(x, -0.5, 0.25),
    "K.reshape": lambda x: K.reshape(x, (-1, 2, 6)),
    "K.permute_dimensions": lambda x: K.permute_dimensions(x, (0, 2, 1)),
    "K.expand_dims": lambda x: K.expand_dims(x, 2),
    "K.concatenate": lambda x: K.concatenate([x, x * 2.0], axis=1),
    "K.stack": lambda x: K.stack([x, -x], axis=1),
    "K.softmax": lambda x: K.softmax(x),
    "K.maximum": lambda x: K.maximum(x, x * 0.5),
    "K.sqrt": lambda x: K.sqrt(K.abs(x)),
}


@pytest.mark.parametrize("ending", [".h5", ".keras"])
@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_a_function_of_a_symbol_comes_back(name: str, ending: str, tmp_path: Path) -> None:
    inputs = Input((3, 4))
    hidden = layers.Dense(4)(inputs)
    model = Model(inputs, FUNCTIONS[name](hidden))
    path = tmp_path / f"model{ending}"
    model.save(path)
    twin = load_model(path, compile=False)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    twin.save(path)
    np.testing.assert_array_equal(load_model(path).predict(X), model.predict(X))


def test_no_two_functions_share_a_name() -> None:
    names = [name for stored in TABLE for name in stored.tensorflow]
    assert len(names) == len(set(names)) > 60
    assert len({stored.keras for stored in TABLE}) == len(TABLE)


@pytest.mark.parametrize("function", ["io.read_file", "py_function", "__import__", "os.system"])
def test_what_is_not_in_the_table_is_refused(function: str) -> None:
    with pytest.raises(NotSupported, match=rf"one that kshim reads, got '{function}'"):
        operation_of("TFOpLambda", {"name": "bad", "function": function})
    with pytest.raises(NotSupported, match="one that kshim reads"):
        operation_of(f"keras.ops.{function}", {"name": "bad"})


def test_arguments_that_the_function_does_not_take_are_refused() -> None:
    made = operation_of("TFOpLambda", {"name": "sum", "function": "math.reduce_sum"})
    with pytest.raises(NotSupported, match="'sum': argument must be one of x, axis, keepdims"):
        made(Symbol((None, 3), "float32"), where=3)
