"""Records what tf.keras makes of folders of pictures, texts and sounds, and of series.

Run it with the Python that has that Keras; it imports nothing of kshim:

    cd compat_cases/recorded
    python ../../tools/recording/folders.py tf.keras-2.15.0/preprocessing/folders.npz

The tests make the same folders by this file and call kshim with the same arguments.
"""

import base64
import os
import struct
import sys
import tempfile
import wave
import zlib

import numpy as np

JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsj"
    "HBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo"
    "KCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAQABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAA"
    "BgUH/8QAFxABAAMAAAAAAAAAAAAAAAAABQAiMf/EABUBAQEAAAAAAAAAAAAAAAAAAAEE/8QAGREAAgMBAAAAAAAA"
    "AAAAAAAAAAUCAyEx/9oADAMBAAIRAxEAPwDMDB8rFpg+VlkwfKxaYPlZPVIETjmn/9k="
)
GIF = (
    "R0lGODdhBgAFAIQAAFBQQERQOlBGOkRGNDhQNDhGLixQLixGKFA8NEQ8Ljg8KCw8IiBQKBRQIiBGIhRGHCA8HBQ8"
    "FlAyLkQyKFAoKEQoIjgyIjgoHCwyHCwoFiAyFhQyECAoEBQoCgAAAAAAACwAAAAABgAFAAAIJAA7cMhwoQKFDRow"
    "WJggIQKEBQoSIHjg4ECBAQIaMDBAIACAgAA7"
)


def png(path, pixels):
    """Write pixels (rows, columns, 1, 3 or 4 channels; uint8 or big-endian uint16) as a PNG."""
    rows, columns, channels = pixels.shape

    def chunk(kind, content):
        told = kind + content
        return struct.pack(">I", len(content)) + told + struct.pack(">I", zlib.crc32(told))

    colour = {1: 0, 3: 2, 4: 6}[channels]
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    content = chunk(
        b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8 * pixels.itemsize, colour, 0, 0, 0)
    )
    content += chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    put(path, b"\x89PNG\r\n\x1a\n" + content)


def bmp(path, pixels):
    """Write pixels (rows, columns, 3 or 4 channels) as a BMP of 24 or 32 bits a pixel."""
    rows, columns, channels = pixels.shape
    order, room = [2, 1, 0, 3][:channels], b"\0" * (-channels * columns % 4)
    lines = b"".join(line[:, order].tobytes() + room for line in pixels[::-1])
    head = struct.pack("<IHHI", 54 + len(lines), 0, 0, 54) + struct.pack("<Iii", 40, columns, rows)
    head += struct.pack("<HHIIiiII", 1, 8 * channels, 0, len(lines), 0, 0, 0, 0)
    put(path, b"BM" + head + lines)


def wav(path, samples):
    """Write samples (steps, channels) as a WAV of 16 bits a sample."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with wave.open(path, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())


def put(path, content):
    """Write bytes, and the folders above them."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def make_folders(top):
    """Write the folders "pictures", "texts" and "sounds" under a path."""
    draw = np.random.RandomState(7)
    for number in range(9):
        kind, rows, columns = ("cats", "dogs", "Birds")[number % 3], 5 + number, 12 - number
        pixels = draw.randint(0, 256, (rows, columns, (3, 1, 4)[number // 3])).astype("uint8")
        png(f"{top}/pictures/{kind}/{number}.png", pixels)
    bmp(f"{top}/pictures/cats/far/away/1.BMP", draw.randint(0, 256, (6, 7, 3)).astype("uint8"))
    put(f"{top}/pictures/dogs/2.gif", base64.b64decode(GIF))
    put(f"{top}/pictures/dogs/notes.txt", b"no picture")
    png(f"{top}/pictures/.hidden/1.png", np.full((4, 4, 3), 9, "uint8"))
    put(f"{top}/jpegs/one.jpg", base64.b64decode(JPEG))
    for channels in (1, 3, 4):
        pixels = draw.randint(0, 65536, (4, 5, channels))
        png(f"{top}/formats/{channels}.png", (pixels >> 8).astype("uint8"))
        png(f"{top}/formats/{channels}_16.png", pixels.astype(">u2"))
    for channels in (3, 4):
        bmp(f"{top}/formats/{channels}.bmp", draw.randint(0, 256, (4, 5, channels)).astype("uint8"))
    put(f"{top}/formats/0.gif", base64.b64decode(GIF))
    for number in range(11):
        text = f"text {number} of äll, with\nlines" * (number % 3 + 1)
        put(
            f"{top}/texts/{'pos' if number % 2 else 'neg'}/{number}_{number % 4}.txt", text.encode()
        )
    put(f"{top}/texts/at_the_top.txt", b"")
    for number in range(5):
        samples = draw.randint(-32768, 32768, (6 + number, 1))
        wav(f"{top}/sounds/{'ab'[number % 2]}/{number}.wav", samples)
    wav(f"{top}/stereo/0.wav", draw.randint(-32768, 32768, (6, 2)))


PICTURES = [
    {"image_size": (6, 8), "shuffle": False},
    {"image_size": (6, 8), "shuffle": False, "label_mode": "categorical", "batch_size": 4},
    {"image_size": (4, 4), "shuffle": False, "label_mode": None, "batch_size": None},
    {"image_size": (5, 9), "shuffle": False, "labels": None, "crop_to_aspect_ratio": True},
    {"image_size": (9, 4), "shuffle": False, "interpolation": "nearest",
     "class_names": ["dogs", "Birds", "cats"]},
    {"image_size": (7, 7), "seed": 3, "validation_split": 0.3, "subset": "training"},
    {"image_size": (7, 7), "seed": 3, "validation_split": 0.3, "subset": "validation"},
    {"image_size": (7, 7), "seed": 4, "validation_split": 0.4, "subset": "both"},
    {"image_size": (7, 7), "shuffle": False, "validation_split": 0.25, "subset": "both",
     "labels": [3, 3, 1, 2, 3, 1, 1, 2, 2, 3, 1, 1], "batch_size": 3},
    {"image_size": (7, 7), "seed": 1, "batch_size": None, "interpolation": "Area",
     "smart_resize": True},
    {"image_size": (3, 3), "shuffle": False, "interpolation": "bicubic"},
]  # fmt: skip
TEXTS = [
    {"shuffle": False},
    {"shuffle": False, "label_mode": "binary", "batch_size": 4, "max_length": 9},
    {"label_mode": "categorical", "seed": 11},
    {"labels": None, "shuffle": False, "batch_size": None},
    {"seed": 2, "validation_split": 0.5, "subset": "both", "label_mode": "binary"},
    {"labels": [0.5] * 5 + [1.5] * 7, "shuffle": False},
]
SOUNDS = [
    {"shuffle": False, "batch_size": 2},
    {"shuffle": False, "output_sequence_length": 8},
    {"seed": 5, "output_sequence_length": 4, "validation_split": 0.4, "subset": "both",
     "label_mode": "categorical"},
]  # fmt: skip
SERIES = [
    {"sequence_length": 4},
    {"sequence_length": 3, "sequence_stride": 2, "sampling_rate": 3, "batch_size": 2},
    {"sequence_length": 3, "start_index": 4, "end_index": 15, "batch_size": None},
    {"sequence_length": 5, "shuffle": True, "seed": 9, "batch_size": 4},
]
RESIZED = [((6, 10), "bilinear"), ((10, 3), "area"), ((4, 4), "nearest"), ((9, 20), "lanczos3")]


FORMATS = {
    ".png": (0, 1, 3, 4),
    ".bmp": (0, 3, 4),
    ".gif": (0, 3),
}
WAVS = [(-1, -1), (1, -1), (3, -1), (-1, 4), (2, 9)]


def decoded(top, decode_image, decode_wav):
    """Yield (name, array): what files become by tf.image.decode_image and tf.audio.decode_wav."""
    for name in sorted(os.listdir(f"{top}/formats")):
        with open(f"{top}/formats/{name}", "rb") as file:
            content = file.read()
        for channels in FORMATS[name[-4:]]:
            made = decode_image(content, channels=channels, expand_animations=False)
            yield f"decoded_{name}_{channels}", made.numpy()
    with open(f"{top}/stereo/0.wav", "rb") as file:
        content = file.read()
    for channels, samples in WAVS:
        made = decode_wav(content, desired_channels=channels, desired_samples=samples)
        yield f"wav_{channels}_{samples}", made[0].numpy()
        yield f"wav_{channels}_{samples}_rate", made[1].numpy()


def cases(top, utils, smart_resize):
    """Yield (name, array) of every case.

    Args:
        top: a path without a "/" at its end, where `make_folders` has written.
        utils: the module with image_dataset_from_directory and the others.
        smart_resize: the function.
    """
    for number, words in enumerate(PICTURES):
        made = utils.image_dataset_from_directory(f"{top}/pictures", **words)
        yield from told(f"pictures_{number}", made, words, top)
    for number, mode in enumerate(("grayscale", "rgb")):
        made = utils.image_dataset_from_directory(
            f"{top}/jpegs", labels=None, color_mode=mode, image_size=(8, 8)
        )
        yield from told(f"jpeg_{number}", made, {"shuffle": False}, top)
    for number, words in enumerate(TEXTS):
        made = utils.text_dataset_from_directory(f"{top}/texts", **words)
        yield from told(f"texts_{number}", made, words, top)
    for number, words in enumerate(SOUNDS):
        made = utils.audio_dataset_from_directory(f"{top}/sounds", **words)
        yield from told(f"sounds_{number}", made, words, top)
    made = utils.audio_dataset_from_directory(
        f"{top}/stereo", labels=None, output_sequence_length=7
    )
    yield from told("stereo", made, {"shuffle": False}, top)
    series = np.arange(40, dtype="float32").reshape(20, 2)
    for number, words in enumerate(SERIES):
        for targets in (None, np.arange(18) * 10):
            made = utils.timeseries_dataset_from_array(series, targets, **words)
            name = f"series_{number}{'' if targets is None else '_targets'}"
            yield from told(name, made, {"shuffle": False, **words}, top)
    pixels = np.random.RandomState(8).uniform(0, 255, (2, 7, 12, 3))
    for number, (size, way) in enumerate(RESIZED):
        yield f"smart_resize_{number}", smart_resize(pixels, size, interpolation=way)
    yield "smart_resize_one", smart_resize(pixels[0].astype("uint8"), (4, 5))


def told(name, made, words, top):
    """Yield what a data set, or a pair of them, gives; its own mixing undone."""
    mixed, batched = words.get("shuffle", True), words.get("batch_size", 1) is not None
    parts = made if isinstance(made, (list, tuple)) else [made]
    for place, part in enumerate(parts):
        here = f"{name}_{place}"
        if hasattr(part, "class_names"):
            yield f"{here}_classes", np.array([str(one) for one in part.class_names])
        if hasattr(part, "file_paths"):
            yield f"{here}_paths", np.array([one[len(top) :] for one in part.file_paths])
        yield f"{here}_length", np.array(len(part))
        elements = list(part.as_numpy_iterator())
        tuples = [one if isinstance(one, tuple) else (one,) for one in elements]
        columns = [column(list(one), batched) for one in zip(*tuples)]
        order = in_order(columns) if mixed else slice(None)
        for axis, one in enumerate(columns):
            yield f"{here}_{axis}", one[order]


def column(parts, batched):
    """Return the rows of a part of all elements; of batches of different lengths, flat."""
    if isinstance(parts[0], bytes) or parts[0].dtype.kind in "SO":
        texts = np.concatenate([np.atleast_1d(np.array(one, dtype=object)) for one in parts])
        return np.array([base64.b64encode(one).decode() for one in texts])
    if not batched:
        return np.stack(parts)
    if len({np.shape(one)[1:] for one in parts}) > 1:
        parts = [np.ravel(one) for one in parts]
    return np.concatenate(parts)


def in_order(columns):
    """Return the order of rows by their labels, if there are any, and their sums."""

    def key(row):
        return [one[row].tolist() if one.dtype.kind in "iU" else float(np.sum(one[row]).round(1))
                for one in reversed(columns)]  # fmt: skip

    return sorted(range(len(columns[0])), key=key)


if __name__ == "__main__":
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        make_folders(folder)
        smart = tf.keras.preprocessing.image.smart_resize
        found = dict(cases(folder, tf.keras.utils, smart))
        found.update(decoded(folder, tf.image.decode_image, tf.audio.decode_wav))
    np.savez_compressed(sys.argv[1], keras_version=np.array(tf.__version__), **found)
