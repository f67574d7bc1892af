from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kshim.errors import FileError
from kshim.layers import Dense
from kshim.models import Sequential
from kshim.utils.hdf5_matrix import HDF5Matrix

VALUES = np.arange(40.0, dtype="float32").reshape(10, 4)


@pytest.fixture
def path(tmp_path: Path) -> str:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = VALUES
    return str(tmp_path / "data.h5")


def test_it_shows_rows_as_an_array_does(path: str) -> None:
    matrix = HDF5Matrix(path, "x", start=2, end=7)
    assert (len(matrix), matrix.shape, matrix.ndim, matrix.size) == (5, (5, 4), 2, 20)
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix[1:3], VALUES[3:5])
    np.testing.assert_array_equal(matrix[0], VALUES[2])
    np.testing.assert_array_equal(matrix[[0, 3]], VALUES[[2, 5]])
    np.testing.assert_array_equal(np.asarray(matrix), VALUES[2:7])


@pytest.mark.parametrize("rows", [5, slice(4, 6), [0, 5], np.array([9])])
def test_rows_beyond_its_end_are_refused(path: str, rows: Any) -> None:
    with pytest.raises(IndexError, match="must be under 5"):
        HDF5Matrix(path, "x", start=2, end=7)[rows]


def test_a_normalizer_sees_every_piece(path: str) -> None:
    matrix = HDF5Matrix(path, "x", normalizer=lambda piece: piece[..., ::2].astype("int16"))
    assert (matrix.shape, matrix.dtype) == ((10, 2), np.int16)


def test_a_model_trains_on_it(path: str) -> None:
    model = Sequential([Dense(1, input_dim=4)])
    model.compile("sgd", "mse")
    x = HDF5Matrix(path, "x", end=6)
    history = model.fit(x, np.zeros((6, 1)), batch_size=2, shuffle="batch", verbose=0)
    assert np.isfinite(history.history["loss"][0])
    assert model.predict(x).shape == (6, 1)


def test_what_is_no_array_of_the_file_is_refused(path: str) -> None:
    with pytest.raises(FileError, match="no such entry"):
        HDF5Matrix(path, "y")
    with pytest.raises(TypeError, match="a number, a slice or a list"):
        HDF5Matrix(path, "x")[None]
