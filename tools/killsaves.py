"""Kill a process while it saves, or fill its disk: is the old file or the new one there?

    python tools/killsaves.py [--runs 100] [--formats h5 weights.h5 ...] [--full]

A child saves the same model over and over, each time filled with the next number, and is killed
with signal 9 at a random moment. Whatever file is then there must load whole, all weights the same
number, and that number not before the last save that the child told of. `--full` lets the disk be
full at every size on the way instead (RLIMIT_FSIZE), and then the folder closed to writing: the
save must raise, the old file must stay. `--together 10` lets two processes save for ten seconds
while a third reads: each reading must find a whole file.
Nothing may lie beside it, but what a killed process could not take away itself, which the next
save removes or leaves hidden.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from kshim import layers  # noqa: E402
from kshim.errors import KshimError  # noqa: E402
from kshim.models import Sequential, load_model  # noqa: E402

UNITS = 200
FULL_STEPS = 60


def whole(model: Any, path: str) -> None:
    """Save a whole model."""
    model.save(path)


def weights(model: Any, path: str) -> None:
    """Save the weights alone."""
    model.save_weights(path)


def checkpoint(model: Any, path: str) -> None:
    """Save the weights as a checkpoint of TensorFlow's."""
    model.save_weights(path, save_format="tf")


def first_of_whole(path: str) -> list[Any]:
    """Return the weights of a whole model."""
    return load_model(path).get_weights()


def first_of_weights(path: str) -> list[Any]:
    """Return the weights that a file of weights gives a model."""
    model = small()
    model.load_weights(path)
    return model.get_weights()


# By the ending of the file: what saves it, and what gives its weights back.
FORMATS: dict[str, tuple[Callable[[Any, str], None], Callable[[str], list[Any]]]] = {
    "h5": (whole, first_of_whole),
    "weights.h5": (weights, first_of_weights),
    "keras": (whole, first_of_whole),
    "safetensors": (weights, first_of_weights),
    "ckpt": (checkpoint, first_of_weights),
}
# What a checkpoint is made of: its index, data (those of a killed save too), and the latest's name.
OWN = {"ckpt": r"model\.ckpt\.(index|data-\d{5}-of-\d{5})|checkpoint"}


def main(words: list[str]) -> int:
    """Run every format; return 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--full", action="store_true", help="a full disk instead of kill -9")
    parser.add_argument("--together", type=float, help="two writers and a reader, so many seconds")
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    lost = 0
    for ending in asked.formats:
        if asked.together:
            found = written_together(ending, asked.together)
        elif asked.full:
            found = full_disk(ending) + read_only(ending)
        else:
            found = killed(ending, asked.runs)
        print(f"{ending}: {dict(found)}", flush=True)
        lost += sum(count for what, count in found.items() if what.startswith("LOST"))
    return 1 if lost else 0


def small() -> Any:
    """Return a compiled model of some hundred kilobytes."""
    first = layers.Dense(UNITS, input_shape=(UNITS,), name="one")
    model = Sequential([first, layers.Dense(UNITS, name="two")])
    model.compile("sgd", "mse")
    return model


def filled(model: Any, number: int) -> Any:
    """Return the model with one number in all its weights."""
    model.set_weights([np.full(it.shape, number) for it in model.get_weights()])
    return model


def killed(ending: str, runs: int) -> Counter[str]:
    """Kill a saving child that many times; return how often what was found."""
    found: Counter[str] = Counter()
    draw = random.Random(ending)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"model.{ending}")
        FORMATS[ending][0](filled(small(), 0), path)
        for run in range(runs):
            told = save_until_killed(ending, path, draw.uniform(0.0, 0.06))
            found[state(ending, path, told)] += 1
            beside = others(ending, folder)
            found["drafts left hidden"] += sum(it.startswith(".") for it in beside)
            found["LOST: left visible"] += sum(not it.startswith(".") for it in beside)
            for it in beside:
                os.remove(os.path.join(folder, it))
            if run % 50 == 49:
                print(f"  {ending}: {run + 1} runs {dict(found)}", flush=True)
    return +found


def others(ending: str, folder: str) -> list[str]:
    """Return what lies in a folder beside the file itself."""
    own = re.compile(OWN.get(ending, re.escape(f"model.{ending}")))
    return [it for it in os.listdir(folder) if not own.fullmatch(it)]


def written_together(ending: str, seconds: float) -> Counter[str]:
    """Let two children save the same file without end, and read it all the while."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"model.{ending}")
        FORMATS[ending][0](filled(small(), 0), path)
        children = [writer_of(ending, path, number) for number in (1, 2)]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                numbers = {float(it) for part in FORMATS[ending][1](path) for it in np.unique(part)}
                found["whole" if len(numbers) == 1 else "LOST: a mixture"] += 1
            except Exception as error:
                found[f"LOST: {type(error).__name__}: {error}"] += 1
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return found


def writer_of(ending: str, path: str, number: int) -> int:
    """Start a child that saves one number without end."""
    child = os.fork()
    if not child:
        model = filled(small(), number)
        while True:
            FORMATS[ending][0](model, path)
    return child


def read_only(ending: str) -> Counter[str]:
    """Save into a folder that may not be written to; return how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"model.{ending}")
        FORMATS[ending][0](filled(small(), 7), path)
        os.chmod(folder, 0o555)
        ended = with_room_for(ending, path, resource.RLIM_INFINITY, user=65534)
        os.chmod(folder, 0o755)
        return Counter([ended, state(ending, path, 7)])


def save_until_killed(ending: str, path: str, seconds: float) -> int:
    """Let a child save without end, kill it after so long; return the last save it told of."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        model, number = small(), 1
        while True:
            FORMATS[ending][0](filled(model, number), path)
            os.write(writer, f"{number}\n".encode())
            number += 1
    os.close(writer)
    with os.fdopen(reader) as pipe:
        select.select([pipe], [], [], 20)  # the first save is done
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        told = pipe.read().split()
    return int(told[-1]) if told else 0


def state(ending: str, path: str, told: int) -> str:
    """Return what is there: the last save told of, the next, or something lost."""
    try:
        numbers = {float(it) for array in FORMATS[ending][1](path) for it in np.unique(array)}
    except Exception as error:
        return f"LOST: {type(error).__name__}: {error}"
    if len(numbers) != 1:
        return "LOST: a mixture"
    number = int(numbers.pop())
    if number in (told, told + 1):
        return "old" if number == told else "new"
    return f"LOST: save {number} after {told} was told"


def full_disk(ending: str) -> Counter[str]:
    """Let the disk be full at every size up to the file's; return how often what was found."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"model.{ending}")
        FORMATS[ending][0](filled(small(), 7), path)
        size = max(entry.stat().st_size for entry in os.scandir(folder))
        for step in range(FULL_STEPS):
            found[with_room_for(ending, path, size * step // FULL_STEPS)] += 1
            found[
                f"LOST: {state(ending, path, 7)}" if state(ending, path, 7) != "old" else "old"
            ] += 1
            beside = others(ending, folder)
            found["LOST: left over"] += len(beside)
    return +found


def with_room_for(ending: str, path: str, size: int, user: int = 0) -> str:
    """Save in a child that may write files of so many bytes; return how it ended.

    Args:
        user: who it becomes, where that is allowed: root may write anywhere.
    """
    child = os.fork()
    if not child:
        if user and not os.getuid():
            os.setuid(user)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing then fails with EFBIG
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 2)
        try:
            FORMATS[ending][0](filled(small(), 8), path)
        except Exception as error:
            os._exit(11 if isinstance(error, OSError | KshimError) else 12)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"LOST: ended by signal {os.WTERMSIG(status)}"
    return {0: "LOST: said it was saved", 11: "raised"}.get(
        os.WEXITSTATUS(status), "LOST: odd error"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
