"""IMDB: film reviews as word numbers, good (1) or bad (0)."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from kshim.core.eras import by_era
from kshim.datasets.files import fetched, read_arrays
from kshim.datasets.shuffling import shuffled
from kshim.datasets.words import Numbering, as_arrays, num_words_of, read_json, short
from kshim.errors import ArgumentError
from kshim.utils.files import get_file

HASHES = (
    "599dadb1135973df5b59232a0e9a887c",
    "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
)
WORD_INDEX_HASH = "bfafd718b763782e994055a2d397834f"
Split = tuple[NDArray[Any], NDArray[Any]]

# With maxlen the border between the two parts moved: test reviews fell to the training part.
_BORDER_BEFORE_MAXLEN = by_era({"1.2": True, "2.15": False})


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **old: Any,
) -> tuple[Split, Split]:
    """Return ((x_train, y_train), (x_test, y_test)), each x an array of lists of word numbers.

    Args:
        num_words, skip_top, start_char, oov_char, index_from: see `words.Numbering`.
        maxlen: only reviews shorter than this, start_char counted.
        seed: of the order.
        nb_words: Keras 1's word for num_words.

    Source: Keras 2.2.4 and tf.keras 2.15 datasets/imdb.py.
    """
    num_words = num_words_of(old, num_words, "imdb.load_data")
    numbering = Numbering(num_words, skip_top, start_char, oov_char, index_from)
    names = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = read_arrays(fetched(path, HASHES, get=get_file), names)
    parts = shuffled(seed, (x_train, y_train), (x_test, y_test))
    kept = [short(maxlen, numbering.numbered(x), y) for x, y in parts]
    texts, labels = kept[0][0] + kept[1][0], kept[0][1] + kept[1][1]
    border = len(x_train) if _BORDER_BEFORE_MAXLEN.value() else len(kept[0][0])
    if not texts or (not _BORDER_BEFORE_MAXLEN.value() and not all(x for x, _ in kept)):
        raise ArgumentError(
            "maxlen", "so large that a review is kept", maxlen, who="imdb.load_data"
        )
    texts = numbering.limited(texts)
    return as_arrays(texts[:border], labels[:border]), as_arrays(texts[border:], labels[border:])


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Return the rank of every word, from 1; `load_data` adds index_from to it."""
    return dict(read_json(fetched(path, (WORD_INDEX_HASH,), get=get_file)))
