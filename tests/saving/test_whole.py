"""Whole models come back from kshim's files and from those of real Kerases; hostile ones do not."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from kshim import layers
from kshim.core.eras import current_era, in_era
from kshim.core.registry import custom_objects
from kshim.errors import ArgumentError, FileError, NotSupported, WeightError
from kshim.models import Input, Model, Sequential, load_model, save_model

X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.h5"


def small() -> Any:
    """Return a compiled Sequential."""
    model = Sequential(
        [layers.Dense(3, activation="tanh", input_shape=(4,), name="one"), layers.Dense(2)]
    )
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_a_model_comes_back_with_its_weights_and_how_it_is_trained(path: Path) -> None:
    model = small()
    model.save(path)
    twin = load_model(str(path))
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    assert (twin.loss, twin.compiled.metrics) == ("mse", ["mae"])
    assert load_model(path, compile=False).compiled is None


def test_several_losses_come_back_by_output(path: Path) -> None:
    inputs = Input((4,))
    outputs = [layers.Dense(1, name="price")(inputs), layers.Dense(3, name="kind")(inputs)]
    model = Model(inputs, outputs)
    model.compile(
        "adam",
        {"price": "mse", "kind": "categorical_crossentropy"},
        {"kind": ["accuracy"]},
        {"price": 0.5, "kind": 2.0},
    )
    model.save(path)
    compiled = load_model(path).compiled
    assert compiled.loss == {"price": "mse", "kind": "categorical_crossentropy"}
    assert compiled.loss_weights == {"price": 0.5, "kind": 2.0}
    assert compiled.metrics_names() == model.metrics_names


def test_the_optimizer_may_be_left_out(path: Path) -> None:
    save_model(small(), path, include_optimizer=False)
    assert load_model(path).compiled is None


@pytest.mark.parametrize(
    ("era", "version"), [("1.2", "1.2.2"), ("2.2", "2.2.4"), ("2.15", "2.15.0")]
)
def test_a_file_names_its_keras_and_is_read_in_its_era(path: Path, era: str, version: str) -> None:
    with in_era(era):
        small().save(path)
    with h5py.File(path) as file:
        assert file.attrs["keras_version"] == version
        assert file.attrs["backend"] == "tensorflow"
        assert "lr" in json.loads(file.attrs["training_config"])["optimizer_config"]["config"]
    with in_era("2.3"):
        model = load_model(path)
        assert current_era() == "2.3"
    assert (model.era, model.compiled.era) == (era, era)


def test_open_files_groups_and_file_objects_are_taken(path: Path) -> None:
    model, buffer = small(), io.BytesIO()
    with h5py.File(path, "w") as file:
        model.save(file)
        model.save(file.create_group("part"))
        np.testing.assert_array_equal(load_model(file["part"]).predict(X), model.predict(X))
    model.save(buffer)
    buffer.seek(0)
    np.testing.assert_array_equal(load_model(buffer).predict(X), model.predict(X))


def test_a_lambda_is_supplied_by_the_name_of_its_layer(path: Path) -> None:
    known = dict(custom_objects())
    Sequential([layers.Lambda(lambda x: x * 3, name="thrice", input_shape=(4,))]).save(path)
    with pytest.raises(FileError, match=r"model\.h5: .*custom_objects=\{'thrice': function\}"):
        load_model(path)
    model = load_model(path, custom_objects={"thrice": lambda x: x * 3})
    np.testing.assert_array_equal(model.predict(X), X * 3)
    assert custom_objects() == known


def test_own_losses_are_given_by_name(path: Path) -> None:
    def crooked(y_true: Any, y_pred: Any) -> Any:
        return (y_true - y_pred) ** 4

    model = small()
    model.compile("sgd", crooked)
    model.save(path)
    with pytest.raises(FileError, match=r"training_config: .*'crooked'.*custom_objects"):
        load_model(path)
    assert load_model(path, {"crooked": crooked}).loss is crooked


def test_other_formats_are_refused_with_what_to_use(path: Path) -> None:
    with pytest.raises(ArgumentError, match="save_format must be h5 or keras"):
        small().save(path, save_format="tf")


def test_a_model_that_cannot_be_saved_leaves_the_old_file(path: Path) -> None:
    path.write_bytes(b"old")
    inputs = Input((4,))
    with pytest.raises(NotSupported, match="Lambda"):
        Model(inputs, torch.sort(inputs)[0]).save(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


def test_a_chain_of_thousands_of_layers_is_saved_and_loaded(path: Path) -> None:
    symbol = inputs = Input((4,))
    for _ in range(1500):
        symbol = layers.Activation("linear")(symbol)
    Model(inputs, symbol).save(path)
    assert len(load_model(path).layers) == 1501


# Hostile files: each is refused with its name, the entry and the reason.


def spoiled(path: Path, entry: str, change: Any) -> Path:
    """Return the path of a model's file with one of its JSON entries changed."""
    small().save(path)
    with h5py.File(path, "a") as file:
        told = json.loads(file.attrs[entry])
        changed = change(told)
        file.attrs[entry] = json.dumps(told if changed is None else changed).encode()
    return path


def _class(told: Any, kind: str, **config: Any) -> None:
    told["config"]["layers"][1] = {"class_name": kind, "config": config}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda told: _class(told, "os.system", command="true"), "known layer"),
        (lambda told: _class(told, "TorchModuleWrapper", module="gASV"), "torch.nn.Module"),
        (lambda told: _class(told, "Dense"), "units must be given"),
        (lambda told: _class(told, "Dense", units=2, name=3), "must be a text, got 3"),
        (lambda told: told["config"].update(layers=[{}]), "a name, a config or a layer"),
        (lambda told: told["config"].update(layers=7), "fails with TypeError"),
        (lambda told: {"class_name": "Sequential"}, "must"),
        (lambda told: [], "class_name and config"),
        (
            lambda told: _class(told, "Lambda", name="l", function=["4wEA", None, None]),
            "custom_objects",
        ),
        (
            lambda told: _class(
                told, "Dense", units=2, activation={"class_name": "__lambda__", "config": {}}
            ),
            "not executed",
        ),
        (lambda told: _class(told, "Dense", units=2, activation="system"), "activation"),
    ],
)
def test_a_config_that_is_not_allowed_is_refused(path: Path, change: Any, reason: str) -> None:
    with pytest.raises(FileError, match=reason) as caught:
        load_model(spoiled(path, "model_config", change))
    assert str(caught.value).startswith(f"{path}: model_config: ")


def test_a_training_config_that_is_not_allowed_is_refused(path: Path) -> None:
    def change(told: Any) -> None:
        told["loss"] = "os.system"

    with pytest.raises(FileError, match=r"os\.system") as caught:
        load_model(spoiled(path, "training_config", change))
    assert str(caught.value).startswith(f"{path}: training_config: ")
    assert load_model(path, compile=False).built


def test_a_file_without_a_config_says_to_use_load_weights(path: Path) -> None:
    small().save_weights(path)
    with pytest.raises(FileError, match=r"model_config .* got none\. Build .* load_weights"):
        load_model(path)


def test_weights_behind_an_external_link_are_not_read(path: Path) -> None:
    small().save(path)
    small().save(path.with_name("other.h5"))
    with h5py.File(path, "a") as file:
        del file["model_weights/one"]
        other = h5py.ExternalLink(str(path.with_name("other.h5")), "model_weights/one")
        file["model_weights/one"] = other
    with pytest.raises(FileError, match="one must be part of the file itself, got a ExternalLink"):
        load_model(path)


def test_weights_of_a_huge_declared_shape_are_compared_before_they_are_read(path: Path) -> None:
    small().save(path)
    with h5py.File(path, "a") as file:
        del file["model_weights/one/one/kernel:0"]
        group = file["model_weights/one/one"]
        group.create_dataset("kernel:0", shape=(10**6, 10**6), dtype="f4", chunks=(10, 10))
    with pytest.raises(WeightError, match=r"must have shape \(4, 3\), got \(1000000, 1000000\)"):
        load_model(path)
