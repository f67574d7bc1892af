"""tf.image.decode_* and tf.audio.decode_wav: the numbers in the bytes of a picture or a sound.

Source: tensorflow 2.15 core/kernels/image/decode_image_op.cc and core/lib/wav/wav_io.cc.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from kshim.errors import ArgumentError, FileError
from kshim.preprocessing.image.packages import pillow

# Channels asked for -> Pillow's mode. 0 and None ask for what the file has.
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
# Format -> the channels that may be asked for.
_CHANNELS: Mapping[str | None, tuple[int, ...]] = {
    "GIF": (0, 3),
    "JPEG": (0, 1, 3),
    "BMP": (0, 3, 4),
}
_LOUDEST = 32768


def decode_image(contents: Any, channels: Any = None, *options: Any, **more: Any) -> torch.Tensor:
    """Return the picture in the bytes of a file, as uint8; of an animated one the first.

    Pixels of a JPEG may differ by a few levels from tensorflow's, which undoes the cosine
    transform in a faster way; grey made of a colour PNG by one level.

    Args:
        channels: 1 (grey), 3, 4 (with alpha), or 0 or None for what the file has.

    Raises:
        ArgumentError: for channels that nobody, or this format, can give.
        FileError: when the bytes are no picture.
    """
    wanted = int(channels or 0)
    if wanted not in (0, *_MODES):
        raise ArgumentError("channels", "0, 1, 3 or 4", channels, who="tf.image.decode_image")
    picture = _opened(bytes(contents))
    given = _CHANNELS.get(picture.format)
    if given and wanted not in given:
        options_text = ", ".join(str(one) for one in given)
        raise ArgumentError(f"channels of a {picture.format}", f"one of {options_text}", channels,
                            who="tf.image.decode_image")  # fmt: skip
    mode = _MODES.get(wanted) or _own_mode(picture)
    if picture.mode.startswith("I"):  # 16 bits: the upper eight
        return _pixels(_eight_bits(picture).convert(mode))
    return _pixels(picture.convert(mode))


decode_jpeg = decode_png = decode_bmp = decode_gif = decode_image


def decode_wav(
    contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: Any = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the samples of a sound from -1 to 1, and how many there are in a second.

    Shapes:
        samples: (samples, channels), float32; the rate is a number

    Args:
        desired_channels: so many of the channels, the first again where there are fewer;
            -1 for all.
        desired_samples: cut or filled with silence to so many; -1 for all.

    Raises:
        FileError: unless the bytes are a WAV file of 16 bits a sample.
    """
    try:
        with wave.open(io.BytesIO(bytes(contents))) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            content = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise FileError(
            f"tf.audio.decode_wav: contents must be a WAV file, got {error}."
        ) from error
    if width != 2:
        raise FileError(f"tf.audio.decode_wav: samples must be of 16 bits, got {8 * width}.")
    samples = np.frombuffer(content, "<i2").reshape(-1, channels).astype("float32") / _LOUDEST
    if desired_channels > 0:
        more = max(desired_channels - channels, 0)
        samples = np.pad(samples, ((0, 0), (0, more)), "edge")[:, :desired_channels]
    if desired_samples >= 0:
        missing = max(desired_samples - len(samples), 0)
        samples = np.pad(samples, ((0, missing), (0, 0)))[:desired_samples]
    return torch.from_numpy(samples.copy()), torch.tensor(rate, dtype=torch.int32)


def _opened(contents: bytes) -> Any:
    image = pillow("Image", "tf.image.decode_image")
    try:
        picture = image.open(io.BytesIO(contents))
        picture.load()
    except OSError as error:
        told = f"tf.image.decode_image: contents must be a picture, got {error}."
        raise FileError(told) from error
    alpha = picture.format == "BMP" and picture.mode == "RGB" and contents[28:29] == b"\x20"
    if not alpha:
        return picture
    # Pillow drops the fourth byte of a BMP of 32 bits a pixel; tensorflow takes it for alpha.
    start = int.from_bytes(contents[10:14], "little")
    rows = np.frombuffer(contents, "uint8", picture.width * picture.height * 4, start)
    upright = int.from_bytes(contents[22:26], "little", signed=True) < 0
    pixels = rows.reshape(picture.height, picture.width, 4)[:: 1 if upright else -1]
    whole = image.fromarray(np.ascontiguousarray(pixels[..., [2, 1, 0, 3]]), "RGBA")
    whole.format = "BMP"
    return whole


def _own_mode(picture: Any) -> str:
    """Return the mode with as many channels as the file has; a palette's colours are three."""
    if picture.format == "GIF":
        return "RGB"
    if picture.mode in ("1", "L", "I", "I;16"):
        return "L"
    if picture.mode == "P":
        return "RGBA" if "transparency" in picture.info else "RGB"
    return picture.mode if picture.mode in ("LA", "RGBA") else "RGB"


def _eight_bits(picture: Any) -> Any:
    upper = (np.asarray(picture).astype("int64") >> 8).astype("uint8")
    return pillow("Image", "tf.image.decode_image").fromarray(upper)


def _pixels(picture: Any) -> torch.Tensor:
    return torch.from_numpy(np.atleast_3d(np.asarray(picture)).copy())
