"""Checkpoints and SavedModels that tf.keras 2.15 wrote, and kshim's own, there and back."""

from __future__ import annotations

import importlib.util
import json
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kshim import layers, models, optimizers
from kshim.callbacks import ModelCheckpoint
from kshim.compat.tensorflow import train
from kshim.compat.tensorflow.variables import Variable
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, FileError, WeightError
from kshim.models import Sequential, load_model

ROOT = Path(__file__).resolve().parents[3] / "compat_cases"
RECORDED = ROOT / "models" / "tf.keras-2.15.0"
TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}


def _cases() -> Any:
    spec = importlib.util.spec_from_file_location(
        "checkpoint_cases", ROOT / "cases" / "checkpoints.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ASKED = _cases()
ANSWERS = json.loads((RECORDED / "checkpoints.json").read_text())["cases"]


KERAS = SimpleNamespace(
    layers=layers,
    Input=layers.Input,
    Model=models.Model,
    Sequential=models.Sequential,
    optimizers=optimizers,
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    with zipfile.ZipFile(RECORDED / "checkpoints.zip") as archive:
        archive.extractall(folder)
    return folder


def _asked(name: str) -> tuple[Any, Any, Any]:
    _, make, shapes = ASKED.CASES[name]
    inputs, targets = ASKED.data(np, shapes)
    return make, inputs[0] if len(inputs) == 1 else inputs, targets


def _restored(name: str, files: Path) -> tuple[Any, Any, Any]:
    """Return the model that a recorded file holds, with inputs and targets."""
    how = ASKED.CASES[name][0]
    make, inputs, targets = _asked(name)
    if how == "saved_model":
        return load_model(files / name), inputs, targets
    model = make(KERAS)
    if not model.built:
        model(inputs)
    if how == "weights":
        model.load_weights(files / name / "w").assert_consumed()
        return model, inputs, targets
    step = Variable(0, dtype="int64")
    latest = train.latest_checkpoint(files / name)
    assert latest is not None
    status = train.Checkpoint(model=model, optimizer=model.optimizer, step=step).restore(latest)
    status.assert_consumed()
    assert int(step.numpy()) == 5
    return model, inputs, targets


@pytest.mark.parametrize("name", ASKED.CASES)
def test_a_model_predicts_what_it_did_and_goes_on_training(name: str, files: Path) -> None:
    model, inputs, targets = _restored(name, files)
    answer = ANSWERS[name]
    np.testing.assert_allclose(model.predict(inputs, verbose=0), answer["predicted"], **TOLERANCE)
    losses = [float(model.train_on_batch(inputs, targets)) for _ in answer["losses"]]
    np.testing.assert_allclose(losses, answer["losses"], **TOLERANCE)


@pytest.mark.parametrize("name", [name for name in ASKED.CASES if name != "named"])
def test_a_checkpoint_of_ones_own_comes_back(name: str, files: Path, tmp_path: Path) -> None:
    model, inputs, targets = _restored(name, files)
    make, _, _ = _asked(name)
    model.save_weights(tmp_path / "ckpt", save_format="tf")
    other = make(KERAS)
    other(inputs)
    other.load_weights(train.latest_checkpoint(tmp_path)).assert_consumed()
    for one in (model, other):
        for _ in range(2):
            one.train_on_batch(inputs, targets)
    for mine, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("rule", ["adam", "nadam", "adagrad", "adadelta", "sgd", "ftrl", "adamax"])
def test_every_optimizer_goes_on_where_it_was(rule: str, tmp_path: Path) -> None:
    x, y = np.ones((3, 4)), np.ones((3, 2))
    model, other = _small(rule), _small(rule)
    model.train_on_batch(x, y)
    model.optimizer.learning_rate.assign(0.125)
    model.save_weights(tmp_path / "w")
    other.load_weights(tmp_path / "w")
    assert float(other.optimizer.learning_rate) == 0.125
    losses = [[float(one.train_on_batch(x, y)) for _ in range(3)] for one in (model, other)]
    assert losses[0] == losses[1]


def _small(rule: str = "adam", units: int = 3) -> Any:
    first = layers.Dense(units, input_shape=(4,), name="one")
    model = Sequential([first, layers.Dense(2, name="two")])
    model.compile(rule, "mse")
    return model


def test_the_format_is_that_of_the_path_and_of_the_era(tmp_path: Path) -> None:
    model = _small()
    for name in ("x", "x.ckpt", "x.h5", "x.hdf5"):
        model.save_weights(tmp_path / name)
    model.save_weights(tmp_path / "named", save_format="h5")
    with in_era("2.2"):
        _small().save_weights(tmp_path / "old")
    listed = set(os.listdir(tmp_path))
    assert {"x.index", "x.ckpt.index", "x.h5", "x.hdf5", "named", "old"} <= listed
    assert {"x", "x.h5.index", "named.index", "old.index"} & listed == set()
    with pytest.raises(ArgumentError, match="save_format must be"):
        model.save_weights(tmp_path / "y", save_format="zip")


def test_a_callback_saves_checkpoints_and_the_latest_is_found(tmp_path: Path) -> None:
    model = _small()
    path = str(tmp_path / "run" / "cp-{epoch:02d}.ckpt")
    saving = ModelCheckpoint(path, save_weights_only=True)
    model.fit(np.ones((3, 4)), np.ones((3, 2)), epochs=2, verbose=0, callbacks=[saving])
    latest = train.latest_checkpoint(tmp_path / "run")
    assert latest == str(tmp_path / "run" / "cp-02.ckpt")
    other = _small()
    other.load_weights(latest).expect_partial()
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


def test_all_that_does_not_fit_is_told_at_once_and_nothing_changes(tmp_path: Path) -> None:
    _small(units=5).save_weights(tmp_path / "w")
    model = _small()
    before = [it.copy() for it in model.get_weights()]
    with pytest.raises(WeightError, match=r"(?s)one/kernel.*\(4, 3\), got \(4, 5\).*two/kernel"):
        model.load_weights(tmp_path / "w")
    for mine, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, old)
    with pytest.raises(ArgumentError, match="by_name must be False"):
        model.load_weights(tmp_path / "w", by_name=True)


def test_a_checkpoint_that_holds_more_is_told_when_asked(tmp_path: Path) -> None:
    step = Variable(3, dtype="int64")
    path = train.Checkpoint(step=step, other=Variable(1.0)).write(tmp_path / "c")
    status = train.Checkpoint(step=step).read(path)
    with pytest.raises(WeightError, match="other/"):
        status.assert_consumed()
    status.assert_existing_objects_matched().expect_partial()
    with pytest.raises(WeightError, match="must hold missing"):
        train.Checkpoint(missing=step).read(path).assert_existing_objects_matched()


def test_a_manager_keeps_the_latest_few(tmp_path: Path) -> None:
    model, step = _small(), Variable(0, dtype="int64")
    checkpoint = train.Checkpoint(model=model, step=step)
    manager = train.CheckpointManager(checkpoint, tmp_path / "kept", max_to_keep=2)
    assert manager.restore_or_initialize() is None
    for number in range(4):
        step.assign(number)
        manager.save()
    assert [os.path.basename(it) for it in manager.checkpoints] == ["ckpt-3", "ckpt-4"]
    held = {it.partition(".")[0] for it in os.listdir(tmp_path / "kept")}
    assert held == {"checkpoint", "ckpt-3", "ckpt-4"}
    other = Variable(9, dtype="int64")
    again = train.Checkpoint(model=_small(), step=other)
    assert train.CheckpointManager(again, tmp_path / "kept", 2).restore_or_initialize() is not None
    assert (int(other.numpy()), int(again.save_counter.numpy())) == (3, 4)


def test_arrays_are_listed_and_read_by_name(files: Path) -> None:
    names = dict(train.list_variables(files / "named"))
    assert names["model/layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"] == [4, 3]
    value = train.load_variable(files / "named", "step/.ATTRIBUTES/VARIABLE_VALUE")
    assert value == 5
    with pytest.raises(FileError, match="must be a folder with a checkpoint"):
        train.load_checkpoint(files)


@pytest.mark.parametrize("named", ["/elsewhere/w", "w", "../w", "absent"])
def test_the_latest_is_only_looked_for_in_its_folder(named: str, tmp_path: Path) -> None:
    _small().save_weights(tmp_path / "w")
    (tmp_path / "checkpoint").write_text(f'model_checkpoint_path: "{named}"\n')
    wanted = None if named == "absent" else str(tmp_path / "w")
    assert train.latest_checkpoint(tmp_path) == wanted


def test_an_optimizer_trained_by_hand_goes_on(tmp_path: Path) -> None:
    found = []
    for turn in range(2):
        model, optimizer = _small(), optimizers.Adam(0.1)
        checkpoint = train.Checkpoint(model=model, optimizer=optimizer)
        if turn:
            checkpoint.restore(train.latest_checkpoint(tmp_path)).assert_consumed()
        for _ in range(2):
            gradients = [np.full(it.shape, 0.5, "f4") for it in model.trainable_weights]
            optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
            if not turn and not found:
                checkpoint.save(tmp_path / "c")
                found.append(int(optimizer.iterations))
    assert found == [1]
    assert int(optimizer.iterations) == 3
