"""Runs Keras's own examples, unmodified, through `python -m kshim run`.

    python tools/upstream.py                         the six examples of `EXAMPLES`
    python tools/upstream.py mnist_cnn imdb_lstm     some of them
    python tools/upstream.py --epochs 2 --samples 1000 --source FOLDER mnist_mlp

Keras's source package is fetched from the registry into a cache folder when it is not there (or
taken from --source), and stand-in data sets are made there. Epochs and samples are cut, and the
names that today's Python and numpy have dropped are put back, in the process that runs an
example, never in kshim. Prints a table and fails where an example fails.
"""

from __future__ import annotations

import argparse
import collections
import collections.abc
import importlib.util
import inspect
import os
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kshim-upstream"
VERSION = "2.3.1"
ERA = "2.3"
EXAMPLES = ("mnist_mlp", "mnist_cnn", "cifar10_cnn", "imdb_lstm", "imdb_cnn", "addition_rnn")
CUT = ("fit", "fit_generator", "evaluate", "evaluate_generator")


class Outcome(NamedTuple):
    """Hold how one example went."""

    name: str
    ok: bool
    seconds: float
    last_line: str


def main(arguments: list[str] | None = None) -> int:
    """Run the examples asked for and return 1 where one failed."""
    chosen = _parser().parse_args(arguments)
    if chosen.one:
        run_here(chosen.one, chosen.epochs, chosen.samples)
        return 0
    source = chosen.source or fetched(CACHE)
    home = data_home(CACHE)
    outcomes = []
    for name in chosen.names or EXAMPLES:
        outcomes.append(run(source / "examples" / f"{name}.py", home, chosen))
        print(_row(outcomes[-1]), flush=True)
    print(f"{sum(one.ok for one in outcomes)} of {len(outcomes)} examples of Keras {VERSION} run")
    return 0 if all(one.ok for one in outcomes) else 1


def fetched(cache: Path) -> Path:
    """Return the folder of Keras's source package, fetched by pip if it is not there."""
    folder = cache / f"Keras-{VERSION}"
    if not folder.exists():
        from kshim.utils.archives import extract

        cache.mkdir(parents=True, exist_ok=True)
        flags = ["--no-binary", ":all:", "--no-deps", "--no-build-isolation", "--quiet"]
        pip = [sys.executable, "-m", "pip", "download", *flags, "--dest", str(cache)]
        subprocess.run([*pip, f"keras=={VERSION}"], check=True)
        extract(next(cache.glob(f"[Kk]eras-{VERSION}.tar.gz")), cache, ("tar",))
    return folder


def data_home(cache: Path) -> Path:
    """Return a folder with stand-in data sets, for KERAS_HOME."""
    home = cache / "home"
    if not (home / "datasets" / "imdb.npz").exists():
        tool = [sys.executable, str(ROOT / "tools" / "standin_data.py")]
        subprocess.run([*tool, "--folder", str(home / "datasets")], check=True, env=_environment())
    return home


def run(script: Path, home: Path, chosen: argparse.Namespace) -> Outcome:
    """Run one example in a process and a folder of its own."""
    caps = ["--epochs", str(chosen.epochs), "--samples", str(chosen.samples)]
    command = [sys.executable, str(Path(__file__).resolve()), *caps, "--one", str(script.resolve())]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(chosen.logs or folder).resolve() / f"{script.stem}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "w") as file:
            status = _status(command, folder, home, file, chosen.seconds)
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    seconds = time.monotonic() - started
    last = lines[-1].strip() if lines else ""
    return Outcome(script.stem, status == 0, seconds, last if status is not None else "out of time")


def run_here(script: str, epochs: int, samples: int) -> None:
    """Run one example in this process, with everything cut and bridged."""
    from kshim import cli

    for line in bridge():
        print(f"bridged: {line}", file=sys.stderr)
    cut(epochs, samples)
    cli.run_script(script, [], ERA)


def bridge() -> Iterator[str]:
    """Put back what Python and numpy have dropped since; yield what was put back."""
    for name, kind in {"bool": bool, "int": int, "float": float, "object": object}.items():
        if not hasattr(np, name) or name not in vars(np):
            setattr(np, name, kind)
            yield f"numpy.{name}"
    for name in ("Mapping", "Iterable", "Sequence"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
            yield f"collections.{name}"
    if not hasattr(inspect, "getargspec"):
        vars(inspect)["getargspec"] = inspect.getfullargspec
        yield "inspect.getargspec"
    if not hasattr(time, "clock"):
        vars(time)["clock"] = time.perf_counter
        yield "time.clock"
    if importlib.util.find_spec("six") is None:
        six, moves = types.ModuleType("six"), types.ModuleType("six.moves")
        vars(moves).update(range=range, zip=zip, map=map)
        vars(six).update(moves=moves)
        sys.modules |= {"six": six, "six.moves": moves}
        yield "six"


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


def _status(command: list[str], folder: str, home: Path, log: Any, seconds: float) -> int | None:
    """Return the exit status of a command, None where it ran out of time."""
    environment = _environment() | {"KERAS_HOME": str(home), "MPLBACKEND": "Agg"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def _row(one: Outcome) -> str:
    went = "ok" if one.ok else "FAILED"
    return f"{one.name:<24} {went:<7} {one.seconds:7.1f} s  {one.last_line[:120]}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run Keras's own examples through kshim.")
    parser.add_argument("names", nargs="*", help=f"examples; default: {', '.join(EXAMPLES)}")
    parser.add_argument("--epochs", type=int, default=1, help="at most so many a fit")
    parser.add_argument("--samples", type=int, default=256, help="at most so many a fit")
    parser.add_argument("--seconds", type=float, default=600, help="at most so many an example")
    parser.add_argument("--source", type=Path, help="Keras's unpacked source package")
    parser.add_argument("--logs", type=Path, help="a folder to keep what the examples print")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
