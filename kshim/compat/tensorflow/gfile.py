"""tf.io.gfile and tf.gfile: files and folders of this machine, under TensorFlow's names.

Addresses of other stores (gs://, s3://, hdfs://) are refused.

Source: TensorFlow 2.15 lib/io/file_io.py; its older names from 1.14 platform/gfile.py.
"""

from __future__ import annotations

import glob as globbing
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from kshim.errors import FileError, NotSupported

__all__ = [
    "Copy", "DeleteRecursively", "Exists", "FastGFile", "GFile", "Glob", "IsDirectory",
    "ListDirectory", "MakeDirs", "MkDir", "Open", "Remove", "Rename", "Stat", "Walk", "copy",
    "exists", "glob", "isdir", "join", "listdir", "makedirs", "mkdir", "remove", "rename",
    "rmtree", "stat", "walk",
]  # fmt: skip


class GFile:
    """Read or write a file; it is opened when it is first used.

    Args:
        mode: r, w or a, with b for bytes and + for both ways.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        self.name, self.mode = _local(name), mode
        self._opened: IO[Any] | None = None

    def read(self, n: int = -1) -> Any:
        """Return so many characters or bytes, all of them for -1."""
        return self._file.read(n)

    def readline(self) -> Any:
        """Return the next line."""
        return self._file.readline()

    def readlines(self) -> list[Any]:
        """Return the lines that are left."""
        return list(self._file.readlines())

    def write(self, file_content: Any) -> None:
        """Write a text or bytes."""
        self._file.write(file_content)

    def seek(self, offset: int = 0, whence: int = 0, position: int | None = None) -> None:
        """Go to a place, counted from the start (0), from here (1) or from the end (2)."""
        self._file.seek(offset if position is None else position, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def size(self) -> int:
        """Return how many bytes the file has."""
        return os.path.getsize(self.name)

    def seekable(self) -> bool:
        """Return that places can be gone to."""
        return True

    def flush(self) -> None:
        """Hand on what was written."""
        if self._opened is not None:
            self._opened.flush()

    def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *problem: object) -> None:
        """Close the file."""
        self.close()

    def __iter__(self) -> Iterator[Any]:
        """Yield the lines."""
        return iter(self._file)

    @property
    def _file(self) -> IO[Any]:
        if self._opened is None:
            encoding = None if "b" in self.mode else "utf-8"
            try:
                self._opened = open(self.name, self.mode, encoding=encoding)  # noqa: SIM115
            except FileNotFoundError as error:
                raise _NotFound(f"{self.name}: must be a file that is there.") from error
        return self._opened


class _NotFound(FileError, FileNotFoundError):
    """Say that a file is not there: TensorFlow's NotFoundError."""


def exists(path: Any) -> bool:
    """Return whether there is a file or folder."""
    return os.path.exists(_local(path))


def isdir(path: Any) -> bool:
    """Return whether there is a folder."""
    return os.path.isdir(_local(path))


def listdir(path: Any) -> list[str]:
    """Return the names in a folder."""
    place = _local(path)
    if not os.path.isdir(place):
        raise _NotFound(f"{place}: must be a folder that is there.")
    return os.listdir(place)


def makedirs(path: Any) -> None:
    """Make a folder and those above it, where they are not there."""
    os.makedirs(_local(path), exist_ok=True)


def mkdir(path: Any) -> None:
    """Make a folder in one that is there."""
    os.mkdir(_local(path))


def glob(pattern: Any) -> list[str]:
    """Return the paths that fit a pattern, or any of several."""
    patterns = pattern if isinstance(pattern, list | tuple) else [pattern]
    return [path for one in patterns for path in sorted(globbing.glob(_local(one)))]


def remove(path: Any) -> None:
    """Remove a file."""
    place = _local(path)
    if not os.path.lexists(place):
        raise _NotFound(f"{place}: must be a file that is there.")
    os.remove(place)


def rmtree(path: Any) -> None:
    """Remove a folder and all in it."""
    shutil.rmtree(_local(path))


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Give a file or folder another name.

    Raises:
        FileError: when something of that name is there, unless it may be overwritten.
    """
    _check_free(dst, overwrite)
    os.replace(_local(src), _local(dst))


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copy a file.

    Raises:
        FileError: when something of that name is there, unless it may be overwritten.
    """
    _check_free(dst, overwrite)
    shutil.copyfile(_local(src), _local(dst))


class _Stat:
    """Hold what is told of a file."""

    def __init__(self, path: str) -> None:
        found = os.stat(path)
        self.length, self.mtime_nsec = found.st_size, found.st_mtime_ns
        self.is_directory = os.path.isdir(path)


def stat(path: Any) -> _Stat:
    """Return a file's length, its time in nanoseconds, and whether it is a folder."""
    return _Stat(_local(path))


def walk(
    top: Any, topdown: bool = True, onerror: Any = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder below one, with the folders and files in it."""
    yield from os.walk(_local(top), topdown, onerror)


def join(path: Any, *paths: Any) -> str:
    """Return paths joined."""
    return os.path.join(_local(path), *(os.fspath(one) for one in paths))


# TensorFlow 1's names for the same.
FastGFile = Open = GFile
Exists, IsDirectory, ListDirectory, MakeDirs = exists, isdir, listdir, makedirs
MkDir, Glob, Remove, DeleteRecursively = mkdir, glob, remove, rmtree
Rename, Copy, Stat, Walk = rename, copy, stat, walk


def read_file(filename: Any, name: Any = None) -> bytes:
    """Return the bytes of a file: `tf.io.read_file`."""
    with GFile(filename, "rb") as file:
        content: bytes = file.read()
    return content


def write_file(filename: Any, contents: Any, name: Any = None) -> None:
    """Write a file anew, with the folders above it: `tf.io.write_file`."""
    place = Path(_local(filename))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(contents if isinstance(contents, bytes) else str(contents).encode())


def _local(path: Any) -> str:
    """Return the path of a file of this machine.

    Raises:
        NotSupported: for the address of another store.
    """
    place = os.fspath(path)
    place = place.decode() if isinstance(place, bytes) else str(place)
    if "://" in place and not place.startswith("file://"):
        raise NotSupported(f"tf.io.gfile: paths must be of this machine, got {place!r}.")
    return place.removeprefix("file://")


def _check_free(path: Any, overwrite: bool) -> None:
    place = _local(path)
    if not overwrite and os.path.exists(place):
        raise FileError(f"{place}: must not be there yet, got one. Pass overwrite=True.")
