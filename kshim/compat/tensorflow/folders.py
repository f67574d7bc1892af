"""Folders of files, a class to a folder, as data sets: what pictures, texts and sounds share.

Source: tf.keras 2.15 utils/dataset_utils.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from kshim.compat.tensorflow.data import Dataset
from kshim.errors import ArgumentError, FileError

LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both", None)
# How many elements wait to be drawn from: so many batches, or so many when there are none.
_BATCHES_MIXED = 8
_ELEMENTS_MIXED = 1024


@dataclass(frozen=True)
class Asked:
    """What a script asked of a folder, checked.

    Args:
        who: the function that was called.
        things: what the files hold, for messages: "image", "text".
        formats: the endings of the files to take.
        seed: of the order of the files, and of what waits to be drawn from.
    """

    who: str
    things: str
    formats: tuple[str, ...]
    directory: str
    labels: Any
    label_mode: str | None
    class_names: Sequence[str] | None
    batch_size: int | None
    shuffle: bool
    seed: int
    validation_split: float | None
    subset: str | None


@dataclass(frozen=True)
class Files:
    """Files and their labels, in order."""

    paths: list[str]
    labels: Any
    class_names: list[Any]


def asked(
    who: str, things: str, formats: tuple[str, ...], directory: Any, *, labels: Any,
    label_mode: str | None, class_names: Sequence[str] | None, batch_size: int | None,
    shuffle: bool, seed: int | None, validation_split: float | None, subset: str | None,
) -> Asked:  # fmt: skip
    """Return what was asked, checked.

    Raises:
        ArgumentError: for words, numbers or combinations that mean nothing.
    """
    given = not (labels is None or (isinstance(labels, str) and labels == "inferred"))
    if given and not isinstance(labels, list | tuple):
        wanted = "'inferred', None, or a list of as many labels as there are files"
        raise ArgumentError("labels", wanted, labels, who=who)
    if given and class_names:
        raise ArgumentError("class_names", "None unless labels are inferred", class_names, who=who)
    if label_mode not in LABEL_MODES:
        raise ArgumentError("label_mode", "'int', 'categorical', 'binary' or None", label_mode,
                            who=who)  # fmt: skip
    if validation_split and not 0 < validation_split < 1:
        raise ArgumentError("validation_split", "between 0 and 1", validation_split, who=who)
    if bool(validation_split) != bool(subset):
        raise ArgumentError("subset and validation_split", "given together or not at all",
                            (subset, validation_split), who=who)  # fmt: skip
    if subset not in SUBSETS:
        raise ArgumentError("subset", "'training', 'validation', 'both' or None", subset, who=who)
    if validation_split and shuffle and seed is None:
        hint = " Without one, the two subsets would overlap."
        raise ArgumentError("seed", "given for a shuffled split", seed, who=who, hint=hint)
    bare = labels is None or label_mode is None
    return Asked(
        who, things, formats, os.fspath(directory), None if bare else labels,
        None if bare else label_mode, class_names, batch_size, shuffle,
        np.random.randint(10**6) if seed is None else seed, validation_split, subset,
    )  # fmt: skip


def data_sets(wish: Asked, load: Callable[[str], Any], filled: bool = False) -> list[Dataset]:
    """Return the data set of a folder, or those of its two subsets, training first.

    Args:
        load: makes of a path what the data set gives for it.
        filled: fill the elements of a batch up to the longest.

    Raises:
        ArgumentError: when labels or class names do not fit the folder.
        FileError: when there is no such folder, or no file in a subset.
    """
    found = _found(wish)
    if wish.label_mode == "binary" and len(found.class_names) != 2:
        raise ArgumentError("label_mode", "another than 'binary' unless there are two classes",
                            found.class_names, who=wish.who)  # fmt: skip
    if wish.subset != "both":
        return [_made(wish, _part(wish, found, wish.subset), load, filled)]
    parts = [_part(wish, found, one) for one in ("training", "validation")]
    still = replace(wish, shuffle=False)
    return [_made(wish, parts[0], load, filled), _made(still, parts[1], load, filled)]


def _found(wish: Asked) -> Files:
    """Return the files of a folder in order of their names, or shuffled, with their labels."""
    if not os.path.isdir(wish.directory):
        raise FileError(f"{wish.who}: directory must be a folder, got {wish.directory!r}.")
    inferred = isinstance(wish.labels, str)
    folders = _subfolders(wish.directory) if inferred else [""]
    names = list(wish.class_names or folders)
    if set(names) != set(folders):
        raise ArgumentError("class_names", f"the names of the folders, {folders}", names,
                            who=wish.who)  # fmt: skip
    held = [_files(wish, one) for one in folders]
    paths = [path for part in held for path in part]
    if inferred or wish.labels is None:
        numbers = [names.index(one) for one in folders]
        labels = np.repeat(np.array(numbers, "int32"), [len(part) for part in held])
    elif len(wish.labels) != len(paths):
        raise ArgumentError("labels", f"as many as there are files, {len(paths)}",
                            len(wish.labels), who=wish.who)  # fmt: skip
    else:
        names, labels = sorted(set(wish.labels)), _narrow(wish.labels)
    classes = "" if wish.labels is None else f" belonging to {len(names)} classes"
    print(f"Found {len(paths)} files{classes}.")
    if wish.shuffle:
        np.random.RandomState(wish.seed).shuffle(paths)
        np.random.RandomState(wish.seed).shuffle(labels)
    return Files(paths, labels, names)


def _subfolders(directory: str) -> list[str]:
    seen = sorted(os.listdir(directory))
    whole = [one for one in seen if os.path.isdir(os.path.join(directory, one))]
    return [one for one in whole if not one.startswith(".")]


def _files(wish: Asked, folder: str) -> list[str]:
    """Return the files under a folder: folder after folder, each in order of its names."""
    top = os.path.join(wish.directory, folder)
    walked = sorted(os.walk(top, followlinks=True), key=lambda one: one[0])
    return [
        os.path.join(wish.directory, folder, os.path.relpath(os.path.join(root, name), top))
        for root, _, names in walked
        for name in sorted(names)
        if name.lower().endswith(wish.formats)
    ]


def _narrow(labels: Sequence[Any]) -> Any:
    """Return labels as tensorflow takes Python's numbers: of 32 bits."""
    array = np.array(labels)
    return array.astype({"i": "int32", "f": "float32"}.get(array.dtype.kind, array.dtype))


def _part(wish: Asked, files: Files, subset: str | None) -> Files:
    """Return the files of a subset: the validation's are the last ones."""
    if not wish.validation_split:
        part = files
    else:
        behind = int(wish.validation_split * len(files.paths))
        # No file for validation leaves none for training either, as in Keras.
        first, last = slice(None, -behind), slice(-behind, None)
        here = first if subset == "training" else last
        if not behind:
            here = slice(0)
        part = Files(files.paths[here], files.labels[here], files.class_names)
        count = len(files.paths) - behind if subset == "training" else behind
        print(f"Using {count} files for {subset}.")
    if not part.paths:
        which = f"{subset} {wish.things}" if subset else wish.things
        raise FileError(f"{wish.who}: {wish.directory!r} must hold {which} files, got none that "
                        f"end in {', '.join(wish.formats)}.")  # fmt: skip
    return part


def _made(wish: Asked, files: Files, load: Callable[[str], Any], filled: bool) -> Dataset:
    made = Dataset.from_tensor_slices(np.array(files.paths)).map(load)
    if wish.label_mode:
        made = Dataset.zip((made, _labelled(wish, files)))
    if wish.shuffle:
        waiting = wish.batch_size * _BATCHES_MIXED if wish.batch_size else _ELEMENTS_MIXED
        made = made.shuffle(waiting, wish.seed)
    if wish.batch_size is not None:
        made = (made.padded_batch if filled else made.batch)(wish.batch_size)
    made.class_names = files.class_names  # type: ignore[attr-defined]
    if wish.things == "image":
        made.file_paths = files.paths  # type: ignore[attr-defined]
    return made


def _labelled(wish: Asked, files: Files) -> Dataset:
    labels = Dataset.from_tensor_slices(files.labels)
    match wish.label_mode:
        case "binary":
            return labels.map(lambda one: one.float()[None])
        case "categorical":
            count = len(files.class_names)
            return labels.map(lambda one: (torch.arange(count) == one).float())
    return labels
