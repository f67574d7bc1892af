"""A load report tells what is in a file and what would not load, without running anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import pytest

from kshim import layers
from kshim.cli import main
from kshim.models import Sequential
from kshim.saving import inspect
from tests.recorded import Recorded, model_file, recorded_models


def of_keras_3(name: str) -> Recorded:
    """Return a recorded model of Keras 3."""
    return next(it for it in recorded_models("keras-3.15.1") if it.name == name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    model = Sequential([layers.Dense(3, input_shape=(4,), name="one"), layers.Dense(2)])
    model.compile("adam", "mse")
    model.save(tmp_path / "model.h5")
    return tmp_path / "model.h5"


def test_archives_are_told_of_too() -> None:
    report = inspect(model_file(of_keras_3("nested"), ".keras"))
    assert (report.form, report.version, report.era) == ("a .keras archive", "3.15.1", "3")
    names = [layer.name for layer in report.layers]
    assert "inner/batch_normalization" in names
    assert report.weights["layers/sequential/layers/dense/vars/0"] == (3, 4)
    assert report.loads


def test_weights_alone_are_told_of(tmp_path: Path) -> None:
    report = inspect(model_file(of_keras_3("mlp"), ".weights.h5"))
    assert report.class_name is None
    assert report.parameters == 43


def test_what_would_not_load_is_named_with_its_reason(path: Path) -> None:
    with h5py.File(path, "a") as file:
        told = json.loads(file.attrs["model_config"])
        told["config"]["layers"][1]["class_name"] = "Dence"
        told["config"]["layers"].append({"class_name": "TFOpLambda",
                                         "config": {"name": "op", "function": "io.x"}})  # fmt: skip
        file.attrs["model_config"] = json.dumps(told)
    report = inspect(path)
    assert not report.loads
    assert "Did you mean 'Dense'?" in report.problems[0]
    assert "got 'io.x'" in report.problems[1]


def test_a_damaged_file_is_a_problem_not_an_error(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:500])
    assert "must be a whole HDF5 file" in inspect(path).problems[0]


def test_the_command_prints_the_report(path: Path, capsys: Any) -> None:
    assert main(["inspect", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "an HDF5 file of a whole model" in printed
    assert "one  (Dense)  input (None, 4)" in printed
    assert "trained with Adam (no state), loss mse" in printed


def test_the_command_fails_when_something_would_not_load(path: Path, capsys: Any) -> None:
    path.write_bytes(b"nothing")
    assert main(["inspect", str(path)]) == 1
    assert "would not load:" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="must be a file that is there"):
        main(["inspect", str(path.with_name("none.h5"))])


def test_names_that_nobody_knows_are_told_wherever_they_stand(path: Path) -> None:
    with h5py.File(path, "a") as file:
        told = json.loads(file.attrs["model_config"])
        told["config"]["layers"][1]["config"]["activation"] = "rely"
        file.attrs["model_config"] = json.dumps(told)
        training = json.loads(file.attrs["training_config"])
        training |= {"loss": "msee", "metrics": ["accuracy", "own"]}
        file.attrs["training_config"] = json.dumps(training)
    activation, loss, metric = inspect(path).problems
    assert "got 'rely'. Did you mean 'relu'? Own classes and functions" in activation
    assert "got 'msee'. Did you mean 'mse'?" in loss
    assert "got 'own'" in metric


def test_the_backend_and_the_state_are_told() -> None:
    theano = next(it for it in recorded_models("keras-1.2.2-theano") if it.name == "trained_adam")
    report = inspect(model_file(theano))
    assert (report.backend, report.state) == ("theano", 9)
    assert inspect(model_file(of_keras_3("trained_adam"), ".keras")).state == 10
