"""Layer: what every layer promises, kshim's own and the user's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim import layers as L
from kshim.core.eras import in_era
from kshim.errors import MaskError, ShapeError, StateError, UnexpectedArgument, WeightError
from kshim.models.model import Model


class SimpleDense(L.Layer):
    """Multiply by a kernel, as scripts of Keras 2 write it."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        self.inner = L.Activation("tanh")  # before the base's constructor: torch refuses this
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], self.units), initializer="ones", trainable=True
        )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs @ self.kernel)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


class Steps(L.Layer):
    """Take a mask and the phase."""

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        kept = inputs if mask is None else inputs * mask.unsqueeze(-1).to(inputs.dtype)
        return kept + 100.0 if training else kept


X = np.arange(8, dtype="float32").reshape(2, 4) / 10


def test_an_own_layer_computes_on_arrays_tensors_and_symbols() -> None:
    layer = SimpleDense(3)
    want = np.tanh(X.sum(1, keepdims=True) * np.ones((1, 3)))
    np.testing.assert_allclose(layer(X).detach(), want, rtol=1e-6)
    np.testing.assert_allclose(layer(torch.tensor(X)).detach(), want, rtol=1e-6)
    entrance = L.Input((4,))
    made = layer(entrance)
    assert made.shape == (None, 3)
    np.testing.assert_allclose(Model(entrance, made).predict(X), want, rtol=1e-6)


def test_weights_are_made_once_when_a_shape_is_first_known() -> None:
    layer = SimpleDense(3)
    assert not layer.built and layer.weights == []
    layer(L.Input((4,)))
    kernel = layer.weights[0]
    layer(L.Input((4,)))
    assert layer.built and layer.weights == [kernel]
    assert kernel.name == f"{layer.name}/kernel:0"


def test_initial_weights_are_set_when_the_weights_are_made() -> None:
    given = [np.full((4, 2), 5.0), np.ones(2)]
    layer = L.Dense(2, weights=given)
    layer(L.Input((4,)))
    np.testing.assert_array_equal(layer.get_weights()[0], given[0])
    wrong = L.Dense(2, weights=given[:1])
    with pytest.raises(WeightError, match=r"must be 2 arrays .*kernel:0 \(4, 2\).*got 1"):
        wrong(L.Input((4,)))


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ({"input_shape": (3, 4)}, (None, 3, 4)),
        ({"input_dim": 4}, (None, 4)),
        ({"input_dim": 4, "input_length": 3}, (None, 3, 4)),
        ({"batch_input_shape": (2, 3, 4)}, (2, 3, 4)),
        ({"input_shape": (4,), "batch_size": 2}, (2, 4)),
        ({}, None),
    ],
)
def test_every_word_for_the_input_shape_is_understood(words: Any, shape: Any) -> None:
    assert L.Dense(2, **words).batch_input_shape == shape


def test_the_config_makes_the_same_layer() -> None:
    layer = SimpleDense(3, name="mine", trainable=False)
    assert layer.get_config() == {"name": "mine", "trainable": False, "units": 3}
    again = SimpleDense.from_config(layer.get_config())
    assert (again.name, again.units, again.trainable) == ("mine", 3, False)


def test_an_unknown_keyword_is_refused_with_the_nearest_known() -> None:
    with pytest.raises(UnexpectedArgument, match=r"got 'trainabel'\. Did you mean 'trainable'\?"):
        SimpleDense(3, trainabel=False)


def test_the_shape_of_an_own_layer_is_found_by_a_trial_run() -> None:
    assert SimpleDense(3).compute_output_shape((None, 4)) == (None, 3)
    assert SimpleDense(3).compute_output_shape((5, None, 4)) == (5, None, 3)


def test_a_call_that_cannot_run_names_the_layer_and_the_shapes() -> None:
    layer = L.Lambda(lambda x: x.reshape(-1, 7), name="odd")
    with pytest.raises(ShapeError, match=r"Lambda 'odd': cannot be applied to .*\(None, 4\)"):
        layer(L.Input((4,)))


def test_inputs_that_a_layer_cannot_take_are_refused() -> None:
    layer = L.Dense(3, name="hidden")
    layer(L.Input((4,)))
    with pytest.raises(ShapeError, match=r"Dense 'hidden': inputs must have size 4 on axis -1"):
        layer(L.Input((5,)))
    with pytest.raises(ShapeError, match="must be known to make weights"):
        L.Dense(3)(L.Input((None,)))


def test_a_layer_tells_what_goes_in_and_what_comes_out() -> None:
    layer, entrance = L.Dense(3), L.Input((4,))
    with pytest.raises(StateError, match="must be called in a graph first"):
        _ = layer.output
    made = layer(entrance)
    assert layer.input is entrance and layer.output is made
    assert (layer.input_shape, layer.output_shape) == ((None, 4), (None, 3))
    layer(L.Input((4,)))
    with pytest.raises(StateError, match=r"got 2 calls\. Use get_output_at"):
        _ = layer.output
    assert layer.get_output_at(0) is made
    assert layer.get_output_shape_at(1) == layer.get_input_shape_at(1)[:1] + (3,)


def test_the_phase_reaches_call_from_the_mode_the_argument_and_the_caller() -> None:
    layer = Steps()
    x = torch.zeros(1, 2)
    assert layer(x).max() == 0
    assert layer(x, training=True).max() == 100
    layer.train()
    assert layer(x).max() == 100
    assert layer(x, training=False).max() == 0


def test_masks_travel_from_layer_to_layer_outside_a_graph() -> None:
    x = np.array([[[1.0], [0.0], [2.0]]], "float32")
    seen = Steps()(L.Masking()(x) + 0.0)  # an operation drops the mask
    assert seen.sum() == 3
    masked = L.Dense(1, use_bias=True, bias_initializer="ones")(L.Masking()(x))
    np.testing.assert_array_equal(masked._keras_mask, [[True, False, True]])
    assert Steps()(masked)[0, 1, 0] == 0


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3"])
def test_up_to_keras_2_3_a_mask_that_cannot_be_used_is_an_error(era: str) -> None:
    with in_era(era):
        masked = L.Masking()(L.Input((3, 4)))
        with pytest.raises(MaskError, match="Set supports_masking = True"):
            L.Flatten()(masked)


def test_later_a_mask_that_cannot_be_used_is_dropped() -> None:
    assert L.Flatten()(L.Masking()(L.Input((3, 4)))).mask is None


def test_losses_are_the_penalties_and_what_the_last_call_added() -> None:
    class Adding(L.Layer):
        def build(self, input_shape: Any) -> None:
            self.scale = self.add_weight("scale", (1,), initializer="ones", regularizer="l2")

        def call(self, inputs: Any) -> Any:
            self.add_loss(inputs.sum())
            return inputs * self.scale

    layer = Adding()
    for _ in range(3):  # each call begins anew
        layer(np.full((2, 3), 0.5, "float32"))
    assert [round(float(term.sum().detach()), 6) for term in layer.losses] == [0.01, 3.0]


@pytest.mark.parametrize(("era", "divisor"), [("2.2", 1), ("2.15", 2)])
def test_an_activity_penalty_is_a_sum_or_per_sample(era: str, divisor: int) -> None:
    with in_era(era):
        layer = L.Dense(3, kernel_initializer="ones", activity_regularizer="l1")
        layer(X)
    want = 0.01 * np.abs(X.sum(1)).sum() * 3 / divisor
    np.testing.assert_allclose(layer.losses[0].detach(), want, rtol=1e-6)


def test_layers_in_lists_and_dicts_are_held() -> None:
    class Stack(L.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.blocks: list[Any] = []
            self.blocks.append(L.Dense(3))
            self.blocks.append(L.Activation("relu"))
            self.named = {"last": L.Dense(2)}

        def call(self, inputs: Any) -> Any:
            for block in self.blocks:
                inputs = block(inputs)
            return self.named["last"](inputs)

    layer, entrance = Stack(), L.Input((4,))
    model = Model(entrance, layer(entrance))
    assert [weight.shape for weight in layer.weights] == [(4, 3), (3,), (3, 2), (2,)]
    assert len(list(model.parameters())) == 4
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.train_on_batch(X, np.ones((2, 2)))
    assert all((a != b).any() for a, b in zip(before[2:], model.get_weights()[2:], strict=True))


def test_symbols_keep_their_type_where_the_layer_keeps_it() -> None:
    numbers = L.Input((3, 4), dtype="int32")
    assert L.Flatten()(numbers).dtype == "int32"
    assert L.Activation("linear")(numbers).dtype == "float32"


# Counted on Keras 2.2.4 and 2.3.1.
def test_losses_of_calls_on_symbols_are_symbols_that_know_their_inputs() -> None:
    dense = L.Dense(2, kernel_regularizer="l1", activity_regularizer="l1")
    first, second = L.Input((3,)), L.Input((3,))
    outputs = [dense(first), dense(second)]
    assert len(dense.losses) == 3
    assert [len(dense.get_losses_for(one)) for one in (first, second, None)] == [1, 1, 1]
    model = Model([first, second], outputs)
    assert len(model.losses) == 3
    assert len(model.get_losses_for([first, second])) == 2
    x = np.ones((1, 3), "float32")
    value = K.function([first], dense.get_losses_for(first))([x])[0]
    expected = np.abs(dense(x).detach().numpy()).sum() * 0.01
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("wrapper", [L.TimeDistributed, L.Bidirectional])
def test_losses_of_layers_inside_a_layer_are_those_of_the_model(wrapper: Any) -> None:
    inner: Any = (L.Dense if wrapper is L.TimeDistributed else L.LSTM)(
        2, kernel_regularizer="l1", activity_regularizer="l2"
    )
    inputs = L.Input((3, 4))
    layer = wrapper(inner)
    model = Model(inputs, layer(inputs))
    count = 1 if wrapper is L.TimeDistributed else 2
    assert len(layer.get_losses_for(None)) == count
    assert len(model.losses) == 2 * count
    assert len(model.get_losses_for(inputs)) == count


def test_a_variable_that_no_layer_has_is_read_anew_at_each_call_and_does_not_train() -> None:
    variable = K.variable(3.0)
    inputs = L.Input((2,))
    model = Model(inputs, L.Dense(1)(inputs * variable))
    loose = Model(inputs, inputs * variable)
    x = np.ones((1, 2), "float32")
    assert loose.predict(x, verbose=0).tolist() == [[3.0, 3.0]]
    K.set_value(variable, 4.0)
    assert loose.predict(x, verbose=0).tolist() == [[4.0, 4.0]]
    model.compile("sgd", "mse")
    model.train_on_batch(x, np.ones((1, 1)))
    assert float(variable) == 4.0
    assert len(model.trainable_weights) == 2


def test_recurrent_layers_start_from_variables() -> None:
    start = [K.variable(np.full((2, 3), value)) for value in (0.5, -0.25)]
    inputs = L.Input((4, 2))
    layer = L.LSTM(3)
    model = Model(inputs, layer(inputs, initial_state=start))
    x = np.random.default_rng(0).normal(size=(2, 4, 2)).astype("float32")
    named = [L.Input((3,)) for _ in start]
    given = Model([inputs, *named], layer(inputs, initial_state=named))
    expected = given.predict([x, *(one.numpy() for one in start)], verbose=0)
    np.testing.assert_allclose(model.predict(x, batch_size=2, verbose=0), expected, rtol=1e-6)


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3", "2.15"])
def test_a_list_of_one_that_a_call_gives_is_that_one_up_to_keras_2_3(era: str) -> None:
    with in_era(era):
        made = L.Lambda(lambda x: [x * 2])(L.Input((2,)))
        assert isinstance(made, list) is (era == "2.15")  # recorded from 2.2.4, 2.3.1 and 2.15
        if era != "2.15":
            assert made.shape == (None, 2)
