"""tf.distribute: what scripts say to use several devices.

Started with torchrun, a model trains on as many as there are processes (training/distributed.py);
in one process it stays on one device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kshim.errors import NotSupported
from kshim.training.distributed import world_size


class Strategy:
    """Stand for a way to use several devices: all processes of torchrun, each with its own."""

    @property
    def num_replicas_in_sync(self) -> int:
        """Return how many processes train together; batches are those of all."""
        return world_size()

    def __init__(self, *devices: Any, **options: Any) -> None:
        """Accept the devices."""

    @contextmanager
    def scope(self) -> Iterator[Strategy]:
        """Let models be made as anywhere."""
        yield self

    def run(self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """Call a function once.

        Raises:
            NotSupported: in several processes, whose gradients a loop of one's own does not share.
        """
        if world_size() > 1:
            raise NotSupported(
                "Strategy.run: processes must be one, got several. Train with `fit`, which shares "
                "a batch out between them."
            )
        return fn(*args, **(kwargs or {}))

    experimental_run_v2 = run

    def reduce(self, reduce_op: Any, value: Any, axis: Any = None) -> Any:
        """Return the one value there is."""
        return value

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """Return the data set itself."""
        return dataset


MirroredStrategy = OneDeviceStrategy = MultiWorkerMirroredStrategy = Strategy


def get_strategy() -> Strategy:
    """Return the way in force."""
    return Strategy()


class ReduceOp:
    """Name the ways to make one value of several devices'."""

    SUM = "SUM"
    MEAN = "MEAN"
