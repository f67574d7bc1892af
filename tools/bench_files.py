"""How fast weights go from and to a large H5, as a ratio to plain h5py, and the memory it takes.

    python tools/bench_files.py                 500 MB, 5 rounds
    python tools/bench_files.py --megabytes 200 --rounds 9

Each round moves the same arrays with h5py alone and with kshim, in turn, the file in the system's
cache; the table shows the median of the rounds' ratios (1: as fast as h5py; 0.5: half as fast) and
the spread. Both writers wait until the file is on the disk, for a model's file is replaced in one
step. Memory is the peak of a process of its own while it loads or saves, the model counted, less
what it held before there was a model, as a multiple of the weights.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import h5py
import numpy as np

from kshim.layers import LSTM, Conv2D, Dense, Embedding, Flatten, Input, Reshape
from kshim.models import Sequential

MEGABYTE = 10**6


def model(megabytes: int) -> Any:
    """Return a model whose weights take about so many megabytes, most of them in one kernel."""
    width = int((megabytes * MEGABYTE / 4 / 3.6) ** 0.5)
    return Sequential([
        Input((64,)), Embedding(width, width // 2), LSTM(width // 8), Dense(width // 4),
        Reshape((1, 1, width // 4)), Conv2D(width // 8, (3, 3), padding="same"), Flatten(),
        Dense(2 * width), Dense(width), Dense(1),
    ])  # fmt: skip


def arrays_in(path: str) -> list[str]:
    """Return the paths of all arrays in a file."""
    found: list[str] = []
    with h5py.File(path) as file:
        file.visititems(lambda name, it: found.append(name) if hasattr(it, "shape") else None)
    return found


def read_plainly(path: str, names: list[str]) -> None:
    """Read the arrays one after the other with h5py."""
    with h5py.File(path) as file:
        for name in names:
            file[name][()]


def write_plainly(path: str, arrays: list[Any]) -> None:
    """Write the arrays one after the other with h5py, and wait for the disk."""
    with h5py.File(path, "w") as file:
        for number, array in enumerate(arrays):
            file.create_dataset(str(number), data=array)
    number = os.open(path, os.O_RDONLY)
    os.fsync(number)
    os.close(number)


def timed(run: Callable[[], Any]) -> float:
    """Return how many seconds a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compare(plain: Callable[[], Any], ours: Callable[[], Any], rounds: int) -> list[float]:
    """Return how fast ours is in each round, plain being 1."""
    pairs = [(timed(plain), timed(ours)) for _ in range(rounds + 1)][1:]  # the first warms up
    return [one / other for one, other in pairs]


def peak(what: str, path: str, megabytes: int) -> float:
    """Return the peak memory of building and loading, or saving, as a multiple of the weights."""
    command = [sys.executable, __file__, "--measure", what, "--file", path]
    told = subprocess.run([*command, "--megabytes", str(megabytes)], check=True,
                          capture_output=True, text=True)  # fmt: skip
    return float(told.stdout.split()[-1])


def measure(what: str, path: str, megabytes: int) -> None:
    """Print the peak memory of this process as a multiple of the weights of the model."""
    model(1)  # what is made once, when a first model is
    before = memory("VmRSS")
    made = model(megabytes)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    made.load_weights(path) if what == "load" else made.save_weights(path)
    held = 4 * made.count_params()
    print((memory("VmHWM") - before) / held)


def memory(word: str) -> int:
    """Return a line of the system's account of this process, in bytes."""
    text = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in text.splitlines() if line.startswith(word)).split()[1])


def main(words: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", choices=("load", "save"))
    parser.add_argument("--file")
    asked = parser.parse_args(words)
    if asked.measure:
        measure(asked.measure, asked.file, asked.megabytes)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path, other = os.path.join(folder, "weights.h5"), os.path.join(folder, "other.h5")
        made = model(asked.megabytes)
        made.save_weights(path)
        names = arrays_in(path)
        arrays = [np.ascontiguousarray(array) for array in made.get_weights()]
        print(f"{os.path.getsize(path) / MEGABYTE:.0f} MB in {len(names)} arrays; h5py alone is 1")
        print(f"{'':6} {'speed':>6} {'lowest':>7} {'highest':>8} {'peak memory / weights':>22}")
        rows = {
            "load": (lambda: read_plainly(path, names), lambda: made.load_weights(path)),
            "save": (lambda: write_plainly(other, arrays), lambda: made.save_weights(path)),
        }
        for name, pair in rows.items():
            ratios = compare(*pair, asked.rounds)
            taken = peak(name, path, asked.megabytes)
            print(f"{name:6} {statistics.median(ratios):6.2f} {min(ratios):7.2f} "
                  f"{max(ratios):8.2f} {taken:22.2f}", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
