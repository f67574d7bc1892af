"""How often predictions are right: 1 or a share for each sample.

Source: Keras 1.2.2, 2.2.4, 2.3.1, tf.keras 2.15 metrics.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kshim.core.eras import rule
from kshim.losses.tensors import as_tensor, class_numbers, paired
from kshim.metrics.names import METRICS


@METRICS.register("acc", "ACC")
def accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return 1 for each element that equals its target, else 0."""
    y_true, y_pred = paired(y_true, y_pred)
    return _as_numbers(torch.eq(y_true, y_pred))


@METRICS.register()
def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """Return the share of the last axis that lies on its target's side of `threshold`.

    Up to Keras 2.3 predictions are rounded at the threshold 0.5: 1.6 is then not 1.
    """
    y_true, y_pred = paired(y_true, y_pred)
    rounds = threshold == 0.5 and rule("binary_accuracy_rounds")
    answers = torch.round(y_pred) if rounds else torch.gt(y_pred, threshold)
    return torch.mean(_as_numbers(torch.eq(y_true, answers)), -1)


@METRICS.register()
def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return 1 where the largest prediction stands at the largest target, else 0."""
    best = torch.argmax(as_tensor(y_true), -1)
    return _as_numbers(torch.eq(best, torch.argmax(as_tensor(y_pred), -1)))


@METRICS.register()
def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Return 1 where the target is the number of the largest prediction, else 0."""
    y_pred = as_tensor(y_pred)
    return _as_numbers(torch.eq(class_numbers(y_true, y_pred), torch.argmax(y_pred, -1)))


@METRICS.register()
def top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k: int = 5) -> Tensor:
    """Return 1 where the largest target is among the k largest predictions, else 0."""
    return sparse_top_k_categorical_accuracy(torch.argmax(as_tensor(y_true), -1), y_pred, k)


@METRICS.register()
def sparse_top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k: int = 5) -> Tensor:
    """Return 1 where fewer than k predictions are larger than that of the target, else 0."""
    y_pred = as_tensor(y_pred)
    numbers = class_numbers(y_true, y_pred)
    right = torch.gather(y_pred, -1, torch.unsqueeze(numbers, -1))
    larger = torch.sum(torch.gt(y_pred, right), -1)
    found = _as_numbers(torch.lt(larger, k))
    return torch.mean(found) if rule("top_k_is_averaged") else found


def _as_numbers(answers: Tensor) -> Tensor:
    # A symbol has no `.float()`.
    return answers.float() if isinstance(answers, Tensor) else answers * 1.0


acc = ACC = accuracy
