"""H5Dict: an HDF5 file, or a dict, filled and read by names; folders appear when they are named.

Source: Keras 2.2.4 (`h5dict`), 2.3.1 (`H5Dict`) utils/io_utils.py.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kshim.errors import ArgumentError, FileError
from kshim.saving.h5 import open_file

MODES = ("r", "w", "a")
_DICT_MARK = "_is_group"


class H5Dict:
    """Hold texts, lists of bytes and arrays under names, in groups within groups.

    Args:
        path: a file, a group of h5py, or a dict that takes the file's place.
        mode: r reads, w starts anew, a adds.
    """

    def __init__(self, path: Any, mode: str = "a") -> None:
        """Open the file, unless it is open or a dict."""
        if mode not in MODES:
            raise ArgumentError("mode", "r, w or a", mode, who="H5Dict")
        self.read_only = mode == "r"
        self._opened: Any = None
        if isinstance(path, str | os.PathLike):
            path = self._opened = open_file(path, mode)
        if isinstance(path, dict) and mode == "w":
            path.clear()
        self.data = path

    def __setitem__(self, name: str, value: Any) -> None:
        """Put a text, a list of bytes or an array under a name."""
        if self.read_only:
            raise FileError("H5Dict: a file opened to be read must not be written to.")
        if isinstance(self.data, dict):
            self.data[name] = np.array(value) if isinstance(value, list | tuple) else value
        elif isinstance(value, np.ndarray) and value.dtype.kind not in "OS":
            self.data.create_dataset(name, data=value)
        else:
            self.data.attrs[name] = np.array(value, "S") if _is_bytes(value) else value

    def __getitem__(self, name: str) -> Any:
        """Return what is under a name; a group of that name, made if need be, where nothing is.

        Raises:
            KeyError: when there is nothing, and the file is only read.
        """
        if isinstance(self.data, dict):
            found = self.data.get(name)
            if found is None:
                found = self._new(name, lambda: {_DICT_MARK: True})
                self.data[name] = found
            return self._inner(found) if isinstance(found, dict) else _plain(found)
        if name in self.data.attrs:
            return _plain(self.data.attrs[name])
        if name in self.data:
            found = self.data[name]
            return found[()] if hasattr(found, "dtype") else self._inner(found)
        return self._inner(self._new(name, lambda: self.data.create_group(name)))

    def __contains__(self, name: str) -> bool:
        """Return whether there is anything under a name."""
        return name in self.data or (not isinstance(self.data, dict) and name in self.data.attrs)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of arrays and groups."""
        return (name for name in self.data if name != _DICT_MARK)

    def __len__(self) -> int:
        """Return how many arrays and groups there are."""
        return sum(1 for _ in self)

    def get(self, name: str, default: Any = None) -> Any:
        """Return what is under a name, or another value where nothing is."""
        return self[name] if name in self else default  # noqa: SIM401

    def update(self, *others: Any, **named: Any) -> None:
        """Put everything of dicts in."""
        for name, value in dict(*others, **named).items():
            self[name] = value

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> H5Dict:
        return self

    def __exit__(self, *problem: object) -> None:
        """Close the file."""
        self.close()

    def _inner(self, group: Any) -> H5Dict:
        return H5Dict(group, "r" if self.read_only else "a")

    def _new(self, name: str, make: Callable[[], Any]) -> Any:
        if self.read_only:
            raise KeyError(f"H5Dict: name must be in the file, got {name!r}.")
        return make()


h5dict = H5Dict


def _is_bytes(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, bytes) for one in value)


def _plain(value: Any) -> Any:
    """Return a list of bytes for an array of them, anything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "OS":
        return value.tolist()
    return value


def save_to_binary_h5py(save_function: Callable[[Any], Any], stream: Any) -> None:
    """Write to a binary stream the HDF5 file that a function fills."""
    buffer = io.BytesIO()
    with open_file(buffer, "w") as file:
        save_function(file)
    stream.write(buffer.getvalue())


def load_from_binary_h5py(load_function: Callable[[Any], Any], stream: Any) -> Any:
    """Return what a function reads from the HDF5 file in a binary stream."""
    with open_file(io.BytesIO(stream.read()), "r") as file:
        return load_function(file)
