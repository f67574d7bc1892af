"""Streams: data that a graph of symbols draws for itself, one element after another.

`tf.data` iterators and `tf.train.batch` hand out symbols before there is a step to run. Each stands
for one part of what a `Stream` gives; a step advances the stream once and then reads all parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.core.symbols import Symbol
from kshim.errors import GraphError, StateError
from kshim.graph.network import Network
from kshim.graph.order import Graph, origins
from kshim.layers.core import InputLayer
from kshim.layers.inference import dtype_name
from kshim.layers.weights import Weight


class DataEnded(StateError):
    """Say that a stream has no more elements: TensorFlow's OutOfRangeError."""


class Stream:
    """Give one element after another, each a sequence of tensors.

    Args:
        begin: makes an iterator of elements, from the first one on.
    """

    def __init__(self, begin: Callable[[], Iterator[Sequence[Tensor]]]) -> None:
        self._begin = begin
        self.restart()

    def restart(self) -> None:
        """Begin anew with the first element."""
        self._rest = self._begin()
        self._waiting: Sequence[Tensor] | None = None
        self.element: Sequence[Tensor] = ()

    def peek(self) -> Sequence[Tensor]:
        """Return the next element without using it up.

        Raises:
            DataEnded: when there is none.
        """
        if self._waiting is None:
            self._waiting = next(self._rest, None)
        if self._waiting is None:
            raise DataEnded("Iterator: must have a next element, got to the end of its data.")
        return self._waiting

    def advance(self) -> None:
        """Make the next element the one that is read.

        Raises:
            DataEnded: when there is none.
        """
        self.element, self._waiting = self.peek(), None

    def symbols(self, shapes: Sequence[Any]) -> list[Symbol]:
        """Return a symbol for each part of an element, with shapes that count the batch."""
        return [
            InputLayer(
                batch_shape=shape, dtype=dtype_name(part), input_tensor=Part(self, place)
            ).output
            for place, (shape, part) in enumerate(zip(shapes, self.peek(), strict=True))
        ]


class Part:
    """Stand for one part of the element that a stream is at."""

    def __init__(self, stream: Stream, place: int) -> None:
        self.stream, self.place = stream, place

    @property
    def shape(self) -> torch.Size:
        """Return the shape that it has in the next element."""
        return self.stream.peek()[self.place].shape

    def read(self) -> Tensor:
        """Return its value."""
        return self.stream.element[self.place]


def held_by(symbol: Any) -> Any:
    """Return the data that a symbol of Input stands for; None where they are to be fed."""
    node = getattr(symbol, "node", None)
    return getattr(node.layer, "held", None) if node is not None else None


def part_of(symbol: Any) -> Part | None:
    """Return the part of a stream that a symbol stands for, None for any other."""
    held = held_by(symbol)
    return held if isinstance(held, Part) else None


def streams_before(values: Any) -> list[Stream]:
    """Return the streams that symbols draw from, each once."""
    found = {id(part.stream): part.stream for one in origins(values) if (part := part_of(one))}
    return list(found.values())


def read(value: Any) -> Tensor:
    """Return data that a script holds, as they are now: a tensor, a weight, a part, a symbol.

    Raises:
        GraphError: for a symbol that follows from data nobody gives.
    """
    if isinstance(value, Symbol):
        return _computed(value)
    if isinstance(value, Weight | Part):
        return value.read().detach()
    return torch.as_tensor(value)


def _computed(symbol: Symbol) -> Tensor:
    """Return the value of a symbol that follows from held data."""
    sources = origins([symbol])
    loose = [one for one in sources if held_by(one) is None]
    if loose:
        raise GraphError(
            f"Input: tensor must follow from data that are there, got {loose[0]!r} before it, "
            "which is to be fed. Use K.function."
        )
    values = [read(held_by(one)) for one in sources]
    if sources == [symbol]:
        return values[0]
    network = Network(Graph(sources, [symbol]))
    with torch.inference_mode(), network.in_mode(False):
        found: Tensor = network.predict(*values)[0]
    return found.clone()
