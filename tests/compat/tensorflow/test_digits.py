"""read_data_sets: MNIST's four files, as TensorFlow 1 read them."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from kshim.compat.tensorflow.digits import FILES, load_mnist, read_data_sets
from kshim.errors import ArgumentError, FileError

IMAGES = np.random.RandomState(1).randint(0, 256, (7, 28, 28)).astype("uint8")
LABELS = np.array([3, 0, 9, 1, 1, 7, 2], "uint8")


def put(folder: Path, name: str, head: list[int], content: bytes) -> None:
    packed = gzip.compress(struct.pack(f">{len(head)}I", *head) + content)
    (folder / name).write_bytes(packed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for (images, labels), count in zip(FILES.values(), (7, 4), strict=True):
        put(tmp_path, images, [2051, count, 28, 28], IMAGES[:count].tobytes())
        put(tmp_path, labels, [2049, count], LABELS[:count].tobytes())
    return tmp_path


def test_images_are_numbers_up_to_one_in_one_row(folder: Path) -> None:
    data = read_data_sets(folder, validation_size=2)
    assert [part.num_examples for part in data] == [5, 2, 4]
    assert data.train.images.dtype == np.float32
    np.testing.assert_allclose(data.train.images, IMAGES[2:].reshape(5, 784) / 255, rtol=1e-6)
    np.testing.assert_array_equal(data.validation.labels, LABELS[:2])


def test_pixels_rows_and_columns_stay_where_asked(folder: Path) -> None:
    data = read_data_sets(folder, dtype="uint8", reshape=False, one_hot=True, validation_size=0)
    np.testing.assert_array_equal(data.test.images, IMAGES[:4, :, :, None])
    np.testing.assert_array_equal(data.train.labels, np.eye(10)[LABELS])


def test_batches_go_on_over_the_end_mixed_anew(folder: Path) -> None:
    train = read_data_sets(folder, validation_size=0, seed=5).train
    labels = np.concatenate([train.next_batch(4)[1] for _ in range(7)])
    counts = np.bincount(labels, minlength=10)
    np.testing.assert_array_equal(counts, 4 * np.bincount(LABELS, minlength=10))
    assert train.epochs_completed == 3
    in_order = read_data_sets(folder, validation_size=0).train
    np.testing.assert_array_equal(in_order.next_batch(3, shuffle=False)[1], LABELS[:3])


def test_what_is_no_file_of_mnist_is_refused(folder: Path) -> None:
    with pytest.raises(ArgumentError, match="validation_size must be from 0 to 7, got 8"):
        read_data_sets(folder, validation_size=8)
    put(folder, FILES["test"][1], [2049, 9], LABELS.tobytes())
    with pytest.raises(FileError, match="hold all it tells"):
        read_data_sets(folder, validation_size=0)
    (folder / FILES["test"][1]).write_bytes(b"no archive")
    with pytest.raises(FileError, match="packed file of MNIST"):
        read_data_sets(folder, validation_size=0)


def test_load_mnist_keeps_five_thousand_to_validate_with(folder: Path) -> None:
    put(folder, FILES["train"][0], [2051, 5003, 28, 28], bytes(5003 * 784))
    put(folder, FILES["train"][1], [2049, 5003], bytes(5003))
    assert [part.num_examples for part in load_mnist(folder)] == [3, 5000, 4]
