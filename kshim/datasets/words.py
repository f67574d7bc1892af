"""Texts as word numbers: what imdb and reuters share."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.errors import UnexpectedArgument

Texts = list[list[int]]


@dataclass
class Numbering:
    """Say how the words of a data set are numbered and which are left out.

    Args:
        num_words: words numbered from here on are left out; None keeps all.
        skip_top: so many of the most frequent words are left out.
        start_char: the number put before every text; None puts none.
        oov_char: the number put in place of words left out; None drops them.
        index_from: added to every word's rank.
    """

    num_words: int | None
    skip_top: int
    start_char: int | None
    oov_char: int | None
    index_from: int

    def numbered(self, texts: Iterable[Iterable[int]]) -> Texts:
        """Return texts of ranks as texts of word numbers, each begun with start_char."""
        if self.start_char is not None:
            return [[self.start_char, *(rank + self.index_from for rank in text)] for text in texts]
        return [[rank + (self.index_from or 0) for rank in text] for text in texts]

    def limited(self, texts: Texts) -> Texts:
        """Return texts without the words that are too rare or too frequent."""
        last = self.num_words or max(max(text) for text in texts)
        if self.oov_char is None:
            return [[word for word in text if self.skip_top <= word < last] for text in texts]
        return [
            [word if self.skip_top <= word < last else self.oov_char for word in text]
            for text in texts
        ]


def num_words_of(old: dict[str, Any], num_words: int | None, who: str) -> int | None:
    """Return num_words, told in Keras 1's word `nb_words` where the script uses it."""
    if "nb_words" in old:
        warnings.warn(f"{who}: nb_words is called num_words now.", stacklevel=3)
        num_words = old.pop("nb_words")
    if old:
        raise UnexpectedArgument(f"{who}: got unexpected argument {next(iter(old))!r}.")
    return num_words


def short(maxlen: int | None, texts: Texts, labels: Sequence[Any]) -> tuple[Texts, list[Any]]:
    """Return the texts shorter than `maxlen` (None: all) and their labels."""
    kept = [pair for pair in zip(texts, labels, strict=True) if not maxlen or len(pair[0]) < maxlen]
    return [text for text, _ in kept], [label for _, label in kept]


def as_arrays(texts: Texts, labels: Sequence[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return texts as an array of lists, and their labels as an array."""
    held = np.empty(len(texts), dtype=object)
    held[:] = texts
    return held, np.array(labels)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    return json.loads(path.read_text())
