"""Processes that are measured in turn, and how their figures are written."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Contenders:
    """Know the frameworks that are there: "torch", "kshim", and peers in Pythons of their own."""

    def __init__(self, peers: Mapping[str, str | None], threads: int) -> None:
        self.pythons = {"torch": sys.executable, "kshim": sys.executable}
        self.pythons.update({name: python for name, python in peers.items() if python})
        self.threads = threads

    @property
    def names(self) -> list[str]:
        """Return their names, plain torch first."""
        return list(self.pythons)

    def start(self, name: str, script: str, *arguments: str) -> Process:
        """Return a process of one of them that runs a script of this folder."""
        return Process([self.pythons[name], str(HERE / script), name, *arguments], self.threads)

    @contextmanager
    def working(self, workload: str) -> Iterator[dict[str, Process]]:
        """Hold a process of each that knows a workload."""
        running: dict[str, Process] = {}
        try:
            for name in self.names:
                running[name] = self.start(name, "worker.py", workload, str(self.threads))
                running[name].answer()
            yield running
        finally:
            for process in running.values():
                process.close()


class Process:
    """Hold a process that answers lines with lines of JSON."""

    def __init__(self, command: Sequence[str], threads: int) -> None:
        lonely = {"OMP_NUM_THREADS": str(threads), "TF_CPP_MIN_LOG_LEVEL": "3"}
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**os.environ, **lonely, "PYTHONPATH": path},
        )  # fmt: skip

    def ask(self, action: str) -> dict[str, Any]:
        """Return the answer to an action."""
        assert self.process.stdin is not None
        self.process.stdin.write(action + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return the next answer; what the process said of its end, if there is none."""
        assert self.process.stdout is not None and self.process.stderr is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self.command)} ended:\n{self.process.stderr.read()}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def ratios(times: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return each one's ratio to plain torch, round by round."""
    plain = times["torch"]
    return {name: [a / b for a, b in zip(it, plain)] for name, it in times.items()}


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows in columns; numbers to the right."""
    texts = [[_text(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts)]
    for row in texts:
        first, *others = row
        print(first.ljust(widths[0]), *(it.rjust(w) for it, w in zip(others, widths[1:])))
    print(flush=True)


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:.2f}" if abs(cell) >= 0.1 else f"{cell:.3f}"
    return str(cell)


def print_device(threads: int) -> None:
    """Print on what the figures are taken."""
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    print(f"torch {torch.__version__} on {name}, {threads} threads", flush=True)
    if not torch.cuda.is_available():
        print("CUDA: not measured, there is none.", flush=True)
    print(flush=True)
