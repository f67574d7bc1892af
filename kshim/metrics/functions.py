"""Keras's functions of targets and predictions as metrics with a state: accuracies and errors.

Source: Keras 2.3.1 metrics.py, tf.keras 2.15 metrics.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, number, optional, text, true_or_false, whole_number
from kshim.core.eras import by_era, rule
from kshim.losses import crossentropy, margins, regression
from kshim.losses.tensors import as_tensor, paired, same_rank
from kshim.metrics import accuracies
from kshim.metrics.base import divide_or_zero
from kshim.metrics.means import Average, FunctionMean
from kshim.metrics.names import METRICS


@METRICS.register("cosine", "cosine_proximity")
def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Return the cosine of the angle between target and prediction.

    Up to Keras 2.2 the metric is the loss, which is its negative.
    """
    loss = regression.cosine_similarity(y_true, y_pred, axis)
    return -loss if rule("cosine_metric_is_positive") else loss


@METRICS.register()
class Accuracy(FunctionMean):
    """Average how many elements equal their targets."""

    function = staticmethod(accuracies.accuracy)


@METRICS.register()
class BinaryAccuracy(FunctionMean):
    """Average how many answers lie on the right side of a threshold."""

    function = staticmethod(accuracies.binary_accuracy)
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    threshold: float = arg(number(), 0.5)


@METRICS.register()
class CategoricalAccuracy(FunctionMean):
    """Average how often the largest prediction is that of a one-hot target."""

    function = staticmethod(accuracies.categorical_accuracy)


@METRICS.register()
class SparseCategoricalAccuracy(FunctionMean):
    """Average how often the largest prediction is that of the target's number."""

    function = staticmethod(accuracies.sparse_categorical_accuracy)


@METRICS.register()
class TopKCategoricalAccuracy(FunctionMean):
    """Average how often a one-hot target is among the k largest predictions."""

    function = staticmethod(accuracies.top_k_categorical_accuracy)
    k: int = arg(whole_number(at_least=1), 5)


@METRICS.register()
class SparseTopKCategoricalAccuracy(FunctionMean):
    """Average how often the target's number is among the k largest predictions."""

    function = staticmethod(accuracies.sparse_top_k_categorical_accuracy)
    k: int = arg(whole_number(at_least=1), 5)


@METRICS.register()
class MeanSquaredError(FunctionMean):
    """Average squared errors."""

    function = staticmethod(regression.mean_squared_error)


@METRICS.register()
class MeanAbsoluteError(FunctionMean):
    """Average absolute errors."""

    function = staticmethod(regression.mean_absolute_error)


@METRICS.register()
class MeanAbsolutePercentageError(FunctionMean):
    """Average errors in percent of the targets."""

    function = staticmethod(regression.mean_absolute_percentage_error)


@METRICS.register()
class MeanSquaredLogarithmicError(FunctionMean):
    """Average squared differences of logarithms."""

    function = staticmethod(regression.mean_squared_logarithmic_error)


@METRICS.register()
class Poisson(FunctionMean):
    """Average the Poisson loss."""

    function = staticmethod(regression.poisson)


@METRICS.register()
class LogCoshError(FunctionMean):
    """Average log(cosh(error))."""

    function = staticmethod(regression.log_cosh)
    called = "logcosh"


@METRICS.register()
class KLDivergence(FunctionMean):
    """Average how far one distribution is from another."""

    function = staticmethod(regression.kl_divergence)
    called = by_era({"1.2": "kullback_leibler_divergence", "3": "kl_divergence"})


@METRICS.register()
class CosineSimilarity(FunctionMean):
    """Average the cosine of the angle between targets and predictions."""

    function = staticmethod(cosine_similarity)
    called = "cosine_similarity"
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    axis: int = arg(whole_number(), -1)


@METRICS.register()
class Hinge(FunctionMean):
    """Average the hinge loss."""

    function = staticmethod(margins.hinge)


@METRICS.register()
class SquaredHinge(FunctionMean):
    """Average the squared hinge loss."""

    function = staticmethod(margins.squared_hinge)


@METRICS.register()
class CategoricalHinge(FunctionMean):
    """Average the categorical hinge loss."""

    function = staticmethod(margins.categorical_hinge)


@METRICS.register()
class BinaryCrossentropy(FunctionMean):
    """Average binary crossentropy."""

    function = staticmethod(crossentropy.binary_crossentropy)
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    from_logits: bool = arg(true_or_false, False)
    label_smoothing: float = arg(number(at_least=0, at_most=1), 0)


@METRICS.register()
class CategoricalCrossentropy(FunctionMean):
    """Average the crossentropy of one-hot targets."""

    function = staticmethod(crossentropy.categorical_crossentropy)
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    from_logits: bool = arg(true_or_false, False)
    label_smoothing: float = arg(number(at_least=0, at_most=1), 0)
    axis: int = arg(whole_number(), -1)


@METRICS.register()
class SparseCategoricalCrossentropy(FunctionMean):
    """Average the crossentropy of targets that are numbers of classes."""

    function = staticmethod(crossentropy.sparse_categorical_crossentropy)
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    from_logits: bool = arg(true_or_false, False)
    ignore_class: int | None = arg(optional(whole_number()), None)
    axis: int = arg(whole_number(), -1)


@METRICS.register()
class RootMeanSquaredError(Average):
    """Take the root of the mean of squared errors over all elements."""

    name: str = arg(optional(text), "root_mean_squared_error")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        y_true, y_pred = paired(*same_rank(y_true, y_pred))
        self.add(torch.square(y_pred - y_true), sample_weight)

    def result(self) -> Tensor:
        """Return the root of the mean."""
        return torch.sqrt(super().result())


@METRICS.register()
class MeanRelativeError(Average):
    """Average |y_true - y_pred| / normalizer, 0 where the normalizer is 0."""

    normalizer: Any = arg(anything)
    name: str = arg(optional(text), None)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        y_true, y_pred = paired(*same_rank(y_true, y_pred))
        scale = as_tensor(self.normalizer).to(y_pred)
        self.add(divide_or_zero(torch.abs(y_true - y_pred), scale), sample_weight)


cosine = cosine_proximity = cosine_similarity
