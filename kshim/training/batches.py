"""Batches: arrays cut into pieces, and streams that already come in pieces."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from kshim.core.eras import rule
from kshim.errors import ArgumentError, StateError

Numbers = np.ndarray[Any, Any]


@dataclass
class Batch:
    """Hold the tensors of one step."""

    inputs: list[Tensor]
    targets: list[Tensor | None] = field(default_factory=list)
    weights: list[Tensor | None] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return the number of samples."""
        return len(self.inputs[0]) if self.inputs else 0


class Batches(Protocol):
    """Give the batches of an epoch, as often as asked."""

    steps: int | None
    samples: int | None

    def epoch(self) -> Iterator[Batch]:
        """Yield the batches of one epoch."""


class ArrayBatches:
    """Cut tensors into batches, in order or shuffled anew each epoch.

    Args:
        data: inputs, targets and weights of all samples, on the model's device.
        shuffle: True for samples, "batch" for whole batches, False for neither.
        steps: how many batches an epoch has, if not all there are.
    """

    def __init__(
        self, data: Batch, batch_size: int, shuffle: Any = False, steps: int | None = None
    ) -> None:
        if batch_size < 1:
            raise ArgumentError("batch_size", "a whole number of at least 1", batch_size, who="fit")
        self.data, self.batch_size, self.shuffle = data, batch_size, shuffle
        self.samples: int | None = data.size
        whole = math.ceil(data.size / batch_size)
        self.steps: int | None = whole if steps is None else steps
        # Keras shuffles what the epoch before has shuffled: a seed repeats the whole run.
        self._order = np.arange(data.size)

    def arrays(self) -> list[Numbers]:
        """Return inputs, targets and weights as arrays; where no weights are given, they are 1."""
        data = self.data
        targets = [tensor for tensor in data.targets if tensor is not None]
        weights = data.weights or [None] * len(targets)
        ones = torch.ones(data.size)
        weighed = [ones if tensor is None else tensor for tensor in weights]
        return [tensor.cpu().numpy() for tensor in (*data.inputs, *targets, *weighed)]

    def epoch(self) -> Iterator[Batch]:
        """Yield the batches of one epoch; more steps than there are begin again."""
        given = 0
        while given < (self.steps or 0):
            for batch in self._once():
                yield batch
                given += 1
                if given == self.steps:
                    return

    def _once(self) -> Iterator[Batch]:
        size = self.batch_size
        starts = range(0, self.data.size, size)
        if not self.shuffle:
            for start in starts:
                yield self._each(itemgetter(slice(start, start + size)))
            return
        self._order = _mixed(self._order, size if self.shuffle == "batch" else 1)
        order = torch.from_numpy(self._order).to(self.data.inputs[0].device)
        for start in starts:
            chosen = order[start : start + size]
            yield self._each(partial(torch.index_select, dim=0, index=chosen))

    def _each(self, take: Callable[[Tensor], Tensor]) -> Batch:
        data = self.data
        return Batch(
            [take(tensor) for tensor in data.inputs],
            [None if tensor is None else take(tensor) for tensor in data.targets],
            [None if tensor is None else take(tensor) for tensor in data.weights],
        )


class StreamBatches:
    """Take batches from a generator, a `Sequence` or a loader.

    Args:
        source: an iterator that goes on for ever, or something to be iterated over each epoch.
        prepare: makes a `Batch` of one item.
        steps: how many items an epoch has; that of the source when left out.
        samples: how many samples an epoch has, instead (Keras 1).
    """

    def __init__(
        self,
        source: Any,
        prepare: Callable[[Any], Batch],
        steps: int | None = None,
        shuffle: bool = False,
        samples: int | None = None,
    ) -> None:
        self.source, self.prepare, self.shuffle = source, prepare, shuffle
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        length = _length(source)
        self._by_length = self.indexed and steps is None and samples is None
        self.steps: int | None = length if steps is None and samples is None else steps
        self.samples: int | None = samples
        self._order = list(range(length or 0))
        self._begun: Iterator[Batch] | None = None

    def peek(self) -> None:
        """Begin the first epoch: a model learns the shapes of its data from the first batch.

        Raises:
            StateError: when there is none.
        """
        batches = self._batches()
        first = next(batches, None)
        if first is None:
            raise StateError("fit: the data must give at least one batch, got none.")
        self._begun = chain([first], batches)

    def epoch(self) -> Iterator[Batch]:
        """Yield the batches of one epoch.

        Raises:
            StateError: when a generator ends before the steps of the epoch are done.
        """
        given = seen = 0
        if self._by_length:  # a Sequence may have another length in each epoch
            self.steps = len(self.source)
        batches, self._begun = self._begun or self._batches(), None
        for batch in batches:
            yield batch
            given, seen = given + 1, seen + batch.size
            if given == self.steps or (self.samples is not None and seen >= self.samples):
                break
        if self.steps is None and self.samples is None:
            self.steps = given
        if given < (self.steps or 0) or seen < (self.samples or 0):
            wanted = f"{self.steps} batches" if self.samples is None else f"{self.samples} samples"
            raise StateError(
                f"fit: the data must give {wanted} an epoch, got {given} batches of {seen} "
                "samples. Let the generator loop for ever, or lower steps_per_epoch."
            )
        if self.indexed and hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()

    def _batches(self) -> Iterator[Batch]:
        return map(self.prepare, self._items())

    def _items(self) -> Iterator[Any]:
        if self.indexed:
            return self._indexed_items()
        if hasattr(self.source, "__next__"):  # it goes on where the last epoch left it
            items: Iterator[Any] = self.source
            return items
        return self._repeated()

    def _repeated(self) -> Iterator[Any]:
        """Iterate over the source, and again where an epoch asks for more than it has."""
        while True:
            yield from self.source
            if self.steps is None and self.samples is None:
                return

    def _indexed_items(self) -> Iterator[Any]:
        while True:
            if len(self._order) != len(self.source):  # on_epoch_end may change the length
                self._order = list(range(len(self.source)))
            if self.shuffle:
                random.shuffle(self._order)
            for place in self._order:
                yield self.source[place]
            if self.samples is None and (self.steps or 0) <= len(self._order):
                return


def split(data: Batch, share: float) -> tuple[Batch, Batch]:
    """Return the first samples, and the last `share` of them to validate on.

    Raises:
        ArgumentError: when one side would be empty.
    """
    place = int(data.size * (1.0 - share))
    if not 0 < share < 1 or place in (0, data.size):
        wanted = "a share between 0 and 1 that leaves samples on both sides"
        raise ArgumentError("validation_split", wanted, share, who="fit")
    return _cut(data, slice(None, place)), _cut(data, slice(place, None))


def _length(source: Any) -> int | None:
    """Return how many items a source has; None where it does not say."""
    try:
        return len(source)
    except TypeError:
        return None


def _mixed(order: Numbers, size: int) -> Numbers:
    """Return an order in which runs of `size` have changed places; an incomplete run stays last.

    Up to Keras 2.3 numpy's generator chooses (so `np.random.seed` repeats a run), then torch's.
    """
    place = len(order) - len(order) % size
    runs = order[:place].reshape(-1, size)
    if rule("shuffle_by_numpy"):
        runs = np.random.permutation(runs)
    else:
        runs = runs[torch.randperm(len(runs)).numpy()]
    return np.append(runs, order[place:])


def _cut(data: Batch, part: slice) -> Batch:
    def cut(tensors: Sequence[Tensor | None]) -> list[Any]:
        return [None if tensor is None else tensor[part] for tensor in tensors]

    return Batch(cut(data.inputs), cut(data.targets), cut(data.weights))
