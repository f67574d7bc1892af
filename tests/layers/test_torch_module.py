"""TorchModuleWrapper: modules of torch among the layers of a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kshim.errors import ArgumentError, NotSupported
from kshim.layers.core import Dense, Input
from kshim.layers.torch_module import TorchModuleWrapper
from kshim.models.model import Model
from kshim.models.sequential import Sequential


def test_parameters_are_weights_that_learn() -> None:
    module = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.BatchNorm1d(3))
    model = Sequential([TorchModuleWrapper(module, input_shape=(4,)), Dense(1)])
    shapes = [weight.shape for weight in model.get_weights()]
    assert shapes == [(3, 4), (3,), (3,), (3,), (3, 1), (1,)]
    model.compile("sgd", "mse")
    before = module[0].weight.detach().clone()
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    model.fit(x, x[:, :1], verbose=0)
    assert not torch.equal(before, module[0].weight)
    assert module[2].running_mean.any()  # type: ignore[union-attr, operator]


def test_outputs_are_the_modules() -> None:
    module = nn.Conv1d(3, 2, 3)
    symbol = Input((3, None))
    outputs = TorchModuleWrapper(module)(symbol)
    assert tuple(outputs.shape) == (None, 2, None)
    x = torch.randn(2, 3, 7)
    torch.testing.assert_close(Model(symbol, outputs)(x), module(x))


def test_the_output_shape_may_be_told() -> None:
    layer = TorchModuleWrapper(nn.Linear(4, 3), output_shape=(None, 3))
    assert layer.compute_output_shape((2, 4)) == (None, 3)
    assert tuple(layer(Input((4,))).shape) == (None, 3)


@pytest.mark.parametrize("value", [torch.relu, nn.LazyLinear(3)])
def test_what_is_no_finished_module_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match="module must be a"):
        TorchModuleWrapper(value)


def test_files_cannot_hold_it() -> None:
    with pytest.raises(NotSupported, match="saving must go without torch modules"):
        TorchModuleWrapper(nn.Linear(4, 3)).get_config()
