"""Pixels into the range of each family, and classes into words."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from kshim import layers
from kshim.applications import imagenet_utils
from kshim.applications.audio_conv_utils import TAGS
from kshim.applications.audio_conv_utils import decode_predictions as decode_tags
from kshim.applications.imagenet_utils import decode_predictions, preprocess_input
from kshim.core.eras import in_era
from kshim.core.settings import in_data_format
from kshim.errors import ArgumentError, FileError, UnexpectedArgument
from kshim.models import Model

MEANS = np.array([103.939, 116.779, 123.68])


def pixels(*shape: int) -> np.ndarray:
    return np.random.RandomState(3).uniform(0, 255, shape).astype("float32")


def wanted(x: np.ndarray, mode: str) -> np.ndarray:
    """Return what the manual says of images with channels last."""
    if mode == "tf":
        return x / 127.5 - 1
    if mode == "caffe":
        return x[..., ::-1] - MEANS
    return (x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("shape", [(4, 5, 3), (2, 4, 5, 3)])
def test_arrays_come_into_range(mode: str, shape: tuple[int, ...]) -> None:
    x = pixels(*shape)
    last = preprocess_input(x.copy(), mode=mode)
    first = preprocess_input(np.moveaxis(x, -1, -3).copy(), "channels_first", mode)
    np.testing.assert_allclose(last, wanted(x, mode), rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(np.moveaxis(first, -3, -1), wanted(x, mode), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_symbols_come_into_range(mode: str, data_format: str) -> None:
    x = pixels(2, 4, 5, 3)
    fed = x if data_format == "channels_last" else np.moveaxis(x, -1, 1)
    image = layers.Input(fed.shape[1:])
    for symbol in (
        preprocess_input(image, data_format, mode),
        layers.Lambda(lambda it: preprocess_input(it, data_format, mode))(image),
    ):
        found = Model(image, symbol).predict(fed, verbose=0)
        found = found if data_format == "channels_last" else np.moveaxis(found, 1, -1)
        np.testing.assert_allclose(found, wanted(x, mode), rtol=1e-5, atol=2e-5)


def test_floats_change_in_place_and_whole_numbers_do_not() -> None:
    floats, whole = pixels(2, 4, 5, 3), pixels(2, 4, 5, 3).astype("uint8")
    before, kept = floats.copy(), whole.copy()
    found = preprocess_input(floats)
    assert np.shares_memory(found, floats)
    assert not np.array_equal(floats, before)
    np.testing.assert_allclose(preprocess_input(whole), wanted(kept, "caffe"), rtol=1e-5)
    np.testing.assert_array_equal(whole, kept)


@pytest.mark.parametrize(
    ("module", "mode"),
    [
        ("vgg16", "caffe"), ("vgg19", "caffe"), ("resnet50", "caffe"), ("resnet", "caffe"),
        ("resnet_v2", "tf"), ("resnext", "torch"), ("inception_v3", "tf"), ("xception", "tf"),
        ("mobilenet", "tf"), ("mobilenet_v2", "tf"), ("densenet", "torch"), ("nasnet", "tf"),
        ("inception_resnet_v2", "tf"),
    ],
)  # fmt: skip
def test_each_family_has_its_own_range(module: str, mode: str) -> None:
    family = importlib.import_module(f"kshim.applications.{module}")
    x = pixels(2, 4, 5, 3)
    np.testing.assert_allclose(
        family.preprocess_input(x.copy()), wanted(x, mode), rtol=1e-5, atol=2e-5
    )


def test_keras_1_says_dim_ordering() -> None:
    x = pixels(2, 4, 5, 3)
    found = preprocess_input(np.moveaxis(x, -1, 1).copy(), dim_ordering="th")
    np.testing.assert_allclose(np.moveaxis(found, 1, -1), wanted(x, "caffe"), rtol=1e-5)
    with in_data_format("channels_first"):
        found = preprocess_input(np.moveaxis(x, -1, 1).copy(), dim_ordering="default")
    np.testing.assert_allclose(np.moveaxis(found, 1, -1), wanted(x, "caffe"), rtol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ArgumentError, match="mode must be one of caffe, tf, torch, got 'rgb'"):
        preprocess_input(pixels(2, 2, 3), mode="rgb")
    with pytest.raises(ArgumentError, match="data_format must be one of channels_last"):
        preprocess_input(pixels(2, 2, 3), "last")
    with pytest.raises(UnexpectedArgument, match="Did you mean 'mode'"):
        preprocess_input(pixels(2, 2, 3), moode="tf")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(imagenet_utils, "CLASS_INDEX", None)
    return tmp_path / "models"


def test_classes_become_words(home: Path) -> None:
    words = {str(place): [f"n{place:08d}", f"thing_{place}"] for place in range(1000)}
    (home / "imagenet_class_index.json").write_text(json.dumps(words))
    shares = np.random.RandomState(1).uniform(size=(2, 1000)).astype("float32")
    with in_era("2.0"):
        found = decode_predictions(shares, top=3)
    for row, rows in zip(shares, found, strict=True):
        best = sorted(range(1000), key=lambda place: -row[place])[:3]
        assert rows == [(f"n{place:08d}", f"thing_{place}", row[place]) for place in best]


def test_a_missing_file_of_words_is_told_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr("kshim.utils.downloads._opened", no_network)
    wanted_words = (
        rf"decode_predictions: needs the file imagenet_class_index\.json, which is not in {home} "
        r"and could not be fetched\. Put it there from https://storage\.googleapis\.com/"
    )
    with pytest.raises(FileError, match=wanted_words):
        decode_predictions(np.zeros((1, 1000)))


def test_predictions_of_another_shape_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"preds must be of shape \(batch, 1000\), got ndarray"):
        decode_predictions(np.zeros((1, 10)))


def test_music_becomes_tags() -> None:
    shares = np.arange(50.0)[::-1].reshape(1, 50)
    assert [tag for tag, _ in decode_tags(shares, top_n=3)[0]] == TAGS[:3]
