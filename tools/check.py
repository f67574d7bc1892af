"""The one command before a commit: style, types, import floors, tests.

python tools/check.py            everything
python tools/check.py tests/nn   the same, with these tests alone
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = {
    "style": ["ruff", "check", "."],
    "types": ["mypy"],
    "floors": ["lint-imports", "--no-cache"],
    "tests": ["python", "-m", "pytest", "-q", "-n", "2"],
}


def main(tests: list[str]) -> int:
    """Run every step; return how many failed."""
    failed = []
    for name, command in STEPS.items():
        print(f"== {name}: {' '.join(command)}", flush=True)
        arguments = tests if name == "tests" else []
        tool = [sys.executable, *command[1:]] if command[0] == "python" else _beside(command)
        if subprocess.run([*tool, *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return len(failed)


def _beside(command: list[str]) -> list[str]:
    """Return the command with the tool that is installed beside this Python."""
    return [str(Path(sys.executable).parent / command[0]), *command[1:]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
