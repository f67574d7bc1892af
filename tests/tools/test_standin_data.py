"""The stand-ins load through kshim's own data sets and are always the same."""

from __future__ import annotations

import importlib.util
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kshim.compat.tensorflow.digits import read_data_sets
from kshim.datasets import cifar10, imdb, mnist, reuters


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Return the tool, with the data sets read from (and made in) a folder of the test."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    path = Path(__file__).parents[2] / "tools" / "standin_data.py"
    spec = importlib.util.spec_from_file_location("standin_data", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_digits_are_images_of_28_by_28(standin: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    standin.make_mnist(tmp_path / "datasets", 30, 20)
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert (x_train.shape, x_test.shape) == ((30, 28, 28), (20, 28, 28))
    assert (x_train.dtype, x_train.max()) == (np.uint8, 255)
    assert (y_train.shape, y_test.shape) == ((30,), (20,))


def test_pictures_of_a_class_are_alike(standin: ModuleType, tmp_path: Path) -> None:
    standin.make_cifar10(tmp_path / "datasets", 40)
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert (x_train.shape, x_test.shape) == ((200, 32, 32, 3), (40, 32, 32, 3))
    means = np.stack([x_train[y_train.ravel() == label].mean(0) for label in range(10)])
    distances = ((x_test[:, None] - means) ** 2).mean((2, 3, 4))
    assert (distances.argmin(1) == y_test.ravel()).mean() > 0.9


def test_reviews_can_be_told_apart(standin: ModuleType, tmp_path: Path) -> None:
    standin.make_imdb(tmp_path / "datasets", 50, 30)
    (x_train, y_train), (x_test, _) = imdb.load_data(num_words=1000)
    assert (len(x_train), len(x_test)) == (50, 30)
    praise = [sum(203 <= word < 303 for word in text) for text in x_train]
    blame = [sum(103 <= word < 203 for word in text) for text in x_train]
    assert (np.greater(praise, blame) == y_train).all()


def test_the_same_call_makes_the_same_bytes(standin: ModuleType, tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        standin.make_cifar10(tmp_path / "datasets", 5)
        made.append((tmp_path / "datasets" / "cifar-10-batches-py.tar.gz").read_bytes())
    assert made[0] == made[1]


def test_real_data_is_left_alone(standin: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "datasets" / "imdb.npz").write_bytes(b"real")
    standin.make_imdb(tmp_path / "datasets", 5, 5)
    assert (tmp_path / "datasets" / "imdb.npz").read_bytes() == b"real"


def test_texts_of_a_topic_have_words_of_their_own(standin: ModuleType, tmp_path: Path) -> None:
    standin.make_reuters(tmp_path / "datasets", 50)
    (x_train, y_train), (x_test, y_test) = reuters.load_data()
    assert (len(x_train), len(x_test)) == (40, 10)
    share = [np.mean(np.array(text) == 103 + topic) for text, topic in zip(x_train, y_train)]
    assert 0.1 < float(np.mean(share)) < 0.3
    assert y_test.max() < 46


def test_stories_and_words_are_the_same_each_time(standin: ModuleType, tmp_path: Path) -> None:
    for name in ("babi", "nietzsche"):
        standin.MAKERS[name](tmp_path / "datasets")
    first = (tmp_path / "datasets" / "nietzsche.txt").read_bytes()
    standin.make_nietzsche(tmp_path / "datasets")
    assert (tmp_path / "datasets" / "nietzsche.txt").read_bytes() == first
    with tarfile.open(tmp_path / "datasets" / "babi-tasks-v1-2.tar.gz") as archive:
        name = "tasks_1-20_v1-2/en/qa2_two-supporting-facts_train.txt"
        held = archive.extractfile(name)
        assert held is not None
        lines = held.read().decode().splitlines()
    questions = [line.split("\t") for line in lines if "\t" in line]
    assert len(questions) == 60 and all(len(parts) == 3 for parts in questions)


def test_digits_stand_in_the_four_files_of_mnist_too(standin: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    folder = tmp_path / "datasets"
    standin.make_mnist(folder, 30, 20)
    standin.make_digits(folder)
    (x_train, y_train), _ = mnist.load_data()
    data = read_data_sets(folder / "MNIST-data", dtype="uint8", reshape=False, validation_size=0)
    np.testing.assert_array_equal(data.train.images[..., 0], x_train)
    np.testing.assert_array_equal(data.train.labels, y_train)
    assert data.test.num_examples == 20


def test_words_are_single_and_in_pairs(standin: ModuleType, tmp_path: Path) -> None:
    standin.make_wordlists(tmp_path / "datasets", 5)
    words = (tmp_path / "datasets" / "wordlist_mono_clean.txt").read_text().split("\n")
    assert words == ["aaaa", "aaab", "aaac", "aaad", "aaae", ""]
    pairs = (tmp_path / "datasets" / "wordlist_bi_clean.txt").read_text().splitlines()
    assert pairs[1] == "aa ab"
