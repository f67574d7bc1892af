"""Records the mel spectrograms that Keras 1.2.2 makes of sound files, for tests/applications.

It needs librosa 0.5.1 and a numpy before 1.16 beside Keras 1.2.2 (Python 3.6):

    pip install --target SOUNDS librosa==0.5.1 audioread==2.1.9 numba==0.43.1 llvmlite==0.28 \\
        joblib==0.11 resampy==0.2.1 scikit-learn==0.21.3 decorator==4.4.2 numpy==1.15.4
    cd compat_cases/recorded
    PYTHONPATH=SOUNDS python ../../tools/recording/sounds.py keras-1.2.2/preprocessing/sounds.npz

The tests write the same files by this one; it imports nothing of kshim. A spectrogram has 131,136
numbers: kept are every 7th band and every 41st step of its start and middle, and its mean.
"""

import os
import sys
import tempfile
import wave

import numpy as np

# The name of a case: seconds, samples a second, channels, bytes a sample.
SOUNDS = {
    "as_wanted": (29.12, 12000, 1, 2),
    "short": (2.0, 12000, 2, 2),
    "long": (31.5, 12000, 1, 2),
    "down": (5.0, 44100, 1, 2),
    "up": (5.0, 8000, 2, 2),
    "long_down": (30.0, 16000, 1, 2),
    "three_bytes": (1.0, 12000, 1, 3),
    "four_bytes": (1.0, 12000, 1, 4),
}


def write(path, name):
    """Write the WAV file of a case: a rising tone in noise."""
    seconds, rate, channels, width = SOUNDS[name]
    count = int(seconds * rate)
    time = np.arange(count) / float(rate)
    noise = np.random.RandomState(17).uniform(-0.05, 0.05, (count, channels))
    tone = 0.4 * np.sin(2 * np.pi * (200 + 90 * time) * time)
    values = np.round((noise + tone[:, None]) * (2.0 ** (8 * width - 1) - 1)).astype("int64")
    whole = np.ascontiguousarray(values.astype("<i8")).view("uint8").reshape(-1, 8)
    with wave.open(path, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.ascontiguousarray(whole[:, :width]).tobytes())


def cases(preprocess_input, where):
    """Yield (name, array) of each sound's spectrogram in both orders."""
    for name in sorted(SOUNDS):
        path = os.path.join(where, name + ".wav")
        write(path, name)
        for order in ("tf", "th") if name == "short" else ("tf",):
            made = preprocess_input(path, dim_ordering=order)
            told = name + "_" + order
            yield told + "_shape", np.array(made.shape)
            flat = made.reshape(96, 1366)
            yield told + "_start", flat[::7, :90:4].astype("float32")
            yield told + "_middle", flat[::7, 90::41].astype("float32")
            yield told + "_mean", np.array(flat.mean())


def main(path):
    """Write the cases of the Keras installed here."""
    import keras
    import librosa
    from keras.applications.audio_conv_utils import preprocess_input

    with tempfile.TemporaryDirectory() as where:
        kept = dict(cases(preprocess_input, where))
    kept["keras_version"] = np.asarray(keras.__version__)
    kept["librosa_version"] = np.asarray(librosa.__version__)
    np.savez_compressed(path, **kept)
    print(len(kept), "cases of Keras", keras.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
