"""Workers: threads or processes that make the items of a source before they are asked for.

The items come in the order asked for, whoever made them. What a worker raises is raised to the
reader as itself; a worker that dies is an error within some seconds.
"""

from __future__ import annotations

import math
import multiprocessing
import pickle
import random
import time
import traceback
import warnings
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from kshim.errors import StateError


@dataclass(frozen=True)
class Workers:
    """Say who makes items.

    Args:
        count: how many; none or one thread means the reader itself.
        processes: whether they are processes, not threads.
        waiting: how many items may wait to be read.
    """

    count: int = 1
    processes: bool = False
    waiting: int = 10

    def seed(self) -> int | None:
        """Return where a round's random numbers in processes begin, drawn from torch's stream."""
        return int(torch.randint(2**31, ())) if self.processes and self.count > 0 else None

    def items(
        self, source: Any, order: Sequence[int], first: int, seed: int | None
    ) -> Iterator[Any]:
        """Yield `source[place]` for each place in an order.

        Args:
            first: how many places are passed over.
            seed: for processes. What these draw for an item hangs on it and on where in the order
                the item stands: it is the same however many processes there are.
        """
        several = seed is not None or self.count > 1
        if several and hasattr(source, "before_workers"):
            source.before_workers()  # what all of them have to see, not each make for itself
        if seed is not None:
            return self._by_processes(source, order, first, seed)
        if several:
            return self._by_threads(source, order[first:])
        return (source[place] for place in order[first:])

    def _by_threads(self, source: Any, order: Sequence[int]) -> Iterator[Any]:
        pool = ThreadPoolExecutor(self.count, "kshim-data")
        waiting: deque[Future[Any]] = deque()
        places = iter(order)
        try:
            for place in places:
                waiting.append(pool.submit(source.__getitem__, place))
                if len(waiting) > max(self.waiting, self.count):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _by_processes(
        self, source: Any, order: Sequence[int], first: int, seed: int
    ) -> Iterator[Any]:
        # Processes are made anew each round: they see what on_epoch_end has changed.
        with closing(loaded(_loader(self, _Items(source, list(order), seed), first))) as items:
            for sent in items:
                item = pickle.loads(sent)
                if isinstance(item, _Raised):
                    raise item.error from _InWorker(item.text)
                yield item


def loaded(loader: Any) -> Generator[Any, None, None]:
    """Yield what a loader of torch's gives; its processes end when the reading does.

    Raises:
        StateError: when one of its processes has died.
    """
    with _any_number():
        items = iter(loader)
    try:
        yield from items
    except Exception as error:
        ends = _ends(items) if _is_of_a_dead_worker(error) else []
        if not ends:
            raise
        raise StateError(
            f"fit: a data worker must live until the epoch is over, got: {error} (it ended with "
            f"{ends[0]}). Perhaps memory ran out: use fewer workers, or workers=1 to see what "
            "it does."
        ) from error
    finally:
        # At once, though a traceback may keep the iterator.
        if not loader.persistent_workers and hasattr(items, "_shutdown_workers"):
            items._shutdown_workers()


class _Items(Dataset[Any]):
    """Give the items of a source by where in an order they stand."""

    def __init__(self, source: Any, order: list[int], seed: int) -> None:
        self.source, self.order, self.seed = source, order, seed

    def __getitem__(self, index: int) -> bytes:
        """Return an item, pickled here: what a queue cannot pickle it loses without a word."""
        _begin_streams(self.seed, index)
        try:
            return pickle.dumps(self.source[self.order[index]], pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            return pickle.dumps(_Raised(_sendable(error), traceback.format_exc()))

    def __len__(self) -> int:
        return len(self.order)


@dataclass
class _Raised:
    """Carry what a worker raised."""

    error: Exception
    text: str


class _InWorker(Exception):
    """Show where in a worker an error arose."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def _is_of_a_dead_worker(error: Exception) -> bool:
    """Return whether this may come of a process that died."""
    return isinstance(error, ConnectionError | EOFError) or "DataLoader worker" in str(error)


def _ends(items: Any) -> list[int]:
    """Return with what processes have ended, if any has, or does within a second."""
    waited = time.monotonic()
    while time.monotonic() - waited < 1:
        ends = [it.exitcode for it in getattr(items, "_workers", ()) if it.exitcode]
        if ends:
            return ends
        time.sleep(0.01)
    return []


@contextmanager
def _any_number() -> Iterator[None]:
    """Let there be as many processes as a script wants, without a warning of torch's."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)
        yield


def _loader(workers: Workers, items: _Items, first: int) -> Any:
    """Return what runs the processes."""
    methods = multiprocessing.get_all_start_methods()
    with _any_number():
        return DataLoader(
            items,
            batch_size=None,
            sampler=range(first, len(items)),
            num_workers=workers.count,
            prefetch_factor=max(1, math.ceil(workers.waiting / workers.count)),
            collate_fn=_as_it_is,
            multiprocessing_context="fork" if "fork" in methods else None,
            # Else it takes a seed from torch's own stream.
            generator=torch.Generator().manual_seed(items.seed),
        )


def _sendable(error: Exception) -> Exception:
    """Return an error that can be sent to the reader: the same, or one that tells of it."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _begin_streams(seed: int, index: int) -> None:
    numbers = np.random.SeedSequence((seed, index)).generate_state(3)
    random.seed(int(numbers[0]))
    np.random.seed(numbers[1])
    torch.manual_seed(int(numbers[2]))


def _as_it_is(item: Any) -> Any:
    return item
