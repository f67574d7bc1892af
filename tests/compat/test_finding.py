"""The era of a script is found from its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from kshim.compat.finding import find_era
from kshim.core.eras import current_era


@pytest.mark.parametrize(
    ("text", "era"),
    [
        ("from keras.models import Sequential\nmodel.fit(x, y, nb_epoch=3)", "1.2"),
        ("import keras\nConvolution2D(32, 3, 3)", "1.2"),
        ("import keras\nConvolution2D(32, (3, 3), 'relu')", "2.2"),
        ("import keras\nConv2D(32, (3, 3), subsample=(2, 2))", "1.2"),
        ("from keras.models import Model\nModel(input=a, output=b)", "1.2"),
        ("from keras.models import Model\nModel(inputs=a, outputs=b)", "2.2"),
        ("from keras.layers import Embedding\nEmbedding(input_dim=9, output_dim=4)", "2.2"),
        ("from keras.layers import Dense\nDense(output_dim=4)", "1.2"),
        ("import keras\ndef block(border_mode): pass\nblock(border_mode='same')", "2.2"),
        ("from tensorflow.keras.layers import Dense", "2.15"),
        ("from tensorflow import keras", "2.15"),
        ("import tensorflow as tf\ntf.keras.layers.Dense(3)", "2.15"),
        ("from tensorflow.python.keras import backend", "2.15"),
        ("import keras\nkeras.optimizers.Adam(learning_rate=1)", "2.3"),
        ("import keras\nModelCheckpoint('w.h5', monitor='val_accuracy')", "2.3"),
        ("from keras import ops", "3"),
        ("import keras", "2.2"),
    ],
)
def test_a_script_has_the_era_of_its_strongest_word(text: str, era: str, tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    assert find_era(script).era == era


def test_the_reason_names_the_word_the_file_and_the_line(tmp_path) -> None:
    script = tmp_path / "train.py"
    script.write_text("import keras\n\nmodel.fit(x, y,\n          nb_epoch=3)\n")
    assert find_era(script).reason == "argument nb_epoch in train.py, line 4"


def test_files_beside_the_script_are_read_too(tmp_path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "model.py").write_text("from .blocks import block\nimport keras")
    (tmp_path / "nets" / "blocks.py").write_text("Convolution2D(8, 3, 3, border_mode='same')")
    script = tmp_path / "train.py"
    script.write_text("from nets.model import build\n")
    assert find_era(script).era == "1.2"


def test_a_script_in_the_folder_one_is_in(tmp_path, monkeypatch) -> None:
    (tmp_path / "script.py").write_text("import keras\nimport beside\nfrom . import other")
    (tmp_path / "beside.py").write_text("Convolution2D(8, 3, 3, border_mode='same')")
    tmp_path.with_suffix(".py").write_text("import tensorflow.keras")
    monkeypatch.chdir(tmp_path)
    assert find_era(Path("script.py")).era == "1.2"


@pytest.mark.parametrize("text", ["print 'python 2'", "import numpy\nf(nb_epoch=2)", ""])
def test_a_script_without_keras_keeps_the_era_in_force(text: str, tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    assert find_era(script) == (current_era(), "no word of Keras found")
