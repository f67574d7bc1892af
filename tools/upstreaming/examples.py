"""Runs Keras's own examples, each in a process and a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from upstreaming.files import put_files
from upstreaming.settings import Given
from upstreaming.sources import ERAS, data_home, environment


class Outcome(NamedTuple):
    """Hold how one example went."""

    name: str
    ok: bool
    seconds: float
    last_line: str


def run(script: Path, version: str, given: Given, logs: Path | None = None) -> Outcome:
    """Run one example in a process and a folder of its own."""
    scripts = [script.with_stem(given.after)] * bool(given.after) + [script]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        put_files(Path(folder))
        log = Path(logs or folder).resolve() / f"{script.stem}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "w") as file:
            for one in scripts:
                status = _status(_command(one, version, given), folder, file, given.seconds)
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    seconds = time.monotonic() - started
    last = lines[-1].strip() if lines else ""
    return Outcome(script.stem, status == 0, seconds, last if status is not None else "out of time")


def _command(script: Path, version: str, given: Given) -> list[str]:
    told = [ERAS[version], json.dumps(asdict(given))]
    return [sys.executable, "-m", "upstreaming.cutting", str(script.resolve()), *told]


def _status(command: list[str], folder: str, log: Any, seconds: float) -> int | None:
    """Return the exit status of a command, None where it ran out of time."""
    home = data_home()
    env = environment(KERAS_HOME=str(home / ".keras"), HOME=str(home))
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
