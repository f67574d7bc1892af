"""A clone has the same layers, and weights of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers
from kshim.errors import ArgumentError
from kshim.models import Input, Model, Sequential, clone_model

X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)


def sequential() -> Any:
    """Return a Sequential with a Lambda in it."""
    return Sequential(
        [layers.Dense(3, input_shape=(4,), name="d"), layers.Lambda(lambda x: x + 1, name="l")]
    )


def functional() -> Any:
    """Return a model of a shared layer, a nested model and a function of symbols."""
    inputs = Input((4,), name="inputs")
    dense = layers.Dense(4, name="dense")
    nested = sequential()
    return Model(inputs, [nested(dense(dense(inputs))), dense(inputs) * 2])


@pytest.mark.parametrize("build", [sequential, functional])
def test_a_clone_computes_the_same_with_the_same_weights(build: Any) -> None:
    model = build()
    clone = clone_model(model)
    assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    clone.set_weights(model.get_weights())
    for got, wanted in zip(_list(clone.predict(X)), _list(model.predict(X)), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_a_clone_shares_no_layer() -> None:
    model = functional()
    clone = clone_model(model)
    assert not {id(layer) for layer in clone.layers} & {id(layer) for layer in model.layers}


@pytest.mark.parametrize("build", [sequential, functional])
def test_a_clone_may_start_at_symbols_that_are_given(build: Any) -> None:
    start = Input((4,), name="start")
    assert clone_model(build(), input_tensors=start).input_names == ["start"]


def test_as_many_symbols_as_inputs_must_be_given() -> None:
    with pytest.raises(ArgumentError, match="input_tensors must be 1 symbols"):
        clone_model(functional(), input_tensors=[Input((4,)), Input((4,))])


def test_a_function_may_make_the_new_layers() -> None:
    def frozen(layer: Any) -> Any:
        return type(layer).from_config(layer.get_config() | {"trainable": False})

    model = Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)])
    assert clone_model(model, clone_function=frozen).trainable_weights == []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
