"""An optimizer's state goes to files in Keras's order and shapes, and training goes on with it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kshim import layers, optimizers
from kshim.core.eras import in_era
from kshim.models import Sequential, load_model
from kshim.saving.slots import StateLeftOut

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(6, 5, 4)).astype(np.float32)
Y = RANDOM.normal(size=(6, 2)).astype(np.float32)
RULES = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")


def trained(optimizer: Any, batches: int = 3) -> Any:
    """Return a small model trained on some batches; its LSTM's weights are not in torch's shape."""
    model = Sequential([layers.LSTM(3, input_shape=(5, 4)), layers.Dense(2)])
    model.compile(optimizer, "mse")
    for _ in range(batches):
        model.train_on_batch(X, Y)
    return model


def reloaded(model: Any, path: Path) -> Any:
    """Return the model as it comes back from a file, without any warning."""
    model.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_model(path)


def next_losses(model: Any) -> list[float]:
    """Return the losses of three more batches."""
    return [model.train_on_batch(X, Y) for _ in range(3)]


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3", "2.15"])
@pytest.mark.parametrize("rule", RULES)
def test_training_goes_on_exactly_where_it_stopped(era: str, rule: str, tmp_path: Path) -> None:
    with in_era(era):
        model = trained(getattr(optimizers, rule)())
    twin = reloaded(model, tmp_path / "m.h5")
    assert twin.optimizer.iterations.value == 3
    assert next_losses(twin) == next_losses(model)


@pytest.mark.parametrize(
    "options",
    [{"momentum": 0.9, "nesterov": True}, {"decay": 0.1}, {"clipnorm": 1.0}, {"clipvalue": 0.1}],
)
def test_options_of_the_optimizer_come_back(options: dict[str, Any], tmp_path: Path) -> None:
    model = trained(optimizers.SGD(0.1, **options))
    assert next_losses(reloaded(model, tmp_path / "m.h5")) == next_losses(model)


def test_slots_have_keras_shapes_kind_by_kind(tmp_path: Path) -> None:
    trained("adam").save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        group = file["optimizer_weights"]
        shapes = [group[name].shape for name in group.attrs["weight_names"]]
    weights = [(4, 12), (3, 12), (12,), (3, 2), (2,)]
    assert shapes == [(), *weights, *weights, *[(1,)] * 5]


def test_a_model_that_was_never_trained_holds_no_state(tmp_path: Path) -> None:
    trained("adam", batches=0).save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "optimizer_weights" not in file
    assert load_model(tmp_path / "m.h5").optimizer.iterations.value == 0


def test_a_state_that_does_not_fit_is_left_out_with_a_warning(tmp_path: Path) -> None:
    trained("adam").save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "a") as file:
        names = file["optimizer_weights"].attrs["weight_names"]
        file["optimizer_weights"].attrs["weight_names"] = names[:-1]
    with pytest.warns(StateLeftOut, match="must fit Adam, got 15 arrays"):
        model = load_model(tmp_path / "m.h5")
    assert model.optimizer.iterations.value == 0
