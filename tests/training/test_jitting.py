"""`jit_compile`: the numbers stay, and what cannot be compiled runs as it is."""

from __future__ import annotations

import shutil
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch

from kshim.errors import ArgumentError
from kshim.layers import Dense, Dropout
from kshim.models import Sequential
from kshim.training.jitting import wanted

X = np.random.default_rng(0).normal(size=(48, 4)).astype("float32")
Y = X.sum(1, keepdims=True)


def losses(jit_compile: Any) -> list[float]:
    torch.manual_seed(0)
    model = Sequential([Dense(8, "relu", input_shape=(4,)), Dropout(0.4), Dense(1)])
    model.compile("sgd", "mse", jit_compile=jit_compile)
    history = model.fit(X, Y, epochs=2, batch_size=16, verbose=0, shuffle=False)
    return [*history.history["loss"], model.evaluate(X, Y, verbose=0)]


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_compiled_training_has_the_same_losses() -> None:
    np.testing.assert_allclose(losses(True), losses(None), rtol=1e-5)


def test_what_cannot_be_compiled_runs_as_it_is() -> None:
    def compiler(function: Any, **options: Any) -> Any:
        def fail(*inputs: Any) -> Any:
            raise RuntimeError("no compiler\nat all")

        return fail

    plain = losses(False)
    with patch.object(torch, "compile", compiler), pytest.warns(UserWarning) as told:
        assert losses(True) == plain
    assert [str(it.message) for it in told] == [
        "compile: jit_compile must be possible, got RuntimeError: no compiler "
        "Training goes on without."
    ]


def test_auto_is_for_gpus() -> None:
    assert wanted("auto", torch.device("cuda"))
    assert not wanted("auto", torch.device("cpu"))
    with pytest.raises(ArgumentError, match="jit_compile must be True, False or 'auto'"):
        losses("always")
