"""Record what a real Keras computes, for the conformance suite in ``compat_cases/``.

    python tools/record.py ORACLE_PYTHON [--what layers [--families "conv*"]] [--out compat_cases]

ORACLE_PYTHON is the Python of an environment that holds a real Keras (``tools/oracles.sh`` builds
them). The same Keras writes the same bytes again; where an old TensorFlow races, the recording
holds every run that was seen.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = (
    "applications", "backend", "catalogue", "curves", "dropping", "layers", "models", "optimizers",
    "losses",
    "functions", "initializers", "refusals", "scripts", "seeds", "masking", "measures", "precision",
    "trained",
)  # fmt: skip

FAMILIES = ("applications", "layers")  # kinds of which a part can be recorded

# One thread, one order of sets and dicts, TensorFlow's plain kernels: the same bytes each time.
STILL = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}


def main(words: list[str]) -> int:
    """Record the asked kinds with the asked Keras; return the first failing exit status."""
    asked = read_arguments(words)
    kinds = KINDS if asked.what == "all" else (asked.what,)
    return max(record(asked, kind) for kind in kinds)


def read_arguments(words: list[str]) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description="Record what a real Keras computes.")
    parser.add_argument("oracle_python", help="the Python of an environment with a real Keras")
    parser.add_argument("--what", choices=(*KINDS, "all"), default="all")
    parser.add_argument("--families", help="with --what layers: only the files of this pattern")
    parser.add_argument("--out", type=Path, default=ROOT / "compat_cases")
    return parser.parse_args(words)


def record(asked: argparse.Namespace, kind: str) -> int:
    """Record one kind with one Keras; return its exit status."""
    script = ROOT / "tools" / "recording"
    cases = ROOT / "compat_cases" / "cases"
    families = [asked.families] if asked.families and kind in FAMILIES else []
    command = [asked.oracle_python, "-W", "ignore", script, kind, cases, asked.out, *families]
    words = [str(word) for word in command]
    return subprocess.run(words, env={**os.environ, **STILL}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
