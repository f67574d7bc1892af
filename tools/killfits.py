"""Kill a process while it trains, and let another take the run up: are its weights the same?

    python tools/killfits.py [--runs 200] [--seed 0] [--fresh] [--signal 9] [--processes 1]

A run with BackupAndRestore, shuffled data, dropout (from torch's stream and from one of its own),
batch normalisation, validation and callbacks is killed with signal 9 at a random moment of its
training, some runs twice. It begins again, goes on from its backup, and must end as the run that
was never stopped: the same weights, optimizer slots, history and CSV file, to the bit. How often
the run is kept (every epoch, every 1, 3 or 7 batches) and what it is fed from (arrays, a Sequence
that shuffles itself, a generator, a torch DataLoader) changes from run to run.

`--fresh` starts a new Python each time; else the processes are forked from one that has everything
imported. `--signal 15` asks the run to stop instead, which must then keep where it is.

`--processes 2` trains in two processes of gloo. At the random moment one of them is killed, or one
and then the other; the one that is left ends by itself. Every second run shares the weights out
(`distribute="fsdp"`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from kshim import callbacks as C  # noqa: E402
from kshim import layers as L  # noqa: E402
from kshim.models import Sequential  # noqa: E402
from kshim.training.distributed import is_writer, leave  # noqa: E402
from kshim.utils import Sequence, set_random_seed  # noqa: E402

SAMPLES, FEATURES, BATCH, EPOCHS = 90, 6, 8, 14
FEEDS = ("arrays", "sequence", "generator", "loader")
FREQUENCIES = ("epoch", 1, 3, 7)
WEIGHTS, BEGUN = "end.json", "begun"


def main(words: list[str]) -> int:
    """Kill so many runs; return 1 when one of them did not end as it should."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="a new Python for each process")
    parser.add_argument("--signal", type=int, default=9)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    if asked.child:
        folder, feed, frequency, shared = asked.child
        train(folder, Way(feed, json.loads(frequency), shared == "True"))
        return 0
    began = time.monotonic()
    chance = random.Random(asked.seed)
    found = kill_runs(asked.runs, chance, asked.fresh, asked.signal, asked.processes)
    print(f"{asked.runs} runs in {time.monotonic() - began:.0f} s: {dict(found)}")
    return 1 if any(what.startswith("LOST") for what in found) else 0


@dataclass(frozen=True)
class Way:
    """Say how a run trains.

    Attributes:
        feed: what it is fed from.
        frequency: how often it is kept.
        shared: whether the weights are shared out.
        fresh: whether each process is a new Python.
        processes: how many train together.
    """

    feed: str
    frequency: Any
    shared: bool = False
    fresh: bool = False
    processes: int = 1

    def __str__(self) -> str:
        """Return what tells of a run that was lost."""
        return f"{self.feed}, kept every {self.frequency}{', shared out' * self.shared}"


def kill_runs(
    runs: int, chance: random.Random, fresh: bool, number: int, processes: int = 1
) -> Counter[str]:
    """Kill so many runs; return how often which end was found."""
    found: Counter[str] = Counter()
    whole: dict[Any, tuple[str, float]] = {}
    if processes > 1 and not fresh:
        # DistributedDataParallel imports it when it is made, which takes each process long.
        import_module("torch._dynamo")
    for run in range(runs):
        feed, frequency = FEEDS[run % len(FEEDS)], FREQUENCIES[run // len(FEEDS) % len(FREQUENCIES)]
        shared = processes > 1 and run % 2 != run // len(FEEDS) % 2
        way = Way(feed, frequency, shared, fresh, processes)
        if way not in whole:
            whole[way] = whole_run(way)
        end, seconds = whole[way]
        what = ""
        while not what:  # a run that ended before it was killed does not count
            with tempfile.TemporaryDirectory() as folder:
                for _ in range(chance.choice((1, 1, 2))):
                    if killed(folder, way, chance.uniform(0, seconds), chance, number):
                        what = "killed"
                    else:  # runs are quicker by now than the first one was
                        seconds *= 0.9
                what = what and compared(folder, way, end)
        found[what] += 1
        if what.startswith("LOST"):
            print(f"run {run} ({way}): {what}", flush=True)
    return found


def whole_run(way: Way) -> tuple[str, float]:
    """Return how a run that nobody stops ends, and how long it trains."""
    with tempfile.TemporaryDirectory() as folder:
        children = start(folder, way)
        began = time.monotonic()
        wait_for(children)
        return Path(folder, WEIGHTS).read_text(), time.monotonic() - began


def killed(folder: str, way: Way, seconds: float, chance: random.Random, number: int) -> bool:
    """Kill a run after so long; return whether it was still running."""
    children = start(folder, way)
    time.sleep(seconds)
    several = len(children) > 1
    for child in chance.sample(children, chance.randint(1, len(children))) if several else children:
        os.kill(child, number)
        time.sleep(chance.uniform(0, 0.01) if several else 0)
    wait_for(children)
    return not Path(folder, WEIGHTS).exists()  # else it had ended


def compared(folder: str, way: Way, end: str) -> str:
    """Let the run go on to its end; return how that compares with the run nobody stopped."""
    kept = Path(folder, "backup", "training.backup").exists()
    status = wait_for(start(folder, way))
    if status:
        return f"LOST: ended with status {status}"
    mine, others = json.loads(Path(folder, WEIGHTS).read_text()), json.loads(end)
    wrong = [what for what in others if mine.get(what) != others[what]]
    if wrong:
        return f"LOST: other {', '.join(wrong)}"
    if Path(folder, "backup").exists():
        return "LOST: the backup is still there"
    return "the same" if kept else "the same, from the beginning"


def start(folder: str, way: Way) -> list[int]:
    """Start a run in processes of its own; return these when training begins, or cannot."""
    Path(folder, BEGUN).unlink(missing_ok=True)
    port = free_port()
    children = [child_of(folder, way, rank, port) for rank in range(way.processes)]
    while not Path(folder, BEGUN).exists() and not has_ended(children[0]):
        time.sleep(0.001)
    return children


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def has_ended(child: int) -> bool:
    """Return whether a process has ended, and leave its status to be read."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def child_of(folder: str, way: Way, rank: int, port: int) -> int:
    """Return a process that trains, alone or as one of several."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": way.processes, "MASTER_PORT": port}
    words = {name: str(value) for name, value in place.items()} | {"MASTER_ADDR": "127.0.0.1"}
    given = os.environ | (words if way.processes > 1 else {})
    if way.fresh:
        told = [folder, way.feed, json.dumps(way.frequency), str(way.shared)]
        return subprocess.Popen([sys.executable, __file__, "--child", *told], env=given).pid
    child = os.fork()
    if child:
        return child
    os.environ.update(given)
    try:
        train(folder, way)
        leave()
    except BaseException as error:
        if not isinstance(error, SystemExit) and way.processes == 1:
            import traceback

            traceback.print_exc()
        os._exit(143 if isinstance(error, SystemExit) else 1)
    os._exit(0)


def wait_for(children: list[int]) -> int:
    """Wait for the processes of a run; return the status of the last that did not end well."""
    return max((os.waitstatus_to_exitcode(os.waitpid(it, 0)[1]) for it in children), key=abs)


def train(folder: str, way: Way) -> None:
    """Train from the beginning or from the backup; write how it ended."""
    set_random_seed(3)
    model = small(way.shared)
    history = model.fit(
        **fed(way.feed),
        epochs=EPOCHS,
        verbose=0,
        callbacks=[
            C.BackupAndRestore(os.path.join(folder, "backup"), way.frequency),
            C.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.05),
            C.EarlyStopping("val_loss", patience=5, restore_best_weights=True),
            C.ModelCheckpoint(os.path.join(folder, "best.weights.h5"), save_best_only=True,
                              save_weights_only=True),
            C.CSVLogger(os.path.join(folder, "log.csv")),
            C.LambdaCallback(on_train_begin=lambda logs: Path(folder, BEGUN).touch()),
        ],
    )  # fmt: skip
    end = {
        "weights": digest(model.get_weights()),
        "slots": digest(model.optimizer.get_weights()),
        "history": history.history,
        "epochs": history.epoch,
        "log": Path(folder, "log.csv").read_text(),
    }
    if not is_writer():
        return
    draft = Path(folder, f"{WEIGHTS}.draft")
    draft.write_text(json.dumps(end))
    draft.rename(Path(folder, WEIGHTS))


def small(shared: bool = False) -> Any:
    """Return a compiled model that draws while it trains."""
    model = Sequential([
        L.Dense(7, activation="relu", input_shape=(FEATURES,)),
        L.Dropout(0.3),
        L.BatchNormalization(),
        L.GaussianNoise(0.1),
        L.Dropout(0.2, seed=11),
        L.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy", "AUC"],
                  distribute="fsdp" if shared else None)  # fmt: skip
    return model


def fed(feed: str) -> dict[str, Any]:
    """Return x, and what goes with it, of `fit`."""
    x, y = data()
    held = {"validation_data": (x[:20], y[:20])}
    if feed == "arrays":
        return {"x": x, "y": y, "batch_size": BATCH, **held}
    if feed == "sequence":
        return {"x": Shuffled(x, y), **held}
    if feed == "loader":
        pairs = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
        return {"x": torch.utils.data.DataLoader(pairs, BATCH, shuffle=True), **held}
    steps = -(-SAMPLES // BATCH)
    return {"x": drawn(x, y), "steps_per_epoch": steps, **held}


def data() -> tuple[Any, Any]:
    """Return samples and their classes."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(SAMPLES, FEATURES)).astype("float32")
    return x, np.eye(3, dtype="float32")[draw.integers(0, 3, SAMPLES)]


def drawn(x: Any, y: Any) -> Any:
    """Yield batches for ever, in an order from numpy's stream."""
    while True:
        order = np.random.permutation(SAMPLES)
        for place in range(0, SAMPLES, BATCH):
            chosen = order[place : place + BATCH]
            yield x[chosen], y[chosen]


class Shuffled(Sequence):
    """Give batches in an order of its own, with noise from numpy's stream."""

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y, self.order = x, y, np.arange(SAMPLES)
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-SAMPLES // BATCH)

    def __getitem__(self, index: int) -> Any:
        chosen = self.order[index * BATCH : (index + 1) * BATCH]
        noise = np.random.normal(size=(len(chosen), FEATURES)).astype("float32")
        return self.x[chosen] + 0.1 * noise, self.y[chosen]

    def on_epoch_end(self) -> None:
        np.random.shuffle(self.order)


def digest(arrays: list[Any]) -> str:
    """Return a number that stands for the bytes of arrays."""
    sum_of_all = hashlib.sha256()
    for array in arrays:
        sum_of_all.update(np.ascontiguousarray(array).tobytes())
    return sum_of_all.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
