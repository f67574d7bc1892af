"""Merging: functions, masks that only some inputs have, and shapes that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers
from kshim.core.eras import in_era
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, KshimError, ShapeError
from kshim.layers import Concatenate, Dot, Input, Masking
from kshim.layers.base import LAYERS
from kshim.models.model import Model


@pytest.mark.parametrize(
    ("word", "compute"),
    [
        ("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply),
        ("average", lambda a, b: (a + b) / 2), ("maximum", np.maximum), ("minimum", np.minimum),
        ("concatenate", lambda a, b: np.concatenate([a, b], -1)),
    ],
)  # fmt: skip
def test_functions_merge_symbols_and_arrays(word: str, compute: Any) -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    function = getattr(layers, word)
    np.testing.assert_allclose(function([one, other]).numpy(), compute(one, other), rtol=1e-6)
    assert isinstance(function([Input((4,)), Input((4,))]), Symbol)


def test_functions_take_a_name_for_their_layer() -> None:
    symbol = layers.concatenate([Input((3, 4)), Input((5, 4))], axis=1, name="both")
    assert symbol.node is not None
    assert symbol.node.layer.name == "both"
    assert symbol.shape == (None, 8, 4)


def test_dot_of_steps_is_their_similarity() -> None:
    one, other = np.random.rand(2, 3, 4).astype("float32"), np.random.rand(2, 5, 4).astype("f4")
    told = np.einsum("bik,bjk->bij", one, other)
    np.testing.assert_allclose(layers.dot([one, other], axes=2).numpy(), told, rtol=1e-5)


@pytest.mark.parametrize("axes", [2, (2, 1)])
def test_dot_has_the_declared_shape_at_rank_four(axes: Any) -> None:
    one = torch.rand(2, 3, 4, 5)
    other = torch.rand(2, 6, 4, 7) if axes == 2 else torch.rand(2, 4, 6, 7)
    layer = Dot(axes)
    shape = layer.compute_output_shape([tuple(one.shape), tuple(other.shape)])
    assert shape == (2, 3, 5, 6, 7)
    assert tuple(layer([one, other]).shape) == shape


@pytest.mark.parametrize(
    ("make", "shapes", "words"),
    [
        (lambda: layers.Add(), [(3,), (4,)], "must have shapes that fit together"),
        (lambda: layers.Subtract(), [(3,), (3,), (3,)], "inputs must be 2, got 3"),
        (lambda: Concatenate(), [(3, 4), (2, 4)], "same shape but for axis -1"),
        (lambda: Concatenate(axis=1), [(3, 4), (4,)], "same shape but for axis 1"),
        (lambda: Concatenate(axis=3), [(3, 4), (3, 4)], "same shape but for axis 3"),
        (lambda: Dot(1), [(3,), (4,)], "same size along axes 1"),
        (lambda: Dot(2), [(3,), (3,)], "axes must be axes behind the batch"),
        (lambda: Dot(1), [(3,)], "inputs must be 2, got 1"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(make: Any, shapes: Any, words: str) -> None:
    with pytest.raises(KshimError) as refusal:
        make()([Input(shape) for shape in shapes])
    assert words in str(refusal.value)


def test_a_single_symbol_is_refused() -> None:
    with pytest.raises(ShapeError, match="inputs must be a list, got one of shape"):
        layers.Add()(Input((3,)))


def test_different_batches_are_refused() -> None:
    with pytest.raises(ShapeError, match="same batch size"):
        layers.Add()([Input(batch_shape=(2, 3)), Input(batch_shape=(4, 3))])


@pytest.mark.parametrize("axes", ["one", (1, 2, 3), 1.5, None])
def test_dots_axes_must_be_one_or_two_numbers(axes: Any) -> None:
    with pytest.raises(ArgumentError, match="Dot: axes must be a whole number or two of them"):
        Dot(axes)


def test_an_unmasked_input_counts_wherever_it_is_concatenated() -> None:
    masked, bare = Input((3, 4)), Input((2, 4))
    model = Model([masked, bare], Concatenate(axis=1)([Masking()(masked), bare]))
    values = torch.ones(2, 3, 4)
    values[0, 1] = 0
    _, masks, *_ = model.network.full(values, torch.ones(2, 2, 4))
    told = [[True, False, True, True, True], [True] * 5]
    assert masks[0].tolist() == told


def test_three_masks_must_all_agree() -> None:
    symbols = [Input((3, 2)) for _ in range(3)]
    model = Model(symbols, layers.add([Masking()(symbol) for symbol in symbols]))
    values = [torch.ones(2, 3, 2) for _ in symbols]
    values[0][0, 0] = values[2][1, 2] = 0
    _, masks, *_ = model.network.full(*values)
    assert masks[0].tolist() == [[False, True, True], [True, True, False]]


@pytest.mark.parametrize("layer", [layers.Add(), Concatenate(axis=1), Dot((1, 2), normalize=True)])
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()


# Keras 2.2.4 and 2.3.1 refuse it; tf.keras 2.15 takes it.
@pytest.mark.parametrize(("era", "taken"), [("2.2", False), ("2.3", False), ("2.15", True)])
def test_concatenate_of_one_input_goes_by_the_era(era: str, taken: bool) -> None:
    with in_era(era):
        inputs = Input((4, 5))
        if taken:
            assert Concatenate(axis=1)([inputs]).shape == (None, 4, 5)
        else:
            with pytest.raises(ShapeError, match="must be a list of at least 2, got 1"):
                Concatenate(axis=1)([inputs])
