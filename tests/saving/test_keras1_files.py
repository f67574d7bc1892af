"""What only files of Keras 1.2.2, on TensorFlow and on Theano, and of 2.0.8 do."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from kshim import layers
from kshim.core.eras import in_era
from kshim.models import Sequential, load_model, model_from_json
from kshim.saving.theano import PadsOtherwise, is_of_theano
from tests.recorded import Recorded, model_file, recorded_models


def recorded(oracle: str, wanted: str) -> Recorded:
    """Return one case."""
    return next(it for it in recorded_models(oracle) if it.name == wanted)


@pytest.mark.parametrize(
    ("backend", "era", "names", "told"),
    [
        (None, "1.2", ["dense_1_W"], True),
        (None, "1.2", ["dense_1_W:0"], False),
        (None, "1.2", [], False),
        (None, "3", ["layers/dense/kernel"], False),
        ("theano", "2.2", ["dense_1/kernel"], True),
        ("tensorflow", "1.2", ["dense_1_W"], False),
    ],
)
def test_theano_is_known_by_its_word_or_by_names_without_a_number(
    backend: str | None, era: str, names: list[str], told: bool
) -> None:
    assert is_of_theano(backend, era, names) is told


def test_kernels_of_theano_are_turned_and_those_of_tensorflow_are_not() -> None:
    for oracle, turn in [("keras-1.2.2", False), ("keras-1.2.2-theano", True)]:
        case = recorded(oracle, "cnn_th")
        held = load_model(model_file(case), compile=False).get_weights()[0]
        stored = case.weights[0]
        np.testing.assert_array_equal(held, stored[:, :, ::-1, ::-1] if turn else stored)


def test_a_file_of_keras_2_that_names_theano_has_its_kernels_turned(tmp_path: Path) -> None:
    case = recorded("keras-2.0.8", "conv_1d")
    path = tmp_path / "theano.h5"
    shutil.copy(model_file(case), path)
    with h5py.File(path, "a") as opened:
        opened["model_weights"].attrs["backend"] = b"theano"
    held, plain = (load_model(it, compile=False).get_weights() for it in (path, model_file(case)))
    np.testing.assert_array_equal(held[0], plain[0][::-1])
    np.testing.assert_array_equal(held[-1], plain[-1])


def test_layers_that_theano_pads_otherwise_are_named_in_a_warning(tmp_path: Path) -> None:
    with in_era("2.2"):
        first = layers.Conv2D(2, (3, 3), padding="same", input_shape=(4, 5, 2), name="fine")
        odd = layers.Conv2D(2, (2, 3), padding="same", name="odd_one")
        model = Sequential([first, odd])
    path = tmp_path / "padded.h5"
    model.save_weights(path)
    with h5py.File(path, "a") as opened:
        opened.attrs["backend"] = b"theano"
    with pytest.warns(PadsOtherwise, match=re.escape("the later side: odd_one.")):
        model.load_weights(path)


def test_layers_that_leave_their_dim_ordering_out_take_that_of_the_others() -> None:
    config = json.loads(recorded("keras-1.2.2", "cnn_th").spec["to_json"])
    silent = [it["class_name"] for it in config["config"] if "dim_ordering" not in it["config"]]
    assert {"ZeroPadding2D", "UpSampling2D"} <= set(silent)
    model = model_from_json(json.dumps(config))
    formats = {type(it).__name__: getattr(it, "data_format", None) for it in model.layers}
    assert formats["ZeroPadding2D"] == formats["UpSampling2D"] == "channels_first"


def test_layers_of_both_dim_orderings_leave_the_silent_ones_to_the_setting() -> None:
    config = json.loads(recorded("keras-1.2.2", "cnn_th").spec["to_json"])
    only = [it for it in config["config"] if it["class_name"] in ("ZeroPadding2D", "Convolution2D")]
    only[1]["config"]["dim_ordering"] = "tf"
    config["config"] = only[:2]
    padding = model_from_json(json.dumps(config)).layers[0]
    assert padding.data_format == "channels_last"


def test_the_weights_of_merged_branches_stand_side_by_side() -> None:
    case = recorded("keras-1.2.2", "merged_branches")
    with h5py.File(model_file(case)) as opened:
        names = [it.decode() for it in opened["model_weights"].attrs["layer_names"]]
    assert len(names) == 5
    model = load_model(model_file(case), compile=False)
    assert [len(it.get_weights()) for it in model.layers] == [0, 2, 2]
    assert isinstance(model, Sequential)
    assert len(model.inputs) == 2
