"""STFTSpectrogram and MelSpectrogram: forms of the output, and what they refuse.

Their numbers are recorded (tests/test_conformance.py), and held to numpy in tests/nn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.errors import ArgumentError
from kshim.layers import Input, MelSpectrogram, STFTSpectrogram
from kshim.models import Model

SIGNAL = np.random.default_rng(0).normal(size=(2, 20, 3)).astype("float32")
SIZES = {"frame_length": 8, "frame_step": 4}


def made(signal: np.ndarray, **words: Any) -> np.ndarray:
    source = Input(signal.shape[1:])
    layer = STFTSpectrogram(**SIZES, **words)
    output = layer(source)
    found = Model(source, output).predict(signal)
    assert tuple(output.shape[1:]) == found.shape[1:]
    return found


@pytest.mark.parametrize("mode", ["magnitude", "stft"])
def test_channels_and_bands_stand_apart_or_side_by_side(mode: str) -> None:
    flat, apart = made(SIGNAL, mode=mode), made(SIGNAL, mode=mode, expand_dims=True)
    bands = 10 if mode == "stft" else 5
    assert (flat.shape, apart.shape) == ((2, 4, 3 * bands), (2, 4, bands, 3))
    np.testing.assert_array_equal(flat.reshape(2, 4, 3, bands), apart.swapaxes(2, 3))
    first = {"mode": mode, "data_format": "channels_first"}
    turned = SIGNAL.swapaxes(1, 2).copy()
    np.testing.assert_allclose(made(turned, **first), flat.swapaxes(1, 2), rtol=1e-5)
    wide = made(turned, expand_dims=True, **first)
    np.testing.assert_allclose(wide, apart.transpose(0, 3, 1, 2), rtol=1e-5)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"frame_length": 8, "frame_step": 9}, "frame_step must be at most frame_length, 8, got 9"),
        (
            {"frame_length": 8, "fft_length": 4},
            "fft_length must be at least frame_length, 8, got 4",
        ),
        ({"window": "han"}, "window must be one of .* got 'han'"),
        ({"window": [1.0, 2.0]}, "window must be a name, or 256 numbers"),
        ({"scaling": "loud"}, "scaling must be one of 'density', 'spectrum'"),
    ],
)
def test_what_makes_no_spectrogram_is_refused(words: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=f"STFTSpectrogram.*: {told}"):
        STFTSpectrogram(**words)


def test_one_signal_without_a_batch_is_taken_by_itself() -> None:
    layer = MelSpectrogram(fft_length=16, sequence_stride=8, num_mel_bins=3, sampling_rate=8000)
    one, both = layer(SIGNAL[0, :, 0]), layer(SIGNAL[:, :, 0])
    assert one.shape == (3, 3)
    assert both.shape == (2, 3, 3)
    with pytest.raises(ArgumentError, match="fft_length must be at least sequence_length, 32"):
        MelSpectrogram(fft_length=16, sequence_length=32)
