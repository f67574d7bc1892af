"""Makes stand-ins for Keras's data sets: files of the same name and format, with made-up content.

    python tools/standin_data.py [--folder ~/.keras/datasets] [mnist] [reuters] ...

They let scripts run where nothing can be downloaded. Beside each lies `<name>.stand-in`, which
holds the file's own sha256 and says what it is: `get_file` takes such a file although its hash
is not the real one, and prints that it does. Real data that is there already is left alone. The
same call always makes the same bytes. The digits are scikit-learn's; the rest is drawn.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import itertools
import pickle
import struct
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.settings import keras_home
from kshim.utils.archives import extract
from kshim.utils.files import STAND_IN

CLASSES = 10


def main(arguments: list[str] | None = None) -> None:
    """Make the stand-ins asked for."""
    parser = argparse.ArgumentParser(description="Make stand-ins for Keras's data sets.")
    parser.add_argument("--folder", type=Path, default=keras_home() / "datasets")
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(MAKERS)}; default: all")
    chosen = parser.parse_args(arguments)
    unknown = {*chosen.names} - {*MAKERS}
    if unknown:
        parser.error(
            f"names must be some of {', '.join(MAKERS)}, got {', '.join(sorted(unknown))}."
        )
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name in chosen.names or MAKERS:
        MAKERS[name](chosen.folder)


def make_mnist(folder: Path, train: int = 60000, test: int = 10000) -> None:
    """Make mnist.npz of scikit-learn's digits, made larger, moved and noisy."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    draw = np.random.RandomState(1)
    border = int(len(digits.images) * 0.8)  # no digit stands in both parts
    x_train, y_train = _digits(draw, digits.images[:border], digits.target[:border], train)
    x_test, y_test = _digits(draw, digits.images[border:], digits.target[border:], test)
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    _put(folder / "mnist.npz", _npz(arrays), "scikit-learn's digits, 8 by 8 made 28 by 28")


def make_cifar10(folder: Path, batch: int = 10000) -> None:
    """Make cifar-10-batches-py.tar.gz and its folder: patterns of colours, one for each class."""
    draw = np.random.RandomState(2)
    patterns = draw.uniform(60, 190, (CLASSES, 3, 4, 4))
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    held = {name: _cifar_batch(draw, patterns, batch) for name in names}
    archive = folder / "cifar-10-batches-py.tar.gz"
    if _put(archive, _tar("cifar-10-batches-py", held), "ten patterns of colours with noise"):
        extract(archive, folder, ("tar",))


def make_imdb(folder: Path, train: int = 2000, test: int = 1000) -> None:
    """Make imdb.npz: texts of frequent words, with words of praise or of blame among them."""
    draw = np.random.RandomState(3)
    x_train, y_train = _reviews(draw, train)
    x_test, y_test = _reviews(draw, test)
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    _put(folder / "imdb.npz", _npz(arrays), "word numbers drawn at random")


def make_reuters(folder: Path, count: int = 1500) -> None:
    """Make reuters.npz: word numbers of texts of 46 topics, each topic with words of its own."""
    draw = np.random.RandomState(4)
    topics = draw.randint(0, 46, count)
    texts = np.empty(count, dtype=object)
    for place, topic in enumerate(topics):
        words = np.minimum(draw.zipf(1.3, draw.randint(20, 150)), 20000)
        words[draw.rand(len(words)) < 0.2] = 100 + topic
        texts[place] = words.tolist()
    arrays = {"x": texts, "y": topics.astype("int64")}
    _put(folder / "reuters.npz", _npz(arrays), "word numbers drawn at random")


def make_nietzsche(folder: Path, words: int = 4000) -> None:
    """Make nietzsche.txt: sentences of made-up words."""
    draw = np.random.RandomState(5)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    known = ["".join(draw.choice(letters, draw.randint(2, 9))) for _ in range(300)]
    chosen = draw.choice(known, words)
    ends = draw.choice([" ", " ", " ", ", ", ". ", ".\n"], words)
    text = "".join(f"{word}{end}" for word, end in zip(chosen, ends, strict=True))
    _put(folder / "nietzsche.txt", text.encode(), "made-up words")


def make_babi(folder: Path, stories: int = 60) -> None:
    """Make babi-tasks-v1-2.tar.gz: who went where, and where that person is, in two tasks."""
    draw = np.random.RandomState(6)
    tasks = ("qa1_single-supporting-fact", "qa2_two-supporting-facts")
    names = [f"{size}/{task}_{part}.txt" for size in ("en", "en-10k") for task in tasks
             for part in ("train", "test")]  # fmt: skip
    held = {name: _stories(draw, stories) for name in names}
    packed = _tar("tasks_1-20_v1-2", held)
    _put(folder / "babi-tasks-v1-2.tar.gz", packed, "people who move about at random")


def make_digits(folder: Path) -> None:
    """Make MNIST-data: the digits of `make_mnist`, in the four files that LeCun gave them in."""
    if not (folder / "mnist.npz").exists():
        make_mnist(folder)
    (folder / "MNIST-data").mkdir(exist_ok=True)
    with np.load(folder / "mnist.npz") as held:
        for part, name in (("train", "train"), ("test", "t10k")):
            images, labels = held[f"x_{part}"], held[f"y_{part}"]
            for array, end in ((images, "images-idx3-ubyte"), (labels, "labels-idx1-ubyte")):
                path = folder / "MNIST-data" / f"{name}-{end}.gz"
                _put(path, _idx(array), "scikit-learn's digits, as in mnist.npz")


def make_wordlists(folder: Path, words: int = 16000) -> None:
    """Make the archive of wordlists.tgz: made-up words of four letters, and pairs of words."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    known = ["".join(one) for one in itertools.islice(itertools.product(letters, repeat=4), words)]
    pairs = [f"{one[:2]} {one[2:]}" for one in known]
    held = {
        "wordlist_mono_clean.txt": "".join(f"{one}\n" for one in known).encode(),
        "wordlist_bi_clean.txt": "".join(f"{one}\n" for one in pairs).encode(),
    }
    if _put(folder / "wordlists.tgz.tar.gz", _tar("", held), "made-up words"):
        extract(folder / "wordlists.tgz.tar.gz", folder, ("tar",))


MAKERS: dict[str, Callable[[Path], None]] = {
    "mnist": make_mnist,
    "cifar10": make_cifar10,
    "imdb": make_imdb,
    "reuters": make_reuters,
    "nietzsche": make_nietzsche,
    "babi": make_babi,
    "digits": make_digits,
    "wordlists": make_wordlists,
}


def _digits(
    draw: np.random.RandomState, images: NDArray[Any], labels: NDArray[Any], count: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return so many images of 28 by 28, each a small one grown threefold and moved."""
    chosen = np.arange(count) % len(images)
    draw.shuffle(chosen)
    grown = np.kron(images[chosen] * (255 / 16), np.ones((3, 3))).astype("uint8")
    canvas = np.zeros((count, 28, 28), "uint8")
    places = draw.randint(0, 5, (count, 2))
    for image, small, (row, column) in zip(canvas, grown, places, strict=True):
        image[row : row + 24, column : column + 24] = small
    return canvas, labels[chosen].astype("uint8")


def _cifar_batch(draw: np.random.RandomState, patterns: NDArray[Any], count: int) -> bytes:
    """Return a batch as CIFAR keeps it: a pickle of rows of 3 * 32 * 32 bytes and labels."""
    labels = draw.randint(0, CLASSES, count)
    noise = draw.normal(0, 25, (count, 3, 8, 8))
    coarse = np.kron(patterns[labels], np.ones((1, 1, 2, 2))) + noise
    images = np.kron(np.clip(coarse, 0, 255).astype("uint8"), np.ones((1, 1, 4, 4), "uint8"))
    held = {b"data": images.reshape(count, 3072), b"labels": labels.tolist()}
    return pickle.dumps(held, protocol=2)


def _reviews(draw: np.random.RandomState, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return texts of 20 to 300 word ranks and whether each praises (1) or blames (0)."""
    labels = draw.randint(0, 2, count)
    texts = np.empty(count, dtype=object)
    for place, label in enumerate(labels):
        words = np.minimum(draw.zipf(1.3, draw.randint(20, 300)), 20000)
        telling = draw.uniform(size=len(words)) < 0.1
        words[telling] = draw.randint(100, 200, telling.sum()) + 100 * label
        texts[place] = words.tolist()
    return texts, labels


def _stories(draw: np.random.RandomState, count: int) -> bytes:
    """Return stories as bAbI writes them: numbered sentences, then a question with its answer."""
    people, rooms = ("Mary", "John", "Daniel", "Sandra"), ("garden", "office", "kitchen", "hallway")
    lines = []
    for _ in range(count):
        where = {}
        for number in range(1, draw.randint(3, 7)):
            person, room = draw.choice(people), draw.choice(rooms)
            where[person] = (number, room)
            lines.append(f"{number} {person} went to the {room}.")
        asked = draw.choice(sorted(where))
        fact, room = where[asked]
        lines.append(f"{number + 1} Where is {asked}?\t{room}\t{fact}")
    return "".join(f"{line}\n" for line in lines).encode()


def _npz(arrays: dict[str, NDArray[Any]]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=True, **arrays)
    return file.getvalue()


def _idx(array: NDArray[np.uint8]) -> bytes:
    """Return an array of bytes as IDX has it: a magic number, the sizes, the bytes; packed."""
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.tobytes(), compresslevel=1, mtime=0)


def _tar(folder: str, contents: dict[str, bytes]) -> bytes:
    """Return a .tar.gz of files in a folder, without dates, so that it is always the same."""
    file = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in contents.items():
            info = tarfile.TarInfo(f"{folder}/{name}".lstrip("/"))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _put(path: Path, content: bytes, told: str) -> bool:
    """Write a stand-in and its declaration; return False where real data is there."""
    declared = path.with_name(path.name + STAND_IN)
    if path.exists() and not declared.exists():
        print(f"{path}: kept, it is no stand-in", file=sys.stderr)
        return False
    digest = hashlib.sha256(content).hexdigest()
    declared.write_text(
        f"{digest}\nA stand-in by tools/standin_data.py, not the real data: {told}.\n"
    )
    path.write_bytes(content)
    print(f"{path}: {len(content) / 2**20:.1f} MiB, {told}")
    return True


if __name__ == "__main__":
    main()
