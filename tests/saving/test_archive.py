"""Archives come back, and are written as real Kerases read them; hostile ones are refused."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from kshim import layers, optimizers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, FileError, NotSupported, WeightError
from kshim.models import Input, Model, Sequential, load_model

X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.keras"


def small() -> Any:
    """Return a compiled Sequential."""
    model = Sequential(
        [layers.Dense(3, activation="tanh", input_shape=(4,), name="one"), layers.Dense(2)]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_the_optimizer_goes_on_from_an_archive_of_ours(path: Path) -> None:
    model, y = small(), np.ones((2, 2), np.float32)
    model.train_on_batch(X, y)
    model.save(path)
    twin = load_model(path)
    for _ in range(3):
        np.testing.assert_array_equal(model.train_on_batch(X, y), twin.train_on_batch(X, y))
    assert load_model(path, compile=False).compiled is None


def test_an_archive_names_the_modules_of_keras(path: Path) -> None:
    small().save(path)
    config = json.loads(members(path)["config.json"])
    assert config["module"] == "keras"
    assert config["compile_config"]["optimizer"]["module"] == "keras.optimizers"
    assert {entry["module"] for entry in config["config"]["layers"]} == {"keras.layers"}


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.15", "3"])
def test_an_archive_is_read_in_the_era_of_its_model(era: str, path: Path) -> None:
    with in_era(era):
        small().save(path)
    assert load_model(path).era == era


def test_file_objects_are_written_and_read() -> None:
    buffer, model = io.BytesIO(), small()
    model.save(buffer, save_format="keras")
    buffer.seek(0)
    np.testing.assert_array_equal(load_model(buffer).predict(X), model.predict(X))


def test_an_archive_that_cannot_be_written_leaves_the_old_one(path: Path) -> None:
    path.write_bytes(b"old")
    inputs = Input((4,))
    with pytest.raises(NotSupported, match="Lambda"):
        Model(inputs, torch.sort(inputs)[0]).save(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


def test_weights_can_be_read_from_an_archive(path: Path) -> None:
    model, twin = small(), small()
    model.save(path)
    twin.load_weights(path)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    with pytest.raises(ArgumentError, match="by_name must be False"):
        twin.load_weights(path, by_name=True)


# Hostile archives.


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, changes: dict[str, bytes | None], **options: Any) -> Path:
    """Return the path of a small model's archive with other members."""
    small().save(path)
    held = {**members(path), **changes}
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in held.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def config_with(path: Path, change: Any) -> Path:
    small().save(path)
    config = json.loads(members(path)["config.json"])
    change(config)
    return rewritten(path, {"config.json": json.dumps(config).encode()})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"config.json": None}, r"config\.json must be in the archive, got no such member"),
        ({"model.weights.h5": None}, r"model\.weights\.h5 must be in the archive"),
        ({"metadata.json": b"{"}, r"metadata\.json: must be JSON text"),
        ({"config.json": b"\xff"}, r"config\.json must be text in UTF-8"),
        ({"config.json": b"[]"}, r"config\.json must be a dict of class_name"),
        ({"model.weights.h5": b"no"}, r"model\.weights\.h5: must be a whole HDF5 file"),
        ({"../evil": b"x"}, "must be a plain path inside the archive"),
        ({"/etc/passwd": b"x"}, "must be a plain path inside the archive"),
        ({"a\\b": b"x"}, "must be a plain path inside the archive"),
    ],
)
def test_members_that_are_not_as_they_must_be_are_refused(
    path: Path, changes: dict[str, bytes | None], reason: str
) -> None:
    with pytest.raises(FileError, match=reason) as caught:
        load_model(rewritten(path, changes))
    assert str(caught.value).startswith(str(path))


def test_a_text_that_inflates_far_past_its_size_is_refused(path: Path) -> None:
    bomb = b'{"a": "' + b"0" * (50 * 2**20) + b'"}'
    rewritten(path, {"config.json": bomb}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(FileError, match="a size like its size in the archive"):
        load_model(path)


def test_compressed_weights_are_read(path: Path) -> None:
    rewritten(path, {}, compression=zipfile.ZIP_DEFLATED)
    assert load_model(path).predict(X).shape == (2, 2)


def test_a_truncated_archive_is_refused(path: Path) -> None:
    small().save(path)
    whole = path.read_bytes()
    for size in range(4, len(whole) - 1, len(whole) // 23):
        path.write_bytes(whole[:size])
        with pytest.raises(FileError, match="must be a whole zip archive"):
            load_model(path)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"module": "os", "class_name": "system", "config": {}}, "known layer"),
        ({"module": "keras.utils", "class_name": "get_file", "config": {}}, "known layer"),
        ({"module": "keras.src.ops.numpy", "class_name": "Save", "config": {}}, "known layer"),
        ({"class_name": "TFOpLambda", "config": {"function": "io.read_file"}}, "known layer"),
        ({"class_name": "Dense", "config": {"units": 10**9}}, "at most .* bytes"),
        ({"class_name": "Dense", "config": {"units": 10**30}}, "must"),
        (
            {
                "class_name": "Lambda",
                "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {}}},
            },
            "custom_objects",
        ),
    ],
)
def test_configs_that_are_not_allowed_are_refused(path: Path, entry: Any, reason: str) -> None:
    def change(config: Any) -> None:
        config["config"]["layers"].append(entry)

    with pytest.raises((FileError, NotSupported), match=reason) as caught:
        load_model(config_with(path, change))
    assert str(caught.value).startswith(f"{path}: config.json: ")


def test_all_weights_that_do_not_fit_are_listed_at_once(path: Path) -> None:
    def change(config: Any) -> None:
        config["config"]["layers"][1]["config"]["units"] = 5

    with pytest.raises(WeightError) as caught:
        load_model(config_with(path, change))
    message = str(caught.value)
    assert "kernel:0 must have shape (4, 5), got (4, 3)" in message
    assert "bias:0 must have shape (5,), got (3,)" in message


def test_missing_and_extra_weights_are_named(tmp_path: Path) -> None:
    file = tmp_path / "x.weights.h5"
    model = small()
    model.save_weights(file)
    with h5py.File(file, "a") as opened:
        opened.move("layers/dense/vars/0", "layers/dense_7/vars/0")
    with pytest.raises(WeightError, match=r"stored at layers/dense/vars/0, got nothing.*dense_7"):
        model.load_weights(file)


def test_groups_that_stand_in_themselves_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.weights.h5"
    model = small()
    model.save_weights(file)
    with h5py.File(file, "a") as opened:
        opened["layers/dense/again"] = opened["layers"]
    with pytest.raises(FileError, match="must stand at one place"):
        model.load_weights(file)


def test_a_loss_scale_lies_where_keras_3_puts_it(tmp_path: Path) -> None:
    """Keras 3.15 wrote these places for this model, and reads them back to the bit."""
    path = tmp_path / "scaled.keras"
    with in_era("3"):
        model = Sequential([layers.Dense(1, input_shape=(2,))])
        model.compile(optimizers.LossScaleOptimizer(optimizers.Adam()), "mse")
        model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, verbose=0)
        model.save(path)
        again = load_model(path)
    inner = [(), (), (2, 1), (2, 1), (1,), (1,)]
    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as stream:
        told = json.loads(archive.read("config.json"))["compile_config"]["optimizer"]["config"]
        with h5py.File(io.BytesIO(stream.read())) as file:
            whole, within = file["optimizer/vars"], file["optimizer/inner_optimizer/vars"]
            assert [whole[str(number)].shape for number in range(10)] == [(), (), (), (), *inner]
            assert [within[str(number)].shape for number in range(6)] == inner
            numbers = [whole[str(number)][()] for number in range(5)]
    assert numbers == [0, 0.0, 2, 2.0**15, 2]
    assert not {"jit_compile", "is_legacy_optimizer"} & told["inner_optimizer"]["config"].keys()
    for mine, theirs in zip(
        again.optimizer.get_weights(), model.optimizer.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
