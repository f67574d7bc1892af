"""tf.distribute: what scripts say to use several devices; here a model stays on one.

For several, start the script with torchrun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Strategy:
    """Stand for a way to use several devices: everything happens on one."""

    num_replicas_in_sync = 1

    def __init__(self, *devices: Any, **options: Any) -> None:
        """Accept the devices."""

    @contextmanager
    def scope(self) -> Iterator[Strategy]:
        """Let models be made as anywhere."""
        yield self

    def run(self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """Call a function once."""
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
