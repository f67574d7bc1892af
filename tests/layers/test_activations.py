"""Activation layers: what they refuse, masks, shared slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim.errors import ArgumentError, ShapeError
from kshim.layers import ELU, Input, LeakyReLU, Masking, PReLU, ReLU, Softmax, ThresholdedReLU
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


def test_softmax_lets_a_mask_of_steps_pass() -> None:
    symbol = Softmax()(Masking()(Input((3, 4))))
    assert symbol.mask is not None


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
