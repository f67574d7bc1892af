"""What scripts borrowed from the inside of Keras's metrics: `keras.utils.metrics_utils`.

Source: Keras 2.3.1 utils/metrics_utils.py.
"""

from __future__ import annotations

from enum import Enum

from kshim.metrics.confusion import FAR_BELOW as NEG_INF

__all__ = ["NEG_INF", "AUCCurve", "AUCSummationMethod", "ConfusionMatrix", "Reduction"]


class Reduction(str, Enum):
    """Name the ways in which a metric goes over its batches."""

    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    WEIGHTED_MEAN = "weighted_mean"


class ConfusionMatrix(str, Enum):
    """Name the four counts."""

    TRUE_POSITIVES = "tp"
    FALSE_POSITIVES = "fp"
    TRUE_NEGATIVES = "tn"
    FALSE_NEGATIVES = "fn"


class AUCCurve(str, Enum):
    """Name the curves whose area AUC computes."""

    ROC = "ROC"
    PR = "PR"


class AUCSummationMethod(str, Enum):
    """Name the ways in which AUC adds up an area."""

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"
