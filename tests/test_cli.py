"""`python -m kshim run` runs scripts and modules as python itself would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOLD = "import sys, keras\nprint(keras.__version__, __name__, sys.argv, sys.path[0], sep='|')\n"


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-m", "kshim", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_script_sees_what_python_would_show_it(tmp_path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text(TOLD)
    done = run("run", "sub/a.py", "--keras", "-m", "z", folder=tmp_path)
    assert done.stdout == f"2.2.4|__main__|['sub/a.py', '--keras', '-m', 'z']|{tmp_path}/sub\n"
    assert done.stderr == (
        "kshim: running as Keras 2.2 (package keras in a.py, line 1); --keras overrides.\n"
    )


def test_a_module_sees_what_python_would_show_it(tmp_path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("raise_if_read_twice = 1\n")
    (tmp_path / "pkg" / "mod.py").write_text(TOLD + "Model(input=1) if len(sys.argv) > 9 else 0\n")
    done = run("run", "-m", "pkg.mod", "-x", "y", folder=tmp_path)
    file = f"{tmp_path}/pkg/mod.py"
    assert done.stdout == f"1.2.2|__main__|['{file}', '-x', 'y']|{tmp_path}\n"
    assert "Keras 1.2 (argument of Model input in mod.py, line 3)" in done.stderr


def test_the_era_asked_for_wins_in_silence(tmp_path) -> None:
    (tmp_path / "a.py").write_text(TOLD)
    done = run("run", "--keras", "2.3", "a.py", folder=tmp_path)
    assert done.stdout.startswith("2.3.1|")
    assert done.stderr == ""


def test_the_exit_status_is_the_script_s(tmp_path) -> None:
    (tmp_path / "a.py").write_text("raise SystemExit(3)")
    assert run("run", "--keras", "2.2", "a.py", folder=tmp_path).returncode == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--keras", "9", "a.py"], "choose from '1.2', '2.0', '2.2', '2.3', '2.15', '3'"),
        (["run", "nope.py"], "SCRIPT must be a file that is there, got 'nope.py'."),
        (["run"], "SCRIPT must be a file, or -m a module, got neither."),
    ],
)
def test_a_wrong_command_says_what_is_wanted(words: list[str], message: str, tmp_path) -> None:
    done = run(*words, folder=tmp_path)
    assert done.returncode != 0
    assert message in done.stderr
