"""The file format of CIFAR-10 and CIFAR-100."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.settings import image_data_format
from kshim.datasets.files import read_pickle
from kshim.errors import FileError
from kshim.utils.files import get_file

ORIGIN = "https://www.cs.toronto.edu/~kriz/"
Split = tuple[NDArray[Any], NDArray[Any]]


def folder_of(name: str, archive: str, sha256: str) -> Path:
    """Return the folder of a data set, fetched and unpacked if need be."""
    return Path(get_file(name, ORIGIN + archive, untar=True, file_hash=sha256))


def read_split(paths: Iterable[Path], labels: str, dtype: str = "int64") -> Split:
    """Return the images of some files, channels where `K.image_data_format()` says, and labels.

    Shapes:
        images: (images, 32, 32, 3) or (images, 3, 32, 32), labels: (images, 1)
    """
    batches = [_batch(path, labels) for path in paths]
    images = np.concatenate([images for images, _ in batches])
    if image_data_format() == "channels_last":
        images = images.transpose(0, 2, 3, 1)
    return images, np.concatenate([numbers for _, numbers in batches]).astype(dtype)


def _batch(path: Path, labels: str) -> Split:
    held = read_pickle(path)
    try:
        images, numbers = held[b"data"], held[labels.encode()]
        return images.reshape(-1, 3, 32, 32), np.array(numbers).reshape(-1, 1)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FileError(f"{path}: must be a CIFAR batch with data and {labels}.") from error
