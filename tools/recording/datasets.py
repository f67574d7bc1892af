"""Records what a real Keras's `load_data` makes of small files, for tests/datasets.

Run it with the Python that has that Keras (3.6 or later); it imports nothing of kshim:

    cd compat_cases/recorded
    python ../../tools/recording/datasets.py keras-2.2.4/preprocessing/datasets.json
    python ../../tools/recording/datasets.py tf.keras-2.15.0/preprocessing/datasets.json

`write_files(folder)` makes the same small files for the recording and for the tests.
"""

import importlib
import json
import pickle
import sys
import tempfile
from pathlib import Path

import numpy as np

CALLS = [
    ("imdb", {}),
    ("imdb", {"num_words": 12}),
    ("imdb", {"nb_words": 12, "skip_top": 6, "oov_char": None}),
    ("imdb", {"maxlen": 6, "seed": 7}),
    ("imdb", {"start_char": None, "index_from": 0}),
    ("imdb", {"start_char": None, "index_from": 5, "skip_top": 7}),
    ("reuters", {}),
    ("reuters", {"num_words": 12, "maxlen": 7, "test_split": 0.4}),
    ("reuters", {"start_char": None, "oov_char": 0, "skip_top": 4}),
    ("boston_housing", {}),
    ("boston_housing", {"test_split": 0.0, "seed": 5}),
    ("mnist", {}),
    ("cifar100", {}),
    ("cifar100", {"label_mode": "coarse"}),
]
FILES = {
    "imdb": "imdb.npz",
    "reuters": "reuters.npz",
    "boston_housing": "boston_housing.npz",
    "mnist": "mnist.npz",
    "cifar100": "cifar-100-python",
}


def write_files(folder):
    """Write one small file of each data set into a folder."""
    draw = np.random.RandomState(0)
    lists = [texts(draw, count) for count in (9, 6, 11)]
    np.savez(
        Path(folder, "imdb.npz"),
        x_train=lists[0],
        y_train=np.arange(9) % 2,
        x_test=lists[1],
        y_test=np.arange(6) % 2,
    )
    np.savez(Path(folder, "reuters.npz"), x=lists[2], y=np.arange(11))
    np.savez(Path(folder, "boston_housing.npz"), x=draw.uniform(size=(7, 13)), y=np.arange(7.0))
    np.savez(
        Path(folder, "mnist.npz"),
        x_train=draw.randint(0, 255, (3, 28, 28)).astype("uint8"),
        y_train=np.arange(3, dtype="uint8"),
        x_test=draw.randint(0, 255, (2, 28, 28)).astype("uint8"),
        y_test=np.arange(2, dtype="uint8"),
    )
    hundred = Path(folder, "cifar-100-python")
    hundred.mkdir()
    for number, name in enumerate(["train", "test"]):
        write_batch(Path(hundred, name), 4, number, b"fine_labels", b"coarse_labels")


def write_batch(path, count, number, *labels):
    """Write a CIFAR batch as Python 2 wrote it: a pickled dict with bytes for keys."""
    held = {b"data": np.zeros((count, 3072), "uint8")}
    held[b"data"][:, ::100] = (np.arange(count)[:, None] + number + np.arange(31)) % 256
    for place, name in enumerate(labels):
        held[name] = [(one + number + place) % 10 for one in range(count)]
    with open(path, "wb") as file:
        pickle.dump(held, file, protocol=2)


def texts(draw, count):
    """Return so many lists of word ranks, of different lengths."""
    held = np.empty(count, dtype=object)
    held[:] = [draw.randint(1, 15, draw.randint(2, 9)).tolist() for _ in range(count)]
    return held


def shown(value):
    """Return an array as JSON can hold it: numbers by shape, type and sums, the rest whole."""
    if value.dtype.kind in "iu":
        flat = value.reshape(-1).astype("int64")
        weights = np.arange(flat.size) % 1009
        return [list(value.shape), str(value.dtype), int(flat.sum()), int((flat * weights).sum())]
    return value.tolist()


def result(load, name, arguments):
    """Return what a call of `load` gives, None where Keras itself fails."""
    try:
        parts = load(name, arguments)
    except ValueError:
        return None
    return [[shown(one) for one in part] for part in parts]


def main(path):
    """Write what the Keras installed here gives."""
    import keras

    folder = tempfile.mkdtemp()
    write_files(folder)
    load = np.load
    # Keras 2.2.4 was written before numpy asked for this word.
    np.load = lambda file, **_: load(file, allow_pickle=True)

    def load_data(name, arguments):
        found = [
            home for home in ("keras.datasets.", "keras.src.datasets.") if is_file_of(home + name)
        ]
        module = importlib.import_module(found[-1] + name)
        module.get_file = lambda *_, **__: str(Path(folder, FILES[name]))
        return module.load_data(**arguments)

    given = [result(load_data, name, arguments) for name, arguments in CALLS]
    kept = {"keras_version": keras.__version__, "given": given}
    with open(path, "w") as file:
        json.dump(kept, file, sort_keys=True, default=float)
        file.write("\n")
    print(len(given), "calls of Keras", keras.__version__)


def is_file_of(module):
    """Return whether this Keras has a module."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
