"""Layers on categories: numbers spread into rows, and numbers sorted into bins."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import number, one_of, optional, several, true_or_false, whole_number
from kshim.core.eras import rule
from kshim.core.settings import floatx
from kshim.core.shapes import Shape
from kshim.errors import ArgumentError, StateError, UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.data import DataLayer, batches, refuse_sparse
from kshim.nn.categories import Bins
from kshim.nn.categories import CategoryEncoding as Encoding

Numbers = np.ndarray[Any, Any]


def output_modes(*known: str) -> Any:
    """Take one of the modes, also by its oldest names: binary, tf-idf."""
    old = {"binary": "multi_hot", "tf-idf": "tf_idf"}
    check = one_of(*known)
    return lambda value: check(old.get(value, value) if isinstance(value, str) else value)


def sorted_numbers(value: Any) -> list[float]:
    """Take numbers in rising order."""
    wanted = "a list of numbers in rising order"
    given = [float(item) for item in several(number(), wanted)(value)]
    if sorted(given) != given:
        raise ArgumentError("value", wanted, value)
    return given


class EncodingLayer(DataLayer):
    """Find whole numbers, and give them as they are or spread into rows."""

    output_mode: str
    sparse: bool
    whole_dtype = "int64"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; the type follows from the mode."""
        super().__init__(*args, **kwargs)
        refuse_sparse(self.who, self.sparse)
        self.dtype = self.fitting_dtype(self.dtype)

    def fitting_dtype(self, asked: str | None) -> str:
        """Return the type of the outputs: whole numbers as they are, rows of floats."""
        whole = asked is not None and asked.startswith("int")
        if self.output_mode == "int":
            return str(asked) if whole else self.whole_dtype
        return floatx() if asked is None or whole else asked

    def make_rows(self, depth: int, checked: bool = False) -> Encoding:
        """Return the torch module that gives the numbers the form asked for."""
        any_rank = rule("categories_of_any_rank", self.era)
        return Encoding(depth, self.output_mode, self.torch_dtype, any_rank, checked)

    def told_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that Keras tells of bins and buckets."""
        told = rule("shapes_of_rows_are_told", self.era)
        return self.true_shape(input_shape) if told else tuple(input_shape)

    def encoded_shape(self, input_shape: Shape, depth: int | None) -> Shape:
        """Return the shape of the outputs."""
        shape = tuple(input_shape)
        if self.output_mode == "int":
            return shape
        if self.output_mode == "one_hot" and (not shape or shape[-1] != 1):
            return (*shape, depth)
        if len(shape) < 3 or self.output_mode == "one_hot":
            return (*shape[:-1], depth)
        return (shape[0], *shape[2:], depth)


@LAYERS.register()
class CategoryEncoding(EncodingLayer):
    """Spread category numbers into rows that have one place for each category.

    Shapes:
        x: (batch, n), y: (batch, num_tokens)

    Args:
        num_tokens: how many categories there are.
        output_mode: multi_hot (a one for each category that is there), one_hot (a row for each
            number) or count.

        >>> CategoryEncoding(num_tokens=5)(Input((4,))).shape
        (None, 5)

    Source: tf.keras 2.15 layers/preprocessing/category_encoding.py.
    """

    num_tokens: int = arg(whole_number(at_least=1), was="max_tokens")
    output_mode: str = arg(output_modes("one_hot", "multi_hot", "count"), "multi_hot")
    sparse: bool = arg(true_or_false, False)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        self.categories = self.make_rows(self.num_tokens, checked=True)

    def call(self, inputs: Tensor, count_weights: Any = None) -> Tensor:
        """Return the rows; `count_weights` are counted instead of ones."""
        if count_weights is None:
            rows: Tensor = self.categories(inputs)
            return rows
        if self.output_mode != "count":
            raise UnexpectedArgument(
                f"{self.who}: count_weights must be left out unless output_mode is 'count', "
                f"got them with {self.output_mode!r}."
            )
        if isinstance(count_weights, list | tuple):
            count_weights = torch.as_tensor(np.asarray(count_weights))
        weighted: Tensor = self.categories(inputs, count_weights)
        return weighted

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with the categories as its last axis."""
        return self.encoded_shape(input_shape, self.num_tokens)


@LAYERS.register()
class Discretization(EncodingLayer):
    """Tell between which boundaries numbers lie.

    Shapes:
        x: (batch, ...) of numbers, y: the same of bins, or rows of one place for each bin

    Args:
        bin_boundaries: numbers in rising order; a number at a boundary lies above it.
        num_bins: how many bins `adapt` makes, each for as many numbers, instead.
        epsilon: how much the shares of the bins may be off: smaller takes more time.
        output_mode: int, one_hot, multi_hot or count.

        >>> Discretization(bin_boundaries=[1.0, 2.0])(Input((4,))).shape
        (None, 4)

    Source: tf.keras 2.15 layers/preprocessing/discretization.py.
    """

    bin_boundaries: list[float] | None = arg(optional(sorted_numbers), None)
    num_bins: int | None = arg(optional(whole_number(0)), None, was="bins")
    epsilon: float = arg(number(0, 1), 0.01)
    output_mode: str = arg(output_modes("int", "one_hot", "multi_hot", "count"), "int")
    sparse: bool = arg(true_or_false, False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments, and make the torch module of the boundaries."""
        super().__init__(*args, **kwargs)
        if self.bin_boundaries is not None and self.num_bins is not None:
            raise UnexpectedArgument(
                f"{self.who}: bin_boundaries and num_bins must not both be given."
            )
        self.adapts = self.bin_boundaries is None
        self.bins = Bins(self.bin_boundaries or [])
        self.rows = self.make_rows(len(self.bin_boundaries or []) + 1)

    @property
    def whole_dtype(self) -> str:  # type: ignore[override]
        """Return the type of the bins."""
        name: str = rule("bins_dtype", self.era)
        return name

    def call(self, inputs: Tensor) -> Tensor:
        """Return the bins, in the form asked for."""
        rows: Tensor = self.rows(self.bins(inputs))
        return rows

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Choose the boundaries so that as many numbers of the data lie in each bin.

        Args:
            data: an array, or batches of them.
            steps: how many batches to take.

        Raises:
            StateError: when the boundaries were given to the constructor.
        """
        if not self.adapts or self.num_bins is None:
            raise StateError(f"{self.who}: num_bins must be given to adapt, got bin_boundaries.")
        summary = np.empty((2, 0), np.float32)
        for batch in batches(self.who, data, steps):
            values = np.asarray(batch, dtype=np.float32).ravel()
            merged = np.concatenate([self._summary(values), summary], axis=1)
            merged = merged[:, np.argsort(merged[0], kind="stable")]
            summary = _compressed(merged, self.epsilon)
        boundaries = _compressed(summary, 1.0 / self.num_bins)[0, :-1]
        self.bin_boundaries = [float(value) for value in boundaries]
        self.bins.take(self.bin_boundaries)
        self.rows.depth = len(self.bin_boundaries) + 1
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; boundaries that were found stand for num_bins."""
        config = super().get_config()
        return config if config["bin_boundaries"] is None else config | {"num_bins": None}

    @classmethod
    def from_config(cls, config: Any) -> Discretization:
        """Return the layer; Keras 3 writes boundaries that were found beside num_bins."""
        found = config.get("bin_boundaries") is not None
        return cls(**{**config, "num_bins": None} if found else dict(config))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that Keras tells: before Keras 3 the input's."""
        return self.told_shape(input_shape)

    def true_shape(self, input_shape: Any) -> Shape:
        """Return the input's shape, in the modes with rows with the bins as its last axis."""
        known = self.bin_boundaries is not None or self.num_bins is None
        depth = len(self.bin_boundaries or []) + 1 if known else self.num_bins
        return self.encoded_shape(input_shape, depth)

    def _summary(self, values: Numbers) -> Numbers:
        """Return some of the values, evenly chosen, and how many each stands for."""
        ordered = np.sort(values)
        if rule("quantiles_begin_behind_step", self.era):
            start = int(np.float32(len(ordered)) / np.float32(1.0 / self.epsilon))
            step: float = max(start, 1)
        else:
            step = max(len(ordered) * self.epsilon, 1)
            start = int(step - 1)
        chosen = ordered[start :: int(step)]
        return np.stack([chosen, np.full_like(chosen, step)])


def _compressed(summary: Numbers, epsilon: float) -> Numbers:
    """Return a summary of no more than 1 / epsilon values, read off the line through the sums."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    sums = summary[1].cumsum()
    places = sums / sums[-1]
    values, reached = np.interp(shares, places, summary[0]), np.interp(shares, places, sums)
    weights = np.diff(reached, prepend=0.0)
    return np.stack([values, weights]).astype(np.float32)
