"""What Keras 1's tagger of music takes and gives.

Source: Keras 1.2.2 applications/audio_conv_utils.py, with librosa 0.5.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.applications.sounds import decibels, load_sound, mel_spectrogram
from kshim.core.settings import image_data_format
from kshim.errors import ArgumentError, WrongWord

__all__ = ["TAGS", "decode_predictions", "preprocess_input"]

# The tags of the Million Song Dataset that it was trained on, in the order of its outputs.
TAGS = [
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists",
    "classic rock", "soul", "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill",
    "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country",
    "easy listening", "sexy", "catchy", "funk", "electro", "heavy metal", "Progressive rock",
    "60s", "rnb", "indie pop", "sad", "House", "happy",
]  # fmt: skip


RATE, WINDOW, STEP, BANDS, SECONDS = 12000, 512, 256, 96, 29.12


def preprocess_input(audio_path: Any, dim_ordering: str = "default") -> NDArray[Any]:
    """Return the mel spectrogram of the middle 29.12 seconds of a sound file, in decibels.

    A shorter sound is followed by silence. WAV files are read here, others by librosa.

    Shapes:
        result: (96, 1366, 1), or (1, 96, 1366) for dim_ordering "th"

    Raises:
        FileError: the file is not there, or holds no samples.
        NotSupported: it is no WAV file, and librosa is not installed.
    """
    channels = {"tf": "channels_last", "th": "channels_first", "default": image_data_format()}
    if dim_ordering not in channels:
        wanted = "'tf', 'th' or 'default'"
        raise WrongWord("dim_ordering", wanted, dim_ordering, who="preprocess_input")
    samples = load_sound(audio_path, RATE)
    wanted_count = int(SECONDS * RATE)
    more = len(samples) - wanted_count
    if more < 0:
        samples = np.hstack((samples, np.zeros(-more)))
    elif more > 0:
        samples = samples[more // 2 : (len(samples) + wanted_count) // 2]
    energy = mel_spectrogram(samples, RATE, WINDOW, STEP, BANDS)
    axis = 0 if channels[dim_ordering] == "channels_first" else 2
    return np.expand_dims(decibels(energy**2), axis)


def decode_predictions(preds: Any, top_n: int = 5) -> list[list[tuple[str, Any]]]:
    """Return the likeliest tags of each piece: (tag, share).

    Shapes:
        preds: (batch, 50)
    """
    shape = tuple(getattr(preds, "shape", ()))
    if len(shape) != 2 or shape[1] != len(TAGS):
        wanted = f"of shape (batch, {len(TAGS)})"
        raise ArgumentError("preds", wanted, preds, who="decode_predictions")
    rows = [list(zip(TAGS, row, strict=True)) for row in np.asarray(preds)]
    return [sorted(row, key=lambda pair: pair[1], reverse=True)[:top_n] for row in rows]
