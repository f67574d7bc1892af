"""Spectrograms against numpy's Fourier transform and the mel scale's own formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.nn.spectrogram import STFT, MelSpectrogram, fourier_kernel, mel_bands, shaped_window

SIGNAL = np.random.default_rng(0).normal(size=(2, 3, 20)).astype("float32")
HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 7)


def transform(mode: str, padding: str = "valid") -> STFT:
    """Return the transform of stretches of 8, a new one every 4, without scaling."""
    window = shaped_window("hann", 8, periodic=False)
    sides = [
        None if mode == other else fourier_kernel(side, window, 8, 5, None).permute(2, 1, 0)
        for side, other in (("real", "imag"), ("imag", "real"))
    ]
    return STFT(*sides, step=4, mode=mode, padding=padding)


def by_numpy(signal: np.ndarray) -> np.ndarray:
    stretches = np.stack([signal[..., start : start + 8] for start in range(0, 13, 4)], -2)
    return np.fft.rfft(stretches * HANN).swapaxes(-1, -2)


OF_TRANSFORM = {
    "real": np.real,
    "imag": np.imag,
    "angle": np.angle,
    "magnitude": np.abs,
    "log": lambda it: np.log(np.abs(it)),
    "stft": lambda it: np.concatenate([it.real, it.imag], 2),
    "psd": lambda it: np.abs(it) ** 2 * np.array([1, 2, 2, 2, 1])[:, None],
}


@pytest.mark.parametrize("mode", OF_TRANSFORM)
def test_each_mode_tells_the_transform_in_its_way(mode: str) -> None:
    made = transform(mode)(torch.from_numpy(SIGNAL)).detach().numpy()
    wanted = OF_TRANSFORM[mode](by_numpy(SIGNAL))
    if mode == "angle":  # -pi and pi are one
        made, wanted = np.cos(made), np.cos(wanted)
    np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-4)


def test_same_padding_has_a_stretch_for_each_step() -> None:
    made = transform("real", "same")(torch.from_numpy(SIGNAL))
    padded = np.pad(SIGNAL, ((0, 0), (0, 0), (2, 2)))
    stretches = np.stack([padded[..., start : start + 8] for start in range(0, 17, 4)], -2)
    wanted = np.fft.rfft(stretches * HANN).real.swapaxes(-1, -2)
    np.testing.assert_allclose(made.detach(), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("scaling", "scale"), [("density", np.sqrt((HANN**2).sum())), ("spectrum", HANN.sum())]
)
def test_kernels_are_scaled_by_the_window(scaling: str, scale: float) -> None:
    window = shaped_window("hann", 8, periodic=False)
    plain, scaled = (fourier_kernel("real", window, 8, 5, it) for it in (None, scaling))
    np.testing.assert_allclose(scaled * scale, plain, rtol=1e-5, atol=1e-6)


def test_bands_are_triangles_on_the_mel_scale() -> None:
    bands = mel_bands(33, 4, 8000, 100.0, 3000.0).numpy()
    mel = 2595 * np.log10(1 + np.linspace(0, 4000, 33) / 700)
    edges = np.linspace(2595 * np.log10(1 + 100 / 700), 2595 * np.log10(1 + 3000 / 700), 6)
    for band in range(4):
        low, middle, high = edges[band : band + 3]
        wanted = np.minimum((mel - low) / (middle - low), (high - mel) / (high - middle))
        wanted[0] = 0
        np.testing.assert_allclose(bands[:, band], np.maximum(wanted, 0), atol=1e-4)


def test_decibels_end_so_far_below_the_loudest() -> None:
    module = MelSpectrogram(
        torch.hann_window(16), mel_bands(9, 3, 8000, 20.0, 4000.0), 16, 8, top=6
    )
    told = module(torch.from_numpy(SIGNAL[:, 0]))
    plain = MelSpectrogram(module.window, module.bands, 16, 8, decibels=False)
    strength = 10 * torch.log10(plain(torch.from_numpy(SIGNAL[:, 0])))
    np.testing.assert_allclose(told, torch.clamp(strength, min=strength.max() - 6), rtol=1e-4)
    assert told.shape == (2, 3, 3)
