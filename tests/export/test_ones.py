"""Axes of size one are neither reshaped nor transposed; each export is compared in onnxruntime."""

from __future__ import annotations

import pytest

from kshim import layers
from kshim.core.symbols import Symbol
from kshim.models import Input, Model


def squeezed(x: Symbol) -> Symbol:
    """Return squeeze and excitation, as EfficientNet and ResNet-RS write it."""
    means = layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(x))
    narrow = layers.Conv2D(2, 1, activation="relu")(means)
    return layers.Multiply()([x, layers.Conv2D(4, 1, activation="sigmoid")(narrow)])


@pytest.mark.parametrize("dynamic", [True, False])
def test_squeeze_and_excitation_turns_nothing(dynamic: bool) -> None:
    image = Input((5, 6, 3))
    model = Model(image, layers.Conv2D(2, 1)(squeezed(layers.Conv2D(4, 2)(image))))
    made = model.export(None, dynamic=dynamic, verbose=False)
    assert made.nodes.count("Transpose") == 2  # at the entrance and at the exit
    assert "Reshape" not in made.nodes


def test_means_of_rows_and_columns_are_flattened_without_a_turn() -> None:
    image = Input((5, 6, 3))
    means = layers.GlobalAveragePooling2D(keepdims=True)(layers.Conv2D(4, 2)(image))
    made = Model(image, layers.Dense(2)(layers.Reshape((2, 2))(means))).export(None, verbose=False)
    assert made.nodes.count("Transpose") == 1


def test_an_axis_that_is_longer_than_one_still_turns() -> None:
    vector = Input((12,))
    picture = layers.Permute((3, 1, 2))(layers.Reshape((1, 3, 4))(layers.Dense(12)(vector)))
    other = layers.Permute((1, 3, 2))(layers.Reshape((1, 3, 4))(layers.Dense(12)(vector)))
    model = Model(vector, [layers.ReLU()(layers.Reshape((12,))(it)) for it in (picture, other)])
    made = model.export(None, verbose=False)
    assert made.nodes.count("Transpose") == 2
