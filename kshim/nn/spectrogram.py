"""Spectrograms: how strong each frequency is in each stretch of a signal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kshim.nn.padding import same_padding

MEL_FACTOR, MEL_BREAK = 1127.0, 700.0  # mel(f) = 1127 ln(1 + f / 700)
FIRST_BAND = 1  # the band of frequency 0 counts nowhere
WINDOWS: dict[str, Callable[..., Tensor]] = {
    "hann": torch.hann_window,
    "hamming": torch.hamming_window,
    "blackman": torch.blackman_window,
    "bartlett": torch.bartlett_window,
}


class STFT(nn.Module):
    """Take the Fourier transform of each stretch of a signal, by learned kernels.

    Modes: real, imag, stft (both), angle, psd (their squares' sum, all but the outer bands
    twice), magnitude (the root of the sum), log (its logarithm).

    Shapes:
        inputs: (batch, channels, time)
        output: (batch, channels, bands, stretches), for stft twice the bands
        real, imag: (bands, 1, frame_length); imag is None for real, and the other way round

    Args:
        eps: the least power and magnitude of magnitude and log.

    Source: STFTSpectrogram of Keras 3.
    """

    def __init__(
        self, real: Tensor | None, imag: Tensor | None, step: int, mode: str = "log",
        padding: str = "valid", eps: float = 1e-7,
    ) -> None:  # fmt: skip
        """Take the first kernels."""
        super().__init__()
        self.real = None if real is None else nn.Parameter(real)
        self.imag = None if imag is None else nn.Parameter(imag)
        self.step, self.mode, self.padding, self.eps = step, mode, padding, eps

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the transform in the form of the mode."""
        if self.imag is None or self.real is None:
            kernel = self.real if self.imag is None else self.imag
            assert kernel is not None
            return self._against(inputs, kernel)
        real, imag = self._against(inputs, self.real), self._against(inputs, self.imag)
        if self.mode == "angle":
            return torch.atan2(imag, real)
        if self.mode == "stft":
            return torch.cat([real, imag], 2)
        power = torch.square(real) + torch.square(imag)
        if self.mode == "psd":
            return power + F.pad(power[:, :, 1:-1], (0, 0, 1, 1))
        magnitude = torch.sqrt(torch.clamp(power, min=self.eps))
        if self.mode == "magnitude":
            return magnitude
        return torch.log(torch.clamp(magnitude, min=self.eps))

    def extra_repr(self) -> str:
        """Return step, mode and padding."""
        return f"step={self.step}, mode={self.mode!r}, padding={self.padding!r}"

    def _against(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Return the products of a kernel with each stretch of each channel."""
        batch, channels, time = inputs.shape
        signal = inputs.reshape(-1, 1, time)
        if self.padding == "same":
            (total,) = same_padding((time,), kernel.shape[2:], (self.step,), (1,))
            signal = F.pad(signal, (total // 2, total - total // 2))
        products = F.conv1d(signal, kernel.to(signal.dtype), stride=self.step)
        return products.reshape(batch, channels, kernel.shape[0], -1)


class MelSpectrogram(nn.Module):
    """Tell how strong each band of the mel scale is in each stretch of a signal.

    Shapes:
        inputs: (..., time), output: (..., bands, stretches)
        window: (frame_length,), bands: (fft_length // 2 + 1, mel bands)

    Args:
        exponent: of the magnitudes.
        decibels: give 10 log10 of the strength, by `reference`, at least `least`.
        top: how many decibels below the loudest the quietest may be.

    Source: MelSpectrogram of Keras 3.
    """

    window: Tensor
    bands: Tensor

    def __init__(
        self, window: Tensor, bands: Tensor, fft_length: int, step: int, exponent: float = 2.0,
        decibels: bool = True, top: float = 80.0, least: float = 1e-10, reference: float = 1.0,
    ) -> None:  # fmt: skip
        """Take the window, and what each frequency gives to each band."""
        super().__init__()
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("bands", bands, persistent=False)
        self.fft_length, self.step, self.exponent = fft_length, step, exponent
        self.decibels, self.top, self.least, self.reference = decibels, top, least, reference

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the strength of each band."""
        lead = inputs.shape[:-1]
        transform = torch.stft(
            inputs.reshape(-1, inputs.shape[-1]), self.fft_length, self.step, len(self.window),
            self.window, center=True, return_complex=True,
        )  # fmt: skip
        strength = torch.matmul(transform.abs().pow(self.exponent).mT, self.bands)
        if self.decibels:
            strength = self._in_decibels(strength)
        return strength.mT.reshape(*lead, self.bands.shape[1], -1)

    def extra_repr(self) -> str:
        """Return the lengths."""
        return f"fft_length={self.fft_length}, step={self.step}, decibels={self.decibels}"

    def _in_decibels(self, strength: Tensor) -> Tensor:
        told = 10.0 * torch.log10(torch.clamp(strength, min=self.least))
        told = told - 10.0 * math.log10(max(abs(self.reference), self.least))
        return torch.maximum(told, told.max() - self.top)


def shaped_window(window: Any, length: int, periodic: bool) -> Tensor | None:
    """Return a window by its name, or an array as one; None for none."""
    if window is None:
        return None
    if isinstance(window, str):
        return WINDOWS[window](length, periodic=periodic)
    return torch.as_tensor(window, dtype=torch.float32)


def fourier_kernel(
    side: str, window: Tensor | None, frame_length: int, bands: int, scaling: str | None
) -> Tensor:
    """Return the real or imaginary part of a Fourier transform, (frame_length, 1, bands).

        kernel[t, 0, f] = window[t] cos or sin(-2 pi t f / (2 bands - 2)) / scale

    Args:
        scaling: density divides by the window's norm, spectrum by the sum of its sizes.
    """
    time = torch.arange(frame_length).reshape(-1, 1, 1)
    frequency = torch.arange(bands) / (2 * (bands - 1))
    angle = -2 * math.pi * time * frequency
    kernel = torch.cos(angle) if side == "real" else torch.sin(angle)
    if window is None:
        return kernel
    scale = {"density": window.norm(), "spectrum": window.abs().sum(), None: 1.0}[scaling]
    return kernel * window.reshape(-1, 1, 1) / scale


def mel_bands(
    frequencies: int, bands: int, sampling_rate: float, lowest: float, highest: float
) -> Tensor:
    """Return what each frequency gives to each band, (frequencies, bands): triangles in mel."""
    heard = torch.linspace(0.0, sampling_rate / 2, frequencies)[FIRST_BAND:].unsqueeze(1)
    edges = torch.linspace(_mel(torch.tensor(lowest)), _mel(torch.tensor(highest)), bands + 2)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    mel = _mel(heard)
    rising, falling = (mel - low) / (middle - low), (high - mel) / (high - middle)
    return F.pad(torch.clamp(torch.minimum(rising, falling), min=0.0), (0, 0, FIRST_BAND, 0))


def _mel(frequency: Tensor) -> Tensor:
    return MEL_FACTOR * torch.log(1.0 + frequency / MEL_BREAK)
