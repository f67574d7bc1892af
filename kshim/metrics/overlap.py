"""Intersection over union: how well regions of classes lie on each other.

Source: tf.keras 2.15 metrics/iou_metrics.py; MeanIoU from Keras 2.3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, number, optional, text, true_or_false, whole_number
from kshim.core.eras import rule
from kshim.errors import ArgumentError
from kshim.losses.tensors import aligned, as_tensor
from kshim.metrics.base import Metric, divide_or_zero
from kshim.metrics.names import METRICS


def class_ids(value: Any) -> list[int]:
    """Take a list of class numbers."""
    return [whole_number(at_least=0)(item) for item in value]


class _Overlap(Metric):
    """Count pairs of true and predicted class, and compare the classes asked for."""

    num_classes: int
    target_class_ids: Any
    ignore_class: int | None = None
    sparse_y_true = True
    sparse_y_pred = True
    axis = -1

    def set_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Check and keep the arguments; without a dtype Keras 3 counts in whole numbers."""
        super().set_arguments(args, kwargs)
        self.counts_whole = self.dtype is None

    def begin(self) -> None:
        """Make the state: rows are true classes, columns predicted ones."""
        if max(self.class_ids(), default=0) >= self.num_classes:
            raise ArgumentError(
                "target_class_ids",
                f"below num_classes={self.num_classes}",
                self.class_ids(),
                who=type(self).__name__,
            )
        self.total_cm = self.add_weight("total_cm", (self.num_classes, self.num_classes))

    def class_ids(self) -> list[int]:
        """Return the classes that are averaged."""
        return list(self.target_class_ids)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of classes, as numbers or one-hot."""
        true = self._numbers(y_true, self.sparse_y_true)
        said = self._numbers(y_pred, self.sparse_y_pred).to(true.device)
        weight = torch.ones(true.shape, device=true.device)
        if sample_weight is not None:
            weight = aligned(sample_weight, weight).expand_as(weight)
            if self.counts_whole and rule("overlap_weights_are_whole"):
                weight = torch.trunc(weight)
        true, said, weight = (it.reshape(-1) for it in (true, said, weight))
        if self.ignore_class is not None:
            known = true != self.ignore_class
            true, said, weight = (it * known for it in (true, said, weight))
        table = torch.zeros(self.num_classes**2, device=true.device)
        table.index_add_(0, true * self.num_classes + said, weight)
        self.total_cm.assign_add(table.reshape(self.num_classes, self.num_classes))

    def result(self) -> Tensor:
        """Return the mean over the classes that occur."""
        right = self.total_cm.diagonal()
        union = self.total_cm.sum(0) + self.total_cm.sum(1) - right
        right, union = right[self.class_ids()], union[self.class_ids()]
        return divide_or_zero(divide_or_zero(right, union).sum(), (union != 0).sum())

    def _numbers(self, values: Any, sparse: bool) -> Tensor:
        numbers: Tensor = as_tensor(values) if sparse else as_tensor(values).argmax(self.axis)
        return numbers.long()


@METRICS.register()
class IoU(_Overlap):
    """Compute the mean intersection over union of some classes."""

    num_classes: int = arg(whole_number(at_least=1))
    target_class_ids: Any = arg(class_ids)
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    ignore_class: int | None = arg(optional(whole_number()), None)
    sparse_y_true: bool = arg(true_or_false, True)
    sparse_y_pred: bool = arg(true_or_false, True)
    axis: int = arg(whole_number(), -1)


@METRICS.register()
class MeanIoU(_Overlap):
    """Compute the mean intersection over union of all classes."""

    num_classes: int = arg(whole_number(at_least=1))
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    ignore_class: int | None = arg(optional(whole_number()), None)
    sparse_y_true: bool = arg(true_or_false, True)
    sparse_y_pred: bool = arg(true_or_false, True)
    axis: int = arg(whole_number(), -1)

    def class_ids(self) -> list[int]:
        """Return all classes."""
        return list(range(self.num_classes))


@METRICS.register()
class OneHotIoU(_Overlap):
    """Compute the mean intersection over union of some classes, of one-hot targets."""

    num_classes: int = arg(whole_number(at_least=1))
    target_class_ids: Any = arg(class_ids)
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    ignore_class: int | None = arg(optional(whole_number()), None)
    sparse_y_pred: bool = arg(true_or_false, False)
    axis: int = arg(whole_number(), -1)
    sparse_y_true = False


@METRICS.register()
class OneHotMeanIoU(MeanIoU):
    """Compute the mean intersection over union of all classes, of one-hot targets."""

    num_classes: int = arg(whole_number(at_least=1))
    name: str = arg(optional(text), None)
    dtype: Any = arg(anything, None)
    ignore_class: int | None = arg(optional(whole_number()), None)
    sparse_y_pred: bool = arg(true_or_false, False)
    axis: int = arg(whole_number(), -1)
    sparse_y_true: bool = arg(true_or_false, False, saved=False)


@METRICS.register()
class BinaryIoU(_Overlap):
    """Compute the mean intersection over union of yes and no, told apart at a threshold."""

    target_class_ids: Any = arg(class_ids, (0, 1))
    threshold: float = arg(number(), 0.5)
    num_classes = 2

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets 0 and 1 and of predictions."""
        super().update_state(y_true, as_tensor(y_pred) >= self.threshold, sample_weight)
