"""ModelCheckpoint and CSVLogger: the files they leave."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.callbacks import CSVLogger, LambdaCallback, ModelCheckpoint
from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from kshim.models import Sequential, load_model

X, Y = np.ones((4, 2)), np.ones(4)


def fit(*callbacks: Any, **words: Any) -> Any:
    """Return the history of three epochs with validation."""
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse", metrics=["mae"])
    words = {"epochs": 3, "batch_size": 2, "verbose": 0, "validation_data": (X, Y), **words}
    return model.fit(X, Y, callbacks=list(callbacks), **words)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("era", "first"), [("1.2", 0), ("2.2", 1), ("2.15", 1)])
def test_files_are_named_by_epoch_and_values(era: str, first: int, tmp_path: Path) -> None:
    path = tmp_path / "weights.{epoch:02d}-{val_loss:.2f}.hdf5"
    with in_era(era):
        history = fit(ModelCheckpoint(str(path)), epochs=2).history["val_loss"]
    assert names(tmp_path) == [
        f"weights.{epoch + first:02d}-{value:.2f}.hdf5" for epoch, value in enumerate(history)
    ]


def test_the_file_holds_the_model_and_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "model.h5"
    model = fit(ModelCheckpoint(path)).model
    np.testing.assert_allclose(load_model(path).predict(X), model.predict(X), rtol=1e-6)


def test_weights_alone_are_saved_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    model = fit(ModelCheckpoint(path, save_weights_only=True)).model
    other = Sequential([L.Dense(1, input_shape=(2,))])
    other.load_weights(path)
    np.testing.assert_allclose(other.predict(X), model.predict(X), rtol=1e-6)


def test_only_better_epochs_are_saved(tmp_path: Path, capsys: Any) -> None:
    values = iter([3.0, 2.0, 5.0])
    setting = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(watched=next(values)))
    path = tmp_path / "{epoch}.h5"
    checkpoint = ModelCheckpoint(path, monitor="watched", save_best_only=True, verbose=1)
    fit(setting, checkpoint)
    assert names(tmp_path) == ["1.h5", "2.h5"]
    assert checkpoint.best == 2.0
    told = capsys.readouterr().out
    assert "Epoch 2: watched improved from 3.00000 to 2.00000, saving model to" in told
    assert "Epoch 3: watched did not improve from 2.00000" in told


def test_saving_may_be_rarer_or_by_batches(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    fit(ModelCheckpoint(tmp_path / "a" / "{epoch}.h5", period=2), epochs=5)
    assert names(tmp_path / "a") == ["2.h5", "4.h5"]
    saved: list[int] = []
    checkpoint = ModelCheckpoint(tmp_path / "b.h5", save_freq=3)
    checkpoint._write = lambda path: saved.append(1)  # type: ignore[method-assign]
    fit(checkpoint)
    assert len(saved) == 2


def test_a_value_that_is_not_logged_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"filepath must be made of epoch, loss, .*'val_acc'"):
        fit(ModelCheckpoint(tmp_path / "{val_acc}.h5"))


def read(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open() as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_each_epoch_is_a_line_with_the_names_above(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    history = fit(CSVLogger(str(path))).history
    head, *lines = read(path)
    assert head == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [line[0] for line in lines] == ["0", "1", "2"]
    np.testing.assert_allclose([float(line[1]) for line in lines], history["loss"])


def test_a_log_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for _ in range(2):
        fit(CSVLogger(path, separator=";", append=True), epochs=1)
    assert [line[0] for line in read(path, ";")] == ["epoch", "0", "0"]
    fit(CSVLogger(path), epochs=1)
    assert len(read(path)) == 2


def test_what_an_epoch_lacks_is_not_available(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    setting = LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(first=[1, 2]) if epoch == 0 else None
    )
    logger = CSVLogger(path)
    fit(setting, logger, epochs=2)
    assert [line[1] for line in read(path)[1:]][-1] == "NA"
