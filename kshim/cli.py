"""The command line: `run SCRIPT` runs an old Keras script on PyTorch, `inspect FILE` reports,
`check SCRIPT` tells what is supported, `migrate SCRIPT` rewrites it for kshim,
`convert MODEL` writes a model as ONNX or PyTorch source, `compare MODEL` holds it to its old Keras.

    python -m kshim run train.py
    python -m kshim inspect model.h5
    python -m kshim check train.py
    python -m kshim migrate train.py
    python -m kshim convert model.h5 --torch net.py
    python -m kshim compare model.h5 --inputs x.npz --reference y.npz
"""

from __future__ import annotations

import argparse
import importlib.machinery
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from kshim.commands import compare, convert
from kshim.compat import checking, migrating
from kshim.compat.finder import install
from kshim.compat.finding import Finding, find_era
from kshim.core.eras import ERAS
from kshim.errors import KshimError
from kshim.saving.inspecting import inspect


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    chosen = _parser().parse_args(arguments)
    if hasattr(chosen, "act"):
        return _done(chosen)
    if chosen.module:
        run_module(chosen.module[0], chosen.module[1:], chosen.keras)
    elif chosen.script:
        run_script(chosen.script[0], chosen.script[1:], chosen.keras)
    else:
        _parser().error("run: SCRIPT must be a file, or -m a module, got neither.")
    return 0


def _done(chosen: argparse.Namespace) -> int:
    """Do what a command asks and return the exit status; what is wrong is told in one line."""
    try:
        status = int(chosen.act(chosen))
        sys.stdout.flush()
    except KshimError as error:
        sys.exit(f"kshim {chosen.command}: {error}")
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def inspect_file(chosen: argparse.Namespace) -> int:
    """Print what is in a model's file and what would not load; return 1 if there is any such."""
    if not Path(chosen.file).is_file():
        sys.exit(f"kshim inspect: FILE must be a file that is there, got {chosen.file!r}.")
    report = inspect(chosen.file)
    print(report)
    return 0 if report.loads else 1


def run_script(script: str, arguments: Sequence[str], era: str | None = None) -> None:
    """Run a script as `python SCRIPT ARGUMENTS` would, with Keras served by kshim.

    Args:
        script: the path of a Python file.
        arguments: what the script reads in `sys.argv[1:]`.
        era: the Keras version to speak; None finds it from the script's words.
    """
    place = Path(script)
    if not place.exists():
        sys.exit(f"kshim run: SCRIPT must be a file that is there, got {script!r}.")
    _serve(era, place if place.is_file() else None)
    sys.argv = [script, *arguments]
    sys.path[0] = str(place.resolve().parent)
    runpy.run_path(script, run_name="__main__")


def run_module(module: str, arguments: Sequence[str], era: str | None = None) -> None:
    """Run a module as `python -m MODULE ARGUMENTS` would, with Keras served by kshim."""
    sys.path[0] = str(Path.cwd())
    _serve(era, _file_of(module))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kshim", description="Old Keras scripts, unmodified, on PyTorch."
    )
    commands = parser.add_subparsers(
        title="commands",
        dest="command",
        required=True,
        metavar="{run,inspect,check,migrate,convert,compare}",
    )
    run = commands.add_parser(
        "run",
        help="run a Keras script or module",
        usage="python -m kshim run [-h] [--keras ERA] (SCRIPT | -m MODULE) [ARGS ...]",
        description=(
            "Run a script with `keras`, its old sub-module paths and `tensorflow.keras` served "
            "by kshim. Nothing is installed or written; a real Keras or tensorflow on this "
            "machine is left alone."
        ),
        epilog=(
            "Without --keras the version is found from the script's own words (nb_epoch: 1.2; "
            "tensorflow.keras: 2.15; otherwise 2.2), and one line on stderr says which and why. "
            "Example: python -m kshim run --keras 2.2 train.py --epochs 3"
        ),
    )
    run.add_argument(
        "--keras",
        metavar="ERA",
        choices=ERAS,
        help=f"the Keras version whose defaults and numbers to give, one of {', '.join(ERAS)}",
    )
    run.add_argument(
        "-m",
        dest="module",
        metavar="MODULE",
        nargs=argparse.REMAINDER,
        help="run a module, as python -m does; all that follows it is its own",
    )
    run.add_argument(
        "script",
        metavar="SCRIPT",
        nargs=argparse.REMAINDER,
        help="run a Python file; all that follows it is its own",
    )
    inspecting = commands.add_parser(
        "inspect",
        help="report what is in a model's file",
        description=(
            "Tell the Keras that wrote a file, its layers, weights and optimizer, and what would "
            "not load and why. Nothing in the file is executed. The exit status is 1 when "
            "something would not load."
        ),
    )
    inspecting.add_argument("file", metavar="FILE", help="an .h5 file or a .keras archive")
    inspecting.set_defaults(act=inspect_file)
    checking.add_parser(commands)
    migrating.add_parser(commands)
    convert.add_parser(commands)
    compare.add_parser(commands)
    return parser


def _serve(era: str | None, place: Path | None) -> None:
    """Install the hook for an era, found from a file where none is named, and say so."""
    found = Finding(era, "asked for") if era else find_era(place) if place else None
    install(found.era if found else None)
    # As with TensorFlow: what a script computes has no gradient outside training and tapes.
    torch.set_grad_enabled(False)
    if found and not era:
        print(
            f"kshim: running as Keras {found.era} ({found.reason}); --keras overrides.",
            file=sys.stderr,
        )


def _file_of(module: str) -> Path | None:
    """Return the file that `-m module` would run, importing nothing."""
    folders: Sequence[str] | None = None
    spec = None
    for part in (*module.split("."), "__main__"):
        inside = importlib.machinery.PathFinder.find_spec(part, folders)
        if inside is None:
            break
        spec, folders = inside, inside.submodule_search_locations
        if folders is None:
            break
    return Path(spec.origin) if spec and spec.origin else None
