"""Means and sums over batches, and the metric made of any function of targets and predictions.

Source: Keras 2.3.1 metrics.py, tf.keras 2.15 metrics/base_metric.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, optional, shape, text
from kshim.core.eras import ByEra
from kshim.core.shapes import Shape
from kshim.errors import ShapeError
from kshim.losses.names import function_name
from kshim.losses.tensors import aligned, as_tensor, same_rank
from kshim.metrics.base import Metric, divide_or_zero
from kshim.metrics.names import METRICS, get


@METRICS.register()
class Sum(Metric):
    """Add up values, each times its weight."""

    name: str = arg(optional(text), "sum")

    def begin(self) -> None:
        """Make the state."""
        self.total = self.add_weight("total")

    def update_state(self, values: Any, sample_weight: Any | None = None) -> None:
        """Take in values of any shape."""
        self.total.assign_add(weighted(as_tensor(values), sample_weight)[0].sum())

    def result(self) -> Tensor:
        """Return the sum."""
        return self.total.clone()


class Average(Metric):
    """Average what is added: the sum of value * weight by the sum of weights."""

    def begin(self) -> None:
        """Make the state."""
        self.total = self.add_weight("total")
        self.count = self.add_weight("count")

    def add(self, values: Any, sample_weight: Any | None = None) -> None:
        """Take in values of any shape."""
        values = as_tensor(values)
        if sample_weight is None or isinstance(sample_weight, int | float):
            share = 1 if sample_weight is None else sample_weight
            total = torch.sum(values, dtype=self.total.dtype)
            self.total.assign_add(total if share == 1 else total * _number(share))
            self.count.add_(_number(values.numel() * share))
        else:
            products, weight = weighted(values, sample_weight)
            self.total.assign_add(products.sum())
            self.count.assign_add(weight.sum())

    def result(self) -> Tensor:
        """Return the mean, 0 before the first value."""
        return divide_or_zero(self.total, self.count)


@METRICS.register()
class Mean(Average):
    """Average values: the sum of value * weight by the sum of weights."""

    name: str = arg(optional(text), "mean")

    def update_state(self, values: Any, sample_weight: Any | None = None) -> None:
        """Take in values of any shape."""
        self.add(values, sample_weight)


@METRICS.register()
class SumOverBatchSize(Metric):
    """Average values: the sum of value * weight by the number of values."""

    name: str = arg(optional(text), "sum_over_batch_size")

    def begin(self) -> None:
        """Make the state."""
        self.total = self.add_weight("total")
        self.count = self.add_weight("count")

    def update_state(self, values: Any, sample_weight: Any | None = None) -> None:
        """Take in values of any shape."""
        products = weighted(as_tensor(values), sample_weight)[0]
        self.total.assign_add(products.sum())
        self.count.assign_add(products.numel())

    def result(self) -> Tensor:
        """Return the mean, 0 before the first value."""
        return divide_or_zero(self.total, self.count)


@METRICS.register()
class MeanTensor(Metric):
    """Average tensors of one shape, element by element."""

    name: str = arg(optional(text), "mean_tensor")
    dtype: Any = arg(anything, None)
    shape: Shape | None = arg(optional(shape), None)

    def begin(self) -> None:
        """Make the state, when the shape is known."""
        if self.shape is not None:
            self._make_state(self.shape)

    def update_state(self, values: Any, sample_weight: Any | None = None) -> None:
        """Take in a tensor.

        Raises:
            ShapeError: when its shape is not that of the first one.
        """
        values = as_tensor(values)
        if not self.weights:
            self._make_state(tuple(values.shape))
        if tuple(values.shape) != tuple(self.total.shape):
            raise ShapeError(
                f"{self.name}: values must be of shape {tuple(self.total.shape)}, as at first, "
                f"got {tuple(values.shape)}."
            )
        products, weight = weighted(values, sample_weight)
        self.total.assign_add(products)
        self.count.assign_add(weight)

    def result(self) -> Tensor:
        """Return the mean of each element."""
        return divide_or_zero(self.total, self.count)

    def _make_state(self, sizes: Shape) -> None:
        known = tuple(size or 0 for size in sizes)
        self.total = self.add_weight("total", known)
        self.count = self.add_weight("count", known)


class FunctionMean(Average):
    """Average a function of targets and predictions over samples.

    Arguments declared by a subclass, beside name and dtype, go to the function.
    """

    function: ClassVar[Callable[..., Tensor]]
    called: ClassVar[str | ByEra] = ""
    name: str = arg(optional(text), None)

    def default_name(self) -> str:
        """Return the function's name."""
        called = self.called.value() if isinstance(self.called, ByEra) else self.called
        return called or function_name(type(self).function)

    def begin(self) -> None:
        """Make the state, and gather the arguments of the function."""
        super().begin()
        own = (name for name in self.arguments if name not in Metric.arguments)
        self.options = {name: getattr(self, name) for name in own}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        y_true, y_pred = same_rank(y_true, y_pred)
        values = type(self).function(y_true, y_pred, **self.options)
        self.add(values, sample_weight)


@METRICS.register()
class MeanMetricWrapper(Average):
    """Average any function of targets and predictions over samples."""

    def __init__(
        self, fn: Any, name: str | None = None, dtype: Any | None = None, **kwargs: Any
    ) -> None:
        """Keep the function and its arguments."""
        self.fn = get(fn)
        self.options = kwargs
        super().__init__(name=name or function_name(self.fn), dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any | None = None) -> None:
        """Take in a batch of targets and predictions."""
        y_true, y_pred = same_rank(y_true, y_pred)
        self.add(self.fn(y_true, y_pred, **self.options), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the function's name and all arguments."""
        return {"fn": function_name(self.fn), **super().get_config(), **self.options}


def weighted(values: Tensor, sample_weight: Any | None) -> tuple[Tensor, Tensor]:
    """Return values times weights, and the weights in the shape of the values.

    Values with axes that the weights cannot be spread over are averaged over them first.
    """
    if not values.is_floating_point():
        values = values.float()
    if sample_weight is None:
        return values, torch.ones_like(values)
    weight = aligned(sample_weight, values)
    return values * weight, weight.expand_as(values)


@lru_cache(maxsize=64)
def _number(value: float) -> Tensor:
    """Return a number as a tensor: adding that is three times as fast as adding the number."""
    return torch.tensor(float(value))
