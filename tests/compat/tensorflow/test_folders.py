"""Folders and series as data sets: what tf.keras made of them, and what is refused.

The recorded half is made by tools/recording/folders.py.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from kshim.compat import finder
from kshim.compat.tensorflow import folder_data, windows
from kshim.compat.tensorflow.decoding import decode_image, decode_wav
from kshim.core.eras import in_era
from kshim.errors import (
    ArgumentError,
    FileError,
    NotSupported,
    ShapeError,
    UnexpectedArgument,
)
from kshim.layers import Dense, Flatten, TextVectorization
from kshim.models import Sequential
from kshim.preprocessing.image import smart_resize
from tests.recorded import recording_tool

ROOT = Path(__file__).parents[3]
# tensorflow undoes a JPEG's cosine transform in a faster, less exact way: a few levels of 255.
# libpng makes grey of colours in its own roundings.
GREYS = {f"decoded_{name}.png_1" for name in ("3", "4", "3_16", "4_16")}
LEVELS = {"jpeg_0_0_0": 4.0, "jpeg_1_0_0": 4.0}


@cache
def recorder() -> ModuleType:
    return recording_tool("folders")


@cache
def recorded() -> dict[str, Any]:
    where = ROOT / "compat_cases" / "recorded" / "tf.keras-2.15.0" / "preprocessing"
    with np.load(where / "folders.npz") as file:
        return {name: value for name, value in file.items() if name != "keras_version"}


class Makers:
    """Hold the four functions as one module of Keras does."""

    image_dataset_from_directory = staticmethod(folder_data.image_dataset_from_directory)
    text_dataset_from_directory = staticmethod(folder_data.text_dataset_from_directory)
    audio_dataset_from_directory = staticmethod(folder_data.audio_dataset_from_directory)
    timeseries_dataset_from_array = staticmethod(windows.timeseries_dataset_from_array)


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("folders"))
    recorder().make_folders(folder)
    return folder


@pytest.fixture(scope="module")
def ours(top: str) -> dict[str, Any]:
    with in_era("2.15"):
        found = dict(recorder().cases(top, Makers, smart_resize))
        return found | dict(recorder().decoded(top, decode_image, decode_wav))


def test_every_case_is_recorded(ours: dict[str, Any]) -> None:
    assert sorted(ours) == sorted(recorded())


@pytest.mark.parametrize("name", sorted(recorded()))
def test_it_is_what_keras_gave(ours: dict[str, Any], name: str) -> None:
    given, wanted = ours[name], recorded()[name]
    assert given.shape == wanted.shape
    if name in GREYS:
        assert np.abs(given.astype(int) - wanted).max() <= 1
    elif wanted.dtype.kind != "f":
        assert given.dtype.kind == wanted.dtype.kind
        np.testing.assert_array_equal(given, wanted)
    else:
        assert given.dtype == wanted.dtype
        np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=LEVELS.get(name, 1e-3))


def test_a_seed_mixes_within_an_epoch_and_the_order_is_not_the_files(top: str) -> None:
    words = {"image_size": (4, 4), "seed": 3, "batch_size": 1}
    made = folder_data.image_dataset_from_directory(f"{top}/pictures", **words)
    again = folder_data.image_dataset_from_directory(f"{top}/pictures", **words)
    first, second, other = ([float(x.sum()) for x, _ in one] for one in (made, made, again))
    assert first == other
    assert first != second and sorted(first) == sorted(second)


def test_a_model_trains_on_it(top: str) -> None:
    made = folder_data.image_dataset_from_directory(
        f"{top}/pictures", image_size=(4, 4), color_mode="grayscale", labels=None
    )
    with pytest.raises(ArgumentError, match="channels of a"):  # a BMP has no grey, as in tensorflow
        next(iter(made))
    both = folder_data.image_dataset_from_directory(
        f"{top}/pictures", image_size=(4, 4), seed=1, validation_split=0.3, subset="both"
    )
    model = Sequential([Flatten(input_shape=(4, 4, 3)), Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(both[0], validation_data=both[1], epochs=2, verbose=0).history
    assert len(history["loss"]) == len(history["val_loss"]) == 2


def test_texts_are_words_to_a_vectorization(top: str) -> None:
    made = folder_data.text_dataset_from_directory(f"{top}/texts", batch_size=4, shuffle=False)
    words = TextVectorization(output_mode="int", output_sequence_length=6)
    words.adapt(made.map(lambda text, label: text))
    texts, labels = next(iter(made))
    assert texts.numpy().dtype == object and labels.dtype == torch.int32
    assert words(texts).shape == (4, 6)
    assert "lines" in words.get_vocabulary() and "äll" in words.get_vocabulary()


@pytest.mark.parametrize("root", ["tensorflow.keras", "keras"])
def test_scripts_find_it_where_keras_has_it(root: str) -> None:
    names = [f"{kind}_dataset_from_directory" for kind in ("image", "text")]
    finder.install()
    try:
        for module in ("preprocessing", "utils"):
            found = importlib.import_module(f"{root}.{module}")
            for name in [*names, "timeseries_dataset_from_array"]:
                assert callable(getattr(found, name))
        assert callable(importlib.import_module(f"{root}.utils").audio_dataset_from_directory)
        assert importlib.import_module(f"{root}.preprocessing.image").smart_resize is smart_resize
    finally:
        finder.uninstall()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "labels of another kind": ({"labels": "given"}, "labels must be 'inferred', None, or a list"),
    "too few labels": ({"labels": [1, 2]}, "labels must be as many as there are files, 12, got 2"),
    "names beside labels": ({"labels": [1] * 12, "class_names": ["a"]}, "class_names must be None"),
    "other names": ({"class_names": ["cats"]}, "class_names must be the names of the folders"),
    "label mode": ({"label_mode": "words"}, "label_mode must be 'int'"),
    "binary of three": ({"label_mode": "binary"}, "label_mode must be another than 'binary'"),
    "share": ({"validation_split": 1.5, "subset": "training"}, "validation_split must be between"),
    "share alone": (
        {"validation_split": 0.5},
        "subset and validation_split must be given together",
    ),
    "subset": ({"validation_split": 0.5, "subset": "test"}, "subset must be 'training'"),
    "no seed": ({"validation_split": 0.5, "subset": "both"}, "seed must be given for a shuffled"),
    "colours": ({"color_mode": "hsv"}, "color_mode must be one of grayscale, rgb, rgba"),
    "interpolation": ({"interpolation": "bilinaer"}, "Did you mean 'bilinear'"),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused(top: str, words: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        folder_data.image_dataset_from_directory(f"{top}/pictures", **words)


def test_folders_without_files_are_refused(top: str, tmp_path: Path) -> None:
    make = folder_data.image_dataset_from_directory
    with pytest.raises(FileError, match="directory must be a folder"):
        make(str(tmp_path / "none"))
    with pytest.raises(FileError, match="must hold image files, got none that end"):
        make(str(tmp_path))
    with pytest.raises(FileError, match="must hold validation image files"):
        make(f"{top}/pictures", validation_split=0.01, subset="validation", seed=1)
    with pytest.raises(UnexpectedArgument, match="unknown keywords colour"):
        make(f"{top}/pictures", colour=1)


def test_sounds_refuse_what_needs_another_package(top: str) -> None:
    make = folder_data.audio_dataset_from_directory
    with pytest.raises(NotSupported, match="not resampled"):
        make(f"{top}/sounds", sampling_rate=8000)
    with pytest.raises(NotSupported, match="ragged"):
        make(f"{top}/sounds", ragged=True)
    with pytest.raises(ArgumentError, match="ragged must be False"):
        make(f"{top}/sounds", ragged=True, output_sequence_length=3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"sampling_rate": 0}, "sampling_rate must be at least 1"),
        ({"sequence_stride": 20}, "sequence_stride must be at least 1 and below .* 20, got 20"),
        ({"start_index": -1}, "start_index must be at least 0"),
        ({"end_index": 20}, "end_index must be at least 1"),
        ({"start_index": 5, "end_index": 4}, "end_index must be above start_index, 5, got 4"),
    ],
)
def test_places_outside_a_series_are_refused(words: dict[str, int], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        windows.timeseries_dataset_from_array(np.zeros(20), None, 3, **words)


def test_smart_resize_refuses_what_is_no_picture() -> None:
    with pytest.raises(ArgumentError, match="size must be a pair"):
        smart_resize(np.zeros((2, 3, 1)), (2, 3, 4))
    with pytest.raises(ShapeError, match="3 or 4 axes"):
        smart_resize(np.zeros((2, 3)), (2, 3))


def test_bytes_that_are_no_picture_or_sound_are_refused() -> None:
    with pytest.raises(FileError, match="contents must be a picture"):
        decode_image(b"no picture")
    with pytest.raises(FileError, match="contents must be a WAV file"):
        decode_wav(b"no sound")
    with pytest.raises(ArgumentError, match="channels must be 0, 1, 3 or 4, got 2"):
        decode_image(b"", channels=2)
