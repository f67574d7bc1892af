"""ConvLSTM1D, 2D, 3D: masks, dropout, states, refusals. Their numbers: test_conformance.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS
from kshim.layers.conv_recurrent import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from kshim.layers.core import Input
from kshim.models.model import Model


def data(*shape: int) -> torch.Tensor:
    return torch.as_tensor(np.random.default_rng(0).normal(size=shape).astype("float32"))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_a_kernel_of_one_cell_is_an_lstm_at_every_cell() -> None:
    layer = ConvLSTM1D(3, 1, recurrent_activation="sigmoid", bias_initializer="normal")
    x = data(2, 4, 5, 6)
    outputs = layer(x).detach().numpy()
    kernel, recurrent, bias = layer.get_weights()
    h = c = np.zeros((2, 5, 3))
    for step in x.numpy().transpose(1, 0, 2, 3):
        i, f, g, o = np.split(step @ kernel[0] + h @ recurrent[0] + bias, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    np.testing.assert_allclose(outputs, h, rtol=1e-5, atol=1e-6)


def test_masked_steps_keep_the_states_and_repeat_the_output() -> None:
    layer = ConvLSTM2D(3, 2, return_sequences=True)
    x = data(2, 4, 5, 6, 2)
    mask = torch.tensor([[True, False, True, False], [False, True, True, True]])
    outputs = layer(x, mask=mask).detach()
    alone = layer(x[:1, [0, 2]]).detach()
    torch.testing.assert_close(outputs[0], alone[0, [0, 0, 1, 1]])
    torch.testing.assert_close(outputs[1, 0], torch.zeros(4, 5, 3))
    torch.testing.assert_close(outputs[1, 1:], layer(x[1:, 1:]).detach()[0])


def test_channels_first_computes_the_same() -> None:
    last, first = (
        ConvLSTM2D(3, 2, padding="same", strides=2, data_format=form, return_state=True)
        for form in ("channels_last", "channels_first")
    )
    x = data(2, 4, 5, 6, 2)
    told = last(x)
    first.build_once((None, 4, 2, 5, 6))
    first.set_weights(last.get_weights())
    for one, other in zip(first(x.permute(0, 1, 4, 2, 3)), told, strict=True):
        torch.testing.assert_close(one, other.permute(0, 3, 1, 2))


@pytest.mark.parametrize(("era", "gates"), [("2.15", "hard_sigmoid"), ("3", "sigmoid")])
def test_gates_open_as_the_era_has_it(era: str, gates: str) -> None:
    with in_era(era):
        assert ConvLSTM2D(3, 2).get_config()["recurrent_activation"] == gates


@pytest.mark.parametrize("word", ["dropout", "recurrent_dropout"])
@pytest.mark.parametrize("era", ["2.15", "3"])
def test_dropout_acts_in_training_alone_and_alike_at_every_step(word: str, era: str) -> None:
    with in_era(era):
        layer = ConvLSTM1D(3, 1, return_sequences=True, activation="linear", **{word: 0.5})
    x = torch.ones(2, 3, 5, 4)
    rest = layer(x, training=False)
    torch.testing.assert_close(rest, layer(x, training=False))
    assert not torch.allclose(rest, layer(x, training=True))


def test_dropped_inputs_are_the_same_cells_at_every_step() -> None:
    with in_era("3"):  # one draw for all gates
        layer = ConvLSTM1D(1, 1, return_sequences=True, dropout=0.5, unit_forget_bias=False)
    layer.build_once((None, 4, 50, 1))
    kernel, recurrent, bias = layer.get_weights()
    layer.set_weights([np.ones_like(kernel), np.zeros_like(recurrent), bias])
    outputs = layer(torch.ones(1, 4, 50, 1), training=True)
    dropped = outputs == 0
    assert dropped.any()
    assert not dropped.all()
    assert torch.equal(dropped[:, 0], dropped[:, 3])


def test_a_stateful_layer_goes_on_where_it_ended() -> None:
    layer = ConvLSTM2D(3, 2, stateful=True, batch_input_shape=(2, 3, 5, 6, 2))
    x = data(2, 6, 5, 6, 2)
    layer(x[:, :3])
    half = layer(x[:, 3:]).detach()
    whole = ConvLSTM2D(3, 2)
    whole.build_once((2, 6, 5, 6, 2))
    whole.set_weights(layer.get_weights())
    torch.testing.assert_close(half, whole(x).detach())
    layer.reset_states()
    assert not layer.states[0].numpy().any()


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (ConvLSTM2D, {"filters": 0, "kernel_size": 2}, "filters must be a whole number"),
        (ConvLSTM2D, {"filters": 3, "kernel_size": (2, 3, 4)}, "kernel_size must be"),
        (ConvLSTM1D, {"filters": 3, "kernel_size": 2, "padding": "causal"}, "padding must be"),
        (ConvLSTM3D, {"filters": 3, "kernel_size": 2, "strides": 0}, "strides must be"),
        (ConvLSTM2D, {"filters": 3, "kernel_size": 2, "dropout": 2}, "dropout must be"),
        (ConvLSTM2D, {"filters": 3, "kernel_size": 2, "unroll": True}, "unroll must be False"),
        (ConvLSTM2D, {"filters": 3, "kernel_size": 2, "data_format": "last"}, "data_format must"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(
    kind: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        kind(**arguments)
    assert f"{kind.__name__}: {words}" in str(refusal.value)


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (ConvLSTM2D(3, 2), (4, 5, 6), "must have ndim 5|must have 5 axes"),
        (ConvLSTM2D(3, 7), (3, 5, 6, 2), "at least as large as the window"),
        (ConvLSTM2D(3, 2), (3, 5, 6, None), "axis -1 of the inputs must be known"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(layer: Any, shape: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        layer(Input(shape))


def test_a_mask_of_pixels_is_refused() -> None:
    with pytest.raises(ShapeError, match="a mask must have 2 axes"):
        ConvLSTM2D(3, 2)(data(2, 3, 5, 6, 2), mask=torch.ones(2, 3, 5, 6, dtype=torch.bool))


def test_unknown_sizes_stay_unknown() -> None:
    layer = ConvLSTM2D(3, 2, strides=2, return_state=True, return_sequences=True)
    shapes = layer.compute_output_shape((None, None, None, 9, 2))
    assert shapes == [(None, None, None, 4, 3), (None, None, 4, 3), (None, None, 4, 3)]
    symbol = Input((None, None, 9, 2))
    assert Model(symbol, layer(symbol)).network is not None


def test_config_makes_the_same_layer() -> None:
    layer = ConvLSTM3D(3, (1, 2, 3), padding="same", go_backwards=True, recurrent_dropout=0.1)
    again = LAYERS.make({"class_name": "ConvLSTM3D", "config": layer.get_config()})
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(("era", "name"), [("2.2", "conv_lst_m2d_1"), ("2.15", "conv_lstm2d")])
def test_names_are_the_eras(era: str, name: str) -> None:
    with in_era(era):
        assert ConvLSTM2D(3, 2).name == name
