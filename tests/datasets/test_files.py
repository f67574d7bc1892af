"""The files of data sets are read without trusting them."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.core.settings import image_data_format, set_image_data_format
from kshim.datasets import (
    boston_housing,
    cifar,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    reuters,
)
from kshim.datasets.files import read_arrays, read_pickle
from kshim.errors import ArgumentError, FileError, UnexpectedArgument
from tests.datasets.fetching import fetch_from


class Runs:
    """Pickle as a call of a function."""

    def __reduce__(self):
        return print, ("this must not be seen",)


@pytest.mark.parametrize("dtype", ["uint8", "<f8", ">i4", bool])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back_as_numpy_wrote_them(dtype: str, order: str, tmp_path: Path) -> None:
    wrote = np.asarray(np.arange(6).reshape(2, 3) % 2, dtype=dtype, order=order)
    np.savez(tmp_path / "a.npz", x=wrote)
    (read,) = read_arrays(tmp_path / "a.npz", ["x"])
    assert read.dtype == wrote.dtype
    assert read.flags.writeable
    np.testing.assert_array_equal(read, wrote)


def test_lists_of_numbers_come_back(tmp_path: Path) -> None:
    wrote = np.empty(2, dtype=object)
    wrote[:] = [[1, 2, 3], [np.int64(4)]]
    np.savez(tmp_path / "a.npz", x=wrote)
    (read,) = read_arrays(tmp_path / "a.npz", ["x"])
    assert read.tolist() == [[1, 2, 3], [4]]


def test_what_could_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrote = np.empty(1, dtype=object)
    wrote[:] = [Runs()]
    np.savez(tmp_path / "a.npz", x=wrote)
    with pytest.raises(FileError, match=r"a\.npz: x: .*names builtins\.print, which is not data"):
        read_arrays(tmp_path / "a.npz", ["x"])
    (tmp_path / "b").write_bytes(pickle.dumps({b"data": Runs()}))
    with pytest.raises(FileError, match=r"names builtins\.print"):
        read_pickle(tmp_path / "b")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kept", [0, 10, 100, 200])
def test_a_file_that_is_cut_short_is_named(kept: int, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(9))
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:kept])
    with pytest.raises(FileError, match=r"a\.npz"):
        read_arrays(tmp_path / "a.npz", ["x"])


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(9))
    with pytest.raises(FileError, match=r"a\.npz: must be an \.npz file with x, y"):
        read_arrays(tmp_path / "a.npz", ["x", "y"])


def test_a_cifar_batch_without_labels_is_named(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(pickle.dumps({b"data": np.zeros((2, 3072), "uint8")}))
    with pytest.raises(FileError, match="must be a CIFAR batch with data and labels"):
        cifar.read_split([tmp_path / "b"], "labels")


def test_cifar_images_can_have_channels_first(tmp_path: Path) -> None:
    held = {b"data": np.arange(2 * 3072, dtype="uint8").reshape(2, -1), b"labels": [1, 2]}
    (tmp_path / "b").write_bytes(pickle.dumps(held, protocol=2))
    last, labels = cifar.read_split([tmp_path / "b"], "labels")
    before = image_data_format()
    set_image_data_format("channels_first")
    first, _ = cifar.read_split([tmp_path / "b"], "labels")
    set_image_data_format(before)
    assert (last.shape, first.shape, labels.tolist()) == (
        (2, 32, 32, 3),
        (2, 3, 32, 32),
        [[1], [2]],
    )
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), last)


@pytest.mark.parametrize(("era", "dtypes"), [("2.2", "uint8 int64"), ("2.15", "uint8 uint8")])
def test_cifar10_is_read_from_its_six_batches(
    era: str, dtypes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate([*(f"data_batch_{one}" for one in range(1, 6)), "test_batch"]):
        held = {b"data": np.full((2, 3072), number, "uint8"), b"labels": [number, number + 1]}
        (tmp_path / name).write_bytes(pickle.dumps(held, protocol=2))
    monkeypatch.setattr(cifar, "get_file", lambda *_, **__: str(tmp_path))
    with in_era(era):
        (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert (x_train.shape, x_test.shape) == ((10, 32, 32, 3), (2, 32, 32, 3))
    assert x_train[:, 0, 0, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert y_train.ravel().tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert f"{y_train.dtype} {y_test.dtype}" == dtypes


def test_fashion_mnist_is_read_from_its_four_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for part, count in (("train", 3), ("t10k", 2)):
        images = bytes(16) + bytes([count]) * (count * 784)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        labels = bytes(8) + bytes(range(count))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert (x_train.shape, x_test.shape) == ((3, 28, 28), (2, 28, 28))
    assert (y_train.tolist(), y_test.tolist()) == ([0, 1, 2], [0, 1])
    assert (x_train == 3).all() and (x_test == 2).all()


def test_word_indexes_are_json_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "words.json").write_text(json.dumps({"the": 1}))
    fetch_from(tmp_path / "words.json", monkeypatch)
    assert imdb.get_word_index() == reuters.get_word_index() == {"the": 1}
    assert len(reuters.get_label_names()) == 46


def test_wrong_arguments_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match="label_mode must be 'fine' or 'coarse', got 'both'"):
        cifar100.load_data("both")
    with pytest.raises(ArgumentError, match="test_split must be from 0 to below 1, got 1"):
        boston_housing.load_data(test_split=1)
    with pytest.raises(
        UnexpectedArgument, match=r"imdb\.load_data: got unexpected argument 'words'"
    ):
        imdb.load_data(words=3)
    texts = np.empty(2, dtype=object)
    texts[:] = [[1, 2], [3, 4]]
    np.savez(tmp_path / "a.npz", x_train=texts, y_train=[0, 1], x_test=texts, y_test=[0, 1])
    fetch_from(tmp_path / "a.npz", monkeypatch)
    with pytest.raises(ArgumentError, match="maxlen must be so large that a review is kept, got 2"):
        imdb.load_data(maxlen=2)
