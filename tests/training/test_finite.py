"""A loss that is no finite number: one warning, with the place, and nothing kept as best."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from kshim import layers as L
from kshim.callbacks import EarlyStopping, LambdaCallback, ModelCheckpoint, ReduceLROnPlateau
from kshim.models import Sequential
from kshim.training import finite

X, Y = np.ones((12, 2), "float32"), np.ones((12, 1), "float32")


def fit(bad: float, *callbacks: Any, epochs: int = 3) -> Any:
    """Return the history of epochs of three batches; the second batch of the second goes bad."""
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    seen = iter(range(100))

    def spoil(batch: int, logs: Any) -> None:
        if next(seen) == 3:  # the first batch of the second epoch is over
            model.set_weights([np.full((2, 1), bad), np.zeros(1)])

    spoiling = LambdaCallback(on_batch_end=spoil)
    return model.fit(X, Y, batch_size=4, epochs=epochs, verbose=0, callbacks=[spoiling, *callbacks])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_first_bad_batch_is_told_of_once(bad: float, at_once: bool) -> None:
    with (
        patch.object(finite, "_is_read_at_once", return_value=at_once),
        pytest.warns(RuntimeWarning, match="got (nan|inf) in batch 2 of epoch 2") as told,
    ):
        fit(bad)
    assert len(told) == 1


def test_on_the_cpu_it_is_told_in_the_batch() -> None:
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            fit(np.nan, LambdaCallback(on_batch_end=lambda *it: told.append("batch")))
    assert len(told) == 4


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.filterwarnings("ignore:fit. the loss")
def test_it_is_never_the_best(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "best.weights.h5"
    watching = [
        ModelCheckpoint(path, "loss", save_best_only=True, save_weights_only=True, mode=mode),
        EarlyStopping("loss", patience=9, mode=mode, restore_best_weights=True),
        ReduceLROnPlateau("loss", patience=9, mode=mode),
    ]
    history = fit(np.inf, *watching).history["loss"]
    assert not np.isfinite(history[1:]).any()
    assert [callback.best for callback in watching] == [history[0]] * 3
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.load_weights(path)
    assert np.isfinite(model.get_weights()[0]).all()
