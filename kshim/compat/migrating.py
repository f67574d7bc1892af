"""`migrate`: a script rewritten for kshim, so that it runs without the import hook.

python -m kshim migrate train.py              prints it
python -m kshim migrate train.py --write      puts it in the script's place
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kshim.compat.finding import find_era
from kshim.compat.naming import serving
from kshim.compat.rewriting import rewritten
from kshim.core.eras import in_era
from kshim.core.replacing import in_place_of


def add_parser(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser(
        "migrate",
        help="rewrite a script's imports and old words for kshim",
        description=(
            "Rewrite the imports of Keras and tensorflow, and the old names of arguments, to "
            "kshim's own; everything else stays as it is, spaces and comments too. The script "
            "then runs with plain python. Needs libcst (pip install 'kshim[migrate]')."
        ),
    )
    parser.add_argument("script", metavar="SCRIPT", type=Path)
    parser.add_argument("--write", action="store_true", help="put it in the script's place")
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> int:
    """Rewrite a script; print it or put it in the old one's place."""
    if not chosen.script.is_file():
        sys.exit(f"kshim migrate: SCRIPT must be a file that is there, got {str(chosen.script)!r}.")
    text, missing = migrate(chosen.script)
    for name in missing:
        print(f"kshim migrate: left as it was, for kshim lacks it: {name}", file=sys.stderr)
    if chosen.write:
        with in_place_of(str(chosen.script)) as draft:
            Path(draft).write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return int(bool(missing))


def migrate(script: Path) -> tuple[str, list[str]]:
    """Return a script rewritten for kshim, and the names it lacks, which stay as they are."""
    era = find_era(script).era
    with in_era(era), serving():
        return rewritten(script.read_text(encoding="utf-8"), era)
