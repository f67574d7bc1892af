import subprocess
import sys
from pathlib import Path

import pytest

from kshim import cli

pytest.importorskip("libcst")

SCRIPT = '''"""A script of Keras 1."""
from __future__ import print_function
import numpy as np  # numbers
import keras
from keras import backend as K
from keras.layers.core import Dense, Activation
from keras.models import Sequential

model = Sequential()
model.add(Dense(output_dim=3,  input_dim=2, init="one"))   # spaces stay
model.add(keras.layers.advanced_activations.LeakyReLU(0.1))
model.compile("sgd", "mse")
x = np.ones((4, 2), "float32")
model.fit(x, np.zeros((4, 3)), nb_epoch=2, verbose=0)
print(K.image_dim_ordering(), keras.__version__, model.predict(x).shape)
'''


def test_a_migrated_script_runs_without_the_hook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    assert cli.main(["migrate", str(path)]) == 0
    made = capsys.readouterr().out
    assert path.read_text() == SCRIPT
    assert "from kshim.layers import Dense, Activation" in made
    assert 'model.add(Dense(units=3,  input_dim=2, kernel_initializer="one"))   # spaces' in made
    assert "model.fit(x, np.zeros((4, 3)), epochs=2, verbose=0)" in made
    assert "kshim.layers.LeakyReLU(0.1)" in made and "import numpy as np  # numbers" in made
    assert 'kshim.era("1.2")' in made
    cli.main(["migrate", str(path), "--write"])
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["tf", "1.2.2", "(4,", "3)"]


def test_a_name_that_kshim_lacks_stays_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "train.py"
    path.write_text("from keras.layers import Dense, Dnese\n")
    assert cli.main(["migrate", str(path)]) == 1
    told = capsys.readouterr()
    assert "from keras.layers import Dnese" in told.out
    assert "lacks it: keras.layers.Dnese" in told.err
    with pytest.raises(SystemExit, match="must be a file"):
        cli.main(["migrate", str(tmp_path / "gone.py")])
