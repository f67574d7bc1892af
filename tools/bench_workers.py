"""Train on a slow loader with data workers: how fast is it, and is anything left behind?

    python tools/bench_workers.py [--batches 10000] [--workers 4] [--sleep 0.005] [--samples 4]

Two things are asked of threads and of processes:

- how many samples a second a `Sequence` gives that sleeps for each sample, with 1, 2, 4 ... workers
  (one thread means none: the batches are made where they are used);
- after 10,000 batches in epochs of 500, how much the memory of the process has grown since its
  third epoch, and how many threads, processes and open files there are more than at the start.

It ends with 1 when memory grew by more than 20 MB, anything was left, or 4 workers were not twice
as fast as one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from kshim import layers as L  # noqa: E402
from kshim.callbacks import Callback  # noqa: E402
from kshim.models import Sequential  # noqa: E402
from kshim.utils import Sequence  # noqa: E402

EPOCH, FEATURES, MOST_GROWTH = 500, 64, 20.0


def main(words: list[str]) -> int:
    """Measure; return 1 when something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batches", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--sleep", type=float, default=0.005, help="seconds for a sample")
    parser.add_argument("--samples", type=int, default=4, help="in a batch")
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    wrong = []
    for processes in (False, True):
        kind = "processes" if processes else "threads"
        speeds = {
            count: speed(count, processes, asked.sleep, asked.samples)
            for count in (1, 2, 4, 8)
            if count <= max(asked.workers, 4)
        }
        told = ", ".join(f"{count}: {it:.0f}" for count, it in speeds.items())
        print(f"{kind}: samples a second by workers: {told}", flush=True)
        if speeds[4] < 2 * speeds[1]:
            wrong.append(f"4 {kind} are not twice as fast as one")
        held_before, growth, left = leaks(asked.workers, processes, asked.batches)
        print(
            f"{kind}: {asked.batches} batches, {asked.workers} workers: {held_before:.1f} MB "
            f"{growth:+.2f}, left behind: {left or 'nothing'}",
            flush=True,
        )
        if growth > MOST_GROWTH or left:
            wrong.append(f"{kind} leave something behind")
    print("; ".join(wrong) or "as it should be")
    return 1 if wrong else 0


def speed(workers: int, processes: bool, sleep: float, samples: int) -> float:
    """Return how many samples a second are trained on, the start of the workers left out."""
    began = Clock()
    batches = 60 * max(workers, 1)
    slow = Slow(batches, samples, sleep)
    words = {"workers": workers, "use_multiprocessing": processes}
    compiled().fit(slow, verbose=0, callbacks=[began], max_queue_size=2 * workers, **words)
    return (batches - began.after) * samples / began.seconds


def leaks(workers: int, processes: bool, batches: int) -> tuple[float, float, dict[str, int]]:
    """Return the megabytes held after the third epoch, their growth since, and what is left."""
    before = held()
    watching = Watching()
    data = Slow(EPOCH, 8, 0.0)
    words = {"workers": workers, "use_multiprocessing": processes}
    epochs = max(batches // EPOCH, 4)
    compiled().fit(data, epochs=epochs, verbose=0, callbacks=[watching], **words)
    waited = time.monotonic()
    while held() != before and time.monotonic() - waited < 5:
        time.sleep(0.1)
    after = held()
    left = {what: after[what] - before[what] for what in after if after[what] > before[what]}
    return watching.memory[2], watching.memory[-1] - watching.memory[2], left


def held() -> dict[str, int]:
    """Return how many threads, processes and open files there are."""
    return {
        "threads": threading.active_count(),
        "processes": len(multiprocessing.active_children()),
        "files": len(os.listdir("/proc/self/fd")),
    }


def memory() -> float:
    """Return how many megabytes the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def compiled() -> Any:
    """Return a small compiled model."""
    model = Sequential([L.Dense(1, input_shape=(FEATURES,))])
    model.compile("sgd", "mse")
    return model


class Slow(Sequence):
    """Give batches whose samples take a while each."""

    def __init__(self, batches: int, samples: int, sleep: float) -> None:
        self.batches, self.samples, self.sleep = batches, samples, sleep

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, index: int) -> Any:
        time.sleep(self.sleep * self.samples)
        x = np.full((self.samples, FEATURES), index / self.batches, "float32")
        return x, x[:, :1]


class Clock(Callback):
    """Measure the time behind the first batches."""

    after = 20

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch + 1 == self.after:
            self.began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds = time.monotonic() - self.began


class Watching(Callback):
    """Note the memory at the end of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.memory: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.memory.append(memory())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
