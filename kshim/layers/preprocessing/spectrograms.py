"""Layers that make spectrograms of signals: STFTSpectrogram and MelSpectrogram.

Source: Keras 3.15 layers/preprocessing/stft_spectrogram.py, mel_spectrogram.py.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from kshim import initializers
from kshim.core.arguments import arg
from kshim.core.axes import channels, spatial
from kshim.core.checks import data_format, number, one_of, optional, true_or_false, whole_number
from kshim.core.settings import epsilon
from kshim.core.shapes import Shape, check_windows, known_axis, window_length
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.spec import InputSpec
from kshim.nn.spectrogram import STFT, mel_bands, shaped_window
from kshim.nn.spectrogram import MelSpectrogram as MelModule

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@LAYERS.register()
class STFTSpectrogram(Layer):
    """Tell how strong each frequency is in each stretch of a signal.

    Shapes (channels_last):
        x: (batch, time, channels), y: (batch, stretches, channels * bands), with `expand_dims`
        (batch, stretches, bands, channels); bands = fft_length // 2 + 1, twice that for stft
        real_kernel, imag_kernel: (frame_length, 1, bands)

    Args:
        mode: log or magnitude of the transform, psd (its power), real, imag, angle, or stft for
            real and imaginary part side by side.
        frame_length, frame_step: of the stretches; a step is half a length when left out.
        fft_length: the next power of two when left out.
        window: its name, an array, or None; `periodic` for its periodic form.
        scaling: density, spectrum or None.

        >>> STFTSpectrogram(frame_length=8)(Input((20, 2))).shape
        (None, 4, 10)
    """

    input_spec = InputSpec(ndim=3)

    mode: str = arg(one_of(*MODES), "log")
    frame_length: int = arg(whole_number(at_least=2), 256)
    frame_step: int | None = arg(optional(whole_number(at_least=1)), None)
    fft_length: int | None = arg(optional(whole_number(at_least=2)), None)
    window: Any = arg(initializers.a_window, "hann")
    periodic: bool = arg(true_or_false, False)
    scaling: str | None = arg(optional(one_of("density", "spectrum")), "density")
    padding: str = arg(one_of("valid", "same"), "valid")
    expand_dims: bool = arg(true_or_false, False)
    data_format: str = arg(data_format, None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; a step or a transform shorter than a stretch is refused."""
        super().__init__(*args, **kwargs)
        length, step, fft = self.frame_length, self.frame_step, self.fft_length
        if step is not None and step > length:
            raise ArgumentError("frame_step", f"at most frame_length, {length}", step, who=self.who)
        if fft is not None and fft < length:
            raise ArgumentError("fft_length", f"at least frame_length, {length}", fft, who=self.who)
        _check_window(self.who, self.window, length)
        self.step = step or length // 2
        self.bands = (fft or 2 ** math.ceil(math.log2(length))) // 2 + 1

    def build(self, input_shape: Shape) -> None:
        """Make the kernels."""
        known_axis(self.who, input_shape, -1 if self.data_format == "channels_last" else 1)
        sides = {
            side: None if self.mode == other else torch.empty(self.bands, 1, self.frame_length)
            for side, other in (("real", "imag"), ("imag", "real"))
        }
        self.transform = STFT(
            **sides, step=self.step, mode=self.mode, padding=self.padding, eps=epsilon()
        ).to(self.torch_dtype)
        for side, tensor in sides.items():
            if tensor is not None:
                first = initializers.STFT(side, self.window, self.scaling, self.periodic)
                held = self.weight(
                    f"{side}_kernel", getattr(self.transform, side), (2, 1, 0), initializer=first
                )
                setattr(self, f"{side}_kernel", held)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the spectrogram."""
        last = self.data_format == "channels_last"
        made = self.transform(torch.permute(inputs, (0, 2, 1)) if last else inputs)
        if self.expand_dims:
            return torch.permute(made, (0, 3, 2, 1) if last else (0, 1, 3, 2))
        flat = torch.flatten(made, 1, 2)
        return torch.permute(flat, (0, 2, 1)) if last else flat

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the spectrogram."""
        sizes = spatial(input_shape, self.data_format)
        count = [window_length(sizes[0], self.frame_length, self.padding, self.step, 1)]
        check_windows(self.who, sizes, count)
        depth = channels(input_shape, self.data_format)
        bands = self.bands * (2 if self.mode == "stft" else 1)
        batch, last = input_shape[0], self.data_format == "channels_last"
        if self.expand_dims:
            return (batch, *count, bands, depth) if last else (batch, depth, *count, bands)
        whole = None if depth is None else depth * bands
        return (batch, *count, whole) if last else (batch, whole, *count)


@LAYERS.register()
class MelSpectrogram(Layer):
    """Tell how strong each band of the mel scale is in each stretch of a signal.

    Shapes:
        x: (batch, time) or (time,), y: (batch, num_mel_bins, stretches)

    Args:
        fft_length, sequence_stride, sequence_length: of the transform and its stretches.
        window: hann, hamming, an array, or None.
        sampling_rate, min_freq, max_freq: in hertz; the highest is half the rate when left out.
        power_to_db: tell decibels, by `ref_power`, at most `top_db` below the loudest.
        mag_exp: 1 for magnitudes, 2 for power.

        >>> MelSpectrogram(fft_length=16, num_mel_bins=3)(Input((64,))).shape
        (None, 3, 1)
    """

    fft_length: int = arg(whole_number(at_least=2), 2048)
    sequence_stride: int = arg(whole_number(at_least=1), 512)
    sequence_length: int | None = arg(optional(whole_number(at_least=1)), None)
    window: Any = arg(initializers.a_window, "hann")
    sampling_rate: float = arg(number(1, 1e12), 16000)
    num_mel_bins: int = arg(whole_number(at_least=1), 128)
    min_freq: float = arg(number(0), 20.0)
    max_freq: float | None = arg(optional(number(0)), None)
    power_to_db: bool = arg(true_or_false, True)
    top_db: float = arg(number(), 80.0)
    mag_exp: float = arg(number(), 2.0)
    min_power: float = arg(number(0), 1e-10)
    ref_power: float = arg(number(), 1.0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; a transform shorter than a stretch is refused."""
        super().__init__(*args, **kwargs)
        self.sequence_length = self.sequence_length or self.fft_length
        self.max_freq = self.max_freq or int(self.sampling_rate / 2)
        if self.fft_length < self.sequence_length:
            wanted = f"at least sequence_length, {self.sequence_length}"
            raise ArgumentError("fft_length", wanted, self.fft_length, who=self.who)
        _check_window(self.who, self.window, self.sequence_length)

    def build(self, input_shape: Shape) -> None:
        """Make the bands."""
        length = int(self.sequence_length or 0)
        shaped = shaped_window(self.window, length, periodic=True)
        bands = mel_bands(
            self.fft_length // 2 + 1, self.num_mel_bins, self.sampling_rate, self.min_freq,
            float(self.max_freq or 0),
        )  # fmt: skip
        self.spectrogram = MelModule(
            torch.ones(length) if shaped is None else shaped, bands, self.fft_length,
            self.sequence_stride, self.mag_exp, self.power_to_db, self.top_db, self.min_power,
            self.ref_power,
        ).to(self.torch_dtype)  # fmt: skip

    def call(self, inputs: Tensor) -> Tensor:
        """Return the strength of each band."""
        made: Tensor = self.spectrogram(inputs)
        return made

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with bands and stretches in the place of time."""
        *lead, time = input_shape
        stride = self.sequence_stride
        count = None if time is None else time // stride + 1
        return (*lead, self.num_mel_bins, count)


def _check_window(who: str, window: Any, length: int | None) -> None:
    if isinstance(window, list) and len(window) != length:
        raise ArgumentError("window", f"a name, or {length} numbers", window, who=who)
