"""Reuters: newswires as word numbers, of 46 topics."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from kshim.datasets.files import fetched, read_arrays
from kshim.datasets.shuffling import shuffled
from kshim.datasets.words import Numbering, as_arrays, num_words_of, read_json, short
from kshim.utils.files import get_file

HASHES = (
    "87aedbeb0cb229e378797a632c1997b6",
    "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
)
WORD_INDEX_HASH = "4d44cc38712099c9e383dc6e5f11a921"
LABELS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves "
    "ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin "
    "strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange "
    "pet-chem dlr gas silver wpi hog lead"
)
Split = tuple[NDArray[Any], NDArray[Any]]


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **old: Any,
) -> tuple[Split, Split]:
    """Return ((x_train, y_train), (x_test, y_test)), each x an array of lists of word numbers.

    Args:
        num_words, skip_top, start_char, oov_char, index_from: see `words.Numbering`.
        maxlen: only newswires shorter than this, start_char counted.
        test_split: the share of the second part.
        seed: of the order.
        nb_words: Keras 1's word for num_words.

    Source: Keras 2.2.4 and tf.keras 2.15 datasets/reuters.py.
    """
    num_words = num_words_of(old, num_words, "reuters.load_data")
    numbering = Numbering(num_words, skip_top, start_char, oov_char, index_from)
    x, y = read_arrays(fetched(path, HASHES, get=get_file), ("x", "y"))
    ((x, y),) = shuffled(seed, (x, y))
    texts, labels = short(maxlen, numbering.numbered(x), y)
    texts = numbering.limited(texts)
    border = int(len(texts) * (1 - test_split))
    return as_arrays(texts[:border], labels[:border]), as_arrays(texts[border:], labels[border:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Return the rank of every word, from 1; `load_data` adds index_from to it."""
    return dict(read_json(fetched(path, (WORD_INDEX_HASH,), get=get_file)))


def get_label_names() -> tuple[str, ...]:
    """Return the names of the topics, in the order of their numbers."""
    return tuple(LABELS.split())
