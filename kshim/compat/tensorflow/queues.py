"""tf.train's queues of TensorFlow 1: symbols of batches that are taken from tensors for ever.

There is no queue and no thread: each step that is run takes the next batch.

Source: TensorFlow 1.14 training/input.py, training/coordinator.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.compat.tensorflow.data import Dataset, OldIterator
from kshim.errors import NotSupported
from kshim.graph.streams import DataEnded as OutOfRangeError

__all__ = [
    "Coordinator", "OutOfRangeError", "QueueRunner", "add_queue_runner", "batch", "shuffle_batch",
    "start_queue_runners",
]  # fmt: skip


def batch(
    tensors: Any, batch_size: int, num_threads: int = 1, capacity: int = 32,
    enqueue_many: bool = False, shapes: Any = None, dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False, shared_name: Any = None, name: Any = None,
) -> Any:  # fmt: skip
    """Return symbols of batches of tensors in order, which begin again at their end.

    Args:
        tensors: a list or a dict of them.
        enqueue_many: whether the first axis of each counts samples; else each is one sample.
    """
    return _batches(_samples(tensors, enqueue_many), batch_size, tensors)


def shuffle_batch(
    tensors: Any, batch_size: int, capacity: int, min_after_dequeue: int, num_threads: int = 1,
    seed: int | None = None, enqueue_many: bool = False, shapes: Any = None,
    allow_smaller_final_batch: bool = False, shared_name: Any = None, name: Any = None,
) -> Any:  # fmt: skip
    """Return symbols of batches drawn from the next samples of tensors, of which there is no end.

    Args:
        min_after_dequeue: of at least how many samples each is drawn.
        enqueue_many: whether the first axis of each counts samples; else each is one sample.
    """
    samples = _samples(tensors, enqueue_many)
    return _batches(samples.shuffle(min_after_dequeue + 1, seed), batch_size, tensors)


def _samples(tensors: Any, many: bool) -> Dataset:
    held = tensors if isinstance(tensors, Mapping) else tuple(tensors)
    held = dict(held) if isinstance(held, Mapping) else held
    made = Dataset.from_tensor_slices(held) if many else Dataset.from_tensors(held)
    return made.repeat()


def _batches(samples: Dataset, batch_size: int, given: Any) -> Any:
    found = OldIterator(samples.batch(batch_size, drop_remainder=True)).get_next()
    return found if isinstance(given, Mapping) else list(found)


class Coordinator:
    """Stand for what stops threads: there are none."""

    def __init__(self, *options: Any, **more: Any) -> None:
        self._stopped = False

    def should_stop(self) -> bool:
        """Return whether a stop was asked for."""
        return self._stopped

    def request_stop(self, ex: Any = None) -> None:
        """Note the wish to stop."""
        self._stopped = True

    def join(self, threads: Any = None, *options: Any, **more: Any) -> None:
        """Wait for nothing."""


class QueueRunner:
    """Refuse queues of one's own.

    Raises:
        NotSupported: always.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        raise NotSupported("tf.train.QueueRunner: there are no queues. Use tf.data.Dataset.")


add_queue_runner = QueueRunner


def start_queue_runners(sess: Any = None, coord: Any = None, **options: Any) -> list[Any]:
    """Return no threads: batches are made when a step asks for them."""
    return []
