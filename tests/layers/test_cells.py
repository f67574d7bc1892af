"""Cells and RNN: kshim's own cells, stacked ones, and cells as scripts write them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.core.registry import custom_object_scope
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.cells import (
    RNN,
    AbstractRNNCell,
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
)
from kshim.layers.core import Input, Masking
from kshim.layers.recurrent import GRU, LSTM, SimpleRNN
from kshim.layers.wrappers import Bidirectional
from kshim.models.model import Model

OWN = [(SimpleRNNCell, SimpleRNN), (LSTMCell, LSTM), (GRUCell, GRU)]
kinds = pytest.mark.parametrize(("cell", "whole"), OWN)


def data(*shape: int) -> torch.Tensor:
    return torch.as_tensor(np.random.default_rng(0).normal(size=shape).astype("float32"))


def holed(*shape: int) -> torch.Tensor:
    x = data(*shape)
    x[0, 0] = x[0, 2] = x[1, 3:] = 0
    return x


class Mixed(Layer):
    """A cell as scripts write them: h' = tanh(x kernel + h recurrent), output 2 h'."""

    def __init__(self, units: int, **options: Any) -> None:
        self.units = self.state_size = units
        super().__init__(**options)

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight("kernel", (input_shape[-1], self.units))
        self.recurrent = self.add_weight("recurrent", (self.units, self.units))
        self.built = True

    def call(self, inputs: Any, states: Any) -> Any:
        state = torch.tanh(inputs @ self.kernel + states[0] @ self.recurrent)
        return 2 * state, [state]

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}


def mixed(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray) -> list[np.ndarray]:
    state, outputs = np.zeros((len(x), len(recurrent))), []
    for step in x.transpose(1, 0, 2):
        state = np.tanh(step @ kernel + state @ recurrent)
        outputs.append(2 * state)
    return outputs


@kinds
@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_rnn_over_a_cell_is_the_layer(cell: Any, whole: Any, era: str) -> None:
    options = {"return_sequences": True, "return_state": True, "go_backwards": True}
    with in_era(era):
        layer, twin = RNN(cell(4), **options), whole(4, **options)
    for each in (layer, twin):
        each.build_once((None, 5, 3))
    twin.set_weights(layer.get_weights())
    x = Masking()(holed(2, 5, 3))
    for found, told in zip(layer(x), twin(x), strict=True):
        torch.testing.assert_close(found, told)


@kinds
def test_cell_takes_one_step(cell: Any, whole: Any) -> None:
    one, layer = cell(4), whole(4, return_state=True)
    x = data(2, 1, 3)
    one.build_once((None, 3))
    layer.build_once((None, 1, 3))
    layer.set_weights(one.get_weights())
    starts = [data(2, 4) for _ in layer.states]
    told, *told_states = layer(x, initial_state=starts)
    found, found_states = one(x[:, 0], starts)
    torch.testing.assert_close(found, told)
    torch.testing.assert_close(list(found_states), told_states)


def test_own_cell_is_traced_to_its_module() -> None:
    inputs = Input((5, 3))
    model = Model(inputs, RNN(LSTMCell(4), name="steps")(inputs))
    assert not model.network.own_layers
    assert next(iter(model.state_dict())) == "steps.weight_ih_l0"


def test_stacked_cells_are_layers_one_behind_the_other() -> None:
    layer = RNN([LSTMCell(4), GRUCell(2)], return_sequences=True, return_state=True)
    layer.build_once((None, 5, 3))
    lower = LSTM(4, return_sequences=True, return_state=True)
    upper = GRU(2, return_sequences=True, return_state=True)
    lower.build_once((None, 5, 3))
    upper.build_once((None, 5, 4))
    lower.set_weights(layer.get_weights()[:3])
    upper.set_weights(layer.get_weights()[3:])
    x = Masking()(holed(2, 5, 3))
    inner, *states = lower(x)
    output, state = upper(inner)
    torch.testing.assert_close(list(layer(x)), [output, states, state])
    torch.testing.assert_close(
        list(layer(x, initial_state=[states, [state]])),
        list(layer(x, initial_state=[*states, state])),
    )
    assert layer.compute_output_shape((None, 5, 3)) == [
        (None, 5, 2), (None, 4), (None, 4), (None, 2)
    ]  # fmt: skip


def test_stacked_cells_take_one_step_as_in_a_sequence() -> None:
    stack = StackedRNNCells([SimpleRNNCell(4), Mixed(2)])
    layer = RNN(stack, return_state=True)
    x = data(2, 5, 3)
    output, *states = layer(x)
    state: Any = [torch.zeros(2, 4), torch.zeros(2, 2)]
    for step in x.unbind(1):
        found, state = stack(step, state)
    torch.testing.assert_close([output, *states], [found, *state])


def test_states_of_old_stacks_come_in_reverse() -> None:
    stack = StackedRNNCells([SimpleRNNCell(4), SimpleRNNCell(2)], reverse_state_order=True)
    assert stack.state_size == (2, 4)
    layer = RNN(stack, return_state=True)
    output, first, second = layer(data(2, 5, 3))
    assert (first.shape, second.shape) == ((2, 2), (2, 4))
    torch.testing.assert_close(output, first)


def test_cell_of_ones_own_is_taken_through_the_steps() -> None:
    x = data(2, 5, 3)
    layer = RNN(Mixed(4), return_sequences=True)
    inputs = Input((None, 3))
    model = Model(inputs, layer(inputs))
    wanted = np.stack(mixed(x.numpy(), *layer.get_weights()), 1)
    assert model.output_shape == (None, None, 4)
    for outputs in (layer(x), model(x)):
        np.testing.assert_allclose(outputs.detach(), wanted, rtol=1e-5, atol=1e-6)
    assert [weight.key for weight in layer.trainable_weights] == ["kernel", "recurrent"]


@pytest.mark.parametrize(
    ("era", "unroll", "shows_state"), [("2.2", False, True), ("2.2", True, False),
                                       ("2.3", False, False), ("2.15", False, False)],
)  # fmt: skip
def test_masked_steps_of_ones_own_cell(era: str, unroll: bool, shows_state: bool) -> None:
    # Keras 2.2 on TensorFlow shows the state at masked steps, later Kerases the output before.
    with in_era(era):
        layer = RNN(Mixed(4), return_sequences=True, unroll=unroll)
        x = holed(2, 5, 3)[:1]
        outputs = layer(Masking()(x)).detach().numpy()[0]
    real = mixed(x.numpy()[:, [1, 3, 4]], *layer.get_weights())
    factor = 0.5 if shows_state else 1
    wanted = [0 * real[0], real[0], factor * real[0], real[1], real[2]]
    np.testing.assert_allclose(outputs, np.concatenate(wanted), rtol=1e-5, atol=1e-6)


class Shifted(Mixed):
    """A cell that adds a constant to its output."""

    def call(self, inputs: Any, states: Any, constants: Any = None) -> Any:
        output, states = super().call(inputs, states)
        return output + constants[0], states

    def build(self, input_shape: Any) -> None:
        super().build(input_shape[0])
        assert tuple(input_shape[1]) == (None, 4)


@pytest.mark.parametrize("wrapped", [False, True])
def test_constants_reach_the_cell(wrapped: bool) -> None:
    layer: Any = RNN(Shifted(4), return_sequences=True)
    if wrapped:
        layer = Bidirectional(layer, merge_mode="ave")
    inputs, constant = Input((5, 3)), Input((4,))
    model = Model([inputs, constant], layer(inputs, constants=constant))
    x, added = data(2, 5, 3), data(2, 4)
    without = model([x, torch.zeros(2, 4)])
    torch.testing.assert_close(model([x, added]), without + added[:, None])
    torch.testing.assert_close(layer(x, constants=added), without + added[:, None])
    with custom_object_scope({"Shifted": Shifted}):
        again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    assert layer.get_config()["num_constants"] == 1
    assert again.get_config() == layer.get_config()


class Started(Mixed):
    """A cell that says its first state."""

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        return [torch.ones(batch_size, self.units, dtype=dtype)]


def test_cell_may_say_its_first_state() -> None:
    layer = RNN(Started(4))
    x = data(2, 5, 3)
    torch.testing.assert_close(layer(x), layer(x, initial_state=[torch.ones(2, 4)]))


class Bare:
    """A cell that is no layer, with a state of two axes."""

    state_size = [(2, 3)]
    output_size = 3

    def call(self, inputs: Any, states: Any) -> Any:
        state = states[0] + inputs.unsqueeze(1)
        return state.sum(1), [state]


def test_cell_need_not_be_a_layer() -> None:
    layer = RNN(Bare(), return_state=True)
    x = data(2, 5, 3)
    output, state = layer(x)
    assert layer.compute_output_shape((None, 5, 3)) == [(None, 3), (None, 2, 3)]
    torch.testing.assert_close(state, x.sum(1)[:, None].expand(-1, 2, -1))
    torch.testing.assert_close(output, 2 * x.sum(1))


def test_stateful_rnn_goes_on_where_it_ended() -> None:
    layer = RNN(Mixed(4), stateful=True)
    x = data(2, 10, 3)
    layer(x[:, :5])
    second = layer(x[:, 5:]).detach()
    wanted = mixed(x.numpy(), *layer.get_weights())[-1]
    np.testing.assert_allclose(second, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_config_makes_the_same_layer(era: str) -> None:
    with in_era(era), custom_object_scope({"Mixed": Mixed}):
        layer = RNN([LSTMCell(4, dropout=0.5), Mixed(2)], return_sequences=True, name="steps")
        config = json.loads(json.dumps(layer.get_config()))
        again = LAYERS.make({"class_name": "RNN", "config": config})
    assert again.get_config() == config
    assert [type(cell) for cell in again.cell.cells] == [LSTMCell, Mixed]


def test_dropout_of_a_cell_is_the_same_at_every_step() -> None:
    cell = SimpleRNNCell(1, "linear", kernel_initializer="ones", recurrent_initializer="zeros",
                         dropout=0.5)  # fmt: skip
    outputs = RNN(cell, return_sequences=True)(torch.ones(20, 5, 1), training=True)
    assert set(np.unique(outputs.detach())) == {0.0, 2.0}
    assert torch.equal(outputs, outputs[:, :1].expand(-1, 5, -1))


@pytest.mark.parametrize("given", [4, "LSTM", Input])
def test_what_is_no_cell_is_refused(given: Any) -> None:
    with pytest.raises(ArgumentError, match="RNN: cell must be a cell, with call and state_size"):
        RNN(given)


def test_positional_arguments_stand_in_keras_order() -> None:
    layer = RNN(LSTMCell(4, "relu"), True, True)
    assert (layer.return_sequences, layer.return_state) == (True, True)


class Decaying(AbstractRNNCell):
    """Add what comes in to half of what was."""

    state_size = output_size = 3

    def call(self, inputs: Any, states: Any) -> tuple[Any, Any]:
        output = inputs + states[0] / 2
        return output, [output]


def test_a_cell_of_ones_own_starts_from_zeros() -> None:
    x = torch.ones(2, 3, 3)
    torch.testing.assert_close(RNN(Decaying())(x), torch.full((2, 3), 1.75))
    assert Decaying().get_initial_state(batch_size=2, dtype="float32").shape == (2, 3)


def test_an_unfinished_cell_says_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match="state_size must be defined"):
        AbstractRNNCell().state_size  # noqa: B018
    with pytest.raises(NotImplementedError, match="output_size must be defined"):
        AbstractRNNCell().output_size  # noqa: B018
    with pytest.raises(NotImplementedError, match="call must be defined"):
        AbstractRNNCell().call(None, None)


@pytest.mark.parametrize(
    ("era", "wanted"),
    [("2.3", [6, 4, 4, 6]), ("2.15", [6, [4, 4], 6]), ("3", [6, [4, 4], 6])],
)
def test_states_of_several_cells_stand_by_cell_from_tf_keras_on(era: str, wanted: Any) -> None:
    with in_era(era):
        layer = RNN([LSTMCell(4), GRUCell(6)], return_state=True)
        for given in (Input((5, 3)), torch.zeros(2, 5, 3)):
            made = layer(given)
            found = [
                [one.shape[-1] for one in part] if isinstance(part, list) else part.shape[-1]
                for part in made
            ]
            assert found == wanted


def test_states_that_stand_by_cell_go_into_the_next_layer_and_out_of_a_model() -> None:
    sequence = Input((5, 3))
    first = RNN([LSTMCell(4), GRUCell(6)], return_state=True)
    _, *states = first(sequence)
    second = RNN([LSTMCell(4), GRUCell(6)], return_sequences=True)
    model = Model(sequence, second(sequence, initial_state=states))
    again = Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    data = np.random.rand(2, 5, 3).astype("float32")
    wanted = second(torch.tensor(data), initial_state=first(torch.tensor(data))[1:])
    np.testing.assert_allclose(model.predict(data, verbose=0), wanted.detach(), rtol=1e-5)
    np.testing.assert_allclose(again.predict(data, verbose=0), wanted.detach(), rtol=1e-5)
