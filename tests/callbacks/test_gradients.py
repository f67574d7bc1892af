"""Gradients of the validation data, as TensorBoard of Keras 2 writes them, against numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers
from kshim.callbacks import TensorBoard
from kshim.callbacks.gradients import gradients_of
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported
from kshim.models import Model, Sequential

X = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
Y = np.zeros((4, 3), "float32")


def compiled() -> Any:
    model = Sequential([layers.Dense(3, input_shape=(2,)), layers.Dropout(0.5)])
    model.compile("sgd", "mse")
    return model


def test_gradients_are_those_of_the_loss_in_keras_order_and_change_nothing() -> None:
    with in_era("2.2"):
        model = compiled()
        before = model.get_weights()
        weights = np.array([1, 0, 1, 1], "float32")
        found = {one.key: it for one, it in gradients_of(model, [X, Y, weights])}
        after = model.get_weights()
    errors = 2 * (X @ before[0] + before[1]) / 3 * weights[:, None] / weights.sum()
    np.testing.assert_allclose(found["kernel"], X.T @ errors, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["bias"], errors.sum(0), rtol=1e-5, atol=1e-6)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_models_of_several_inputs_and_outputs_have_gradients() -> None:
    with in_era("2.2"):
        inputs = [layers.Input((2,)), layers.Input((2,))]
        outputs = [layers.Dense(1)(one) for one in inputs]
        model = Model(inputs, outputs)
        model.compile("sgd", "mse")
        targets, ones = np.ones((4, 1), "float32"), np.ones(4, "float32")
        found = [it for _, it in gradients_of(model, [X, -X, targets, targets, ones, ones])]
    assert [it.shape for it in found] == [(2, 1), (1,), (2, 1), (1,)]


def test_tensorboard_writes_them_and_wants_arrays_to_validate_on(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    with in_era("2.2"):
        told = {"histogram_freq": 1, "write_grads": True}
        compiled().fit(
            X, Y, validation_data=(X, Y), verbose=0, callbacks=[TensorBoard(tmp_path, **told)]
        )
        with pytest.raises(ArgumentError, match="validation_data must be provided as arrays"):
            compiled().fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path / "no", **told)])
    events = accumulator.EventAccumulator(str(tmp_path))
    events.Reload()
    assert [tag for tag in events.Tags()["histograms"] if tag.endswith("_grad")]
    with in_era("2.15"), pytest.raises(NotSupported, match="write_grads"):
        TensorBoard(tmp_path, write_grads=True)
