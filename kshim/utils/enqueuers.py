"""Batches made ahead of time by threads, in order or as they come.

Only threads work here, whatever `use_multiprocessing` says: torch's DataLoader is for processes.

Source: Keras 2.2.4, 2.3.1 utils/data_utils.py.
"""

from __future__ import annotations

import queue
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from typing import Any

from kshim.errors import NotSupported, StateError

PATIENCE = 30.0


class SequenceEnqueuer:
    """Fetch batches from a source while others are used: `start`, then `get`, at last `stop`.

    Args:
        sequence: where the batches come from.
        use_multiprocessing: taken, and let be.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, **options: Any) -> None:
        """Keep the source; nothing is fetched yet."""
        self.sequence = self.generator = sequence
        self.use_multiprocessing = use_multiprocessing
        self.queue: queue.Queue[Any] | None = None
        self.stop_signal = threading.Event()
        self.threads: list[threading.Thread] = []

    def is_running(self) -> bool:
        """Return whether batches are being fetched."""
        return self.queue is not None and not self.stop_signal.is_set()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begin to fetch.

        Args:
            workers: how many threads fetch.
            max_queue_size: how many batches may wait.
        """
        self.queue = queue.Queue(max_queue_size)
        self.stop_signal.clear()
        self._launch(max(workers, 1))

    def stop(self, timeout: float | None = None) -> None:
        """Stop fetching, and wait for the threads."""
        self.stop_signal.set()
        if self.queue is not None:
            with self.queue.mutex:
                self.queue.queue.clear()
                self.queue.unfinished_tasks = 0
                self.queue.not_full.notify_all()
        for thread in self.threads:
            thread.join(timeout)
        self.threads = []

    def get(self) -> Iterator[Any]:
        """Yield the batches."""
        raise NotSupported(f"{type(self).__name__}: must define get().")

    def _launch(self, workers: int) -> None:
        raise NotSupported(f"{type(self).__name__}: must define _launch(workers).")

    def _thread(self, run: Any) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _put(self, item: Any) -> None:
        """Put an item in line, unless everything was stopped meanwhile."""
        while not self.stop_signal.is_set():
            try:
                self._line().put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def _line(self) -> queue.Queue[Any]:
        if self.queue is None:
            raise StateError(f"{type(self).__name__}: must be started first, got no start call.")
        return self.queue


class OrderedEnqueuer(SequenceEnqueuer):
    """Fetch the batches of a Sequence, and give them in its order, round after round.

    Args:
        shuffle: whether each round has an order of its own.
    """

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        """Keep the source; nothing is fetched yet."""
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle
        # How many batches were taken, and how many of them belong to rounds that are over.
        self._taken = self._over = 0
        self._round_is_over = threading.Condition()

    def get(self) -> Iterator[Any]:
        """Yield the batches in order; what a batch raises is raised here."""
        while self.is_running():
            number, future = self._line().get()
            try:
                batch = self._result(number, future)
            except StopIteration:
                return
            finally:
                self._taken += 1
                if not self.stop_signal.is_set():
                    self._line().task_done()
            yield batch

    def _launch(self, workers: int) -> None:
        self._taken = self._over = 0
        self._thread(lambda: self._rounds(workers))

    def _rounds(self, workers: int) -> None:
        """Hand the numbers of batches to a pool; when a round is used up, begin the next."""
        import numpy as np

        with ThreadPoolExecutor(workers) as pool:
            while not self.stop_signal.is_set():
                order = list(range(len(self.sequence)))
                if self.shuffle:
                    np.random.shuffle(order)
                for number in order:
                    if self.stop_signal.is_set():
                        return
                    self._put((number, pool.submit(self.sequence.__getitem__, number)))
                self._wait_until_taken()
                self.sequence.on_epoch_end()
                with self._round_is_over:
                    self._over += len(order)
                    self._round_is_over.notify_all()

    def join_end_of_epoch(self) -> None:
        """Wait until the round of the last batch that was taken is over, half a minute at most."""
        with self._round_is_over:
            self._round_is_over.wait_for(lambda: self._over >= self._taken, PATIENCE)

    def _wait_until_taken(self) -> None:
        """Wait until every batch of the round was taken."""
        line = self._line()
        with line.all_tasks_done:
            while line.unfinished_tasks and not self.stop_signal.is_set():
                line.all_tasks_done.wait(0.1)

    def _result(self, number: int, future: Future[Any]) -> Any:
        try:
            return future.result(PATIENCE)
        except TimeoutError:
            warnings.warn(
                f"The input {number} could not be retrieved. "
                "It could be because a worker has died.",
                UserWarning,
                stacklevel=3,
            )
            return self.sequence[number]
        except BaseException:
            self.stop()
            raise


class GeneratorEnqueuer(SequenceEnqueuer):
    """Fetch what a generator gives; several workers may change its order.

    Args:
        wait_time, random_seed: taken, and let be.
    """

    def get(self) -> Iterator[Any]:
        """Yield what the generator gave; what it raised is raised here.

        Raises:
            RuntimeError: when several threads use a generator that bears only one.
        """
        while self.is_running():
            failed, item = self._line().get()
            if failed:
                self.stop()
                if isinstance(item, StopIteration):
                    return
                raise self._told(item)
            yield item

    def _launch(self, workers: int) -> None:
        for _ in range(workers):
            self._thread(self._fetch)

    def _fetch(self) -> None:
        while not self.stop_signal.is_set():
            try:
                self._put((False, next(self.generator)))
            except BaseException as problem:
                self._put((True, problem))
                return

    @staticmethod
    def _told(problem: BaseException) -> BaseException:
        if "generator already executing" in str(problem):
            return RuntimeError(
                "GeneratorEnqueuer: the generator must be thread-safe with several workers, "
                "got one that is not. Use workers=1, or a Sequence."
            )
        return problem
