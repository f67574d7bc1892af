"""Sound files as samples at one rate, and their mel spectrograms.

Source: librosa 0.5.1 (beside Keras 1.2.2): core/audio.py, core/spectrum.py, feature/spectral.py,
filters.py; resampy 0.2.1 core.py, filter "kaiser_best" (J. O. Smith, Digital Audio Resampling).
"""

from __future__ import annotations

import importlib
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.errors import FileError, NotSupported

Samples = NDArray[np.float32]

# The windowed sinc of resampling: zero crossings, places between two, cut-off, Kaiser's beta.
CROSSINGS, PLACES, ROLL_OFF, BETA = 64, 512, 0.9475937167399596, 14.769656459379492
BLOCK = 4096


def load_sound(path: Any, rate: int) -> Samples:
    """Return the samples of a sound file, -1 to 1, its channels' mean, at `rate` samples a second.

    WAV files are read and resampled here; what else librosa reads, librosa reads where it is
    installed. (librosa 0.5.1 took samples of 8 bits, which have no sign, to have one.)

    Raises:
        FileError: the file is not there, or holds no samples.
        NotSupported: it is no WAV file, and librosa is not installed.
    """
    if not Path(path).is_file():
        raise FileError(f"preprocess_input: audio_path must be a file, got {str(path)!r}.")
    try:
        with wave.open(str(path), "rb") as file:
            samples, own_rate = _samples(file), file.getframerate()
    except (wave.Error, EOFError):
        return _by_librosa(path, rate)
    return samples if own_rate == rate else resampled(samples, own_rate, rate)


def mel_spectrogram(samples: Samples, rate: int, window: int, step: int, bands: int) -> Any:
    """Return the energy in bands of the mel scale over time.

    Shapes:
        samples: (count,), result: (bands, 1 + count // step)
    """
    half = window // 2
    padded = np.pad(samples, half, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::step]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    spectrum = np.fft.rfft(hann * frames).astype("complex64")
    return mel_bands(rate, window, bands) @ (np.abs(spectrum).T ** 2.0)


def mel_bands(rate: int, window: int, bands: int) -> NDArray[Any]:
    """Return triangles over the frequencies of a spectrum, each of area one.

    Shapes:
        result: (bands, 1 + window // 2)
    """
    frequencies = np.linspace(0, rate / 2, 1 + window // 2)
    edges = _hertz(np.linspace(0, _mel(rate / 2), bands + 2))
    widths = np.diff(edges)
    slopes = edges[:, None] - frequencies
    rising, falling = -slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    bands_of_area_one: NDArray[Any] = triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return bands_of_area_one


def decibels(power: NDArray[Any], least: float = 1e-10, depth: float = 80.0) -> NDArray[Any]:
    """Return ten times the logarithm of a power, at most `depth` below its greatest."""
    told = 10.0 * np.log10(np.maximum(least, power))
    return np.maximum(told, told.max() - depth)


def resampled(samples: Samples, own_rate: int, rate: int) -> Samples:
    """Return samples at another rate, through a windowed sinc."""
    ratio = rate / own_rate
    scale = min(1.0, ratio)
    taps, step = _taps() * scale, int(scale * PLACES)
    slopes = np.append(np.diff(taps), 0.0)
    times = np.arange(int(len(samples) * ratio)) / ratio
    parts = [_interpolated(samples, times[start : start + BLOCK], taps, slopes, step, scale)
             for start in range(0, len(times), BLOCK)]  # fmt: skip
    made = np.concatenate(parts) if parts else np.zeros(0)
    wanted = int(np.ceil(len(samples) * ratio))
    return np.pad(made, (0, wanted - len(made))).astype("float32")


def _interpolated(
    samples: Samples, times: NDArray[Any], taps: Any, slopes: Any, step: int, scale: float
) -> NDArray[Any]:
    """Return the values at some times, in samples from the start: what is left and right of them.

    Shapes:
        times, result: (count,)
    """
    whole = times.astype(int)
    part = scale * (times - whole)
    reach = np.arange(len(taps) // step + 1)
    left, right = (_weights(share, taps, slopes, step, reach) for share in (part, scale - part))
    before, after = whole[:, None] - reach, whole[:, None] + 1 + reach
    made: NDArray[Any] = (left * _at(samples, before)).sum(1) + (right * _at(samples, after)).sum(1)
    return made


def _weights(share: NDArray[Any], taps: Any, slopes: Any, step: int, reach: Any) -> Any:
    """Return the taps at a share of a sample and each sample further on, 0 beyond the last."""
    place = share * PLACES
    offset = place.astype(int)
    count = (len(taps) - offset) // step
    index = np.minimum(offset[:, None] + reach * step, len(taps) - 1)
    weights = taps[index] + (place - offset)[:, None] * slopes[index]
    return np.where(reach < count[:, None], weights, 0.0)


def _at(samples: Samples, places: NDArray[Any]) -> NDArray[Any]:
    """Return the samples at some places, 0 outside."""
    inside = (places >= 0) & (places < len(samples))
    return np.where(inside, samples[np.clip(places, 0, len(samples) - 1)], 0.0)


def _taps() -> NDArray[Any]:
    """Return the right half of a sinc under Kaiser's window."""
    count = CROSSINGS * PLACES
    sinc = ROLL_OFF * np.sinc(ROLL_OFF * np.linspace(0, CROSSINGS, count + 1))
    return sinc * np.kaiser(2 * count + 1, BETA)[count:]


def _samples(file: wave.Wave_read) -> Samples:
    """Return the samples of an open WAV file as 16 bits hold them, its channels' mean."""
    width, channels = file.getsampwidth(), file.getnchannels()
    data = np.frombuffer(file.readframes(file.getnframes()), "uint8").reshape(-1, width)
    if not len(data):
        raise FileError("preprocess_input: audio_path must hold samples, got none.")
    if width == 1:
        numbers = (data[:, 0].astype(int) - 128) << 8
    else:  # the two upper bytes, the last of which has the sign
        numbers = np.ascontiguousarray(data[:, -2:]).view("<i2")[:, 0].astype(int)
    scaled = (numbers / 32768.0).astype("float32")
    mean: Samples = scaled.reshape(-1, channels).mean(axis=1)
    return mean


def _by_librosa(path: Any, rate: int) -> Samples:
    try:
        librosa = importlib.import_module("librosa")
    except ModuleNotFoundError as error:
        raise NotSupported(
            f"preprocess_input: reads WAV files, got {str(path)!r}. Other sounds need librosa: "
            "pip install librosa."
        ) from error
    samples: Samples = librosa.load(str(path), sr=rate)[0]
    return samples


# Slaney's mel scale: straight up to 1000 Hz, 15 mels there, logarithmic beyond.
_STEP, _BORDER, _LOG_STEP = 200.0 / 3, 1000.0, np.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    if hertz < _BORDER:
        return hertz / _STEP
    return float(_BORDER / _STEP + np.log(hertz / _BORDER) / _LOG_STEP)


def _hertz(mels: NDArray[Any]) -> NDArray[Any]:
    border = _BORDER / _STEP
    above = _BORDER * np.exp(_LOG_STEP * (mels - border))
    return np.where(mels >= border, above, _STEP * mels)
