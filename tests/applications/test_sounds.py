"""Spectrograms of sound files: what Keras 1.2.2 made of them (tools/recording/sounds.py)."""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kshim.applications.audio_conv_utils import preprocess_input
from kshim.applications.sounds import load_sound, resampled
from kshim.core.settings import in_data_format
from kshim.errors import FileError, NotSupported, WrongWord
from tests.recorded import recording_tool

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "compat_cases/recorded/keras-1.2.2/preprocessing/sounds.npz"


@cache
def recorder() -> ModuleType:
    return recording_tool("sounds")


@cache
def recorded() -> dict[str, Any]:
    with np.load(RECORDED) as file:
        return {name: file[name] for name in file.files if not name.endswith("version")}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    where = tmp_path_factory.mktemp("sounds")
    return dict(recorder().cases(preprocess_input, str(where)))


@pytest.mark.parametrize("name", recorded())
def test_a_sound_has_the_spectrogram_that_keras_made(name: str, ours: dict[str, Any]) -> None:
    # In decibels: the weakest bands are rounding of float32 Fourier sums, 80 below the loudest.
    np.testing.assert_allclose(ours[name], recorded()[name], rtol=1e-5, atol=2e-3)


def test_every_case_is_recorded(ours: dict[str, Any]) -> None:
    assert [*ours] == [*recorded()]


def test_channels_stand_where_the_settings_say(tmp_path: Path) -> None:
    recorder().write(str(tmp_path / "a.wav"), "short")
    for order, shape in (("channels_first", (1, 96, 1366)), ("channels_last", (96, 1366, 1))):
        with in_data_format(order):
            assert preprocess_input(tmp_path / "a.wav").shape == shape


def test_a_tone_stays_itself_at_another_rate() -> None:
    time = np.arange(4000) / 8000
    made = resampled(np.sin(2 * np.pi * 440 * time).astype("float32"), 8000, 12000)
    wanted = np.sin(2 * np.pi * 440 * np.arange(6000) / 12000)
    assert made.shape == (6000,)
    np.testing.assert_allclose(made[200:-200], wanted[200:-200], atol=1e-4)


def test_eight_bits_have_no_sign(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(1)
        file.setframerate(12000)
        file.writeframes(bytes([128, 128, 0, 0, 255, 129]))
    made = load_sound(tmp_path / "a.wav", 12000)
    np.testing.assert_array_equal(made, [0, -1, np.float32(64 / 128)])


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"ID3 no samples")
    with pytest.raises(NotSupported, match=r"reads WAV files, got .*a.mp3.*pip install librosa"):
        preprocess_input(str(tmp_path / "a.mp3"))
    with pytest.raises(FileError, match=r"audio_path must be a file, got .*none.wav"):
        preprocess_input(str(tmp_path / "none.wav"))
    with pytest.raises(WrongWord, match="dim_ordering must be 'tf', 'th' or 'default', got 'nhwc'"):
        preprocess_input("a.wav", dim_ordering="nhwc")
