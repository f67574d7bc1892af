"""tf.data.Dataset: elements made one after another, only when they are asked for.

Elements are tensors in tuples and dicts; texts stay texts. `model.fit(dataset)` takes one.

Source: tensorflow 2.15 python/data/ops/dataset_ops.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from operator import itemgetter
from typing import Any

import numpy as np
import torch

from kshim.backend.sessions import Operation
from kshim.compat.tensorflow.arrays import as_tensor
from kshim.compat.tensorflow.execution import TensorSpec
from kshim.compat.tensorflow.nest import map_structure
from kshim.compat.versions import is_tensorflow_1
from kshim.errors import ArgumentError, NotSupported
from kshim.graph.streams import Stream

AUTOTUNE = -1
INFINITE = -1
UNKNOWN = -2


class Dataset:
    """Give elements as often as it is iterated over; each method returns a new data set."""

    # Whether elements are batches, the last of which may be smaller.
    batched = False
    # How many elements a batch holds, where this comes straight from `batch`.
    batch_size: int | None = None

    def __init__(self, make: Callable[[], Iterator[Any]], size: int = UNKNOWN) -> None:
        """Keep how elements are made, and how many there are."""
        self._make, self._size = make, size

    def __iter__(self) -> Iterator[Any]:
        """Yield the elements, from the first one on."""
        return self._make()

    @property
    def element_spec(self) -> Any:
        """Return shape and type of the parts of an element, as its first one has them."""

        def spec(part: Any) -> Any:
            held = as_tensor(part)
            sizes = tuple(held.shape)
            return TensorSpec((None, *sizes[1:]) if self.batched else sizes, held.dtype)

        return map_structure(spec, next(iter(self)))

    def __len__(self) -> int:
        """Return how many elements there are.

        Raises:
            TypeError: when nobody knows.
        """
        if self._size < 0:
            raise TypeError("Dataset: its length must be known, got one that is not.")
        return self._size

    def cardinality(self) -> Any:
        """Return how many elements there are; -1 without an end, -2 when nobody knows."""
        return torch.tensor(self._size)

    # Sources.

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """Return the rows of arrays, in tuples and dicts as the arrays stand.

        Raises:
            ArgumentError: when they have not the same number of rows.
        """
        lengths = {len(one) for one in _leaves(tensors)}
        if len(lengths) != 1:
            raise ArgumentError("tensors", "arrays of as many rows each", sorted(lengths),
                                who="Dataset.from_tensor_slices")  # fmt: skip
        whole = _map(_as_element, tensors)
        count = lengths.pop()
        return Dataset(lambda: (_map(itemgetter(row), whole) for row in range(count)), count)

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """Return one element."""
        return Dataset(lambda: iter([_map(_as_element, tensors)]), 1)

    @staticmethod
    def from_generator(generator: Callable[..., Iterable[Any]], *types: Any, args: Any = (),
                       **options: Any) -> Dataset:  # fmt: skip
        """Return what a function's iterator gives, begun anew each time."""
        return Dataset(lambda: (_map(_as_element, one) for one in generator(*args)))

    @staticmethod
    def range(*bounds: Any, **options: Any) -> Dataset:
        """Return whole numbers, as Python's range gives them."""
        numbers = range(*(int(one) for one in bounds))
        return Dataset(lambda: (torch.tensor(one) for one in numbers), len(numbers))

    @staticmethod
    def zip(*datasets: Any) -> Dataset:
        """Return tuples of one element of each; it ends with the shortest."""
        held = datasets[0] if len(datasets) == 1 else datasets
        known = [one._size for one in _leaves(held)]
        size = min(known) if min(known) >= 0 else UNKNOWN
        return Dataset(lambda: _together(held), size)

    @staticmethod
    def list_files(pattern: Any, shuffle: bool = True, seed: int | None = None) -> Dataset:
        """Return the paths that fit a pattern, in order or shuffled."""
        import glob

        found = sorted(glob.glob(str(pattern)))
        made = Dataset(lambda: iter(found), len(found))
        return made.shuffle(max(len(found), 1), seed) if shuffle else made

    # What is made of them.

    def _made(
        self, make: Callable[[], Iterator[Any]], size: int = UNKNOWN, batched: bool | None = None,
        batch_size: int | None = None,
    ) -> Dataset:  # fmt: skip
        """Return a data set of elements that are batches where this one's are."""
        made = Dataset(make, size)
        made.batch_size = batch_size
        made.batched = self.batched if batched is None else batched
        return made

    def map(self, map_func: Callable[..., Any], *options: Any, **more: Any) -> Dataset:
        """Return what a function makes of each element; a tuple's parts are its arguments."""
        return self._made(lambda: (_call(map_func, one) for one in self), self._size)

    def filter(self, predicate: Callable[..., Any], name: Any = None) -> Dataset:
        """Return the elements of which a function is true."""
        return self._made(lambda: (one for one in self if bool(_call(predicate, one))))

    def flat_map(self, map_func: Callable[..., Any], name: Any = None) -> Dataset:
        """Return the elements of the data sets that a function makes of each element."""
        return Dataset(lambda: (one for each in self for one in _call(map_func, each)))

    def interleave(
        self, map_func: Callable[..., Any], cycle_length: int | None = None, block_length: int = 1,
        *options: Any, **more: Any,
    ) -> Dataset:  # fmt: skip
        """Return elements of the data sets that a function makes, some data sets in turn.

        Args:
            cycle_length: how many data sets take turns; one after another unless it is given.
            block_length: how many elements a turn has.
        """
        if cycle_length is None or int(cycle_length) < 2:
            return self.flat_map(map_func)
        return Dataset(lambda: _in_turns(self, map_func, int(cycle_length), block_length or 1))

    def window(
        self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False,
        name: Any = None,
    ) -> Dataset:  # fmt: skip
        """Return data sets of so many elements; of tuples, a tuple of data sets.

        Args:
            shift: how far each begins behind the one before; as far as it is long unless given.
            stride: how far its elements are apart.
        """
        step = int(shift or size)
        return Dataset(
            lambda: map(_window, _windows(self, int(size), step, int(stride), drop_remainder))
        )

    def take_while(self, predicate: Callable[..., Any], name: Any = None) -> Dataset:
        """Return the elements up to the first of which a function is not true."""
        return self._made(
            lambda: itertools.takewhile(lambda one: bool(_call(predicate, one)), iter(self))
        )

    def scan(self, initial_state: Any, scan_func: Callable[..., Any], name: Any = None) -> Dataset:
        """Return what a function makes of a state and each element, beside the next state."""

        def made() -> Iterator[Any]:
            state = initial_state
            for one in self:
                state, output = scan_func(state, one)
                yield output

        return self._made(made, self._size)

    def unique(self, name: Any = None) -> Dataset:
        """Return the elements that were not there before."""

        def made() -> Iterator[Any]:
            seen: set[bytes] = set()
            for one in self:
                mark = np.asarray(one).tobytes()
                if mark not in seen:
                    seen.add(mark)
                    yield one

        return self._made(made)

    def rebatch(self, batch_size: int, drop_remainder: bool = False, name: Any = None) -> Dataset:
        """Return batches of another size."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def ignore_errors(self, *options: Any, **more: Any) -> Dataset:
        """Return the same data set: an error ends the run as itself."""
        return self

    def options(self) -> dict[str, Any]:
        """Return nothing: torch reads a data set in one way."""
        return {}

    def batch(
        self, batch_size: int, drop_remainder: bool = False, *options: Any, **more: Any
    ) -> Dataset:
        """Return so many elements at a time, stacked; the last batch may be smaller."""
        count = int(batch_size)
        return self._made(
            lambda: (_stacked(one) for one in _groups(self, count, drop_remainder)),
            self._batches(count, drop_remainder),
            batched=not drop_remainder,
            batch_size=count,
        )

    def padded_batch(
        self, batch_size: int, padded_shapes: Any = None, padding_values: Any = None,
        drop_remainder: bool = False, name: Any = None,
    ) -> Dataset:  # fmt: skip
        """Return batches of elements of different lengths, filled up to the longest."""
        value = 0 if padding_values is None else padding_values
        count = int(batch_size)
        return self._made(
            lambda: (_stacked(one, value) for one in _groups(self, count, drop_remainder)),
            self._batches(count, drop_remainder),
            batched=not drop_remainder,
            batch_size=count,
        )

    def _batches(self, count: int, whole: bool) -> int:
        """Return how many batches there are of `count` elements each."""
        if self._size < 0:
            return self._size
        return self._size // count if whole else -(-self._size // count)

    def unbatch(self, name: Any = None) -> Dataset:
        """Return the rows of each element."""
        return Dataset(lambda: (one for each in self for one in Dataset.from_tensor_slices(each)))

    def shuffle(
        self, buffer_size: Any, seed: int | None = None, reshuffle_each_iteration: bool = True,
        name: Any = None,
    ) -> Dataset:  # fmt: skip
        """Return the elements mixed: each is drawn from the next `buffer_size`."""
        draw = np.random.RandomState(seed)

        def mixed() -> Iterator[Any]:
            source = draw if reshuffle_each_iteration else np.random.RandomState(seed)
            held: list[Any] = []
            for one in self:
                held.append(one)
                if len(held) >= int(buffer_size):
                    yield held.pop(source.randint(len(held)))
            while held:
                yield held.pop(source.randint(len(held)))

        return self._made(mixed, self._size)

    def repeat(self, count: int | None = None, name: Any = None) -> Dataset:
        """Return the elements again and again: `count` times, or without an end."""
        endless = count is None or count == -1
        rounds = itertools.count() if endless else range(int(count or 0))
        size = INFINITE if endless else self._size * int(count or 0)
        return self._made(
            lambda: (one for _ in (itertools.count() if endless else rounds) for one in self),
            size if self._size >= 0 or endless else self._size,
        )

    def take(self, count: int, name: Any = None) -> Dataset:
        """Return the first elements."""
        some = int(count)
        size = min(some, self._size) if self._size >= 0 else some if self._size == -1 else UNKNOWN
        return self._made(lambda: itertools.islice(iter(self), None if some < 0 else some), size)

    def skip(self, count: int, name: Any = None) -> Dataset:
        """Return the elements behind the first ones."""
        size = max(self._size - int(count), 0) if self._size >= 0 else self._size
        return self._made(lambda: itertools.islice(iter(self), int(count), None), size)

    def shard(self, num_shards: int, index: int, name: Any = None) -> Dataset:
        """Return every so manieth element."""
        return self._made(lambda: itertools.islice(iter(self), index, None, num_shards))

    def concatenate(self, dataset: Dataset, name: Any = None) -> Dataset:
        """Return these elements, then another data set's."""
        sizes = (self._size, dataset._size)
        size = sum(sizes) if min(sizes) >= 0 else min(sizes)
        return self._made(lambda: itertools.chain(self, dataset), size)

    def enumerate(self, start: int = 0, name: Any = None) -> Dataset:
        """Return each element behind its number."""
        counted = lambda: enumerate(self, start)  # noqa: E731
        return Dataset(lambda: ((torch.tensor(n), one) for n, one in counted()), self._size)

    def cache(self, filename: Any = "", name: Any = None) -> Dataset:
        """Return the elements, made once and then held in memory."""
        held: list[Any] = []

        def kept() -> Iterator[Any]:
            if not held:
                held.extend(self)
            return iter(held)

        return self._made(kept, self._size)

    def prefetch(self, buffer_size: Any = None, name: Any = None) -> Dataset:
        """Return the same elements: nothing is made ahead of time."""
        return self._again()

    def with_options(self, options: Any, name: Any = None) -> Dataset:
        """Return the same elements."""
        return self._again()

    def _again(self) -> Dataset:
        """Return a data set like this one, that does not come straight from `batch`."""
        made = copy(self)
        made.batch_size = None
        return made

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """Return what a function makes of the data set."""
        return transformation_func(self)

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any]) -> Any:
        """Return what is left when a function takes in one element after another."""
        state = initial_state
        for one in self:
            state = reduce_func(state, one)
        return state

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Yield the elements as arrays."""
        return (_map(_as_value, one) for one in self)

    def make_one_shot_iterator(self, shared_name: Any = None) -> OldIterator:
        """Return TensorFlow 1's iterator, whose `get_next` gives symbols.

        Raises:
            NotSupported: in the eras of TensorFlow 2, whose data sets have no such method.
        """
        if not is_tensorflow_1():
            raise NotSupported(
                "Dataset.make_one_shot_iterator: is of TensorFlow 1, got a script of a later one. "
                "Use model.fit(dataset), or iterate."
            )
        return OldIterator(self)

    make_initializable_iterator = make_one_shot_iterator


class OldIterator:
    """Hand out symbols that stand for the next element: another one in each step that is run.

    Attributes:
        initializer: an operation; a session that runs it begins the data set anew.

    Source: TensorFlow 1.14 data/ops/iterator_ops.py.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._form = next(iter(dataset))
        self._stream = Stream(lambda: (_leaves(one) for one in dataset))
        self.initializer = Operation(self._stream.restart)
        self._symbols: list[Any] = []

    def get_next(self, name: str | None = None) -> Any:
        """Return symbols in the form of an element; every call returns the same ones."""
        if not self._symbols:
            batched = self._dataset.batched
            self._symbols = self._stream.symbols(
                [_open(part, batched) for part in self._stream.peek()]
            )
        parts = iter(self._symbols)
        return _map(lambda part: next(parts), self._form)


def _open(part: Any, batched: bool) -> tuple[int | None, ...]:
    """Return a part's shape; how many samples a batch has is not known before."""
    return (None, *part.shape[1:]) if batched else tuple(part.shape)


class TFRecordDataset(Dataset):
    """Refuse files of TFRecords."""

    def __init__(self, *filenames: Any, **options: Any) -> None:
        """Refuse.

        Raises:
            NotSupported: always.
        """
        raise NotSupported("TFRecordDataset: records cannot be read here. Convert them to numpy.")


class Texts(np.ndarray[Any, Any]):
    """Hold a batch of texts as an array, which tensorflow's tensors of them become by numpy()."""

    @classmethod
    def of(cls, elements: list[Any]) -> Texts:
        """Return the texts; bytes stay objects, whose last ones may be nought."""
        held = isinstance(elements[0], bytes)
        return np.array(elements, dtype=object if held else None).view(cls)

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the plain array."""
        return self.view(np.ndarray)


class Options:
    """Hold whatever options are set on it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.__dict__[name] = Options()
        return self.__dict__[name]


def _groups(elements: Iterable[Any], count: int, whole: bool) -> Iterator[list[Any]]:
    rest = iter(elements)
    while group := list(itertools.islice(rest, count)):
        if len(group) == count or not whole:
            yield group


def _together(held: Any) -> Iterator[Any]:
    """Yield one element of each data set, as they stand in tuples and dicts."""
    begun = _map(iter, held)
    while True:
        try:
            yield _map(next, begun)
        except (StopIteration, RuntimeError):
            return


def _stacked(elements: list[Any], padding: Any = None) -> Any:
    """Return elements as one, each part stacked along a new first axis."""
    first = elements[0]
    if isinstance(first, Mapping):
        return {key: _stacked([one[key] for one in elements], padding) for key in first}
    if isinstance(first, tuple):
        return tuple(_stacked(list(part), padding) for part in zip(*elements, strict=True))
    if not isinstance(first, torch.Tensor):
        return Texts.of(elements)
    if padding is None:
        return torch.stack(elements)
    longest = [max(sizes) for sizes in zip(*(one.shape for one in elements), strict=True)]
    room = first.new_full((len(elements), *longest), padding)
    for place, one in enumerate(elements):
        corner: tuple[Any, ...] = (place, *(slice(size) for size in one.shape))
        room[corner] = one
    return room


def _call(function: Callable[..., Any], element: Any) -> Any:
    made = function(*element) if isinstance(element, tuple) else function(element)
    return made if isinstance(made, Dataset) else _map(_as_element, made)


def _map(function: Callable[[Any], Any], structure: Any) -> Any:
    """Return tuples and dicts with `function` of each part in its place."""
    if isinstance(structure, Mapping):
        return {key: _map(function, one) for key, one in structure.items()}
    if isinstance(structure, tuple):
        return tuple(_map(function, one) for one in structure)
    return function(structure)


def _leaves(structure: Any) -> list[Any]:
    found: list[Any] = []
    _map(found.append, structure)
    return found


def _as_element(value: Any) -> Any:
    """Return numbers as a tensor, texts as an array of them or a text."""
    if isinstance(value, (str, bytes)):
        return value
    array = value if isinstance(value, torch.Tensor) else np.asarray(value)
    is_text = isinstance(array, np.ndarray) and array.dtype.kind in "USO"
    return array if is_text else as_tensor(value if not isinstance(value, list) else array)


def _as_value(part: Any) -> Any:
    """Return a part as an array, a single number as numpy's."""
    held = _as_array(part)
    return held[()] if isinstance(held, np.ndarray) else held


def _as_array(value: Any) -> Any:
    if isinstance(value, Texts):
        return value.numpy()
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value


def _in_turns(
    source: Dataset, function: Callable[..., Any], count: int, block: int
) -> Iterator[Any]:
    """Yield elements of the data sets of a source, `count` of them in turn."""
    waiting = (iter(_call(function, one)) for one in source)
    turns = list(itertools.islice(waiting, count))
    while turns:
        for place, one in enumerate(list(turns)):
            taken = list(itertools.islice(one, block))
            yield from taken
            if len(taken) < block:
                turns[place] = next(waiting, None)
        turns = [one for one in turns if one is not None]


def _windows(
    source: Dataset, size: int, shift: int, stride: int, drop: bool
) -> Iterator[list[Any]]:
    """Yield the elements of each window."""
    rest, held = iter(source), list[Any]()
    while True:
        held += itertools.islice(rest, max((size - 1) * stride + 1 - len(held), 0))
        if not held:
            return
        found = held[: (size - 1) * stride + 1 : stride]
        if len(found) == size or not drop:
            yield found
        for _ in itertools.islice(rest, max(shift - len(held), 0)):
            pass  # between two windows
        del held[:shift]


def _window(elements: list[Any]) -> Any:
    """Return the data set of a window; of tuples and dicts, one of each part."""
    first = elements[0]
    if isinstance(first, tuple):
        return tuple(_window(list(part)) for part in zip(*elements, strict=True))
    if isinstance(first, dict):
        return {key: _window([one[key] for one in elements]) for key in first}
    return Dataset(lambda: iter(elements), len(elements))
