"""Fetches what is run: Keras's source packages, and stand-in data sets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kshim-upstream"
ERAS = {"2.2.4": "2.2", "2.3.1": "2.3"}


def fetched(version: str, cache: Path = CACHE) -> Path:
    """Return the folder of one Keras's source package, fetched by pip if it is not there."""
    folder = cache / f"Keras-{version}"
    if not folder.exists():
        from kshim.utils.archives import extract

        cache.mkdir(parents=True, exist_ok=True)
        flags = ["--no-binary", ":all:", "--no-deps", "--no-build-isolation", "--quiet"]
        pip = [sys.executable, "-m", "pip", "download", *flags, "--dest", str(cache)]
        subprocess.run([*pip, f"keras=={version}"], check=True)
        extract(next(cache.glob(f"[Kk]eras-{version}.tar.gz")), cache, ("tar",))
    return folder


def data_home(cache: Path = CACHE) -> Path:
    """Return a home folder, with stand-in data sets where Keras keeps its own in it."""
    home = cache / "home"
    datasets = home / ".keras" / "datasets"
    if not (datasets / "wordlist_bi_clean.txt").exists():  # the one that is made last
        tool = [sys.executable, str(ROOT / "tools" / "standin_data.py")]
        subprocess.run([*tool, "--folder", str(datasets)], check=True, env=environment())
    return home


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that imports kshim from here."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tools")])
    ours = {"PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "Agg"}
    return {**os.environ, **ours, **more}
