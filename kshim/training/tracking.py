"""Trackers: running values of losses and metrics, kept on the device until somebody reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from kshim.core.eras import rule
from kshim.losses.reduction import weighted_mean
from kshim.metrics.means import FunctionMean
from kshim.training.states import attributes_of, set_attributes, tree_of


class Mean:
    """Average values, each counted as often as it has samples."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._total: Tensor | None = None
        self._count: Any = 0
        self._last: Any = float("nan")

    def reset_state(self) -> None:
        """Forget everything, under the name Keras gives it."""
        self.reset()

    reset_states = reset_state

    def add(self, value: Tensor, count: Any) -> None:
        """Count in a value that stands for `count` samples."""
        self._last = value = value.detach()
        if self._total is None:
            self._total = value * count
        else:
            self._total.add_(value, alpha=count) if _is_number(count) else self._total.add_(
                value * count
            )
        self._count = self._count + count

    def state_dict(self) -> dict[str, Any]:
        """Return what was counted in, as a tree."""
        return tree_of({"total": self._total, "count": self._count, "last": self._last})  # type: ignore[no-any-return]

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what was counted in."""
        self._total, self._count, self._last = state["total"], state["count"], state["last"]

    def last(self) -> Any:
        """Return the value of the last batch."""
        return self._last

    def result(self) -> Any:
        """Return the average; 0 before there is any value, as in tf.keras."""
        return 0.0 if self._total is None else self._total / self._count


class FunctionMetric:
    """Track a metric that is a function of targets and outputs.

    Up to Keras 2.2 each batch has one value, and batches count by their size; from 2.3 on every
    value that the function gives counts alike.
    """

    def __init__(self, name: str, function: Callable[..., Any], *, weighted: bool = False) -> None:
        self.name, self.function, self.weighted = name, function, weighted
        self._mean = Mean(name)
        self._by_batch = not rule("metric_key_is_typed")
        self._sees_masks = rule("metrics_see_masks")

    def update(
        self, target: Tensor, output: Tensor, weight: Tensor | None, mask: Tensor | None
    ) -> None:
        """Count in one batch."""
        values = self.function(target, output)
        weight = weight if self.weighted else None
        mask = mask if self._sees_masks else None
        if self._by_batch:
            if values.dim() == 0 and weight is not None:
                values = values.expand(weight.shape)
            each = values.dim() > 0
            value = weighted_mean(values, weight, mask) if each else values
            self._mean.add(value, len(output))
            return
        factor = _factor(values, weight, mask)
        if factor is None:
            self._mean.add(values.mean() if values.dim() else values, values.numel())
        else:
            total = factor.sum()
            self._mean.add((values * factor).sum() / total, total)

    def reset(self) -> None:
        """Forget everything."""
        self._mean.reset()

    def reset_state(self) -> None:
        """Forget everything, under the name Keras gives it."""
        self.reset()

    reset_states = reset_state

    def state_dict(self) -> dict[str, Any]:
        """Return what was counted in, as a tree."""
        return self._mean.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what was counted in."""
        self._mean.load_state_dict(state)

    def last(self) -> Any:
        """Return the value of the last batch."""
        return self._mean.last()

    def result(self) -> Any:
        """Return the value over all batches."""
        return self._mean.result()


class ObjectMetric:
    """Track a metric that keeps a state of its own."""

    def __init__(self, name: str, metric: Any, *, weighted: bool = False) -> None:
        self.name, self.metric, self.weighted = name, metric, weighted
        self._sees_masks = rule("masks_reach_all_metrics") or isinstance(metric, FunctionMean)

    def update(
        self, target: Tensor, output: Tensor, weight: Tensor | None, mask: Tensor | None
    ) -> None:
        """Count in one batch."""
        mask = mask if self._sees_masks else None
        factor = _factor(output[..., 0] if output.dim() > 1 else output,
                         weight if self.weighted else None, mask)  # fmt: skip
        self.metric.update_state(target, output, sample_weight=factor)

    def reset(self) -> None:
        """Forget everything."""
        self.metric.reset_state()

    def reset_state(self) -> None:
        """Forget everything, under the name Keras gives it."""
        self.reset()

    reset_states = reset_state

    def state_dict(self) -> dict[str, Any]:
        """Return the metric's attributes that hold plain values, as a tree."""
        return attributes_of(self.metric)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Let the metric's attributes be as they were."""
        set_attributes(self.metric, state)

    def last(self) -> Any:
        """Return the value so far: a state tells nothing of one batch."""
        return self.metric.result()

    def result(self) -> Any:
        """Return the value over all batches."""
        return self.metric.result()


class Logs(dict[str, Any]):
    """Hold what a step or an epoch came to; tensors become numbers when they are read.

    Nothing waits for the device before somebody looks; what is a function is called then.
    """

    def __getitem__(self, key: str) -> Any:
        """Return a value as a number."""
        value = super().__getitem__(key)
        if isinstance(value, Tensor) or callable(value):
            value = value() if callable(value) else as_number(value)
            super().__setitem__(key, value)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value as a number, or the default."""
        return self[key] if key in self else default  # noqa: SIM401  (this is that method)

    def items(self) -> Any:
        """Return names and numbers."""
        return [(key, self[key]) for key in self]

    def values(self) -> Any:
        """Return the numbers."""
        return [self[key] for key in self]

    def copy(self) -> Logs:
        """Return the same logs once more."""
        return Logs(self.items())

    def __or__(self, other: Any) -> Logs:  # type: ignore[override]
        """Return these logs and others."""
        return Logs({**dict(self.items()), **dict(Logs(other).items())})


def as_array(output: Tensor) -> Any:
    """Return a tensor as an array; bfloat16, which numpy has not, in float32."""
    return (output.float() if output.dtype == torch.bfloat16 else output).cpu().numpy()


def as_number(value: Any) -> Any:
    """Return a Python number of a tensor with one value, an array of one with more."""
    if not isinstance(value, Tensor):
        return value
    return value.item() if value.numel() == 1 else value.detach().cpu().numpy()


def read(trackers: Iterable[Any], prefix: str = "", *, last: bool = False) -> Iterator[Any]:
    """Yield the name and the value of each tracker."""
    for tracker in trackers:
        yield prefix + tracker.name, tracker.last() if last else tracker.result()


def _factor(values: Tensor, weight: Tensor | None, mask: Tensor | None) -> Tensor | None:
    """Return by how much each value counts, or None where all count alike."""
    found: Tensor | None = None
    for given in (weight, mask):
        if given is None or values.dim() == 0:
            continue
        factor = given.to(values.dtype if values.is_floating_point() else torch.float32)
        while factor.dim() > values.dim():
            factor = factor.squeeze(-1)
        while factor.dim() < values.dim():
            factor = factor.unsqueeze(-1)
        found = factor if found is None else found * factor
    return None if found is None else found.expand(values.shape)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
