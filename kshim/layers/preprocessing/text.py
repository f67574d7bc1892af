"""TextVectorization: from texts to the numbers of their words."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import (
    is_several,
    one_of,
    optional,
    several,
    true_or_false,
    whole_number,
)
from kshim.core.shapes import Shape
from kshim.core.texts import Texts, as_texts
from kshim.errors import ArgumentError, NotSupported, ShapeError, UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.layers.device import default_device
from kshim.layers.preprocessing.categories import output_modes
from kshim.layers.preprocessing.data import DataLayer, batches, need_real, refuse_sparse
from kshim.layers.preprocessing.lookups import StringLookup, vocabulary, weights

# TensorFlow lowers and splits by ASCII alone.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_WORD = re.compile(r"[^ \t\n\v\f\r]+")

_STANDARDIZE: dict[str, Callable[[str], str]] = {
    "lower_and_strip_punctuation": lambda line: line.translate(_LOWER).translate(_PUNCTUATION),
    "lower": lambda line: line.translate(_LOWER),
    "strip_punctuation": lambda line: line.translate(_PUNCTUATION),
}
_SPLIT: dict[str, Callable[[str], list[str]]] = {"whitespace": _WORD.findall, "character": list}


def one_of_or_function(*known: str) -> Any:
    """Take one of some words, or a function."""
    check = one_of(*known)
    return lambda value: value if callable(value) else check(value)


def widths(value: Any) -> Any:
    """Take the greatest length of word groups, or a tuple of the lengths."""
    one = whole_number(at_least=1)
    wanted = "a whole number of at least 1, or several"
    return tuple(several(one, wanted)(value)) if is_several(value) else one(value)


@LAYERS.register()
class TextVectorization(DataLayer):
    """Turn texts into the places of their words in a vocabulary.

    Shapes:
        x: (batch,) or (batch, 1), y: (batch, length) in the mode int, else (batch, tokens)

    Args:
        max_tokens: how large the vocabulary may get, the special tokens counted.
        standardize: lower_and_strip_punctuation, lower, strip_punctuation, a function of an array
            of texts, or None.
        split: whitespace, character, a function that makes a list of words of each text, or None.
        ngrams: the greatest length of groups of words that are tokens, or a tuple of the lengths.
        output_mode: int, multi_hot, count or tf_idf.
        output_sequence_length: to which rows of places are cut or filled with 0.
        pad_to_max_tokens: let rows have `max_tokens` places, however many there are.
        vocabulary: a list of tokens, instead of `adapt`; never the name of a file.
        idf_weights: of the tokens, for the mode tf_idf.

        >>> TextVectorization(vocabulary=["a", "b"])(Input((1,), dtype="string")).shape
        (None, None)

    Source: tf.keras 2.15 layers/preprocessing/text_vectorization.py.
    """

    max_tokens: int | None = arg(optional(whole_number(2)), None)
    standardize: Any = arg(
        optional(one_of_or_function(*_STANDARDIZE)), "lower_and_strip_punctuation"
    )
    split: Any = arg(optional(one_of_or_function(*_SPLIT)), "whitespace")
    ngrams: Any = arg(optional(widths), None)
    output_mode: str = arg(output_modes("int", "multi_hot", "count", "tf_idf"), "int")
    output_sequence_length: int | None = arg(optional(whole_number(0)), None)
    pad_to_max_tokens: bool = arg(true_or_false, False)
    vocabulary: list[str] | None = arg(optional(vocabulary), None)
    idf_weights: list[float] | None = arg(optional(weights), None)
    sparse: bool = arg(true_or_false, False)
    ragged: bool = arg(true_or_false, False)
    encoding: str = arg(one_of("utf-8"), "utf-8")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments, and make the vocabulary."""
        silent = ("vocabulary_size", "has_input_vocabulary", "dtype")
        super().__init__(*args, **{k: v for k, v in kwargs.items() if k not in silent})
        self._refuse_contradictions()
        self.dtype = "string"
        with _told_by(self.who):
            self.lookup = StringLookup(
                max_tokens=self.max_tokens,
                mask_token="",
                vocabulary=self.vocabulary,
                idf_weights=self.idf_weights,
                output_mode=self.output_mode,
                pad_to_max_tokens=self.pad_to_max_tokens,
            )

    @property
    def output_dtype(self) -> str:
        """Return the name of the outputs' type."""
        return self.lookup.output_dtype

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """Return the tokens by their places."""
        return self.lookup.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """Return how many places there are."""
        return self.lookup.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take a list of tokens, with or without the special ones in front."""
        with _told_by(self.who):
            self.lookup.set_vocabulary(vocabulary, idf_weights)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary of texts: the most frequent tokens first.

        Args:
            data: an array or list of texts, or batches of them.
            steps: how many batches to take.
        """
        rows = (row for batch in batches(self.who, data, steps) for row in self._rows(batch))
        self.lookup.learn(rows)
        self.built = True

    def call(self, inputs: Texts) -> Tensor:
        """Return the places of the words, or rows that count them."""
        need_real(inputs)
        if inputs.ndim == 0:
            return self.call(inputs.reshape(1).view(Texts))[0]
        rows = self._rows(inputs)
        if self.output_mode == "int":
            return self._padded(rows)
        width = max(map(len, rows), default=0)
        filled = as_texts([[*row, *[""] * (width - len(row))] for row in rows])
        counted: Tensor = self.lookup(filled.reshape(len(rows), width))
        return counted

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (batch, length), or (batch, tokens); of a text by itself, without the batch."""
        if not input_shape:
            return self.compute_output_shape((None,))[1:]
        if self.output_mode == "int":
            return (input_shape[0], self.output_sequence_length)
        return self.lookup.compute_output_shape((input_shape[0], None))

    def true_shape(self, input_shape: Any) -> Shape:
        """Return the shape the outputs have: texts that are not split stay as many as they are."""
        told = self.compute_output_shape(input_shape)
        whole = self.split is None and self.ngrams is None and len(input_shape) == 2
        return (told[0], input_shape[1]) if whole and told[1] is None else told

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values, a learned vocabulary among them."""
        inner = self.lookup.get_config()
        known = {key: inner[key] for key in ("vocabulary", "idf_weights")}
        return super().get_config() | known | {"dtype": "string"}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TextVectorization:
        """Return the layer; functions must be known under their names."""
        words = dict(config)
        for key, known in (("standardize", _STANDARDIZE), ("split", _SPLIT)):
            if isinstance(words.get(key), str) and words[key] not in known:
                words[key] = LAYERS.find(words[key])
        return cls(**words)

    # From texts to rows of tokens.

    def _rows(self, inputs: Any) -> list[list[str]]:
        """Return the tokens of each text."""
        texts = self._standardized(as_texts(inputs))
        rows = self._split_texts(texts)
        if self.ngrams is None:
            return rows
        lengths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
        return [_groups(row, lengths) for row in rows]

    def _standardized(self, texts: Texts) -> Texts:
        if self.standardize is None:
            return texts
        if callable(self.standardize):
            return as_texts(self.standardize(texts))
        change = _STANDARDIZE[self.standardize]
        return as_texts([change(line) for line in texts.ravel().tolist()]).reshape(texts.shape)

    def _split_texts(self, texts: Texts) -> list[list[str]]:
        if self.split is None:
            return texts.reshape(len(texts), -1).tolist() if texts.ndim else [[texts.item()]]
        if texts.ndim > 1 and texts.shape[-1] != 1:
            raise ShapeError(
                f"{self.who}: inputs must have one text a sample to be split, "
                f"got shape {texts.shape}."
            )
        if callable(self.split):
            return [list(row) for row in self.split(texts.reshape(-1))]
        cut = _SPLIT[self.split]
        return [cut(line) for line in texts.ravel().tolist()]

    def _padded(self, rows: list[list[str]]) -> Tensor:
        """Return the places of the tokens, rows of one length, 0 where there is none."""
        width = self.output_sequence_length
        width = max(map(len, rows), default=0) if width is None else width
        places = torch.zeros((len(rows), width), dtype=torch.int64)
        for row, tokens in enumerate(rows):
            if tokens[:width]:
                places[row, : len(tokens)] = self.lookup(as_texts(tokens[:width]))
        return places.to(default_device())

    def _refuse_contradictions(self) -> None:
        refuse_sparse(self.who, self.sparse)
        if self.ragged:
            raise NotSupported(f"{self.who}: ragged outputs are not made. Leave out ragged=True.")
        if self.output_mode != "int" and self.output_sequence_length is not None:
            raise UnexpectedArgument(
                f"{self.who}: output_sequence_length must be left out unless output_mode is "
                f"'int', got {self.output_sequence_length}."
            )


@contextmanager
def _told_by(who: str) -> Iterator[None]:
    """Let what the lookup inside refuses be told of the layer around it."""
    try:
        yield
    except ArgumentError as error:
        raise error.at(who, error.what) from None
    except UnexpectedArgument as error:
        raise UnexpectedArgument(f"{who}:{str(error).partition(':')[2]}") from None


def _groups(tokens: Sequence[str], lengths: Iterable[int]) -> list[str]:
    """Return the groups of as many neighbouring tokens as each length says."""
    return [
        " ".join(tokens[start : start + length])
        for length in lengths
        for start in range(len(tokens) - length + 1)
    ]
