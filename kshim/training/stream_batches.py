"""Stream batches: data that already come in pieces, from generators, sequences and loaders."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from torch.utils.data import DataLoader

from kshim.core.eras import rule
from kshim.errors import StateError
from kshim.training.ahead import drawn_of, note_drawn, read_ahead, waited
from kshim.training.batches import Batch
from kshim.training.distributed import world_size
from kshim.training.states import (
    Attributes,
    has_own_state,
    random_states,
    same,
    set_random_states,
    tree_of,
)
from kshim.training.workers import Workers, loaded

_INSIDE = ("dataset", "sampler", "batch_sampler")


class StreamBatches:
    """Take batches from a generator, a `Sequence` or a loader.

    Args:
        source: an iterator that goes on for ever, or something to be iterated over each epoch.
        prepare: makes a `Batch` of one item.
        steps: how many items an epoch has; that of the source when left out.
        samples: how many samples an epoch has, instead (Keras 1).
        workers: who makes the items of a `Sequence`; up to Keras 2.3 one, later two or more of
            them read a generator ahead, in one thread.
        watched: whether it is noted how the source is now, to tell later what has changed in it.
        goes_on: whether an epoch of so many steps begins where the one before stopped, in eras
            that do so.
    """

    def __init__(
        self,
        source: Any,
        prepare: Callable[[Any], Batch],
        steps: int | None = None,
        shuffle: bool = False,
        samples: int | None = None,
        workers: Workers | None = None,
        watched: bool = False,
        goes_on: bool = False,
    ) -> None:
        self.workers = workers or Workers()
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self._is_loader = isinstance(source, DataLoader)
        length = _length(source)
        # torch's loaders, which no such era knows, are begun anew as before.
        self._ends_short = rule("short_streams_end_training") and not self._is_loader
        once = goes_on and self._ends_short and steps not in (None, length)
        if once and not (self.indexed or hasattr(source, "__next__")):
            source = _items_of(source)
        self.source, self.prepare, self.shuffle = source, prepare, shuffle
        self.endless = not self.indexed and hasattr(source, "__next__")
        self.ran_out = self._has_given = False
        self._by_length = self.indexed and steps is None and samples is None
        self.steps: int | None = length if steps is None and samples is None else steps
        self.samples: int | None = samples
        self._order = list(range(length or 0))
        self._begun: Iterator[Batch] | None = None
        self.given = self._seen = 0
        self._drawn = drawn_of(source) if self.endless else 0  # by earlier runs too
        self._was_led = False
        self._within = self._ended = self._led = False
        self._place = 0
        self._seed: int | None = None
        self._began: Any = None
        self._is_watched = watched
        self._watched = [Attributes(part) for part in _parts(source)] if watched else []

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

    def epoch(self) -> Generator[Batch, None, None]:
        """Yield the batches of one epoch, or the rest of one that was taken up.

        Raises:
            StateError: when a generator ends before the steps of the epoch are done.
        """
        if not self._within:
            self.given, self._seen, self._ended = 0, 0, False
        self._within = False
        if self._ended:
            return
        if self._by_length:  # a Sequence may have another length in each epoch
            self.steps = len(self.source)
        batches, self._begun, self._led = self._begun or self._batches(), None, False
        if not self._is_given():
            for batch in batches:
                self.given, self._seen = self.given + 1, self._seen + batch.size
                yield batch
                if self._is_given():
                    break
        if self.steps is None and self.samples is None:
            self.steps = self.given
        self._check_all_given()
        if self.indexed and hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()
        self._ended = True

    def next_length(self) -> int | None:
        """Return the length that a Sequence has now."""
        return len(self.source) if self._by_length else None

    def state_dict(self) -> dict[str, Any]:
        """Return where the source is: its order, its changed attributes, or its own state."""
        state: dict[str, Any] = {
            "given": self.given, "seen": self._seen, "drawn": self._drawn,
            "begun": self._begun is not None and not self._led, "ended": self._ended,
        }  # fmt: skip
        if self.indexed:
            state |= {"order": list(self._order), "place": self._place, "seed": self._seed}
        elif not self.endless:
            state["began"] = self._began
        if has_own_state(self.source):
            state["own"] = tree_of(self.source.state_dict())
        else:
            state["changed"] = self._changed()
        return state

    def load_state_dict(self, state: Mapping[str, Any], *, within: bool) -> None:
        """Lead the source to where it was.

        Of a `Sequence` the batches given are passed over; a loader gives them once more, from
        where the streams of random numbers were; a generator gives all again that it has given
        since the run began. What has a `load_state_dict` of its own is given its state instead.
        """
        if not state["begun"]:  # else its first batch waits, and here too, from the same streams
            self._lead(state, within)
        if "own" in state:
            self.source.load_state_dict(state["own"])
        else:
            self._put_back(state["changed"])

    def check_streams(self, states: Mapping[str, Any]) -> None:
        """Warn when a generator led back has not drawn the random numbers that it drew before.

        Args:
            states: of the streams, as they were where the run is taken up.
        """
        now = random_states()
        if self._was_led and not all(same(states[it], now[it]) for it in ("python", "numpy")):
            warnings.warn(
                "fit: the generator must draw from numpy.random and random as in the run that is "
                "taken up, got other numbers; its batches may differ. Seed it, or use a Sequence.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _changed(self) -> list[Any]:
        return [watched.changed() for watched in self._watched]

    def _put_back(self, changed: Sequence[Any]) -> None:
        for watched, its_own in zip(self._watched, changed, strict=True):
            watched.put_back(its_own)

    def _is_given(self) -> bool:
        if self.given and self.given == self.steps:
            return True
        return self.samples is not None and self._seen >= self.samples

    def _check_all_given(self) -> None:
        self._has_given = self._has_given or self.given > 0
        if self.given < (self.steps or 0) or self._seen < (self.samples or 0):
            wanted = f"{self.steps} batches" if self.samples is None else f"{self.samples} samples"
            told = (
                f"fit: the data must give {wanted} an epoch, got {self.given} batches of "
                f"{self._seen} samples. Let the generator loop for ever, or lower steps_per_epoch."
            )
            if not (self._ends_short and self._has_given):
                raise StateError(told)
            warnings.warn(f"{told} This run ends here.", RuntimeWarning, stacklevel=3)
            self.ran_out = True

    def _lead(self, state: Mapping[str, Any], within: bool) -> None:
        """Lead the source behind the batches that were given."""
        self.given, self._seen, self._ended = state["given"], state["seen"], state["ended"]
        waiting, self._begun = self._begun, None
        self._within, self._led = within, True
        goes_on = within and not self._ended
        if self.indexed:
            self._order, self._place, self._seed = state["order"], state["place"], state["seed"]
            self._begun = self._batches(self._place) if goes_on else None
        elif "own" in state:
            return
        elif self.endless:
            self._go_on_behind(state["drawn"], waiting)
        elif goes_on:
            set_random_states(state["began"]["streams"])
            self._put_back(state["began"]["changed"])
            self._begun = self._batches()
            for _ in islice(self._begun, self.given):
                pass

    def _go_on_behind(self, drawn: int, waiting: Iterator[Batch] | None) -> None:
        """Lead a generator behind so many items; one that is further cannot be led back.

        Args:
            waiting: the batches that its next item has begun, where that was looked at.
        """
        further = self._drawn - drawn - (waiting is not None)
        if further > 0:
            warnings.warn(
                f"fit: the generator must be where the run that is taken up had come, got one that "
                f"is {further} items further. Make it anew, or use a Sequence.",
                RuntimeWarning,
                stacklevel=2,
            )
        if self._drawn > drawn:  # it is the one that was stopped
            self._begun = waiting
        for _ in islice(self.source, max(drawn - self._drawn, 0)):
            self._count()
            self._was_led = True

    def _batches(self, place: int | None = None) -> Iterator[Batch]:
        return map(self.prepare, self._items(place))

    def _items(self, place: int | None) -> Iterator[Any]:
        if self.indexed:
            return self._indexed_items(place)
        return self._counted() if self.endless else self._repeated()

    def _counted(self) -> Iterator[Any]:
        """Go on where the last epoch left the source."""
        for item in chain(waited(self.source), self._once()):
            self._count()
            yield item

    def _count(self) -> None:
        self._drawn += 1
        note_drawn(self.source, self._drawn)

    def _once(self) -> Iterator[Any]:
        """Iterate over a generator, in a thread ahead of the batches where workers are to.

        A run that is kept, and one of several processes, reads in turn: what is drawn at random
        must not hang on how far a thread has come.
        """
        count = self.workers.count
        in_turn = self._is_watched or world_size() > 1
        if in_turn or count < rule("workers_that_read_ahead"):
            return iter(self.source)
        return read_ahead(self.source, self.workers.waiting, self._lasts())

    def _lasts(self) -> Callable[[Any], bool]:
        """Return what tells of each item whether it is the last that this epoch asks for."""
        items, samples = self.given, self._seen

        def is_last(item: Any) -> bool:
            nonlocal items, samples
            items += 1
            if self.samples is None:
                return items == self.steps
            samples += _samples_in(item)
            return samples >= self.samples

        return is_last

    def _repeated(self) -> Iterator[Any]:
        """Iterate over the source, and again where an epoch asks for more than it has."""
        self._began = {"streams": random_states(), "changed": self._changed()}
        while True:
            yield from loaded(self.source) if self._is_loader else self.source
            if self._ends_short or (self.steps is None and self.samples is None):
                return

    def _indexed_items(self, place: int | None) -> Iterator[Any]:
        """Yield the items in an order; `place` of them were given in a round that goes on."""
        while True:
            if place is None:
                self._begin_round()
            first = place or 0
            items = self.workers.items(self.source, self._order, first, self._seed)
            for self._place, item in enumerate(items, first + 1):
                yield item
            place = None
            if self.samples is None and (self.steps or 0) <= len(self._order):
                return

    def _begin_round(self) -> None:
        if len(self._order) != len(self.source):  # on_epoch_end may change the length
            self._order = list(range(len(self.source)))
        if self.shuffle:
            random.shuffle(self._order)
        self._seed = self.workers.seed()


def _items_of(source: Any) -> Iterator[Any]:
    yield from source


def _parts(source: Any) -> list[Any]:
    """Return a source and, of a loader of torch's, what it reads from and in which order."""
    inside = [vars(source).get(name) for name in _INSIDE] if hasattr(source, "__dict__") else []
    return [source, *(part for part in inside if hasattr(part, "__dict__"))]


def _samples_in(item: Any) -> int:
    """Return how many samples an item of a generator holds."""
    first = item[0] if isinstance(item, tuple | list) and len(item) else item
    while isinstance(first, list | tuple | Mapping) and first:
        first = next(iter(first.values())) if isinstance(first, Mapping) else first[0]
    return _length(first) or 0


def _length(source: Any) -> int | None:
    """Return how many items a source has; None where it does not say."""
    try:
        return len(source)
    except TypeError:
        return None
