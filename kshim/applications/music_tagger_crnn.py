"""MusicTaggerCRNN: convolutions over a spectrogram, two GRUs over what is left of its time.

Source: Keras 1.2.2 applications/music_tagger_crnn.py.
"""

from __future__ import annotations

from kshim.applications.audio_conv_utils import decode_predictions, preprocess_input
from kshim.applications.blocks import channel_axis, conv, norm, pad, pool
from kshim.applications.describing import Asked, architecture
from kshim.applications.stored import RELEASES, Stored
from kshim.core.settings import image_data_format
from kshim.core.symbols import Symbol
from kshim.layers.activations import ELU
from kshim.layers.core import Dense, Permute, Reshape
from kshim.layers.recurrent import GRU

__all__ = ["MusicTaggerCRNN", "decode_predictions", "preprocess_input"]

_BANDS, _STEPS = 96, 1366
# Filters of each convolution, and the window and steps of the pooling behind it.
_CONVOLUTIONS = ((64, 2), (128, 3), (128, 4), (128, 4))


def _shape(asked: Asked) -> tuple[int, ...]:
    last = image_data_format() == "channels_last"
    return (_BANDS, _STEPS, 1) if last else (1, _BANDS, _STEPS)


def _file(asked: Asked) -> Stored:
    order = "tf" if image_data_format() == "channels_last" else "th"
    name = f"music_tagger_crnn_weights_tf_kernels_{order}_dim_ordering.h5"
    return Stored(name, f"{RELEASES}v0.3/{name}", by_name=True)


def _top(x: Symbol, asked: Asked) -> Symbol:
    return Dense(asked.classes, activation=asked.classifier_activation, name="output")(x)


@architecture(
    "music_tagger_crnn",
    top=_top,
    files=_file,
    shape=_shape,
    trained={"msd": "msd"},
    arguments="weights input_tensor include_top classes",
    defaults={"weights": "msd", "classes": 50, "classifier_activation": "sigmoid"},
)
def MusicTaggerCRNN(x: Symbol, asked: Asked) -> Symbol:
    """Return MusicTaggerCRNN: tags for 29 seconds of music.

    Takes the logarithms of 96 mel bands in 1366 steps, (96, 1366, 1) or (1, 96, 1366); gives
    shares of 50 tags. `weights` are "msd", a path or None.
    """
    time_axis = 2 if image_data_format() == "channels_last" else 3
    x = norm(pad(x, (0, 37)), "bn_0_freq", axis=time_axis)
    for number, (filters, size) in enumerate(_CONVOLUTIONS, start=1):
        x = conv(x, filters, 3, f"conv{number}", padding="same")
        x = ELU()(norm(x, f"bn{number}", axis=channel_axis()))
        x = pool(x, "max", size, f"pool{number}", strides=size)
    if image_data_format() == "channels_first":
        x = Permute((3, 1, 2))(x)
    x = Reshape((15, 128))(x)
    x = GRU(32, return_sequences=True, name="gru1")(x)
    return GRU(32, return_sequences=False, name="gru2")(x)
