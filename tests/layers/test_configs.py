"""Layers to configs and back, under Keras's names for it."""

from __future__ import annotations

from kshim.layers import Dense, deserialize, serialize


class Wide(Dense):
    """Stand for a layer of the user's own."""


def test_a_layer_comes_back_from_its_config() -> None:
    told = serialize(Dense(3, "relu", name="first"))
    assert told["class_name"] == "Dense"
    assert deserialize(told).get_config() == told["config"]


def test_layers_of_ones_own_are_named() -> None:
    made = deserialize(serialize(Wide(3)), custom_objects={"Wide": Wide})
    assert type(made) is Wide
