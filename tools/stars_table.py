"""Write `kshim/compat/stars.py`: which old module had which of the names in `leaks.LEAKS`.

    python tools/stars_table.py

Reads the names recorded from the real Kerases in `compat_cases/upstream/names`.
"""

from __future__ import annotations

import gzip
import sys
import textwrap
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kshim.compat.leaks import LEAKS  # noqa: E402

HEAD = '''"""Which names each module of the old Kerases had from its own imports, in any version.

Written by `tools/stars_table.py` from what the real Kerases say. Do not edit.
"""

from __future__ import annotations

STARS: dict[str, str] = {
'''


def main() -> int:
    """Write the table."""
    rows: dict[str, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "compat_cases" / "upstream" / "names").glob("keras-*.txt.gz")):
        for line in gzip.decompress(file.read_bytes()).decode().splitlines():
            path, _, names = line.partition(": ")
            rows[path.removeprefix("keras").removeprefix(".")] |= LEAKS.keys() & set(names.split())
    kept = {path: " ".join(sorted(names)) for path, names in sorted(rows.items()) if names}
    body = "".join(_row(path, names) for path, names in kept.items())
    (ROOT / "kshim" / "compat" / "stars.py").write_text(HEAD + body + "}\n")
    print(f"{len(kept)} modules")
    return 0


def _row(path: str, names: str) -> str:
    whole = f'    "{path}": "{names}",\n'
    if len(whole) <= 101:
        return whole
    lines = textwrap.wrap(names, 84)
    text = "".join(f'        "{line} "\n' for line in lines[:-1])
    return f'    "{path}": (\n{text}        "{lines[-1]}"\n    ),\n'


if __name__ == "__main__":
    sys.exit(main())
