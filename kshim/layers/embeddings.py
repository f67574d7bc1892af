"""Embedding: a learned vector for each whole number.

Source: Keras 2.2.4 layers/embeddings.py; dropout from 1.2.2.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kshim import constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.checks import number, optional, text, true_or_false, whole_number
from kshim.core.eras import by_era
from kshim.core.shapes import Shape, as_shape
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, ShapeError, Shown
from kshim.layers.base import LAYERS, Layer
from kshim.layers.seeds import seeds_of_dropout

_DROPS_WORDS = by_era({"1.2": True, "2.0": False})


def lengths(value: Any) -> Any:
    """Take a length, or one for each axis behind the batch."""
    if isinstance(value, Iterable):
        return as_shape(value)
    return whole_number(at_least=1)(value)


@LAYERS.register()
class Embedding(Layer):
    """Look up a vector for each whole number.

        y[..., :] = embeddings[x[...], :]

    Shapes:
        x: (batch, ...) of whole numbers below `input_dim`, as integers or floats
        y: (batch, ..., output_dim), embeddings: (input_dim, output_dim)

    Args:
        mask_zero: skip the steps at which x is 0 in the layers behind.
        input_length: how many numbers a sample has; as a first layer, its input shape.
        dropout: Keras 1's: the share of the words that are zeros in a batch while training.

        >>> Embedding(input_dim=7, output_dim=3)(Input((4,))).shape
        (None, 4, 3)
    """

    input_dim: int = arg(whole_number(at_least=1))
    output_dim: int = arg(whole_number(at_least=1))
    embeddings_initializer: Any = arg(initializers.of_weight, "uniform", was="init")
    embeddings_regularizer: Any = arg(regularizers.get, None, was="W_regularizer")
    activity_regularizer: Any = arg(regularizers.get, None)
    embeddings_constraint: Any = arg(constraints.get, None, was="W_constraint")
    mask_zero: bool = arg(true_or_false, False)
    input_length: Any = arg(optional(lengths), None)
    dropout: float = arg(number(0, 1), 0.0, saved=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; they say the input's shape where nothing else does."""
        batch_size = kwargs.get("batch_size")
        super().__init__(*args, **kwargs)
        self.supports_masking = self.mask_zero
        if self.batch_input_shape is None:
            self.batch_input_shape = (batch_size, *as_shape(self.input_length))
        if self.dropout and not _DROPS_WORDS.value(self.era):
            message = "dropout is Keras 1's; put SpatialDropout1D behind the layer instead."
            warnings.warn(f"{self.who}: {message}", stacklevel=2)
            self.dropout = 0.0

    def build(self, input_shape: Shape) -> None:
        """Make the vectors."""
        self.embedding = nn.Embedding(self.input_dim, self.output_dim, dtype=self.torch_dtype)
        self.embeddings = self.weight("embeddings", self.embedding.weight)
        if self.dropout:
            self.word_dropout = nn.Dropout(self.dropout)
            words = torch.ones(self.input_dim, 1, dtype=self.torch_dtype)
            self.register_buffer("words", words, persistent=False)

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream up to Keras 2.3."""
        return seeds_of_dropout(self.dropout)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the vectors of the inputs."""
        words = inputs.long()
        try:
            vectors: Tensor = self.embedding(words)
        except IndexError:
            wanted = f"whole numbers from 0 to {self.input_dim - 1}"
            given = Shown(f"{int(words.min())} to {int(words.max())}")
            raise ArgumentError("inputs", wanted, given, who=self.who) from None
        if self.dropout:
            return vectors * functional.embedding(words, self.word_dropout(self.words))
        return vectors

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return True where the input is not 0, if asked to."""
        return torch.ne(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with `output_dim` behind it.

        Raises:
            ShapeError: when `input_length` says another shape.
        """
        given = tuple(input_shape[1:])
        if self.input_length is None:
            return (*input_shape, self.output_dim)
        wanted = as_shape(self.input_length)
        pairs = list(zip(wanted, given, strict=False))
        if len(wanted) != len(given) or any(
            None not in pair and pair[0] != pair[1] for pair in pairs
        ):
            raise ShapeError(
                f"{self.who}: inputs must have the shape (batch, {', '.join(map(str, wanted))}) "
                f"that input_length says, got {tuple(input_shape)}."
            )
        known = tuple(a if b is None else b for a, b in pairs)
        return (input_shape[0], *known, self.output_dim)


@LAYERS.register()
class ReversibleEmbedding(Embedding):
    """Look up vectors, or, called with `reverse=True`, score every word for given vectors.

        logits = x embeddings^T, with a cap: cap * tanh(logits / cap)

    Shapes:
        x: (batch, ...) of whole numbers; reversed (batch, ..., output_dim)
        y: (batch, ..., output_dim); reversed (batch, ..., input_dim)
        reverse_embeddings: (output_dim, input_dim), where weights are not tied

    Args:
        tie_weights: score with the vectors themselves, not with weights of their own.
        reverse_dtype: the type in which scores are computed.
        logit_soft_cap: how far from 0 scores may be.

        >>> ReversibleEmbedding(input_dim=7, output_dim=3)(Input((4,))).shape
        (None, 4, 3)

    Source: Keras 3.15 layers/core/reversible_embedding.py.
    """

    tie_weights: bool = arg(true_or_false, True)
    reverse_dtype: str | None = arg(optional(text), None)
    logit_soft_cap: float | None = arg(optional(number(0)), None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; the inputs may be words or vectors."""
        super().__init__(*args, **kwargs)
        self.reverse_embeddings: Any = None

    def build(self, input_shape: Shape) -> None:
        """Make the vectors, and those of the other direction unless they are the same."""
        super().build(input_shape)
        self.rank_of_words = len(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                "reverse_embeddings", (self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
            )  # fmt: skip

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        """Return the vectors of words, or the scores of all words for vectors."""
        if not reverse:
            return super().call(inputs)
        kernel = self.embedding.weight.t() if self.tie_weights else self.reverse_embeddings.read()
        if self.reverse_dtype is not None:
            kind = getattr(torch, self.reverse_dtype)
            inputs, kernel = inputs.to(kind), kernel.to(kind)
        logits = inputs @ kernel
        cap = self.logit_soft_cap
        return logits if cap is None else torch.tanh(logits / cap) * cap

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return True where the input is not 0, if asked to; vectors have no mask."""
        return super().compute_mask(inputs, mask) if inputs.dim() == self.rank_of_words else None

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return the symbol of the vectors, or of the scores."""
        if not kwargs.get("reverse"):
            return super().output_symbols(args, kwargs, shapes)
        return Symbol((*shapes[:-1], self.input_dim), self.compute_dtype)
