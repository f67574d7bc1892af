"""Wrapper, TimeDistributed, Bidirectional: what the recorded cases do not ask."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.core import Dense, Dropout, Flatten, Input, Lambda, Masking
from kshim.layers.embeddings import Embedding
from kshim.layers.recurrent import GRU, LSTM, SimpleRNN
from kshim.layers.wrappers import Bidirectional, TimeDistributed, Wrapper
from kshim.models.model import Model
from kshim.models.sequential import Sequential


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    forget_names()


def data(*shape: int) -> torch.Tensor:
    return torch.as_tensor(np.random.default_rng(0).normal(size=shape).astype("float32"))


def test_weights_go_forward_then_backward_under_keras_names() -> None:
    with in_era("2.2"):
        layer = Bidirectional(LSTM(4))
    layer.build_once((None, 5, 3))
    assert [weight.name for weight in layer.weights] == [
        f"{way}_lstm_1/{word}:0"
        for way in ("forward", "backward")
        for word in ("kernel", "recurrent_kernel", "bias")
    ]


def test_both_directions_are_those_of_torch() -> None:
    model = Sequential([Bidirectional(LSTM(4, return_sequences=True), input_shape=(5, 3))])
    forward, backward = (
        getattr(model.layers[0], f"{way}_layer") for way in ("forward", "backward")
    )
    twin = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for name, parameter in forward.recurrence.named_parameters():
            getattr(twin, name).copy_(parameter)
        for name, parameter in backward.recurrence.named_parameters():
            getattr(twin, f"{name}_reverse").copy_(parameter)
    x = data(2, 5, 3)
    torch.testing.assert_close(model(x), twin(x)[0])
    assert not model.network.own_layers


def test_states_of_both_directions_may_be_symbols() -> None:
    symbols = [Input((5, 3)), *(Input((4,)) for _ in range(4))]
    layer = Bidirectional(LSTM(4, return_state=True))
    by_word = Model(symbols, layer(symbols[0], initial_state=symbols[1:]))
    by_place = Model(symbols, layer(symbols))
    values = [data(2, 5, 3), *(data(2, 4) * (place + 1) for place in range(4))]
    wanted = layer(values[0], initial_state=values[1:])
    ahead = layer.forward_layer(values[:3])
    torch.testing.assert_close(wanted[1:3], ahead[1:])
    for model in (by_word, by_place):
        torch.testing.assert_close(model(values), wanted)


def test_layer_for_the_way_back_may_be_another() -> None:
    layer = Bidirectional(
        LSTM(4, return_sequences=True),
        backward_layer=GRU(2, return_sequences=True, go_backwards=True, name="back"),
    )
    assert layer(data(2, 5, 3)).shape == (2, 5, 6)
    assert layer.compute_output_shape((None, 5, 3)) == (None, 5, 6)
    assert layer.backward_layer.name == "backward_back"
    again = Bidirectional.from_config(json.loads(json.dumps(layer.get_config())))
    assert isinstance(again.backward_layer, GRU)
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("back", "wanted"),
    [
        (LSTM(4), "go_backwards of backward_layer must be True, got False"),
        (LSTM(4, go_backwards=True, return_sequences=True), "return_sequences of backward_layer"),
    ],
)
def test_layer_for_the_way_back_must_fit(back: Layer, wanted: str) -> None:
    with pytest.raises(ArgumentError, match=wanted):
        Bidirectional(LSTM(4), backward_layer=back)


def test_layer_that_goes_backwards_is_turned_round_too() -> None:
    layer = Bidirectional(GRU(4, go_backwards=True))
    assert (layer.forward_layer.go_backwards, layer.backward_layer.go_backwards) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"layer": Dense(4)}, "layer must be a recurrent layer, got 'Dense'"),
        ({"layer": 4}, "layer must be a layer, got 4"),
        ({"layer": LSTM(4), "merge_mode": "cat"}, "merge_mode must be one of 'concat', 'sum'"),
    ],
)
def test_what_cannot_go_both_ways_is_refused(arguments: dict, wanted: str) -> None:
    with pytest.raises(ArgumentError, match=wanted):
        Bidirectional(**arguments)


def test_wrong_number_of_states_is_refused() -> None:
    with pytest.raises(ArgumentError, match="initial_state must be 2 tensors, got 3"):
        Bidirectional(GRU(4))(data(2, 5, 3), initial_state=[data(2, 4)] * 3)


def test_values_for_both_directions_are_given_together() -> None:
    values = [np.ones((3, 4)), np.ones((4, 4)), np.ones(4), np.zeros((3, 4)), np.zeros((4, 4)),
              np.zeros(4)]  # fmt: skip
    layer = Bidirectional(SimpleRNN(4), weights=values)
    layer.build_once((None, 5, 3))
    for found, told in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(found, told)


def test_layer_used_before_gives_its_arguments_not_its_weights() -> None:
    inner = GRU(4, return_sequences=True)
    inner(data(2, 5, 3))
    layer = Bidirectional(inner)
    assert layer(data(2, 5, 3)).shape == (2, 5, 8)
    assert not np.array_equal(layer.get_weights()[0], inner.get_weights()[0])


def test_frozen_wrapper_freezes_both_directions() -> None:
    layer = Bidirectional(LSTM(4))
    layer.build_once((None, 5, 3))
    assert len(layer.trainable_weights) == 6
    layer.trainable = False
    assert (layer.trainable_weights, len(layer.non_trainable_weights)) == ([], 6)
    assert not any(parameter.requires_grad for parameter in layer.parameters())


def test_mask_of_both_outputs_goes_on() -> None:
    words = Embedding(6, 3, mask_zero=True)(Input((5,)))
    for output in Bidirectional(LSTM(4, return_sequences=True), merge_mode=None)(words):
        assert isinstance(output.mask, Symbol)
    assert Bidirectional(LSTM(4))(words).mask is None


@pytest.mark.parametrize("era", ["2.2", "2.15"])
@pytest.mark.parametrize("kind", ["Bidirectional", "TimeDistributed"])
def test_config_makes_the_same_layer(kind: str, era: str) -> None:
    with in_era(era):
        layer = LAYERS.find(kind)(LSTM(4, dropout=0.5, name="inner"), name="outer")
        config = json.loads(json.dumps(layer.get_config()))
        again = LAYERS.make({"class_name": kind, "config": config})
    assert again.get_config() == config
    assert (again.name, again.layer.name, again.layer.dropout) == ("outer", "inner", 0.5)


def test_stateful_directions_start_again() -> None:
    layer = Bidirectional(LSTM(4, stateful=True))
    x = data(2, 5, 3)
    first, second = layer(x), layer(x)
    assert not torch.equal(first, second)
    layer.reset_states()
    assert torch.equal(layer(x), first)


def test_before_tf_keras_states_inside_are_kept_while_training_alone() -> None:
    # Measured on Keras 2.2.4 and 2.3.1: predict leaves them, train_on_batch moves them.
    with in_era("2.2"):
        layer = Bidirectional(LSTM(4, stateful=True))
    x = data(2, 5, 3)
    layer(x)
    assert not layer.forward_layer.states[0].numpy().any()
    layer(x, training=True)
    assert layer.forward_layer.states[0].numpy().all()


def test_keras_1_words_say_the_shape_of_the_input() -> None:
    model = Sequential([Bidirectional(LSTM(4), input_dim=3, input_length=5)])
    assert model.input_shape == (None, 5, 3)


def test_every_step_goes_through_the_same_layer() -> None:
    layer = TimeDistributed(Dense(4, activation="tanh"))
    x = data(2, 5, 3)
    outputs = layer(x).detach().numpy()
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(outputs, np.tanh(x.numpy() @ kernel + bias), rtol=1e-5, atol=1e-6)


def test_length_may_be_unknown() -> None:
    inputs = Input((None, 4, 3))
    model = Model(inputs, TimeDistributed(Flatten())(inputs))
    assert model.output_shape == (None, None, 12)
    for time in (2, 5):
        assert model(data(2, time, 4, 3)).shape == (2, time, 12)
    assert not model.network.own_layers


def test_model_inside_is_traced_with_its_names() -> None:
    inner = Sequential([Flatten(input_shape=(4, 3)), Dense(2), Dropout(0.5), Dense(5)])
    inputs = Input((None, 4, 3))
    model = Model(inputs, TimeDistributed(inner, name="each")(inputs))
    assert list(model.state_dict()) == [
        f"each.{name}.{word}" for name in ("dense", "dense_1") for word in ("weight", "bias")
    ]
    x = data(2, 3, 4, 3)
    torch.testing.assert_close(model(x)[:, 1], inner(x[:, 1]))
    model.train()
    assert not torch.equal(model(x), model(x))


def test_layer_that_cannot_be_traced_stays_as_it_is() -> None:
    inputs = Input((5, 3))
    doubled = TimeDistributed(Lambda(lambda x: x * 2 if x.shape[0] > 1 else x))(inputs)
    model = Model(inputs, doubled)
    x = data(2, 5, 3)
    torch.testing.assert_close(model(x), x * 2)


def test_mask_of_the_steps_goes_on() -> None:
    x = data(2, 5, 3)
    x[0, 3:] = 0
    masked = TimeDistributed(Dense(4))(Masking()(x))
    np.testing.assert_array_equal(masked._keras_mask, (x != 0).any(-1))


def test_mask_made_inside_goes_on() -> None:
    numbers = Input((3, 5))
    words = TimeDistributed(Embedding(6, 2, mask_zero=True))(numbers)
    assert tuple(words.mask.shape) == (None, 3, 5)
    steps = TimeDistributed(LSTM(4))(words)
    assert tuple(steps.mask.shape) == (None, 3)
    model = Model(numbers, LSTM(2)(steps))
    assert not model.network.own_layers
    given = torch.tensor([[[1.0, 2, 0, 0, 0], [3, 0, 0, 0, 0], [0, 0, 0, 0, 0]]])
    torch.testing.assert_close(model(given), model(given[:, :2]))


def test_input_without_time_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"at least 3 axes \(batch, time, ...\), got 2"):
        TimeDistributed(Dense(4))(Input((3,)))


def test_penalty_of_the_layer_inside_counts() -> None:
    inputs = Input((5, 3))
    with in_era("2.2"):
        model = Model(inputs, TimeDistributed(Dense(4, activity_regularizer="l1"))(inputs))
    x = data(2, 5, 3)
    _, _, losses, *_ = model.network.full(x)
    torch.testing.assert_close(losses[0], 0.01 * model(x).abs().sum())


class Doubled(Wrapper):
    """A wrapper as scripts write them."""

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        super().build()

    def call(self, inputs: Any) -> Any:
        return 2 * self.layer(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)


def test_wrappers_of_ones_own_hold_the_weights_of_the_layer() -> None:
    inputs = Input((3,))
    wrapper = Doubled(Dense(4))
    model = Model(inputs, wrapper(inputs))
    x = data(2, 3)
    torch.testing.assert_close(model(x), 2 * wrapper.layer(x))
    assert len(wrapper.trainable_weights) == 2
