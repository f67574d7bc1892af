"""Merging: several inputs become one output, by arithmetic, end to end, or as dot products.

Source: Keras 2.2.4 layers/merge.py; masks of Keras 3 from 3.15 layers/merging.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kshim.core.arguments import arg
from kshim.core.checks import true_or_false, whole_number
from kshim.core.eras import rule
from kshim.core.shapes import Shape, broadcast, is_shape
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS, Layer


def one_or_two(value: Any) -> int | tuple[int, int]:
    """Take a whole number, or two of them."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return (whole_number()(value[0]), whole_number()(value[1]))
    try:
        axis: int = whole_number()(value)
    except (ArgumentError, TypeError, ValueError):
        raise ArgumentError("value", "a whole number or two of them", value) from None
    return axis


class Merging(Layer):
    """Make one output of a list of inputs."""

    supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Check that the inputs are a list whose shapes fit together."""
        self.compute_output_shape(input_shape)

    def listed(self, shapes: Any) -> list[Shape]:
        """Return the shapes of the inputs.

        Raises:
            ShapeError: when the layer was not called on a list, or batch sizes differ.
        """
        if is_shape(shapes):
            raise ShapeError(f"{self.who}: inputs must be a list, got one of shape {shapes}.")
        found = [tuple(shape) for shape in shapes]
        batches = {shape[0] for shape in found if shape} - {None}
        if len(batches) > 1:
            raise ShapeError(
                f"{self.who}: inputs must have the same batch size, got shapes {_told(found)}."
            )
        return found


class Arithmetic(Merging):
    """Combine inputs number by number; sizes of 1 stretch, missing axes stand behind the batch.

    Shapes:
        x: a list of (batch, ...), y: (batch, ...), sizes of 1 stretched
    """

    def build(self, input_shape: Any) -> None:
        """Remember the ranks."""
        super().build(input_shape)
        self.ranks = [len(shape) for shape in self.listed(input_shape)]

    def call(self, inputs: list[Tensor], mask: Any = None) -> Tensor:
        """Return the combination of all inputs; in Keras 3, what is masked takes no part."""
        highest = max(self.ranks)
        whole = [
            _with_axes(tensor, highest - rank)
            for tensor, rank in zip(inputs, self.ranks, strict=True)
        ]
        if mask is None or not rule("merges_see_masks", self.era):
            return self.combined(whole)
        masks = [None if one is None else one.unsqueeze(-1) for one in mask]
        return self.combined_under(masks, whole)

    def combined(self, inputs: list[Tensor]) -> Tensor:
        """Return the combination of inputs of one rank."""
        raise NotImplementedError

    def combined_under(self, masks: list[Any], inputs: list[Tensor]) -> Tensor:
        """Return the combination of what is not masked; of all, unless a subclass says so."""
        return self.combined(inputs)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the shape that all inputs have together."""
        shapes = self.listed(input_shape)
        batch = next((shape[0] for shape in shapes if shape[0] is not None), None)
        sizes = reduce(
            lambda one, other: broadcast(self.who, one, other), [shape[1:] for shape in shapes]
        )
        return (batch, *sizes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return True where every mask there is says True; in Keras 3, where one of all does."""
        masks = _listed_masks(self.who, inputs, mask)
        present = [one for one in masks if one is not None]
        if rule("merged_masks", self.era) == "all":
            return _all_of(present)
        return reduce(torch.logical_or, masks) if masks and len(present) == len(masks) else None


def _listed_masks(who: str, inputs: Any, mask: Any) -> list[Any]:
    """Return one mask, or None, for each input; none at all where there are none.

    Raises:
        ShapeError: when they are no list, or not as many as the inputs.
    """
    if mask is None:
        return []
    if not isinstance(mask, list | tuple) or not isinstance(inputs, list | tuple):
        raise ShapeError(f"{who}: inputs and masks must be lists, got {type(mask).__name__}.")
    if len(mask) != len(inputs):
        raise ShapeError(f"{who}: masks must be {len(inputs)}, as the inputs, got {len(mask)}.")
    return list(mask)


def pairwise(function: Callable[[Tensor, Tensor], Tensor], inputs: list[Tensor]) -> Tensor:
    """Return the inputs, combined two by two from the left."""
    return reduce(function, inputs)


@LAYERS.register()
class Add(Arithmetic):
    """Add the inputs.

    >>> Add()([Input((4,)), Input((4,))]).shape
    (None, 4)
    """

    def combined(self, inputs: list[Tensor]) -> Tensor:
        """Return the sum."""
        return pairwise(torch.add, inputs)


@LAYERS.register()
class Subtract(Arithmetic):
    """Take the second of two inputs from the first.

    >>> Subtract()([Input((4,)), Input((4,))]).shape
    (None, 4)
    """

    def combined(self, inputs: list[Tensor]) -> Tensor:
        """Return the difference."""
        return torch.sub(*inputs)

    def listed(self, shapes: Any) -> list[Shape]:
        """Return the shapes of the two inputs."""
        return _two(self.who, super().listed(shapes))


@LAYERS.register()
class Multiply(Arithmetic):
    """Multiply the inputs.

    >>> Multiply()([Input((4,)), Input((4,))]).shape
    (None, 4)
    """

    def combined(self, inputs: list[Tensor]) -> Tensor:
        """Return the product."""
        return pairwise(torch.mul, inputs)

    def combined_under(self, masks: list[Any], inputs: list[Tensor]) -> Tensor:
        """Return the product of what is not masked; 0 where all is."""
        product = self.combined([_or_else(*pair, 1.0) for pair in zip(masks, inputs, strict=True)])
        return product if None in masks else _or_else(reduce(torch.logical_or, masks), product, 0.0)


@LAYERS.register()
class Average(Arithmetic):
    """Average the inputs.

    >>> Average()([Input((4,)), Input((4,))]).shape
    (None, 4)
    """

    def combined(self, inputs: list[Tensor]) -> Tensor:
        """Return the mean."""
        return torch.div(pairwise(torch.add, inputs), len(inputs))


class Extreme(Arithmetic):
    """Take one of the inputs at each place."""

    def pick(self, one: Tensor, other: Tensor) -> Tensor:
        """Return one of two numbers at each place."""
        raise NotImplementedError

    def combined(self, inputs: list[Tensor]) -> Tensor:
        """Return one of the numbers at each place."""
        return pairwise(self.pick, inputs)

    def combined_under(self, masks: list[Any], inputs: list[Tensor]) -> Tensor:
        """Return one of the numbers that are not masked at each place."""
        found, known = inputs[0], masks[0]
        for mask, tensor in zip(masks[1:], inputs[1:], strict=True):
            other = _or_else(mask, tensor, found)
            found = self.pick(_or_else(known, found, other), other)
            known = None if mask is None or known is None else torch.logical_or(known, mask)
        return found


@LAYERS.register()
class Maximum(Extreme):
    """Take the largest of the inputs.

    >>> Maximum()([Input((4,)), Input((4,))]).shape
    (None, 4)
    """

    def pick(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the larger number at each place."""
        return torch.maximum(one, other)


@LAYERS.register()
class Minimum(Extreme):
    """Take the smallest of the inputs.

    >>> Minimum()([Input((4,)), Input((4,))]).shape
    (None, 4)
    """

    def pick(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the smaller number at each place."""
        return torch.minimum(one, other)


@LAYERS.register()
class Concatenate(Merging):
    """Lay the inputs end to end along an axis.

    Shapes:
        x: a list of (batch, ..., n_i, ...), y: (batch, ..., sum of n_i, ...)

    Args:
        axis: the batch counted; the other sizes must be the same.

        >>> Concatenate()([Input((4,)), Input((4,))]).shape
        (None, 8)
    """

    axis: int = arg(whole_number(), -1)

    def build(self, input_shape: Any) -> None:
        """Remember the rank."""
        super().build(input_shape)
        self.rank = len(self.listed(input_shape)[0])

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Return the inputs end to end."""
        return torch.cat(list(inputs), self.axis)

    def listed(self, shapes: Any) -> list[Shape]:
        """Return the shapes of the inputs.

        Raises:
            ShapeError: when they differ in more than the axis.
        """
        found = super().listed(shapes)
        if len(found) == 1 and not rule("concatenates_one", self.era):
            raise ShapeError(f"{self.who}: inputs must be a list of at least 2, got 1.")
        rank = len(found[0])
        others = [_without(shape, self.axis) for shape in found]
        fit = all(len(shape) == rank for shape in found) and -rank <= self.axis < rank
        if not fit or any(len(set(sizes) - {None}) > 1 for sizes in zip(*others, strict=False)):
            raise ShapeError(
                f"{self.who}: inputs must have the same shape but for axis {self.axis}, "
                f"got shapes {_told(found)}."
            )
        return found

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the shape with the sizes of the axis added up."""
        shapes = self.listed(input_shape)
        axis = self.axis % len(shapes[0])
        sizes = [shape[axis] for shape in shapes]
        whole = None if None in sizes else sum(size for size in sizes if size is not None)
        found = [next((s for s in column if s is not None), None) for column in zip(*shapes)]
        return (*found[:axis], whole, *found[axis + 1 :])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the masks end to end along their own axis, else merged as sums merge theirs."""
        masks = _listed_masks(self.who, inputs, mask)
        present = [one for one in masks if one is not None]
        if not present:
            return None
        rank, axis = present[0].dim(), self.axis % self.rank
        along = 0 < axis < rank
        if not along and rule("merged_masks", self.era) == "all":
            return _all_of(present)
        first = (..., *([0] * (self.rank - rank)))  # the axes a mask has
        whole = [
            torch.ones_like(tensor[first], dtype=torch.bool) if one is None else one
            for tensor, one in zip(inputs, masks, strict=True)
        ]
        return torch.cat(whole, axis) if along else reduce(torch.logical_or, whole)


@LAYERS.register()
class Dot(Merging):
    """Multiply two inputs along an axis of each, sample by sample, and sum the products up.

    Shapes:
        x: (batch, *a, n, *b), y: (batch, *c, n, *d)
        output: (batch, *a, *b, *c, *d), or (batch, 1) where nothing is left

    Args:
        axes: the axis of both, or one for each.
        normalize: scale both to length 1 along their axis first, so that cosines come out.

        >>> Dot(axes=1)([Input((4,)), Input((4,))]).shape
        (None, 1)
    """

    axes: Any = arg(one_or_two)
    normalize: bool = arg(true_or_false, False)

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Return the sums of products."""
        one, other = inputs
        first, second = self._places(self.ranks)
        if self.normalize:
            one = functional.normalize(one, dim=first, eps=1e-6)
            other = functional.normalize(other, dim=second, eps=1e-6)
        product = torch.einsum(_subscripts(self.ranks, first, second), one, other)
        return torch.unsqueeze(product, 1) if self.ranks == [2, 2] else product

    def build(self, input_shape: Any) -> None:
        """Remember the ranks."""
        super().build(input_shape)
        self.ranks = [len(shape) for shape in self.listed(input_shape)]

    def listed(self, shapes: Any) -> list[Shape]:
        """Return the shapes of the two inputs.

        Raises:
            ShapeError: when the axes are not there, or of different sizes.
        """
        found = _two(self.who, super().listed(shapes))
        places = self._places([len(shape) for shape in found])
        sizes = {shape[axis] for shape, axis in zip(found, places, strict=True)} - {None}
        if len(sizes) > 1:
            raise ShapeError(
                f"{self.who}: inputs must have the same size along axes {self.axes}, "
                f"got shapes {_told(found)}."
            )
        return found

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the sizes that are left of both."""
        one, other = self.listed(input_shape)
        first, second = self._places([len(one), len(other)])
        left = (*_without(one, first), *_without(other, second)[1:])
        return left if len(left) > 1 else (*left, 1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return no mask: the axes are others."""
        return

    def _places(self, ranks: list[int]) -> tuple[int, int]:
        """Return the axis of each input, counted from the front."""
        pair = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        found = [axis % rank if -rank <= axis < rank else 0 for axis, rank in zip(pair, ranks)]
        if 0 in found:
            raise ArgumentError(
                "axes", f"axes behind the batch of inputs of ranks {ranks}", self.axes, who=self.who
            )
        return found[0], found[1]


def add(inputs: list[Any], **options: Any) -> Any:
    """Return the sum of the inputs."""
    return Add(**options)(inputs)


def subtract(inputs: list[Any], **options: Any) -> Any:
    """Return the difference of two inputs."""
    return Subtract(**options)(inputs)


def multiply(inputs: list[Any], **options: Any) -> Any:
    """Return the product of the inputs."""
    return Multiply(**options)(inputs)


def average(inputs: list[Any], **options: Any) -> Any:
    """Return the mean of the inputs."""
    return Average(**options)(inputs)


def maximum(inputs: list[Any], **options: Any) -> Any:
    """Return the largest of the inputs at each place."""
    return Maximum(**options)(inputs)


def minimum(inputs: list[Any], **options: Any) -> Any:
    """Return the smallest of the inputs at each place."""
    return Minimum(**options)(inputs)


def concatenate(inputs: list[Any], axis: int = -1, **options: Any) -> Any:
    """Return the inputs end to end along an axis."""
    return Concatenate(axis=axis, **options)(inputs)


def dot(inputs: list[Any], axes: Any, normalize: bool = False, **options: Any) -> Any:
    """Return the sums of products of two inputs along an axis of each."""
    return Dot(axes=axes, normalize=normalize, **options)(inputs)


def _with_axes(tensor: Tensor, missing: int) -> Tensor:
    """Return the tensor with axes of size 1 behind the batch."""
    for _ in range(missing):
        tensor = torch.unsqueeze(tensor, 1)
    return tensor


def _or_else(mask: Any, tensor: Tensor, other: Any) -> Tensor:
    """Return a tensor where its mask is true, and something else where not."""
    return tensor if mask is None else torch.where(mask, tensor, other)


def _all_of(masks: list[Any]) -> Any:
    """Return True where every mask says True; None for no masks."""
    return reduce(torch.logical_and, masks) if masks else None


def _two(who: str, shapes: list[Shape]) -> list[Shape]:
    if len(shapes) != 2:
        raise ShapeError(f"{who}: inputs must be 2, got {len(shapes)}.")
    return shapes


def _without(shape: Shape, axis: int) -> Shape:
    place = axis % len(shape)
    return shape[:place] + shape[place + 1 :]


def _told(shapes: list[Shape]) -> str:
    return ", ".join(map(str, shapes))


def _subscripts(ranks: list[int], first: int, second: int) -> str:
    """Return what torch.einsum calls the product: "abc,adc->abd" for ranks 3, axes 2 and 2."""
    letters = iter("bcdefghijklmnopq")
    one = ["a"] + [next(letters) for _ in range(ranks[0] - 1)]
    other = ["a"] + [next(letters) for _ in range(ranks[1] - 1)]
    other[second] = one[first]
    left = [word for word in one + other[1:] if word != one[first]]
    return f"{''.join(one)},{''.join(other)}->{''.join(left)}"
