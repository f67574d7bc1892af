"""Each command as a person gives it: in a new process, in the folder of the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from keras.models import Sequential
from keras.layers import Dense, LSTM, Lambda
import numpy as np
model = Sequential()
model.add(LSTM(3, input_shape=(5, 2), name='l'))
model.add(Dense(2, name='d'))
model.compile('sgd', 'mse')
model.fit(np.ones((4, 5, 2)), np.ones((4, 2)), nb_epoch=1, verbose=0)
model.save('model.h5')
x = np.ones((4, 5, 2), 'float32')
np.savez('x.npz', x)
np.savez('y.npz', d=model.predict(x))
"""
ROOT = Path(__file__).resolve().parents[2]


def kshim(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    return subprocess.run(
        [sys.executable, "-m", "kshim", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fresh")
    (made / "old.py").write_text(SCRIPT)
    done = kshim(made, "run", "old.py")
    assert done.returncode == 0, done.stderr
    assert "running as Keras 1.2 (argument nb_epoch in old.py" in done.stderr
    return made


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("inspect model.h5", "would load"),
        ("check old.py", "100% of"),
        ("check .", "100% of"),
        ("migrate old.py", "from kshim.models import Sequential"),
        ("convert model.h5 --torch net.py", "net.py: PyTorch source"),
        ("convert model.h5 --onnx net.onnx", "net.onnx:"),
        ("compare model.h5 --inputs x.npz --reference y.npz", "all layers agree"),
        ("compare --recorder", "np.savez"),
    ],
)
def test_a_command_does_its_work(folder: Path, words: str, told: str) -> None:
    done = kshim(folder, *words.split())
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


def test_what_is_wrong_is_told_in_one_line(folder: Path) -> None:
    (folder / "bad.h5").write_bytes(b"nothing")
    for words in ("convert bad.h5 --torch n.py", "compare bad.h5 --inputs x.npz --reference y.npz"):
        done = kshim(folder, *words.split())
        assert done.returncode == 1
        assert done.stderr.startswith(f"kshim {words.split()[0]}: bad.h5: must be")
        assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a shell with pipes")
def test_a_reader_that_stops_reading_is_no_error(folder: Path) -> None:
    command = f"{sys.executable} -m kshim compare --recorder | head -n 1"
    done = subprocess.run(
        command, shell=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith('"""Record')
