"""Layers that look tokens up in a vocabulary: texts or whole numbers, given or learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import (
    number,
    one_of,
    optional,
    several,
    text,
    true_or_false,
    whole_number,
)
from kshim.core.eras import rule
from kshim.core.shapes import Shape
from kshim.core.texts import Texts, as_texts
from kshim.errors import ArgumentError, ShapeError, StateError, UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.layers.device import default_device
from kshim.layers.preprocessing.categories import EncodingLayer, output_modes
from kshim.layers.preprocessing.data import Data, batches, is_one_batch, need_real
from kshim.layers.preprocessing.hashing import Salt, bucketed, salt, texts_of
from kshim.nn.categories import NumberTable

Token = Any  # a str or an int
MODES = output_modes("int", "one_hot", "multi_hot", "count", "tf_idf")
# Words that configs say and that follow from the vocabulary here, or change nothing.
_SILENT = ("vocabulary_size", "has_input_vocabulary", "has_static_table", "oov_method")


def vocabulary(value: Any) -> list[Token]:
    """Take a list of tokens; never the name of a file."""
    if isinstance(value, str | bytes):
        raise ArgumentError(
            "value", "a list of tokens", value, hint=" Read the file and give its lines."
        )
    return several(token, "a list of texts or of whole numbers")(value)


def token(value: Any) -> Token:
    """Take a text, also as bytes, or a whole number."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return str(value) if isinstance(value, str) else whole_number()(value)


def whole_vocabulary(value: Any) -> list[int]:
    """Take a list of whole numbers; never the name of a file."""
    return several(whole_number(), "a list of whole numbers")(vocabulary(value))


weights = several(number(), "a list of numbers")


class Lookup(EncodingLayer):
    """Turn tokens into their places in a vocabulary.

    The first places belong to the mask token (in the mode int, if there is one), then to tokens
    that are not in the vocabulary (`num_oov_indices`), then come the tokens.

    Shapes:
        x: (batch, ...), y: the same of places, or rows of one place for each token
    """

    max_tokens: int | None
    num_oov_indices: int
    mask_token: Token
    oov_token: Token
    vocabulary: list[Token] | None
    idf_weights: list[float] | None
    invert: bool
    pad_to_max_tokens: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments, and the vocabulary if it is given."""
        silent = set(_SILENT) - set(self.arguments)
        super().__init__(*args, **{k: v for k, v in kwargs.items() if k not in silent})
        self._refuse_contradictions()
        self.tokens: list[Token] = []
        self.token_weights: list[float] = []
        self.adapts = self.vocabulary is None
        self.rows = self.make_rows(self.max_tokens or 1)
        if self.vocabulary is None:
            self.take_tokens([], [])
        else:
            self.set_vocabulary(self.vocabulary, self.idf_weights)
            self._show_weights()

    # What scripts ask for.

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Token]:
        """Return the tokens by their places."""
        if not include_special_tokens:
            return list(self.tokens)
        mask = [self.mask_token] * self._oov_start
        return [*mask, *[self.oov_token] * self.num_oov_indices, *self.tokens]

    def vocabulary_size(self) -> int:
        """Return how many places there are."""
        return self._token_start + len(self.tokens)

    vocab_size = vocabulary_size

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take a list of tokens, with or without the special ones in front.

        Args:
            idf_weights: one for each token, in the mode tf_idf.

        Raises:
            ArgumentError: for tokens that are there twice, special ones among them, or too many.
        """
        given = self._checked_list(vocabulary)
        special = self.get_vocabulary()[: self._token_start]
        has_special = bool(special) and given[: len(special)] == special
        tokens = given[len(special) :] if has_special else given
        self._refuse_tokens(tokens)
        self.take_tokens(tokens, self._all_weights(given, idf_weights, has_special))

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary: the most frequent tokens first, of those the last ones first.

        Args:
            data: an array or list of tokens, or batches of them; a row is a document.
            steps: how many batches to take.

        Raises:
            StateError: when the vocabulary was given to the constructor.
        """
        apart = is_one_batch(data) and rule("tokens_are_documents", self.era)
        given = batches(self.who, data, steps)
        self.learn(row for batch in given for row in self._documents(batch, apart))

    def learn(self, documents: Iterable[Sequence[Token]]) -> None:
        """Learn the vocabulary of documents, each a row of tokens."""
        if not self.adapts:
            raise StateError(f"{self.who}: cannot adapt, for the vocabulary was given.")
        counts: Counter[Token] = Counter()
        holding: Counter[Token] = Counter()
        total = 0
        for document in documents:
            counts.update(document)
            holding.update(set(document))
            total += 1
        for special in (self.mask_token, self.oov_token):
            counts.pop(special, None)
        room = None if self.max_tokens is None else self.max_tokens - self._token_start
        ordered = sorted(counts, key=lambda token: (counts[token], token), reverse=True)[:room]
        self.take_tokens(ordered, self._learned_weights(ordered, holding, total))
        self.built = True

    def take_tokens(self, tokens: list[Token], token_weights: list[float]) -> None:
        """Set tokens without special ones, and in the mode tf_idf the weights of all places."""
        self.tokens, self.token_weights = tokens, token_weights
        depth = self._depth()
        self.rows.depth = depth
        padding = [0.0] * (depth - len(token_weights))
        self.rows.idf_weights = torch.tensor(
            [*token_weights, *padding], dtype=self.rows.dtype, device=self.rows.idf_weights.device
        )
        self.take_table(self._table())

    # What the two kinds of tokens make of a table.

    def take_table(self, table: Mapping[Any, Any]) -> None:
        """Set what is found under each key."""
        raise NotImplementedError

    def found(self, inputs: Data) -> Data:
        """Return what the table says."""
        raise NotImplementedError

    def call(self, inputs: Data) -> Data:
        """Return the places of the tokens, in the form asked for; or the tokens, inverted."""
        if self.output_mode != "int" and not self.tokens and not self.pad_to_max_tokens:
            raise StateError(
                f"{self.who}: the vocabulary must be known for output_mode "
                f"{self.output_mode!r}, got none. Call adapt or set_vocabulary first."
            )
        places = self.found(inputs)
        return places if self.invert else self.rows(places)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape, in the modes with rows with the places as its last axis."""
        known = self.tokens or self.pad_to_max_tokens
        return self.encoded_shape(input_shape, self._depth() if known else None)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values, a learned vocabulary among them."""
        special = self.token_weights[self._token_start :]
        found = {
            "vocabulary": list(self.tokens) or None,
            "idf_weights": special or None if self.output_mode == "tf_idf" else None,
            "dtype": self.dtype,
        }
        return super().get_config() | found

    # Places.

    @property
    def _oov_start(self) -> int:
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _token_start(self) -> int:
        return self._oov_start + self.num_oov_indices

    def _depth(self) -> int:
        return self.max_tokens or 1 if self.pad_to_max_tokens else self.vocabulary_size()

    def _table(self) -> dict[Any, Any]:
        places = {token: self._token_start + place for place, token in enumerate(self.tokens)}
        if self.mask_token is not None:
            places[self.mask_token] = 0 if self.output_mode == "int" else -1  # -1 is no category
        if not self.invert:
            return places
        return {place: token for token, place in places.items()}

    @property
    def _default(self) -> Any:
        """Return what stands for a key that is not in the table."""
        return self.oov_token if self.invert else self._oov_start

    # Learning.

    def _documents(self, batch: Data, apart: bool) -> list[list[Token]]:
        """Return the rows of a batch; of one axis it is a row, or each token by itself."""
        values = batch.tolist()
        rank = batch.ndim
        if rank > 2:
            raise ShapeError(f"{self.who}: data must have at most 2 axes, got {rank}.")
        if rank == 1 and apart:
            return [[value] for value in values]
        return values if rank == 2 else [values if rank == 1 else [values]]

    def _learned_weights(
        self, tokens: list[Token], holding: Mapping[Token, int], total: int
    ) -> list[float]:
        """Return log(1 + documents / (1 + documents with the token)), their mean for the others."""
        if self.output_mode != "tf_idf" or not tokens:
            return []
        each = [float(np.log(1 + total / (1 + holding[token]))) for token in tokens]
        return [float(np.mean(each))] * self._token_start + each

    def _all_weights(self, given: list[Token], idf_weights: Any, has_special: bool) -> list[float]:
        """Return one weight for each place, the mean where only the tokens have one."""
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise UnexpectedArgument(
                f"{self.who}: idf_weights must be given with output_mode 'tf_idf' and no other."
            )
        if idf_weights is None:
            return []
        each = weights(idf_weights)
        if len(each) != len(given):
            wanted = f"{len(given)} numbers, one for each token"
            raise ArgumentError("idf_weights", wanted, each, who=self.who)
        return each if has_special else [float(np.mean(each))] * self._token_start + each

    def _show_weights(self) -> None:
        """Show the weights of the places as a weight of the layer, as files have them."""
        if self.output_mode == "tf_idf" and rule("idf_is_a_weight", self.era):
            self.weight("Variable", self.rows.idf_weights, trainable=False)

    # Refusals.

    def _refuse_contradictions(self) -> None:
        problems = {
            "output_mode must be 'int' with invert=True": self.invert and self.output_mode != "int",
            "max_tokens must be given with pad_to_max_tokens=True": (
                self.pad_to_max_tokens and self.max_tokens is None
            ),
            "vocabulary must be given with idf_weights": (
                self.vocabulary is None and self.idf_weights is not None
            ),
        }
        for problem, is_there in problems.items():
            if is_there:
                raise UnexpectedArgument(f"{self.who}: {problem}.")

    def _checked_list(self, given: Any) -> list[Token]:
        try:
            tokens = vocabulary(given)
        except ArgumentError as problem:
            raise problem.at(self.who, "vocabulary") from None
        if not tokens:
            raise ArgumentError("vocabulary", "a list with tokens in it", tokens, who=self.who)
        return tokens

    def _refuse_tokens(self, tokens: list[Hashable]) -> None:
        twice = [token for token, count in Counter(tokens).items() if count > 1]
        special = [self.mask_token] + ([self.oov_token] if self.invert else [])
        inside = [token for token in special if token is not None and token in tokens]
        room = (self.max_tokens or len(tokens) + self._token_start) - self._token_start
        if twice:
            raise ArgumentError("vocabulary", "a list of different tokens", twice, who=self.who)
        if inside:
            wanted = f"a list without {inside[0]!r}, or with the special tokens in front"
            raise ArgumentError("vocabulary", wanted, tokens, who=self.who)
        if len(tokens) > room:
            wanted = f"a list of at most {room} tokens, as max_tokens says"
            raise ArgumentError("vocabulary", wanted, tokens, who=self.who)


@LAYERS.register()
class StringLookup(Lookup):
    """Turn texts into their places in a vocabulary, or places into texts.

    Args:
        max_tokens: how large the vocabulary may get, the special tokens counted.
        num_oov_indices: how many places texts share that are not in the vocabulary.
        mask_token: the text whose place is 0, the mark of a step to be skipped.
        oov_token: stands for other texts where places become texts.
        vocabulary: a list of texts, instead of `adapt`; never the name of a file.
        idf_weights: of the texts, for the mode tf_idf.
        invert: turn places into texts.
        output_mode: int, one_hot, multi_hot, count or tf_idf.
        pad_to_max_tokens: let rows have `max_tokens` places, however many there are.

        >>> StringLookup(vocabulary=["a", "b"])(Input((1,), dtype="string")).shape
        (None, 1)

    Source: tf.keras 2.15 layers/preprocessing/string_lookup.py.
    """

    max_tokens: int | None = arg(optional(whole_number(2)), None)
    num_oov_indices: int = arg(whole_number(0), 1)
    mask_token: str | None = arg(optional(text), None)
    oov_token: str | None = arg(optional(text), "[UNK]")
    vocabulary: list[str] | None = arg(optional(vocabulary), None)
    idf_weights: list[float] | None = arg(optional(weights), None)
    encoding: str = arg(one_of("utf-8"), "utf-8")
    invert: bool = arg(true_or_false, False)
    output_mode: str = arg(MODES, "int")
    sparse: bool = arg(true_or_false, False)
    pad_to_max_tokens: bool = arg(true_or_false, False)
    salt: Salt = arg(optional(salt), None, since="3")

    @property
    def output_dtype(self) -> str:
        """Return the name of the outputs' type."""
        return "string" if self.invert else self.compute_dtype

    def take_table(self, table: Mapping[Any, Any]) -> None:
        """Set what is found under each key."""
        self.table = dict(table)

    def found(self, inputs: Data) -> Data:
        """Return the places of texts, or the texts at places."""
        need_real(inputs)
        if not self.invert:
            return self._places(texts_of(self.who, inputs))
        flat = [self.table.get(place, self._default) for place in inputs.reshape(-1).tolist()]
        return as_texts(flat).reshape(tuple(inputs.shape)).view(Texts)

    def _places(self, texts: Texts) -> Tensor:
        words = texts.ravel().tolist()
        missing = sorted({word for word in words if word not in self.table})
        if missing and self.num_oov_indices == 0:
            raise ArgumentError("inputs", "texts of the vocabulary", missing, who=self.who)
        others = dict.fromkeys(missing, self._default)
        if missing and self.num_oov_indices > 1:
            shared = bucketed(as_texts(missing), self.num_oov_indices, self.salt, texts)
            others = dict(zip(missing, (shared + self._oov_start).tolist(), strict=True))
        known = self.table | others
        places = torch.tensor([known[word] for word in words], dtype=torch.int64)
        return places.reshape(texts.shape).to(default_device())


@LAYERS.register()
class IntegerLookup(Lookup):
    """Turn whole numbers into their places in a vocabulary, or places into numbers.

    Args:
        max_tokens: how large the vocabulary may get, the special tokens counted.
        num_oov_indices: how many places numbers share that are not in the vocabulary.
        mask_token: the number whose place is 0, the mark of a step to be skipped.
        oov_token: stands for other numbers where places become numbers.
        vocabulary: a list of numbers, instead of `adapt`; never the name of a file.
        idf_weights: of the numbers, for the mode tf_idf.
        invert: turn places into numbers.
        output_mode: int, one_hot, multi_hot, count or tf_idf.
        pad_to_max_tokens: let rows have `max_tokens` places, however many there are.

        >>> IntegerLookup(vocabulary=[1, 2, 3])(Input((4,), dtype="int64")).shape
        (None, 4)

    Source: tf.keras 2.15 layers/preprocessing/integer_lookup.py.
    """

    max_tokens: int | None = arg(optional(whole_number(2)), None, was="max_values")
    num_oov_indices: int = arg(whole_number(0), 1)
    mask_token: int | None = arg(optional(whole_number()), None, was="mask_value")
    oov_token: int | None = arg(optional(whole_number()), -1, was="oov_value")
    vocabulary: list[int] | None = arg(optional(whole_vocabulary), None)
    vocabulary_dtype: str = arg(one_of("int64", "int32"), "int64")
    idf_weights: list[float] | None = arg(optional(weights), None)
    invert: bool = arg(true_or_false, False)
    output_mode: str = arg(MODES, "int")
    sparse: bool = arg(true_or_false, False)
    pad_to_max_tokens: bool = arg(true_or_false, False)
    oov_method: str = arg(one_of("floormod", "farmhash"), "floormod", since="3")
    salt: Salt = arg(optional(salt), None, since="3")

    def take_table(self, table: Mapping[Any, Any]) -> None:
        """Set what is found under each key."""
        if "table" not in self._modules:
            none = self.num_oov_indices == 0 and not self.invert
            shared = 0 if self.invert or self.oov_method == "farmhash" else self.num_oov_indices
            self.table = NumberTable(
                self._default if self._default is not None else -1,
                buckets=shared,
                first_bucket=self._oov_start,
                complete=none,
            )
        self.table.take(list(table), list(table.values()))

    def found(self, inputs: Data) -> Data:
        """Return the places of numbers, or the numbers at places."""
        if isinstance(inputs, Texts):
            raise ArgumentError("inputs", "whole numbers", inputs, who=self.who)
        places: Tensor = self.table(inputs)
        if self.invert or self.oov_method == "floormod" or self.num_oov_indices < 2:
            return places
        need_real(inputs)
        shared = bucketed(texts_of(self.who, inputs), self.num_oov_indices, self.salt, inputs)
        missing = ~torch.isin(inputs.long(), self.table.keys)
        return torch.where(missing, shared + self._oov_start, places)
