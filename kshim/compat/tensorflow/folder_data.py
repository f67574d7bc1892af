"""Data sets of the pictures, texts and sounds in a folder.

    ...main/cats/one.png     image_dataset_from_directory("main") gives the pictures under
    ...main/dogs/two.png     cats with the label 0, those under dogs with 1

All take the same words:

Args:
    directory: the folder; its folders are the classes, when labels are inferred.
    labels: "inferred", None for none, or a list of one for each file, files in order.
    label_mode: "int" (int32), "categorical" (one-hot float32), "binary" (0.0 or 1.0 in an
        axis of its own), or None for no labels.
    class_names: the folders in the order of their numbers; None is the alphabet's.
    batch_size: None gives one file at a time.
    shuffle: mix the files once, and again in each epoch what stands within eight batches.
    seed: of both; the files and the split are Keras's for the same seed. The order within
        an epoch is not: tensorflow draws it from its own generator.
    validation_split: the share of the files to keep for validation, from the end.
    subset: "training", "validation" or, for both data sets at once, "both".
    follow_links: nothing; folders behind links are always walked, as tensorflow walks them.

Source: tf.keras 2.15 utils/image_dataset.py, text_dataset.py and audio_dataset.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from kshim.compat.tensorflow.data import Dataset
from kshim.compat.tensorflow.decoding import decode_image, decode_wav
from kshim.compat.tensorflow.folders import asked, data_sets
from kshim.compat.tensorflow.image import resize
from kshim.errors import ArgumentError, NotSupported, UnexpectedArgument
from kshim.preprocessing.image.pictures import CHANNELS
from kshim.preprocessing.image.resizing import known_interpolation, smart_resize

__all__ = [
    "audio_dataset_from_directory",
    "image_dataset_from_directory",
    "text_dataset_from_directory",
]

PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def image_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int",
    class_names: Sequence[str] | None = None, color_mode: str = "rgb",
    batch_size: int | None = 32, image_size: Sequence[int] = (256, 256), shuffle: bool = True,
    seed: int | None = None, validation_split: float | None = None, subset: str | None = None,
    interpolation: str = "bilinear", follow_links: bool = False,
    crop_to_aspect_ratio: bool = False, **kwargs: Any,
) -> Any:  # fmt: skip
    """Return a data set of the pictures in a folder, as float32 from 0 to 255.

    Shapes:
        images: (batch, *image_size, channels)

    Args:
        color_mode: "grayscale", "rgb" or "rgba": 1, 3 or 4 channels.
        image_size: (height, width) to resize to.
        interpolation: how, a word of `tf.image.resize`.
        crop_to_aspect_ratio: cut the middle out rather than stretch; once `smart_resize`.

    Returns:
        The data set, with `class_names` and `file_paths`; a list of two for subset="both".

    Raises:
        ArgumentError, FileError: when the words or the folder cannot be used.
    """
    who = "image_dataset_from_directory"
    crop = kwargs.pop("smart_resize", crop_to_aspect_ratio)
    if kwargs:
        raise UnexpectedArgument(f"{who}: unknown keywords {', '.join(sorted(kwargs))}.")
    if color_mode not in CHANNELS:
        raise ArgumentError("color_mode", f"one of {', '.join(CHANNELS)}", color_mode, who=who)
    way = known_interpolation(str(interpolation).lower(), who)
    height, width = image_size
    wish = asked(
        who, "image", PICTURES, directory, labels=labels, label_mode=label_mode,
        class_names=class_names, batch_size=batch_size, shuffle=shuffle, seed=seed,
        validation_split=validation_split, subset=subset,
    )  # fmt: skip

    def load(path: str) -> torch.Tensor:
        picture = decode_image(Path(path).read_bytes(), CHANNELS[color_mode])
        if crop:
            return smart_resize(picture, (height, width), way)  # type: ignore[no-any-return]
        return resize(picture, (height, width), way)

    return _one_or_two(data_sets(wish, load))


def text_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int",
    class_names: Sequence[str] | None = None, batch_size: int | None = 32,
    max_length: int | None = None, shuffle: bool = True, seed: int | None = None,
    validation_split: float | None = None, subset: str | None = None,
    follow_links: bool = False,
) -> Any:  # fmt: skip
    """Return a data set of the contents of the .txt files in a folder, as bytes.

    Shapes:
        texts: (batch,), an array of bytes

    Args:
        max_length: how many bytes of each file to keep; None keeps all.

    Returns:
        The data set, with `class_names`; a list of two for subset="both".

    Raises:
        ArgumentError, FileError: when the words or the folder cannot be used.
    """
    wish = asked(
        "text_dataset_from_directory", "text", (".txt",), directory, labels=labels,
        label_mode=label_mode, class_names=class_names, batch_size=batch_size, shuffle=shuffle,
        seed=seed, validation_split=validation_split, subset=subset,
    )  # fmt: skip

    def load(path: str) -> bytes:
        return Path(path).read_bytes()[:max_length]

    return _one_or_two(data_sets(wish, load))


def audio_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int",
    class_names: Sequence[str] | None = None, batch_size: int | None = 32,
    sampling_rate: int | None = None, output_sequence_length: int | None = None,
    ragged: bool = False, shuffle: bool = True, seed: int | None = None,
    validation_split: float | None = None, subset: str | None = None,
    follow_links: bool = False,
) -> Any:  # fmt: skip
    """Return a data set of the .wav files in a folder, as float32 from -1 to 1.

    Shapes:
        audio: (batch, samples, channels)

    Args:
        output_sequence_length: so many samples of each file, cut or filled with zeros; None
            fills the sounds of a batch up to the longest.

    Returns:
        The data set, with `class_names`; a pair of them for subset="both".

    Raises:
        ArgumentError, FileError: when the words or the folder cannot be used.
        NotSupported: for `sampling_rate`, which needs another package in Keras too, and
            for `ragged`.
    """
    who = "audio_dataset_from_directory"
    if ragged and output_sequence_length is not None:
        raise ArgumentError("ragged", "False beside output_sequence_length", ragged, who=who)
    if ragged:
        raise NotSupported(f"{who}: ragged batches are not there. Leave `ragged` out: the sounds "
                           "of a batch are filled up to the longest.")  # fmt: skip
    if sampling_rate is not None:
        raise NotSupported(f"{who}: sounds are not resampled here (Keras does it by "
                           "tensorflow_io). Resample the files, and leave it out.")  # fmt: skip
    wish = asked(
        who, "audio", (".wav",), directory, labels=labels, label_mode=label_mode,
        class_names=class_names, batch_size=batch_size, shuffle=shuffle, seed=seed,
        validation_split=validation_split, subset=subset,
    )  # fmt: skip
    length = -1 if output_sequence_length is None else output_sequence_length

    def load(path: str) -> torch.Tensor:
        return decode_wav(Path(path).read_bytes(), desired_samples=length)[0]

    made = data_sets(wish, load, filled=length < 0)
    return made[0] if len(made) == 1 else tuple(made)


def _one_or_two(made: list[Dataset]) -> Any:
    return made[0] if len(made) == 1 else made
