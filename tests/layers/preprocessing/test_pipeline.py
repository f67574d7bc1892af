"""Pipeline: layers one behind the other, at rest and in training, with weights and with dicts."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.core.settings import in_phase
from kshim.errors import ArgumentError, UnexpectedArgument
from kshim.layers import LSTM, Dense, Input, Masking, Pipeline, RandomInvert, Rescaling
from kshim.layers.base import LAYERS
from kshim.models.model import Model


def test_called_by_itself_it_trains_and_in_a_model_at_rest_it_does_not() -> None:
    images = torch.full((2, 3, 4, 1), 55.0)
    with in_era("3"):
        layer = Pipeline([RandomInvert((1.0, 1.0)), Rescaling(0.1)])
        alone = layer(images)
        symbol = Input((3, 4, 1))
        model = Model(symbol, Pipeline([RandomInvert((1.0, 1.0)), Rescaling(0.1)])(symbol))
    torch.testing.assert_close(alone, torch.full((2, 3, 4, 1), 20.0))
    assert model.network.own_layers == []
    np.testing.assert_allclose(model.predict(images, verbose=0), 5.5, rtol=1e-6)
    with in_phase(False):
        torch.testing.assert_close(layer(images), images * 0.1)


def test_weights_of_its_layers_are_its_own_and_learn() -> None:
    symbol = Input((4,))
    layer = Pipeline([Dense(3), Dense(2, use_bias=False)])
    model = Model(symbol, layer(symbol))
    assert [array.shape for array in layer.get_weights()] == [(4, 3), (3,), (3, 2)]
    before = layer.get_weights()
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
    assert not np.allclose(before[0], layer.get_weights()[0])


def test_a_mask_made_inside_is_used_inside() -> None:
    steps = np.ones((2, 5, 3), "float32")
    steps[0, 2:] = 0
    lstm = LSTM(4)
    layer = Pipeline([Masking(), lstm])
    found = layer(steps).detach()
    torch.testing.assert_close(found[0], lstm(steps[:1, :2]).detach()[0])


def test_config_makes_the_same_layers() -> None:
    layer = Pipeline([Rescaling(0.5), Dense(3)], name="ready")
    config = json.loads(json.dumps(layer.get_config()))
    again = LAYERS.make({"class_name": "Pipeline", "config": config})
    assert again.get_config() == layer.get_config() and again.layers[1].units == 3


def test_a_dict_goes_through_layers_that_take_one() -> None:
    data = {"images": torch.full((2, 3, 4, 1), 55.0), "labels": [1, 2]}
    made = Pipeline([RandomInvert((1.0, 1.0)), RandomInvert((1.0, 1.0))])(data)
    assert torch.equal(made["images"], data["images"]) and made["labels"].tolist() == [1, 2]
    with pytest.raises(UnexpectedArgument, match="got 'pictures'"):
        Pipeline([RandomInvert()])({"pictures": 3})


def test_what_is_no_layer_is_refused() -> None:
    with pytest.raises(ArgumentError, match="Pipeline: layers must be a list of layers, got"):
        Pipeline([Dense(3), "relu"])
