"""Text as numbers: words, hashed words, and the `Tokenizer` that learns a vocabulary."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.errors import ArgumentError, StateError, UnexpectedArgument

PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
Text = str | list[str]


def text_to_word_sequence(
    text: str, filters: str = PUNCTUATION, lower: bool = True, split: str = " "
) -> list[str]:
    """Return the words of a text.

    Args:
        filters: characters that count as `split`.
        lower: give the words in lower case.
        split: what stands between words.

    Source: Keras 2.2.4 preprocessing/text.py (keras_preprocessing 1.1.2).
    """
    cased = text.lower() if lower else text
    spaced = cased.translate({ord(character): split for character in filters})
    return [word for word in spaced.split(split) if word]


def one_hot(
    text: str, n: int, filters: str = PUNCTUATION, lower: bool = True, split: str = " "
) -> list[int]:
    """Return a number from 1 to n - 1 for each word, by Python's `hash`."""
    return hashing_trick(text, n, hash, filters, lower, split)


def hashing_trick(
    text: str,
    n: int,
    hash_function: str | Callable[[str], int] | None = None,
    filters: str = PUNCTUATION,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """Return a number from 1 to n - 1 for each word; different words may share one.

    Args:
        hash_function: None for Python's `hash` (other numbers in every run), "md5" (the same
            numbers always), or a function from a word to a whole number.
    """
    function = {None: hash, "md5": _md5}.get(hash_function, hash_function)  # type: ignore[arg-type]
    if not callable(function):
        wanted = "None, 'md5' or a function"
        raise ArgumentError("hash_function", wanted, hash_function, who="hashing_trick")
    return [
        function(word) % (n - 1) + 1 for word in text_to_word_sequence(text, filters, lower, split)
    ]


class Tokenizer:
    """Learn a vocabulary and turn texts into numbers, sequences or rows of a matrix.

    Word numbers start at 1, the most frequent word first; 0 is no word.

    Args:
        num_words: use only words numbered below this; None uses all.
        filters, lower, split: as in `text_to_word_sequence`.
        char_level: take every character for a word.
        oov_token: the word, numbered 1, that stands for words not known.

    Source: Keras 2.2.4 preprocessing/text.py (keras_preprocessing 1.1.2).
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = PUNCTUATION,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
        **old: Any,
    ) -> None:
        if "nb_words" in old:
            warnings.warn("Tokenizer: nb_words is called num_words now.", stacklevel=2)
            num_words = old.pop("nb_words")
        if old:
            raise UnexpectedArgument(f"Tokenizer: got unexpected argument {next(iter(old))!r}.")
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token = char_level, oov_token
        self.document_count = document_count
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: defaultdict[str, int] = defaultdict(int)
        self.index_docs: defaultdict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def fit_on_texts(self, texts: Iterable[Text]) -> None:
        """Learn the words of texts, or of lists of words; may be called again with more."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        ranked = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        vocabulary = [*([] if self.oov_token is None else [self.oov_token]), *ranked]
        # A word that is the oov_token too is numbered by its later place, as in Keras.
        self.word_index = {word: number for number, word in enumerate(vocabulary, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Sequence[Sequence[int]]) -> None:
        """Learn from texts that are numbers already in how many of them each occurs."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts: Iterable[Text]) -> list[list[int]]:
        """Return the word numbers of each text; unknown words become oov_token or vanish."""
        return [*self.texts_to_sequences_generator(texts)]

    def texts_to_sequences_generator(self, texts: Iterable[Text]) -> Iterator[list[int]]:
        """Yield the word numbers of each text."""
        unknown = self._unknown()
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            used = (number if self._is_used(number) else unknown for number in numbers)
            yield [number for number in used if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """Return the words of each sequence, with spaces between."""
        return [*self.sequences_to_texts_generator(sequences)]

    def sequences_to_texts_generator(self, sequences: Iterable[Sequence[int]]) -> Iterator[str]:
        """Yield the words of each sequence, with spaces between."""
        unknown = self._unknown()
        for sequence in sequences:
            known = (
                one if one in self.index_word and self._is_used(one) else unknown
                for one in sequence
            )
            yield " ".join(self.index_word[number] for number in known if number is not None)

    def texts_to_matrix(self, texts: Iterable[Text], mode: str = "binary") -> NDArray[np.float64]:
        """Return a row for each text and a column for each word number."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(
        self, sequences: Sequence[Sequence[int]], mode: str = "binary"
    ) -> NDArray[np.float64]:
        """Return a row for each sequence and a column for each word number.

        Args:
            mode: what a cell holds, of a word that occurs: "binary" 1, "count" how often,
                "freq" its share of the sequence, "tfidf"
                (1 + log(count)) * log(1 + documents / (1 + documents with the word)).
        """
        columns = self._columns()
        if mode not in ("binary", "count", "freq", "tfidf"):
            wanted = "'binary', 'count', 'freq' or 'tfidf'"
            raise ArgumentError("mode", wanted, mode, who="Tokenizer")
        if mode == "tfidf" and not self.document_count:
            raise StateError("Tokenizer: fit_on_texts must come before mode='tfidf'.")
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in Counter(sequence).items():
                if number < columns:
                    row[number] = self._cell(number, count, len(sequence), mode)
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Return the arguments and the vocabulary, the tables as JSON texts."""
        settings = "num_words filters lower split char_level oov_token document_count"
        tables = "word_counts word_docs index_docs index_word word_index"
        return {name: getattr(self, name) for name in settings.split()} | {
            name: json.dumps(getattr(self, name)) for name in tables.split()
        }

    def to_json(self, **options: Any) -> str:
        """Return the tokenizer as a JSON text; `options` go to `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **options
        )

    def _words(self, text: Text) -> Sequence[str]:
        if isinstance(text, str) and not self.char_level:
            return text_to_word_sequence(text, self.filters, self.lower, self.split)
        if not self.lower:
            return text
        return text.lower() if isinstance(text, str) else [word.lower() for word in text]

    def _unknown(self) -> int | None:
        """Return the number that stands for unknown words, None where they are left out."""
        return None if self.oov_token is None else self.word_index.get(self.oov_token)

    def _is_used(self, number: int | None) -> bool:
        return number is not None and (not self.num_words or number < self.num_words)

    def _columns(self) -> int:
        if self.num_words:
            return self.num_words
        if not self.word_index:
            raise StateError("Tokenizer: num_words or fit_on_texts must come before a matrix.")
        return len(self.word_index) + 1

    def _cell(self, number: int, count: int, length: int, mode: str) -> float:
        if mode == "tfidf":
            documents = 1 + self.index_docs.get(number, 0)
            return float((1 + np.log(count)) * np.log(1 + self.document_count / documents))
        return {"binary": 1.0, "count": float(count), "freq": count / length}[mode]


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Return the tokenizer that `to_json` told of."""
    config = json.loads(json_string)["config"]
    names = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    tables = {name: json.loads(config.pop(name)) for name in names}
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts = OrderedDict(tables["word_counts"])
    tokenizer.word_docs.update(tables["word_docs"])
    tokenizer.word_index = tables["word_index"]
    # JSON knows texts only as keys.
    tokenizer.index_docs.update({int(key): value for key, value in tables["index_docs"].items()})
    tokenizer.index_word = {int(key): value for key, value in tables["index_word"].items()}
    return tokenizer


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)
