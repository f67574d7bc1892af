"""Runs Keras's own examples, each in a process of its own, with epochs and samples cut.

python tools/upstreaming/examples.py SCRIPT ERA EPOCHS SAMPLES    one, in this process
"""

from __future__ import annotations

import functools
import inspect
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from upstreaming.bridging import bridge
from upstreaming.sources import ERAS, data_home, environment

CUT = ("fit", "fit_generator", "evaluate", "evaluate_generator")


class Limits(NamedTuple):
    """Hold how much of an example is run: epochs, samples, and seconds in all."""

    epochs: int = 1
    samples: int = 256
    seconds: float = 600


class Outcome(NamedTuple):
    """Hold how one example went."""

    name: str
    ok: bool
    seconds: float
    last_line: str


def run(script: Path, version: str, limits: Limits, logs: Path | None = None) -> Outcome:
    """Run one example in a process and a folder of its own."""
    caps = [ERAS[version], str(limits.epochs), str(limits.samples)]
    command = [sys.executable, "-m", "upstreaming.examples", str(script.resolve()), *caps]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(logs or folder).resolve() / f"{script.stem}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "w") as file:
            status = _status(command, folder, file, limits.seconds)
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    seconds = time.monotonic() - started
    last = lines[-1].strip() if lines else ""
    return Outcome(script.stem, status == 0, seconds, last if status is not None else "out of time")


def run_here(script: str, era: str, epochs: int, samples: int) -> None:
    """Run one example in this process, with everything cut and bridged."""
    from kshim import cli, utils

    for line in bridge():
        print(f"bridged: {line}", file=sys.stderr)
    cut(epochs, samples)
    if shutil.which("dot") is None:
        print("bridged: pictures of models, for the program dot is not here", file=sys.stderr)
        utils.plot_model = lambda model, *given, **named: None
    cli.run_script(script, [], era)


def cut(epochs: int, samples: int) -> None:
    """Make every model train and evaluate on few samples, for few epochs."""
    from kshim import models

    for kind in (models.Model, models.Sequential):
        for name in CUT:
            if name in vars(kind) or (kind is models.Model and hasattr(kind, name)):
                setattr(kind, name, _shortened(getattr(kind, name), epochs, samples))


def _shortened(method: Callable[..., Any], epochs: int, samples: int) -> Callable[..., Any]:
    """Return a method that does the same with less."""
    signature = inspect.signature(method)
    kinds = {parameter.kind: name for name, parameter in signature.parameters.items()}
    rest = kinds.get(inspect.Parameter.VAR_KEYWORD, "")

    @functools.wraps(method)
    def shortened(self: Any, *given: Any, **named: Any) -> Any:
        told = signature.bind_partial(self, *given, **named).arguments
        told |= told.pop(rest, {})
        told.pop("self", None)
        for name in ("x", "y", "sample_weight", "validation_data"):
            if name in told:
                told[name] = _first(told[name], samples)
        for name in ("epochs", "nb_epoch"):
            if told.get(name):
                told[name] = min(told[name], epochs + told.get("initial_epoch", 0))
        data = told.get("generator", told.get("x"))
        if _is_generator(data):
            steps = "steps_per_epoch" if "steps_per_epoch" in signature.parameters else "steps"
            told[steps] = max(1, samples // _batch_size(data))
        return method(self, **told)

    return shortened


def _first(data: Any, samples: int) -> Any:
    """Return the first samples of arrays, however they are held; anything else as it is."""
    if isinstance(data, np.ndarray):
        return data[:samples]
    if isinstance(data, (list, tuple)):
        return type(data)(_first(one, samples) for one in data)
    if isinstance(data, Mapping):
        return {name: _first(one, samples) for name, one in data.items()}
    return data


def _is_generator(data: Any) -> bool:
    held = (np.ndarray, list, tuple, Mapping)
    return not isinstance(data, held) and (
        hasattr(data, "__next__") or hasattr(data, "__getitem__")
    )


def _batch_size(data: Any) -> int:
    return int(getattr(data, "batch_size", 32))


def _status(command: list[str], folder: str, log: Any, seconds: float) -> int | None:
    """Return the exit status of a command, None where it ran out of time."""
    env = environment(KERAS_HOME=str(data_home()))
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdout=log,
            stderr=log,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


if __name__ == "__main__":
    script, era, *limits = sys.argv[1:]
    run_here(script, era, *map(int, limits))
