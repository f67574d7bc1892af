"""The core layers: configs through JSON, what they refuse, layers and operations of one's own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from kshim.core.eras import in_era
from kshim.core.registry import custom_object_scope
from kshim.core.symbols import Symbol
from kshim.errors import (
    ArgumentError,
    KshimError,
    MaskError,
    ShapeError,
    StateError,
    UnexpectedArgument,
    WeightError,
)
from kshim.layers import (
    Activation,
    ActivityRegularization,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    Lambda,
    Layer,
    Masking,
    Permute,
    RepeatVector,
    Reshape,
)
from kshim.layers.base import LAYERS
from kshim.models.model import Model


def doubled(values: Tensor) -> Tensor:
    """Return twice the values."""
    return values * 2


class Scale(Layer):
    """Multiply with a learned number for each feature, and count the calls."""

    def __init__(self, start: str = "ones", **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight(name="factor", shape=(input_shape[-1],),
                                      initializer=self.start, regularizer="l2")  # fmt: skip
        self.calls = self.add_weight(name="calls", shape=(), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        self.calls.assign_add(1.0)
        return inputs * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "start": self.start}


class Halves(Layer):
    """Cut the features in two, without saying the shape."""

    def call(self, inputs: Any) -> Any:
        half = inputs.shape[-1] // 2
        return [inputs[:, :half], inputs[:, half:]]


CONFIGS: list[Any] = [
    lambda: Dense(3, activation="tanh", use_bias=False, kernel_regularizer="l2", name="d"),
    lambda: Dense(3, kernel_initializer="he_normal", bias_constraint="non_neg", trainable=False),
    lambda: Activation("softmax", input_shape=(4,)),
    lambda: Dropout(0.3, noise_shape=(None, 1, 4), seed=7),
    lambda: Flatten("channels_first"),
    lambda: Reshape((2, -1), input_shape=(6,)),
    lambda: Permute((2, 1)),
    lambda: RepeatVector(3),
    lambda: Masking(-1.0),
    lambda: ActivityRegularization(l1=0.1, l2=0.2),
    lambda: InputLayer(batch_input_shape=(2, None, 3), name="i"),
    lambda: Dense(2, dtype="float64"),
]


@pytest.mark.parametrize("make", CONFIGS)
def test_config_goes_through_json_and_makes_the_same_layer(make: Any) -> None:
    layer = make()
    config = json.loads(json.dumps(layer.get_config()))
    again = LAYERS.make({"class_name": type(layer).__name__, "config": config})
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()


def test_a_lambda_of_a_known_function_goes_through_json() -> None:
    layer = Lambda(doubled, output_shape=(4,), arguments=None)
    config = json.loads(json.dumps(layer.get_config()))
    with custom_object_scope({"doubled": doubled}):
        again = LAYERS.make({"class_name": "Lambda", "config": config})
    np.testing.assert_array_equal(again(np.ones((2, 4), "float32")).numpy(), 2)


REFUSED: list[tuple[Any, str]] = [
    (lambda: Dense(0), "Dense: units must be a whole number of at least 1, got 0."),
    (lambda: Dense("3"), "Dense: units must be a whole number"),
    (lambda: Dense(3, activation="tanhh"), "Did you mean 'tanh'?"),
    (lambda: Dense(3, kernel_initializer="he_norml"), "Did you mean 'he_normal'?"),
    (lambda: Dense(3, use_bias="yes"), "Dense: use_bias must be True or False, got 'yes'."),
    (lambda: Dropout(1.5), "Dropout: rate must be a number between 0 and 1, got 1.5."),
    (lambda: Reshape("flat"), "Reshape: target_shape must be"),
    (lambda: RepeatVector(0), "RepeatVector: n must be a whole number of at least 1"),
    (lambda: Lambda(3), "Lambda: function must be a function, got 3."),
    (lambda: Input(4), "Input: shape must be a tuple such as (4,), got 4."),
    (lambda: Masking("zero"), "Masking: mask_value must be a number"),
]


@pytest.mark.parametrize(("make", "words"), REFUSED)
def test_bad_arguments_are_refused_in_one_sentence(make: Any, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        make()
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


MISMATCHED: list[tuple[Any, Any, str]] = [
    (lambda: Dense(3, name="d"), (None,), "Dense 'd': axis -1 of the inputs must be known"),
    (lambda: Reshape((5, 2)), (3, 4), "must hold as many numbers as a sample, got (5, 2)"),
    (lambda: Reshape((-1, -1)), (3, 4), "must hold as many numbers as a sample"),
    (lambda: Permute((1, 1)), (3, 4), "dims must name every axis from 1 to 2 once, got (1, 1)"),
    (lambda: RepeatVector(2), (3, 4), "inputs must have 2 axes"),
]


@pytest.mark.parametrize(("make", "shape", "words"), MISMATCHED)
def test_inputs_that_do_not_fit_are_refused(make: Any, shape: Any, words: str) -> None:
    with pytest.raises(ShapeError) as refusal:
        make()(Input(shape))
    assert words in str(refusal.value)


def test_unknown_keyword_names_the_nearest() -> None:
    with pytest.raises(UnexpectedArgument, match="Did you mean 'activation'"):
        Dense(3, activaton="relu")


def test_weights_that_do_not_fit_are_named_all_at_once_and_not_written() -> None:
    layer = Dense(3, name="d")
    layer(Input((4,)))
    before = layer.get_weights()
    with pytest.raises(WeightError) as refusal:
        layer.set_weights([np.ones((3, 4)), np.ones(4)])
    assert "d/kernel:0 must have shape (4, 3), got (3, 4)" in str(refusal.value)
    assert "d/bias:0 must have shape (3,), got (4,)" in str(refusal.value)
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])


def test_counting_weights_before_they_are_made_is_refused() -> None:
    with pytest.raises(StateError, match="must be made before they are counted"):
        Dense(3).count_params()


def test_initial_weights_are_taken() -> None:
    values = [np.ones((4, 3), "float32"), np.zeros(3, "float32")]
    layer = Dense(3, weights=values)
    np.testing.assert_array_equal(layer(np.ones((2, 4), "float32")).detach().numpy(), 4)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_dense_works_in_its_own_type(dtype: str) -> None:
    layer = Dense(3, dtype=dtype)
    assert str(layer(np.ones((2, 4), dtype)).dtype) == f"torch.{dtype}"
    assert layer.get_weights()[0].dtype == dtype


def test_dropout_scales_what_it_keeps() -> None:
    outputs = Dropout(0.25)(torch.ones(1000, 10), training=True)
    assert sorted(outputs.unique().tolist()) == pytest.approx([0, 4 / 3])
    assert abs(float((outputs == 0).float().mean()) - 0.25) < 0.02


def test_dropout_draws_once_along_noise_axes_of_size_one() -> None:
    outputs = Dropout(0.5, noise_shape=(None, 1, None))(torch.ones(4, 5, 6), training=True)
    assert all(torch.equal(outputs[:, 0], outputs[:, step]) for step in range(5))


# Layers of one's own.


def test_own_layer_trains_its_weight_and_counts_in_the_other() -> None:
    layer = Scale()
    inputs = torch.ones(2, 3)
    layer(inputs).sum().backward()
    assert [weight.name for weight in layer.weights] == ["scale/factor:0", "scale/calls:0"]
    assert [weight.name for weight in layer.trainable_weights] == ["scale/factor:0"]
    assert layer.factor.grad.tolist() == [2, 2, 2]
    assert float(layer.calls.numpy()) == 1
    assert layer.factor.regularizer is not None


def test_own_layer_in_a_graph_leaves_its_state_as_it_was() -> None:
    layer = Scale()
    model = Model(symbol := Input((3,)), layer(symbol))
    assert float(layer.calls.numpy()) == 0
    model(torch.ones(2, 3))
    assert float(layer.calls.numpy()) == 1


def test_own_layer_is_made_from_its_config() -> None:
    with custom_object_scope({"Scale": Scale}):
        config = Scale("zeros", name="s").get_config()
        again = LAYERS.make({"class_name": "Scale", "config": config})
    assert (again.start, again.name) == ("zeros", "s")


def test_unstated_output_shapes_are_found_by_a_trial_run() -> None:
    symbols = Halves()(Input((6,)))
    assert [symbol.shape for symbol in symbols] == [(None, 3), (None, 3)]
    assert Halves().compute_output_shape((None, 4)) == [(None, 2), (None, 2)]
    assert Lambda(lambda x: torch.sum(x, 1))(Input((None, 4))).shape == (None, 4)


def test_an_unknown_length_stays_unknown_in_a_trial_run() -> None:
    assert Lambda(lambda x: torch.cat([x, x], 1))(Input((None, 4))).shape == (None, None, 4)


def test_a_lambda_that_fails_tells_its_name_and_the_shapes() -> None:
    with pytest.raises(ShapeError, match=r"Lambda 'l': .* shape \(None, 3\)"):
        Lambda(lambda x: x.reshape(7, 7), name="l")(Input((3,)))


# Operations on symbols.

OPERATIONS: list[tuple[Any, Any]] = [
    (lambda x: x + 1, lambda a: a + 1),
    (lambda x: 1 - x, lambda a: 1 - a),
    (lambda x: x * x, lambda a: a * a),
    (lambda x: 2 / (x + 3), lambda a: 2 / (a + 3)),
    (lambda x: -x, lambda a: -a),
    (lambda x: abs(x), lambda a: abs(a)),
    (lambda x: x**2, lambda a: a**2),
    (lambda x: x[:, 1], lambda a: a[:, 1]),
    (lambda x: torch.relu(x), lambda a: np.maximum(a, 0)),
    (lambda x: torch.cat([x, x * 2], 1), lambda a: np.concatenate([a, a * 2], 1)),
]


@pytest.mark.parametrize(("compute", "told"), OPERATIONS)
def test_operators_on_symbols_compute_what_they_say(compute: Any, told: Any) -> None:
    symbol = Input((3,))
    made = compute(symbol)
    assert isinstance(made, Symbol)
    values = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    model = Model(symbol, made)
    np.testing.assert_allclose(model(values).numpy(), told(values), rtol=1e-6)
    assert tuple(made.shape)[1:] == told(values).shape[1:]


def test_a_symbol_has_no_truth_and_no_length() -> None:
    symbol = Input((3,))
    with pytest.raises(StateError, match="a condition must have a value"):
        bool(symbol)
    with pytest.raises(StateError, match="cannot be iterated over"):
        list(symbol)


# Masks.


def test_masking_zeroes_and_marks_the_steps_it_skips() -> None:
    values = torch.tensor([[[1.0, -1], [-1, -1], [-1, 2]]])
    outputs = Masking(-1.0)(values)
    assert outputs.tolist() == [[[1, -1], [0, 0], [-1, 2]]]
    assert outputs._keras_mask.tolist() == [[True, False, True]]


def test_flattening_masked_steps_is_an_error_up_to_keras_2_3() -> None:
    with in_era("2.2"), pytest.raises(MaskError, match="Flatten 'f': inputs must come without"):
        Flatten(name="f")(Masking()(Input((3, 4))))
    assert Flatten()(Masking()(Input((3, 4)))).mask is None


def test_every_refusal_is_a_kshim_error() -> None:
    for make, _ in REFUSED:
        with pytest.raises(KshimError):
            make()
