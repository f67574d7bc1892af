"""Activation layers: what they refuse, masks, shared slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, MaskError, ShapeError
from kshim.layers import (
    ELU,
    Identity,
    Input,
    LeakyReLU,
    Masking,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)
from kshim.layers.base import LAYERS


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (LeakyReLU, {"alpha": "steep"}, "LeakyReLU: alpha must be a number"),
        (ELU, {"alpha": None}, "ELU: alpha must be a number"),
        (ReLU, {"max_value": -1.0}, "ReLU: max_value must be a number of at least 0"),
        (ReLU, {"negative_slope": -0.1}, "ReLU: negative_slope must be"),
        (ThresholdedReLU, {"theta": "high"}, "ThresholdedReLU: theta must be a number"),
        (Softmax, {"axis": 1.5}, "Softmax: axis must be a whole number"),
        (PReLU, {"shared_axes": "all"}, "PReLU: shared_axes must be a whole number"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(
    kind: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        kind(**arguments)
    assert words in str(refusal.value)


@pytest.mark.parametrize("shared", [0, 4, [1, -1]])
def test_shared_axes_must_stand_behind_the_batch(shared: Any) -> None:
    with pytest.raises(ArgumentError, match="shared_axes must be axes from 1 to 3"):
        PReLU(shared_axes=shared)(Input((3, 4, 5)))


def test_slopes_need_known_sizes() -> None:
    with pytest.raises(ShapeError, match="axis 1 of the inputs must be known"):
        PReLU()(Input((None, 3)))
    assert PReLU(shared_axes=[1])(Input((None, 3))).shape == (None, None, 3)


@pytest.mark.parametrize(
    ("shared", "shape", "kind"),
    [((1, 2), (1, 1, 5), nn.PReLU), ((2, 3), (3, 1, 1), nn.PReLU), ((2,), (3, 1, 5), None)],
)
def test_slopes_are_shared_along_the_axes_named(shared: Any, shape: Any, kind: Any) -> None:
    layer = PReLU(shared_axes=shared, alpha_initializer="random_uniform")
    values = torch.randn(2, 3, 4, 5)
    (alpha,) = layer(values) is not None and layer.get_weights()
    assert alpha.shape == shape
    told = np.where(values > 0, values, alpha * values.numpy())
    np.testing.assert_allclose(layer(values).detach().numpy(), told, rtol=1e-6)
    assert kind is None or type(layer.prelu) is kind


def test_softmax_leaves_out_what_the_mask_marks() -> None:
    values, mask = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[True, False, True]])
    told = np.exp([1, 3]) / np.exp([1, 3]).sum()
    np.testing.assert_allclose(Softmax()(values, mask=mask)[0, [0, 2]], told, rtol=1e-6)
    assert Softmax()(values, mask=mask)[0, 1] == 0


def test_softmax_lets_a_mask_of_steps_pass_up_to_keras_2_3_and_refuses_it_later() -> None:
    with in_era("2.3"):
        assert Softmax()(Masking()(Input((3, 4)))).mask is not None
    with pytest.raises(MaskError, match=r"as many axes as the inputs \(3\), got 2"):
        Softmax()(Masking()(Input((3, 4))))


def test_softmax_over_two_axes_sums_to_one() -> None:
    shares = Softmax(axis=(1, 2))(torch.randn(2, 3, 4))
    torch.testing.assert_close(shares.sum((1, 2)), torch.ones(2))


@pytest.mark.parametrize(
    "layer",
    [LeakyReLU(0.1), ELU(0.5), ReLU(6, 0.1, 0.2), Softmax((1, 2)), PReLU(shared_axes=[1])],
)
def test_config_makes_the_same_layer(layer: Any) -> None:
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()


def test_softmax_of_keras_3_gives_zeros_where_the_mask_leaves_nothing() -> None:
    values = torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    with in_era("3"):
        outputs = Softmax()(values, mask=mask)
    told = torch.tensor([[1 / (1 + np.e), np.e / (1 + np.e), 0], [0, 0, 0]])
    torch.testing.assert_close(outputs, told.to(torch.float32))


@pytest.mark.parametrize(("era", "word"), [("2.15", "alpha"), ("3", "negative_slope")])
def test_leaky_relu_is_read_and_written_in_the_words_of_each_era(era: str, word: str) -> None:
    with in_era(era):
        layer = LeakyReLU(**{word: 0.1})
        assert layer.get_config()[word] == 0.1
        assert LeakyReLU.from_config(layer.get_config()).alpha == 0.1
    torch.testing.assert_close(layer(torch.tensor([-1.0, 2.0])), torch.tensor([-0.1, 2.0]))


@pytest.mark.parametrize(("era", "passes"), [("2.15", False), ("3", True)])
def test_identity_lets_masks_pass_from_keras_3_on(era: str, passes: bool) -> None:
    with in_era(era):
        x = Masking()(torch.tensor([[[1.0], [0.0]]]))
        outputs = Identity()(x)
        symbol = Identity()(Masking()(Input((2, 1))))
    torch.testing.assert_close(outputs, x)
    assert (getattr(outputs, "_keras_mask", None) is not None) is passes
    assert (symbol.mask is not None) is passes


def test_identity_keeps_whole_numbers() -> None:
    assert Identity()(Input((3,), dtype="int32")).dtype == "int32"
