"""tf.feature_column: refused, each column with the layer that does the same.

Source: tensorflow 2.15 python/feature_column/feature_column_v2.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from kshim.errors import NotSupported


def _refusing(name: str, instead: str) -> Callable[..., NoReturn]:
    """Return a function that refuses, and says what to do instead."""

    def column(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotSupported(f"tf.feature_column.{name}: feature columns are not made. {instead}.")

    column.__name__ = column.__qualname__ = name
    column.__doc__ = f"Refuse. {instead}."
    return column


numeric_column = _refusing(
    "numeric_column", "Give the feature an Input of its own, and a Normalization layer"
)
bucketized_column = _refusing("bucketized_column", "Use a Discretization layer")
categorical_column_with_vocabulary_list = _refusing(
    "categorical_column_with_vocabulary_list", "Use a StringLookup or IntegerLookup layer"
)
categorical_column_with_vocabulary_file = _refusing(
    "categorical_column_with_vocabulary_file",
    "Read the file, and give its lines to a StringLookup layer",
)
categorical_column_with_identity = _refusing(
    "categorical_column_with_identity", "Use a CategoryEncoding layer"
)
categorical_column_with_hash_bucket = _refusing(
    "categorical_column_with_hash_bucket", "Use a Hashing layer"
)
crossed_column = _refusing("crossed_column", "Use a HashedCrossing layer")
embedding_column = _refusing(
    "embedding_column", "Use an Embedding layer behind a StringLookup or Hashing layer"
)
shared_embeddings = _refusing("shared_embeddings", "Use one Embedding layer for all features")
indicator_column = _refusing(
    "indicator_column", "Use output_mode='multi_hot' of the layer that makes the categories"
)
weighted_categorical_column = _refusing(
    "weighted_categorical_column", "Use a CategoryEncoding layer, called with count_weights"
)
sequence_numeric_column = _refusing(
    "sequence_numeric_column", "Give the feature an Input of its own, with an axis of time"
)
make_parse_example_spec = _refusing("make_parse_example_spec", "Read the data with pandas or numpy")
