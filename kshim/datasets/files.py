"""Reads the files of Keras's data sets without trusting them.

Keras unpickles what it downloads. Here a pickle may hold numbers, texts, lists, dicts and numpy
arrays, and nothing that could run.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kshim.errors import FileError
from kshim.utils.files import get_file

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

# What the pickles of these files name: numpy's own ways to rebuild an array, old and new.
_ALLOWED = {
    (module, name)
    for module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray")
    for name in ("_reconstruct", "ndarray", "dtype", "scalar")
} | {("_codecs", "encode")}


def fetched(
    name: str,
    hashes: Sequence[str] = (),
    *,
    folder: str = "datasets",
    get: Callable[..., Any] | None = None,
) -> Path:
    """Return the path of a file that Keras keeps under `name`, fetched if need be.

    Args:
        hashes: the md5 that Keras 2.2.4 asks for and the sha256 of tf.keras 2.15.
        get: what fetches it; a script may put its own into the module of a data set.
    """
    origin = ORIGIN + Path(name).name
    return Path(
        (get or get_file)(name, origin, file_hash=tuple(hashes) or None, cache_subdir=folder)
    )


def read_arrays(path: Path, names: Sequence[str]) -> list[NDArray[Any]]:
    """Return the named arrays of an .npz file.

    Raises:
        FileError: the file is no .npz, lacks a name, or holds what could run.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [_array(archive.open(f"{name}.npy"), f"{path}: {name}") for name in names]
    except (zipfile.BadZipFile, KeyError, EOFError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(
            f"{path}: must be an .npz file with {', '.join(names)} ({error})."
        ) from error


def read_pickle(path: Path) -> Any:
    """Return what a pickle holds: numbers, bytes, lists, dicts, arrays.

    Raises:
        FileError: it holds anything else, or is cut short.
    """
    with open(path, "rb") as file:
        return _unpickled(file, str(path))


class _Unpickler(pickle.Unpickler):
    """Read pickles that name nothing but numpy's arrays."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise FileError(f"names {module}.{name}, which is not data")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _array(file: IO[bytes], what: str) -> NDArray[Any]:
    with file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(file)
        if dtype.hasobject:
            return np.asarray(_unpickled(file, what), dtype=object).reshape(shape)
        content = np.frombuffer(file.read(), dtype=dtype)
    return content.reshape(shape, order="F" if fortran else "C").copy()


def _unpickled(file: IO[bytes], what: str) -> Any:
    try:
        return _Unpickler(io.BytesIO(file.read()), encoding="bytes").load()
    except (
        FileError,
        pickle.UnpicklingError,
        EOFError,
        ValueError,
        TypeError,
        IndexError,
    ) as error:
        raise FileError(f"{what}: cannot be read ({error}).") from error
