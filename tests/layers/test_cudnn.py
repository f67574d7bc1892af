"""CuDNNLSTM and CuDNNGRU: their weights, converted as Keras 2.2.4 converts them, fit LSTM, GRU."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.layers.core import Input
from kshim.layers.cudnn import CuDNNGRU, CuDNNLSTM
from kshim.layers.recurrent import GRU, LSTM
from kshim.models.model import Model

kinds = pytest.mark.parametrize(("kind", "gates"), [(CuDNNLSTM, 4), (CuDNNGRU, 3)])


def converted(kind: Any, kernel: Any, recurrent: Any, bias: Any) -> list[np.ndarray]:
    """Return the weights of the plain layer: the formulas of Keras 2.2.4's engine/saving.py."""
    gates = 4 if kind is CuDNNLSTM else 3
    kernels = [k.T.reshape(k.shape, order="F") for k in np.split(kernel, gates, axis=1)]
    recurrents = [k.T for k in np.split(recurrent, gates, axis=1)]
    plain_bias = np.sum(np.split(bias, 2), axis=0) if gates == 4 else bias.reshape(2, -1)
    return [np.hstack(kernels), np.hstack(recurrents), plain_bias]


@kinds
def test_weights_are_those_of_cudnn(kind: Any, gates: int) -> None:
    draw = np.random.default_rng(0)
    shapes = [(3, gates * 4), (4, gates * 4), (gates * 8,)]
    weights = [draw.normal(size=shape).astype("float32") for shape in shapes]
    layer = kind(4, return_sequences=True, weights=weights)
    plain: Any = LSTM if kind is CuDNNLSTM else GRU
    twin = plain(4, return_sequences=True, weights=converted(kind, *weights))
    x = torch.as_tensor(draw.normal(size=(2, 5, 3)).astype("float32"))
    torch.testing.assert_close(layer(x), twin(x))
    for found, told in zip(layer.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(found, told)


@kinds
def test_every_weight_learns(kind: Any, gates: int) -> None:
    inputs = Input((5, 3))
    layer = kind(4)
    model = Model(inputs, layer(inputs))
    model(torch.ones(2, 5, 3)).sum().backward()
    assert len(layer.trainable_weights) == 3
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_forget_gate_starts_open_in_the_second_bias() -> None:
    layer = CuDNNLSTM(2)
    layer.build_once((None, 5, 3))
    np.testing.assert_array_equal(layer.get_weights()[2], [0] * 10 + [1] * 2 + [0] * 4)


@kinds
def test_config_holds_what_the_layer_takes(kind: Any, gates: int) -> None:
    with in_era("2.2"):
        config = json.loads(json.dumps(kind(4, "ones", stateful=True).get_config()))
        again = LAYERS.make({"class_name": kind.__name__, "config": config})
    assert again.get_config() == config
    assert not {"activation", "dropout", "unroll", "implementation"} & set(config)
    assert again.stateful


@kinds
def test_arguments_of_the_plain_layer_are_refused(kind: Any, gates: int) -> None:
    with pytest.raises(UnexpectedArgument, match="dropout"):
        kind(4, dropout=0.5)
