"""Batches: what a step is given, and arrays cut into such pieces."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from kshim.core.eras import rule
from kshim.errors import ArgumentError, ShapeError

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
        return self.inputs[0].shape[0] if self.inputs else 0


class Batches(Protocol):
    """Give the batches of an epoch, as often as asked.

    Attributes:
        given: how many batches the epoch has given.
        ran_out: whether there are fewer than an epoch was to have, so that training ends.
    """

    steps: int | None
    samples: int | None
    given: int
    ran_out: bool

    def epoch(self) -> Generator[Batch, None, None]:
        """Yield the batches of one epoch, or the rest of one that was taken up."""

    def next_length(self) -> int | None:
        """Return how many batches the next epoch has, where that may change; else None."""

    def state_dict(self) -> dict[str, Any]:
        """Return where among the data the epoch is, as a tree."""

    def load_state_dict(self, state: Mapping[str, Any], *, within: bool) -> None:
        """Take up an epoch where it was, or begin the one behind it.

        Raises:
            ShapeError: when these are other data.
        """


class ArrayBatches:
    """Cut tensors into batches, in order or shuffled anew each epoch.

    Args:
        data: inputs, targets and weights of all samples, on the model's device.
        shuffle: True for samples, "batch" for whole batches, False for neither.
        steps: how many batches an epoch has, if not all there are.
    """

    ran_out = False

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
        self._order: Numbers | None = None
        self.given, self._within = 0, False

    def arrays(self) -> list[Numbers]:
        """Return inputs, targets and weights as arrays; where no weights are given, they are 1."""
        data = self.data
        targets = [tensor for tensor in data.targets if tensor is not None]
        weights = data.weights or [None] * len(targets)
        ones = torch.ones(data.size)
        weighed = [ones if tensor is None else tensor for tensor in weights]
        return [tensor.cpu().numpy() for tensor in (*data.inputs, *targets, *weighed)]

    def epoch(self) -> Generator[Batch, None, None]:
        """Yield the batches of one epoch; more steps than there are begin again."""
        if not self._within:
            self.given = 0
        self._within = False
        while self.given < (self.steps or 0):
            for batch in self._once(self.given % math.ceil(self.data.size / self.batch_size)):
                self.given += 1
                yield batch
                if self.given == self.steps:
                    return

    def next_length(self) -> int | None:
        """Return nothing: all epochs have the same length."""
        return None

    def state_dict(self) -> dict[str, Any]:
        """Return how many batches were given of which order."""
        state = {"samples": self.samples, "batch_size": self.batch_size, "given": self.given}
        return state | ({"order": self._in_order()} if self.shuffle else {})

    def load_state_dict(self, state: Mapping[str, Any], *, within: bool) -> None:
        """Go on behind the batches that were given, in the same order.

        Raises:
            ShapeError: for another number of samples, or batches of another size.
        """
        for what in ("samples", "batch_size"):
            if state[what] != getattr(self, what):
                raise ShapeError(
                    f"fit: {what.replace('_', ' ')} must be {state[what]}, as in the run that is "
                    f"taken up, got {getattr(self, what)}."
                )
        if "order" in state:
            self._order = np.array(state["order"])
        self.given, self._within = state["given"], within

    def _once(self, first: int) -> Iterator[Batch]:
        """Yield the batches of all data from the one numbered `first`."""
        size = self.batch_size
        starts = range(first * size, self.data.size, size)
        if not self.shuffle:
            for start in starts:
                yield self._each(itemgetter(slice(start, start + size)))
            return
        if not first:
            self._order = _mixed(self._in_order(), size if self.shuffle == "batch" else 1)
        order = torch.from_numpy(self._in_order()).to(self.data.inputs[0].device)
        for start in starts:
            chosen = order[start : start + size]
            yield self._each(partial(torch.index_select, dim=0, index=chosen))

    def _in_order(self) -> Numbers:
        """Return the order of the samples, which is theirs until it is mixed."""
        if self._order is None:
            self._order = np.arange(self.data.size)
        return self._order

    def _each(self, take: Callable[[Tensor], Tensor]) -> Batch:
        data = self.data
        return Batch(
            [take(tensor) for tensor in data.inputs],
            [None if tensor is None else take(tensor) for tensor in data.targets],
            [None if tensor is None else take(tensor) for tensor in data.weights],
        )


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
