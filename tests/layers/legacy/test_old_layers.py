"""Keras 1's own layers: formulas in numpy, Merge over models, and what is refused."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim import initializers
from kshim import layers as L
from kshim.core.arguments import OldWord
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, MaskError, ShapeError, UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.models.sequential import Sequential

RNG = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def keras_1() -> Any:
    with in_era("1.2"), warnings.catch_warnings():
        warnings.simplefilter("ignore", OldWord)
        yield


def numbers(*shape: int) -> Any:
    return RNG.normal(size=shape).astype("float32")


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def test_highway_chooses_between_mixture_and_inputs() -> None:
    w, carry, b, b_carry = numbers(3, 3), numbers(3, 3), numbers(3), numbers(3)
    layer, x = L.Highway(activation="tanh", weights=[w, carry, b, b_carry]), numbers(2, 3)
    share = sigmoid(x @ carry + b_carry)
    wanted = share * np.tanh(x @ w + b) + (1 - share) * x
    np.testing.assert_allclose(layer(x).detach(), wanted, rtol=1e-5)


def test_highway_starts_with_its_gate_open() -> None:
    layer = L.Highway()
    layer.build_once((None, 3))
    assert (layer.get_weights()[3] == 1).all()
    assert not layer.get_weights()[2].any()


def test_maxout_takes_the_largest_mixture() -> None:
    w, b = numbers(2, 4, 3), numbers(2, 3)
    layer, x = L.MaxoutDense(3, 2, weights=[w, b]), numbers(5, 4)
    wanted = np.max(np.einsum("bi,kij->bkj", x, w) + b, 1)
    np.testing.assert_allclose(layer(x).detach(), wanted, rtol=1e-5, atol=1e-6)


def test_srelu_bends_at_both_thresholds() -> None:
    left, slope, width, right = -0.5, 0.1, 1.5, 0.3
    layer = L.SReLU(weights=[np.full((4,), value) for value in (left, slope, width, right)])
    x = np.array([[-2.0, -0.5, 0.25, 3.0]], "float32")
    wanted = [[-0.5 + 0.1 * -1.5, -0.5, 0.25, 1.0 + 0.3 * 2.0]]
    np.testing.assert_allclose(layer(x).detach(), wanted, rtol=1e-5)


def test_parametric_softplus_starts_from_its_arguments() -> None:
    layer, x = L.ParametricSoftplus(0.5, 2.0), numbers(2, 3)
    np.testing.assert_allclose(layer(x).detach(), 0.5 * np.log1p(np.exp(2 * x)), rtol=1e-4)


def test_an_axis_that_is_not_there_cannot_be_shared() -> None:
    with pytest.raises(ArgumentError, match="shared_axes must be axes from 1 to 1, got 2"):
        L.SReLU(shared_axes=2).build_once((None, 3))


def test_merge_in_front_of_a_sequential_takes_the_inputs_of_its_models() -> None:
    left = Sequential([L.Dense(3, input_dim=4)])
    right = Sequential([L.Dense(2, input_dim=5)])
    model = Sequential()
    model.add(L.Merge([left, right], mode="concat"))
    model.add(L.Dense(1))
    x = [numbers(6, 4), numbers(6, 5)]
    weights = model.get_weights()
    joined = np.concatenate([x[0] @ weights[0], x[1] @ weights[2]], 1)
    wanted = joined @ weights[4]
    np.testing.assert_allclose(model.predict(x), wanted, rtol=1e-4, atol=1e-5)
    model.compile("sgd", "mse")
    model.fit(x, numbers(6, 1), nb_epoch=1, verbose=0)
    assert not np.array_equal(model.get_weights()[0], weights[0])


def test_merge_with_a_function_says_its_shape_or_is_tried() -> None:
    first, second = L.Input((3,)), L.Input((3,))
    told = L.merge([first, second], mode=lambda x: x[0] - x[1], output_shape=(3,))
    tried = L.merge([first, second], mode=lambda x: K.concatenate(x, 1))
    assert (tuple(told.shape), tuple(tried.shape)) == ((None, 3), (None, 6))


def test_merge_comes_back_from_its_config() -> None:
    layer = L.Merge(mode="dot", dot_axes=(2, 1))
    config = json.loads(json.dumps(layer.get_config()))
    again = LAYERS.make({"class_name": "Merge", "config": config})
    assert (again.mode, again.dot_axes) == ("dot", (2, 1))


@pytest.mark.parametrize(
    ("options", "shapes", "told"),
    [
        ({"mode": "sum"}, [(None, 3), (None, 4)], "inputs must fit mode 'sum'"),
        ({"mode": "concat"}, [(None, 3, 4), (None, 5, 4)], "inputs must fit mode 'concat'"),
        ({"mode": "dot"}, [(None, 3), (None, 4)], "inputs must fit mode 'dot'"),
        ({"mode": "sum"}, [(None, 3)], "a list of 2 or more"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(options: Any, shapes: Any, told: str) -> None:
    with pytest.raises(ShapeError, match=told):
        L.Merge(**options).build_once(shapes)


def test_an_unknown_mode_names_the_nearest() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'concat'"):
        L.Merge(mode="concta")


def test_the_largest_of_masked_inputs_is_refused_as_keras_1_does() -> None:
    masked = [L.Masking()(L.Input((3, 4))) for _ in range(2)]
    with pytest.raises(MaskError, match="without a mask in mode 'max'"):
        L.merge(masked, mode="max")


def test_deconvolution_reaches_the_shape_it_is_told() -> None:
    layer = L.Deconvolution2D(2, 3, 3, (None, 10, 8, 2), subsample=(2, 2), border_mode="same")
    output = layer(L.Input((5, 4, 3)))
    assert tuple(output.shape) == (None, 10, 8, 2)
    assert layer(numbers(6, 5, 4, 3)).shape == (6, 10, 8, 2)


def test_classes_of_keras_1_have_later_names_in_later_files() -> None:
    layer = L.AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2))
    assert layer.keras_name == "AtrousConvolution2D"
    with in_era("2.2"):
        assert layer.keras_name == "Conv2D"


def test_nb_row_needs_nb_col_beside_it() -> None:
    with pytest.raises(UnexpectedArgument, match="nb_col must be given beside nb_row"):
        L.Convolution2D(4, nb_row=3)


def test_parts_are_one_warning_that_names_the_new_word() -> None:
    with pytest.warns(OldWord, match="nb_row, nb_col are old words for kernel_size") as told:
        warnings.simplefilter("always", OldWord)
        L.Convolution2D(4, nb_row=3, nb_col=2)
    assert len(told) == 1


def test_one_older_word_may_stand_for_two() -> None:
    layer = L.SeparableConvolution2D(4, 3, 3, init="zero")
    assert isinstance(layer.depthwise_initializer, initializers.Zeros)
    assert isinstance(layer.pointwise_initializer, initializers.Zeros)


def test_layers_of_ones_own_say_their_shape_in_keras_1s_word() -> None:
    class Twice(L.Layer):
        def call(self, x: Any, mask: Any = None) -> Any:
            return K.concatenate([x, x])

        def get_output_shape_for(self, input_shape: Any) -> Any:
            return (input_shape[0], 2 * input_shape[1])

    class Again(Twice):
        def get_output_shape_for(self, input_shape: Any) -> Any:
            return super().get_output_shape_for(input_shape)

    assert tuple(Again()(L.Input((3,))).shape) == (None, 6)
    assert Twice().compute_output_shape((None, 4)) == (None, 8)


def test_weights_that_build_lists_are_weights() -> None:
    class Scale(L.Layer):
        def build(self, input_shape: Any) -> None:
            self.factors = initializers.get("one")((input_shape[1],), name="factors")
            self.trainable_weights = [self.factors]

        def call(self, x: Any, mask: Any = None) -> Any:
            return x * self.factors

    layer = Scale()
    np.testing.assert_array_equal(layer(numbers(2, 3)).shape, (2, 3))
    assert [weight.shape for weight in layer.weights] == [(3,)]


@pytest.mark.parametrize(("mode", "keeps"), [(0, False), (1, True), (2, True)])
def test_normalization_keeps_statistics_in_mode_0_alone(mode: int, keeps: bool) -> None:
    layer = L.BatchNormalization(mode=mode)
    layer(numbers(4, 3), training=True)
    assert (not layer.get_weights()[2].any()) is keeps
