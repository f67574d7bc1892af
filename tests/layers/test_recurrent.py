"""SimpleRNN, LSTM, GRU: what the recorded cases do not ask. Their numbers: test_conformance.py."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim import activations
from kshim.core.arguments import OldWord
from kshim.core.eras import in_era
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, ShapeError, StateError, UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.layers.core import Input, Masking
from kshim.layers.embeddings import Embedding
from kshim.layers.recurrent import GRU, LSTM, SimpleRNN
from kshim.models.model import Model
from kshim.models.sequential import Sequential

LAYERS_AND_STATES = [(SimpleRNN, 1), (LSTM, 2), (GRU, 1)]
kinds = pytest.mark.parametrize(("kind", "states"), LAYERS_AND_STATES)


def data(*shape: int) -> torch.Tensor:
    return torch.as_tensor(np.random.default_rng(0).normal(size=shape).astype("float32"))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_lstm_follows_the_manual() -> None:
    layer = LSTM(4, recurrent_activation="sigmoid", bias_initializer="normal")
    x = data(2, 5, 3)
    outputs = layer(x).detach()
    kernel, recurrent, bias = layer.get_weights()
    h = c = np.zeros((2, 4))
    for step in x.numpy().transpose(1, 0, 2):
        i, f, g, o = np.split(step @ kernel + h @ recurrent + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    np.testing.assert_allclose(outputs, h, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reset_after", [False, True])
def test_gru_follows_the_manual(reset_after: bool) -> None:
    layer = GRU(4, reset_after=reset_after, bias_initializer="normal")
    x = data(2, 5, 3)
    outputs = layer(x).detach()
    kernel, recurrent, bias = layer.get_weights()
    bias, late = bias if reset_after else (bias, np.zeros(12))
    h = np.zeros((2, 4))
    for step in x.numpy().transpose(1, 0, 2):
        xz, xr, xn = np.split(step @ kernel + bias, 3, axis=1)
        hz, hr, hn = np.split(h @ recurrent + late, 3, axis=1)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        inner = r * hn if reset_after else (r * h) @ recurrent[:, 8:]
        h = z * h + (1 - z) * np.tanh(xn + inner)
    np.testing.assert_allclose(outputs, h, rtol=1e-5, atol=1e-6)


def test_gru_weights_are_written_and_read_in_keras_order() -> None:
    layer = GRU(2, reset_after=True)
    layer.build_once((None, 5, 3))
    kernel = np.arange(18.0).reshape(3, 6)
    layer.set_weights([kernel, kernel[:2], kernel[:2]])
    for weight in layer.get_weights():
        np.testing.assert_array_equal(weight, kernel[: len(weight)])
    r, z, n = np.split(layer.recurrence.weight_ih_l0.detach().numpy(), 3)
    np.testing.assert_array_equal(np.concatenate([z, r, n]).T, kernel)
    np.testing.assert_array_equal(layer.recurrence.bias_hh_l0[:4].detach(), [8, 9, 6, 7])


@pytest.mark.parametrize(
    ("kind", "twin", "own"),
    [(SimpleRNN, nn.RNN, "tanh"), (LSTM, nn.LSTM, "tanh"), (GRU, nn.GRU, "tanh")],
)
def test_lowered_layer_loads_into_torchs_own(kind: Any, twin: Any, own: str) -> None:
    model = Sequential([kind(4, own, return_sequences=True, input_shape=(5, 3), name="steps")])
    plain = nn.Module()
    plain.steps = twin(3, 4, batch_first=True)
    plain.load_state_dict(model.state_dict(), strict=True)
    x = data(2, 5, 3)
    torch.testing.assert_close(model(x), plain.steps(x)[0])
    assert not model.network.own_layers


@pytest.mark.parametrize(
    ("era", "gates", "implementation", "reset_after"),
    [("1.2", activations.hard_sigmoid, 1, False), ("2.2", activations.hard_sigmoid, 1, False),
     ("2.3", activations.sigmoid, 2, False), ("2.15", activations.sigmoid, 2, True)],
)  # fmt: skip
def test_defaults_are_those_of_the_era(
    era: str, gates: Any, implementation: int, reset_after: bool
) -> None:
    with in_era(era):
        lstm, gru = LSTM(4), GRU(4)
    assert lstm.recurrent_activation is gru.recurrent_activation is gates
    assert lstm.implementation == gru.implementation == implementation
    assert gru.reset_after == reset_after


def test_dropping_the_state_drops_each_gate_apart_in_tf_keras() -> None:
    assert LSTM(4, recurrent_dropout=0.5).implementation == 1
    with in_era("2.3"):
        assert LSTM(4, recurrent_dropout=0.5).implementation == 2


def test_dropout_works_only_while_training() -> None:
    x = torch.ones(2, 5, 3)
    layer = LSTM(4, dropout=0.5, recurrent_dropout=0.5)
    assert torch.equal(layer(x), layer(x))
    assert not torch.equal(layer(x, training=True), layer(x, training=True))
    inputs = Input((5, 3))
    model = Model(inputs, LSTM(4, dropout=0.5)(inputs))
    assert torch.equal(model(x), model(x))
    model.train()
    assert not torch.equal(model(x), model(x))


def test_positional_arguments_stand_in_keras_order() -> None:
    lstm = LSTM(4, "relu", "sigmoid", False, "ones", "zeros")
    assert (lstm.units, lstm.activation) == (4, activations.relu)
    assert lstm.recurrent_activation is activations.sigmoid
    assert not lstm.use_bias
    assert SimpleRNN(4, "relu", False).use_bias is False


@kinds
def test_words_of_keras_1_are_understood(kind: Any, states: int) -> None:
    gates = {} if kind is SimpleRNN else {"inner_activation": "sigmoid"}
    forget = {"forget_bias_init": "zero"} if kind is LSTM else {}
    with in_era("1.2"), pytest.warns(OldWord):
        layer = kind(
            output_dim=4, init="ones", inner_init="zeros", W_regularizer="l2", U_regularizer="l1",
            b_regularizer="l2", dropout_W=0.1, dropout_U=0.2, consume_less="gpu",
            input_dim=3, input_length=5, **gates, **forget,
        )  # fmt: skip
    model = Sequential([layer])
    assert model.input_shape == (None, 5, 3)
    assert (layer.units, layer.dropout, layer.recurrent_dropout) == (4, 0.1, 0.2)
    kernel, recurrent, bias = layer.weights
    assert kernel.numpy().min() == 1
    assert not recurrent.numpy().any()
    assert not bias.numpy().any()
    assert None not in (kernel.regularizer, recurrent.regularizer, bias.regularizer)
    assert layer.implementation == 2


@kinds
@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_config_makes_the_same_layer(kind: Any, states: int, era: str) -> None:
    with in_era(era):
        layer = kind(
            4, activation="relu", use_bias=False, kernel_regularizer="l2", dropout=0.1,
            recurrent_constraint="max_norm", return_sequences=True, return_state=True,
            go_backwards=True, unroll=True, name="steps",
        )  # fmt: skip
        config = json.loads(json.dumps(layer.get_config()))
        again = LAYERS.make({"class_name": kind.__name__, "config": config})
    assert type(again) is kind
    assert again.get_config() == config


def test_old_implementation_0_is_1() -> None:
    assert LSTM(4, implementation=0).implementation == 1


@kinds
def test_states_that_are_symbols_enter_the_graph(kind: Any, states: int) -> None:
    x, *starts = symbols = [Input((5, 3)), *(Input((4,)) for _ in range(states))]
    layer = kind(4, return_state=True)
    by_word = Model(symbols, layer(x, initial_state=starts))
    by_place = Model(symbols, layer([x, *starts]))
    by_position = Model(symbols, layer(x, starts))
    assert [len(node.inputs) for node in layer.inbound_nodes] == [states + 1] * 3
    values = [data(2, 5, 3), *(data(2, 4) * (place + 1) for place in range(states))]
    wanted = layer(values[0], initial_state=values[1:])
    for model in (by_word, by_place, by_position):
        for found, told in zip(model(values), wanted, strict=True):
            torch.testing.assert_close(found, told)


def test_encoder_hands_its_states_to_the_decoder() -> None:
    source, target = Input((None, 3)), Input((None, 2))
    _, *states = LSTM(4, return_state=True)(source)
    outputs, *_ = LSTM(4, return_sequences=True, return_state=True)(target, initial_state=states)
    model = Model([source, target], outputs)
    x, y = data(2, 5, 3), data(2, 6, 2)
    assert model([x, y]).shape == (2, 6, 4)
    assert not torch.equal(model([x, y]), model([-x, y]))


def test_arrays_are_taken_as_states() -> None:
    layer = GRU(4)
    starts = np.ones((2, 4), "float32")
    by_array = layer(data(2, 5, 3), initial_state=starts)
    torch.testing.assert_close(by_array, layer([data(2, 5, 3), torch.ones(2, 4)]))


def test_wrong_number_of_states_is_refused() -> None:
    with pytest.raises(ArgumentError, match="initial_state must be 2 tensors, got 1"):
        LSTM(4)(data(2, 5, 3), initial_state=[data(2, 4)])


def test_rank_must_be_3() -> None:
    with pytest.raises(ShapeError, match=r"must have 3 axes .*, got 2: shape \(None, 3\)"):
        LSTM(4)(Input((3,)))


def test_other_width_than_before_is_refused() -> None:
    layer = LSTM(4)
    layer(Input((5, 3)))
    with pytest.raises(ShapeError, match="size 3 on axis -1, got 2"):
        layer(Input((5, 2)))


def test_unknown_keyword_of_a_call_is_refused() -> None:
    with pytest.raises(UnexpectedArgument, match="got 'intial_state'"):
        LSTM(4)(data(2, 5, 3), intial_state=[])


@kinds
def test_stateful_layer_goes_on_where_it_ended(kind: Any, states: int) -> None:
    inputs = Input(batch_shape=(2, 5, 3))
    layer = kind(4, stateful=True)
    model = Model(inputs, layer(inputs))
    x = data(2, 10, 3)
    free = kind(4)
    free.build_once((None, None, 3))
    free.set_weights(layer.get_weights())
    first, second = model(x[:, :5]), model(x[:, 5:])
    torch.testing.assert_close(first, free(x[:, :5]))
    torch.testing.assert_close(second, free(x))
    layer.reset_states()
    torch.testing.assert_close(model(x[:, :5]), first)
    assert [type(own).__name__ for own in model.network.own_layers] == [kind.__name__]


def test_states_are_read_and_set() -> None:
    layer = GRU(4, stateful=True)
    layer.build_once((2, 5, 3))
    layer.reset_states([np.full((2, 4), 0.5)])
    np.testing.assert_array_equal(layer.states[0].numpy(), np.full((2, 4), 0.5))
    started = GRU(4)
    started.build_once((2, 5, 3))
    started.set_weights(layer.get_weights())
    x = data(2, 5, 3)
    torch.testing.assert_close(layer(x), started(x, initial_state=torch.full((2, 4), 0.5)))
    assert "state_0" not in layer.state_dict()


def test_stateful_layer_trains_batch_after_batch() -> None:
    layer = LSTM(4, stateful=True)
    for _ in range(2):
        layer(data(2, 5, 3), training=True).sum().backward()
    assert all(parameter.grad is not None for parameter in layer.parameters() if
               parameter.requires_grad)  # fmt: skip


def test_stateful_layer_must_know_its_batch() -> None:
    with pytest.raises(ShapeError, match="must know its batch size"):
        Sequential([LSTM(4, stateful=True, input_shape=(5, 3))])


def test_other_batch_than_the_states_is_refused() -> None:
    layer = LSTM(4, stateful=True)
    layer(data(2, 5, 3))
    with pytest.raises(ShapeError, match="batches of 2 samples, got 3"):
        layer(data(3, 5, 3))


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [(LSTM(4), "stateful=True"), (LSTM(4, stateful=True), "called")],
)
def test_only_states_that_are_kept_are_reset(layer: Any, wanted: str) -> None:
    with pytest.raises(StateError, match=f"must be (made with )?{wanted}"):
        layer.reset_states()


def test_states_of_another_shape_are_refused() -> None:
    layer = GRU(4, stateful=True)
    layer.build_once((2, 5, 3))
    with pytest.raises(ShapeError, match=r"shapes \[\(2, 4\)\], got \[\(3, 4\)\]"):
        layer.reset_states([np.zeros((3, 4))])


def test_mask_goes_on_with_sequences_alone() -> None:
    numbers = Input((5,))
    words = Embedding(6, 3, mask_zero=True)(numbers)
    assert isinstance(LSTM(4, return_sequences=True)(words).mask, Symbol)
    assert LSTM(4)(words).mask is None
    sequence, *states = LSTM(4, return_sequences=True, return_state=True)(words)
    assert isinstance(sequence.mask, Symbol)
    assert [state.mask for state in states] == [None, None]


def test_mask_given_by_hand_counts() -> None:
    x, mask = data(2, 5, 3), np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 0]], bool)
    layer = GRU(4)
    inputs, given = Input((5, 3)), Input((5,), dtype="bool")
    model = Model([inputs, given], layer(inputs, mask=given))
    wanted = torch.stack([layer(x[:1, :3])[0], layer(x[1:, :4])[0]])
    torch.testing.assert_close(layer(x, mask=mask), wanted)
    torch.testing.assert_close(model([x, torch.as_tensor(mask)]), wanted)


def test_zeros_stand_where_the_mask_leaves_out_if_asked() -> None:
    x = data(2, 5, 3)
    x[0, 2:] = 0
    outputs = GRU(4, return_sequences=True, zero_output_for_mask=True)(Masking()(x))
    assert not outputs[0, 2:].any()
    assert outputs[0, :2].all()
    assert outputs[1].all()
    # Measured on tf.keras 2.15: the last output too, whatever its documentation says.
    last = GRU(4, zero_output_for_mask=True)(Masking()(x))
    assert (bool(last[0].any()), bool(last[1].all())) == (False, True)


def test_time_may_be_the_first_axis() -> None:
    x = data(2, 5, 3)
    usual = LSTM(4, return_sequences=True, return_state=True)
    turned = LSTM(4, return_sequences=True, return_state=True, time_major=True)
    assert turned.compute_output_shape((5, 2, 3)) == [(5, 2, 4), (2, 4), (2, 4)]
    wanted, *states = usual(x)
    turned.build_once((5, 2, 3))
    turned.set_weights(usual.get_weights())
    found, *found_states = turned(x.transpose(0, 1))
    torch.testing.assert_close(found.transpose(0, 1), wanted)
    for state, told in zip(found_states, states, strict=True):
        torch.testing.assert_close(state, told)


def test_activity_of_every_output_is_penalised() -> None:
    inputs = Input((5, 3))
    model = Model(inputs, GRU(4, activity_regularizer="l1")(inputs))
    x = data(2, 5, 3)
    _, _, losses, *_ = model.network.full(x)
    torch.testing.assert_close(losses[0], 0.01 * model(x).abs().sum() / 2)


def test_in_2_3_every_gate_starts_as_the_identity() -> None:
    with in_era("2.3"):
        layer = LSTM(3, recurrent_initializer="identity")
        layer.build((None, None, 2))
    np.testing.assert_array_equal(layer.get_weights()[1], np.hstack([np.eye(3)] * 4))
