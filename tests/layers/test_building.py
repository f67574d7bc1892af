"""Every way to tell a layer its input's shape makes the same layer: weights, shapes, config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sound_layers import SOUND, Shape, layer_of

from kshim import layers
from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.core.texts import as_texts
from kshim.layers import Embedding, Input, InputLayer
from kshim.models import Sequential

BATCH = 2
# What says how the shape was told; tf.keras's heads say it in words of their own.
LEFT_OUT = ("name", "batch_input_shape", "dtype", "query_shape", "key_shape", "value_shape")
# A module of torch has no config.
ONE_INPUT = [
    name for name, row in SOUND.items() if len(row.shapes) == 1 and name != "TorchModuleWrapper"
]
SEVERAL = [name for name, row in SOUND.items() if len(row.shapes) > 1]


def data_of(name: str, shape: Shape) -> Any:
    """Return a batch of ones, or of words, that a layer takes."""
    if SOUND[name].dtype == "string":
        return as_texts(np.full((BATCH, *shape), "a"))
    return torch.ones(BATCH, *shape, dtype=getattr(torch, SOUND[name].dtype or "float32"))


def told(layer: Any, output_shape: Any) -> dict[str, Any]:
    """Return what is compared of a built layer."""
    config = layer.get_config()
    return {
        "weights": [(w.key, tuple(w.shape), str(w.read().dtype)) for w in layer.weights],
        "values": [value.tolist() for value in layer.get_weights()],
        "output_shape": _sizes(output_shape),
        "config": {key: str(value) for key, value in config.items() if key not in LEFT_OUT},
    }


def _sizes(shape: Any) -> Any:
    """Return the output's shape without the batch, which only some ways tell."""
    return [_sizes(one) for one in shape] if isinstance(shape, list) else tuple(shape)[1:]


def built(make: Callable[[], tuple[Any, Any]]) -> dict[str, Any]:
    """Return what a layer built one way tells, its weights drawn from the same stream."""
    forget_names()
    torch.manual_seed(0)
    np.random.seed(0)
    layer, shape = make()
    return told(layer, shape)


def as_first(name: str, **words: Any) -> tuple[Any, Any]:
    """Return a layer that is told its input's shape as the first of a Sequential."""
    layer = layer_of(name, **words)
    model = Sequential([layer])
    return layer, model.output_shape


def behind_input(name: str, **words: Any) -> tuple[Any, Any]:
    """Return a layer called on an Input."""
    layer = layer_of(name)
    return layer, layer(Input(dtype=SOUND[name].dtype, **words)).shape


def behind_input_layer(name: str, **words: Any) -> tuple[Any, Any]:
    """Return a layer behind an InputLayer in a Sequential."""
    layer = layer_of(name)
    model = Sequential([InputLayer(dtype=SOUND[name].dtype, **words), layer])
    return layer, model.output_shape


def by_first_call(name: str, shape: Shape) -> tuple[Any, Any]:
    """Return a layer called on data before anything else, and the shape that it tells."""
    layer = layer_of(name)
    layer(data_of(name, shape))
    return layer, layer.compute_output_shape((BATCH, *shape))


@pytest.mark.parametrize("name", ONE_INPUT)
def test_every_way_to_tell_the_shape_makes_the_same_layer(name: str) -> None:
    (shape,) = SOUND[name].shapes
    whole = (BATCH, *shape)
    first = built(lambda: behind_input(name, shape=shape))
    ways = {
        "batch_shape": lambda: behind_input(name, batch_shape=(None, *shape)),
        "whole batch_shape": lambda: behind_input(name, batch_shape=whole),
        "batch_size": lambda: behind_input(name, shape=shape, batch_size=BATCH),
        "InputLayer": lambda: behind_input_layer(name, input_shape=shape),
        "InputLayer batch": lambda: behind_input_layer(name, batch_input_shape=whole),
    }
    if SOUND[name].dtype is None:
        ways |= {
            "input_shape": lambda: as_first(name, input_shape=shape),
            "batch_input_shape": lambda: as_first(name, batch_input_shape=whole),
        }
    for way, make in ways.items():
        assert built(make) == first, way
    if _tells_what_it_does(name):
        assert built(lambda: by_first_call(name, shape)) == first, "first call"


def _tells_what_it_does(name: str) -> bool:
    """Return whether the shape that is told is that of the symbol: of bins Keras tells another."""
    return name not in ("Discretization", "Hashing", "Lambda")


@pytest.mark.parametrize("name", SEVERAL)
def test_several_inputs_agree_however_they_are_told(name: str) -> None:
    shapes = SOUND[name].shapes

    def called(inputs: list[Any]) -> tuple[Any, Any]:
        layer = layer_of(name)
        made = layer(*inputs) if SOUND[name].apart else layer(inputs)
        return layer, made.shape

    kind = SOUND[name].dtype
    first = built(lambda: called([Input(shape, dtype=kind) for shape in shapes]))
    batch = [(BATCH, *shape) for shape in shapes]
    assert built(lambda: called([Input(batch_shape=one, dtype=kind) for one in batch])) == first
    data = built(lambda: called([data_of(name, shape) for shape in shapes]))
    assert data == first


FLAT = ["Dense", "Activation", "Dropout", "BatchNormalization", "PReLU", "GaussianNoise", "Masking"]
SEQUENCES = ["LSTM", "GRU", "SimpleRNN", "TimeDistributedDense"]


@pytest.mark.parametrize("name", FLAT)
def test_input_dim_is_the_shape_of_a_row(name: str) -> None:
    assert built(lambda: as_first(name, input_dim=4)) == built(
        lambda: as_first(name, input_shape=(4,))
    )


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("length", [5, None])
def test_input_dim_and_input_length_are_the_shape_of_a_sequence(name: str, length: Any) -> None:
    words = {"input_dim": 4} if length is None else {"input_dim": 4, "input_length": length}
    assert built(lambda: as_first(name, **words)) == built(
        lambda: as_first(name, input_shape=(length, 4))
    )


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.15"])
def test_input_length_is_the_shape_of_words(era: str) -> None:
    with in_era(era):
        forget_names()
        short = Sequential([Embedding(7, 3, input_length=4)])
        long = Sequential([Embedding(7, 3, input_shape=(4,))])
    assert short.output_shape == long.output_shape == (None, 4, 3)
    assert short.input_shape == (None, 4)


@pytest.mark.parametrize("name", ["Dense", "Conv2D", "LSTM", "BatchNormalization"])
def test_a_sequential_without_a_shape_is_built_by_its_first_call(name: str) -> None:
    (shape,) = SOUND[name].shapes

    def later(call: bool) -> tuple[Any, Any]:
        layer = layer_of(name)
        model = Sequential([layer])
        if call:
            model(data_of(name, shape))
        else:
            model.build((None, *shape))
        return layer, model.output_shape

    first = built(lambda: behind_input(name, shape=shape))
    assert built(lambda: later(call=True)) == first
    assert built(lambda: later(call=False)) == first


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: layers.Dense(2), (1, 3)),
        (lambda: layers.LSTM(2), (1, 3, 2)),
        (lambda: layers.ConvLSTM2D(2, 2), (1, 3, 4, 4, 1)),
        (lambda: layers.Bidirectional(layers.GRU(2)), (1, 3, 2)),
        (lambda: layers.TimeDistributed(layers.Conv1D(2, 1)), (1, 3, 2, 2)),
        (lambda: layers.BatchNormalization(), (2, 3)),
        (lambda: OfLayers(), (2, 3)),
    ],
)
def test_weights_that_a_script_asks_for_are_made_once(make: Any, shape: Any) -> None:
    layer = make()
    layer.build(shape)
    assert layer.built
    held = [id(weight) for weight in layer.weights]
    layer(np.ones(shape, "float32"))
    assert [id(weight) for weight in layer.weights] == held
    assert held


class OfLayers(layers.Layer):
    """Build the layers inside, as scripts do."""

    def __init__(self) -> None:
        super().__init__(trainable=False)
        self.hidden = [layers.Dense(4), layers.Dense(5)]

    def build(self, input_shape: Any) -> None:
        for layer in self.hidden:
            layer.build(input_shape)
            input_shape = (*input_shape[:-1], layer.units)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.hidden[1](self.hidden[0](inputs))


def test_a_build_that_failed_can_be_tried_again_and_freezing_reaches_what_it_makes() -> None:
    layer = OfLayers()
    with pytest.raises((TypeError, ValueError)):
        layer.build(None)
    assert not layer.built
    layer.build((2, 3))
    assert not layer.trainable_weights
    assert [tuple(one.shape) for one in layer.weights] == [(3, 4), (4,), (4, 5), (5,)]
