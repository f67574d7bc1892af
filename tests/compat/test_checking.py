import json
from pathlib import Path

import pytest

from kshim import cli
from kshim.compat.checking import check

SCRIPT = """
import keras
import tensorflow as tf
from keras import backend as K
from keras.layers.core import Dense, Dnese
from keras.models import *
from keras.utils import multi_gpu_model

model = Sequential()
model.add(keras.layers.Dense(3))
x = K.exp(tf.reduce_sum(tf.no_such_thing([1.0])))
tf.Session(config=tf.ConfigProto())
print(keras.__version__, Dense.__name__, K.no_function)
"""


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_each_use_is_told_with_its_line(tmp_path: Path) -> None:
    found = check(put(tmp_path, "train.py", SCRIPT))
    bad = {(word.line, word.name) for word in found.words if word.status == "missing"}
    assert bad == {
        (5, "keras.layers.core.Dnese"), (11, "tensorflow.no_such_thing"),
        (13, "keras.backend.no_function"),
    }  # fmt: skip
    differs = {word.name for word in found.words if word.status == "differs"}
    assert differs == {"keras.utils.multi_gpu_model", "tensorflow.ConfigProto"}
    good = {word.name for word in found.words if word.status == "supported"}
    assert {"keras.layers.Dense", "keras.backend.exp", "keras.__version__"} <= good
    assert found.era == "2.2" and 50 < found.share < 100


def test_the_command_prints_lines_and_a_share(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "good.py", "from keras.layers import Dense\n")
    put(tmp_path, "old.py", "print 'Python 2'\n")
    assert cli.main(["check", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "good.py: Keras 2.2 (package keras in good.py, line 1); 100% of 1 uses" in told
    assert "old.py: cannot be read: line 1 is no Python 3" in told
    assert "2 files: 100.0% of 1 uses supported" in told


def test_json_holds_everything_and_the_status_tells_of_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, "bad.py", "from keras.layers import Dnese\n")
    assert cli.main(["check", str(path), "--json"]) == 1
    [row] = json.loads(capsys.readouterr().out)
    assert row["percent"] == 0.0 and row["words"][0]["line"] == 1
    with pytest.raises(SystemExit, match="must be a file or folder"):
        cli.main(["check", str(tmp_path / "gone.py")])
