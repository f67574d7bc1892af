"""What Keras 1's tagger of music takes and gives.

Source: Keras 1.2.2 applications/audio_conv_utils.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kshim.errors import ArgumentError, NotSupported

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


def preprocess_input(audio_path: Any, dim_ordering: str = "default") -> Any:
    """Refuse sound files, which Keras 1 read through an old librosa."""
    raise NotSupported(
        f"preprocess_input: takes no sound files, got {audio_path!r}. Make the array of shape "
        "(96, 1366, 1) yourself: logarithms of 96 mel bands of 29.12 seconds at 12000 Hz, windows "
        "of 512 in steps of 256."
    )


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
