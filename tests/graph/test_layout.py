"""The layout pass: how many permutes a lowered network keeps, and that its numbers stay."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from kshim import layers as L
from kshim.models.model import Model


def _permutes(model: Model) -> int:
    return sum(node.target is torch.permute for node in model.network.full.graph.nodes)


def _layer_by_layer(model: Model, values: Tensor) -> list[Any]:
    """Return the outputs of the layers' own calls, without lowering."""

    def call(node: Any, args: Any, kwargs: Any, mask: Any) -> tuple[Any, Any]:
        return node.layer(*args, **kwargs), None

    outputs: list[Any] = model.graph.run([values], [None], call)[0]
    return outputs


def _residual() -> Model:
    entrance = L.Input((6, 8, 3))
    trunk = L.Conv2D(4, 3, padding="same", activation="relu")(L.ZeroPadding2D(1)(entrance))
    trunk = L.MaxPooling2D()(L.LeakyReLU()(L.BatchNormalization()(trunk)))
    branch = L.PReLU(shared_axes=[1, 2])(L.Conv2D(4, 3, padding="same")(trunk))
    joined = L.concatenate([L.add([L.Dropout(0.2)(branch), trunk]), trunk])
    return Model(entrance, L.Dense(2)(L.Flatten()(L.AveragePooling2D()(joined))))


ACTIVATED: list[Any] = [
    *(L.Activation(name) for name in ("relu", "tanh", "hard_sigmoid", "swish", "gelu", "mish")),
    *(L.Activation(name) for name in ("elu", "selu", "softplus", "softsign", "exponential")),
    L.ReLU(6.0), L.ReLU(2.0, 0.1, 0.5), L.ELU(), L.ThresholdedReLU(0.1), L.LeakyReLU(),
    L.GaussianNoise(0.1), L.GaussianDropout(0.1), L.AlphaDropout(0.1), L.SpatialDropout2D(0.1),
    L.UpSampling2D(), L.Cropping2D(1), L.ZeroPadding2D(1), L.BatchNormalization(),
    L.DepthwiseConv2D(2), L.SeparableConv2D(3, 2), L.Conv2DTranspose(3, 2),
]  # fmt: skip


def test_a_residual_cnn_keeps_one_permute_at_its_entrance_and_one_before_it_flattens() -> None:
    model = _residual()
    assert _permutes(model) == 2
    values = torch.randn(2, 6, 8, 3)
    torch.testing.assert_close(model(values), _layer_by_layer(model, values)[0])


@pytest.mark.parametrize("layer", ACTIVATED, ids=lambda layer: layer.name)
def test_what_stands_between_convolutions_costs_no_permute(layer: Any) -> None:
    entrance = L.Input((6, 8, 3))
    middle = layer(L.Conv2D(4, 3)(entrance))
    model = Model(entrance, L.Flatten()(L.Conv2D(2, 2)(middle)))
    assert _permutes(model) == 2
    values = torch.randn(2, 6, 8, 3)
    torch.testing.assert_close(model(values), _layer_by_layer(model, values)[0])


def test_global_pooling_needs_no_permute_back() -> None:
    entrance = L.Input((6, 8, 3))
    pooled = L.GlobalAveragePooling2D()(L.Conv2D(4, 3)(entrance))
    assert _permutes(Model(entrance, L.Dense(2)(pooled))) == 1


def test_channels_first_needs_one_permute_to_flatten_channels_last() -> None:
    entrance = L.Input((3, 6, 8))
    form = {"data_format": "channels_first"}
    middle = L.MaxPooling2D(**form)(L.Conv2D(4, 3, **form)(entrance))
    model = Model(entrance, L.Flatten(**form)(middle))
    assert _permutes(model) == 1
