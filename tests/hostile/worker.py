"""Read hostile files, each in a process of its own, and tell what came of it.

    python -m tests.hostile.worker FOLDER

Every child may grow by twice its file and 200 MB, has ten seconds of a core, and is watched: what
Python opens, executes, imports, unmarshals or connects to is noted. FOLDER/outcomes.json tells
the rest.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml  # noqa: F401  (its own import is no doing of a file's)

import kshim
from kshim import layers
from kshim.core import settings
from kshim.core.eras import current_era
from kshim.core.registry import custom_objects
from kshim.errors import KshimError
from kshim.models import (
    Sequential,
    load_model,
    model_from_config,
    model_from_json,
    model_from_yaml,
)
from kshim.utils.files import get_file
from tests.hostile.archives import tarred, zipped
from tests.hostile.corpus import CASES, LEGAL
from tests.hostile.parts import MARKER, PAYLOAD_MODULE, write

SECONDS = 10
LONGEST_WAIT = 60
GROWTH = 200 * 10**6
DRAFTS = "drafts"
FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "marshal.",
    "pickle.", "urllib.", "ftplib.", "http.", "ctypes.", "webbrowser.", "code.__new__",
)  # fmt: skip


def sound_model() -> Any:
    """Return the model that the sound weights belong to."""
    first = layers.Dense(3, input_shape=(4,), name="one")
    return Sequential([first, layers.Dense(2, name="two")])


def fetched(path: Path, **more: Any) -> Any:
    """Fetch and unpack an archive into a cache beside it."""
    name = more.pop("name", path.name)
    cache = path.parent / "cache"
    return get_file(name, origin=path.as_uri(), cache_dir=cache, cache_subdir="", **more)


WAYS: dict[str, Callable[[Path], Any]] = {
    "model": load_model,
    "unsafe": lambda path: load_model(path, safe_mode=False),
    "weights": lambda path: sound_model().load_weights(path),
    "by name": lambda path: sound_model().load_weights(path, by_name=True),
    "json": lambda path: model_from_json(path.read_text()),
    "checkpoint": lambda path: sound_model().load_weights(path.with_suffix("")),
    "yaml": lambda path: model_from_yaml(path.read_text()),
    "from_config": lambda path: layers.Lambda.from_config(json.loads(path.read_text())["config"]),
    "deserialize": lambda path: layers.deserialize(json.loads(path.read_text())),
    "model config": lambda path: model_from_config(json.loads(path.read_text())),
    "extract": lambda path: fetched(path, extract=True),
    "untar": lambda path: fetched(path, name="data", untar=True),
}


def main(folder: Path) -> None:
    """Read every case, and write the outcomes beside the files."""
    prepare(folder)
    cases = [*CASES, *LEGAL]
    outcomes = {case.name: outcome(case, folder / f"case{n}") for n, case in enumerate(cases)}
    (folder / "outcomes.json").write_text(json.dumps(outcomes))


def prepare(folder: Path) -> None:
    """Import what reading needs, and lay out the module that no file may import."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    tempfile.tempdir = str(folder / DRAFTS)
    (folder / DRAFTS).mkdir(parents=True)
    module = folder / "modules"
    module.mkdir()
    (module / f"{PAYLOAD_MODULE}.py").write_text(
        f"open({str(folder / MARKER)!r}, 'w').close()\nclass Payload: pass\n"
    )
    sys.path.insert(0, str(module))
    sound = folder / "sound.h5"
    write(sound)
    np.asarray(load_model(sound).predict(np.ones((2, 4))))
    for ending in (".safetensors", ".pt"):
        sound_model().save_weights(folder / f"sound{ending}")
        sound_model().load_weights(folder / f"sound{ending}")
    for ending, pack in ((".tar", tarred), (".zip", zipped)):
        archive = folder / f"sound{ending}"
        pack(("a", b"1"))(archive)
        fetched(archive, extract=True)


def outcome(case: Any, folder: Path) -> dict[str, Any]:
    """Make a case's file, read it in a child, and return what came of it."""
    folder.mkdir()
    path = folder / f"file{case.ending}"
    case.make(path)
    before = listing(folder)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            json.dump(attempt(case, path), pipe)
        os._exit(0)
    os.close(writer)
    told = waited(child, reader)
    told["marker"] = (folder / MARKER).exists() or (folder.parent / MARKER).exists()
    told["left"] = sorted(listing(folder) - before) + os.listdir(folder.parent / DRAFTS)
    return told


def waited(child: int, reader: int) -> dict[str, Any]:
    """Return what a child tells, or how it ended."""
    started = time.monotonic()
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    told = json.loads(text) if text else {}
    told["signal"] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    told["seconds"] = time.monotonic() - started
    return told


def attempt(case: Any, path: Path) -> dict[str, Any]:
    """Read a file under limits, watched, and return what it led to."""
    seen = watch(path.parent)
    state, modules = global_state(), set(sys.modules)
    limit(path)
    told: dict[str, Any] = {"error": "", "ours": False, "message": ""}
    try:
        WAYS[case.how](path)
        told["seen"] = list(seen)
    except BaseException as error:
        told.update(
            seen=list(seen),
            error=type(error).__name__,
            ours=isinstance(error, KshimError),
            message=str(error),
            trace="".join(traceback.format_tb(error.__traceback__)[-4:]),
        )
    told["modules"] = sorted(set(sys.modules) - modules)
    told["state_changed"] = [key for key, it in global_state().items() if state[key] != it]
    told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return told


def limit(path: Path) -> None:
    """Limit the memory and time of this process from here on."""
    size = path.stat().st_size if path.is_file() else 0
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    allowed = pages * resource.getpagesize() + 2 * size + GROWTH
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    signal.alarm(LONGEST_WAIT)


def watch(folder: Path) -> list[str]:
    """Return a list that grows by everything done from here on that no file may lead to."""
    seen: list[str] = []
    allowed = (str(folder), str(folder.parent / DRAFTS), "/proc/self", "/dev/null")

    def note(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[0], str) and not args[0].startswith(allowed):
            seen.append(f"open {args[0]}")
        elif event.startswith(FORBIDDEN) and not _is_our_own(event, args):
            seen.append(f"{event} {args!r:.100}")

    sys.addaudithook(note)
    return seen


def _is_our_own(event: str, args: tuple[Any, ...]) -> bool:
    """Return whether it is the test's own asking for a file beside."""
    return event == "urllib.Request" and str(args[0]).startswith("file:///")


def global_state() -> dict[str, Any]:
    """Return the settings that reading a file must leave alone."""
    return {
        "era": current_era(),
        "floatx": settings.floatx(),
        "epsilon": settings.epsilon(),
        "data format": settings.image_data_format(),
        "custom objects": sorted(custom_objects()),
        "registered layers": len(layers.base.LAYERS.names()),
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "recursion limit": sys.getrecursionlimit(),
        "torch dtype": str(torch.get_default_dtype()),
        "version": kshim.__version__,
    }


def listing(folder: Path) -> set[str]:
    """Return what stands in a folder and around it."""
    return set(_walk(folder)) | {it.name for it in folder.parent.iterdir()}


def _walk(folder: Path) -> Iterable[str]:
    for place, folders, files in os.walk(folder):
        yield from (os.path.join(os.path.relpath(place, folder), it) for it in folders + files)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
