"""Replacing: a new file takes the old one's place in one step, whole and on the disk.

It is written beside the old one; a failure at any moment leaves the old file as it was.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kshim.errors import FileError


@contextmanager
def in_place_of(path: str) -> Iterator[str]:
    """Give a draft's path; move it to `path` when the block ends well, remove it otherwise."""
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    draft = os.path.join(folder, f".{name[:200]}.{secrets.token_hex(6)}")
    try:
        yield draft
        if os.path.exists(target):
            shutil.copymode(target, draft)
        _to_disk(draft)
        os.replace(draft, target)
        _to_disk(folder or os.curdir)
    except BaseException:
        with suppress(FileNotFoundError):
            os.remove(draft)
        raise


@contextmanager
def with_usual_mode(path: str | os.PathLike[str]) -> Iterator[None]:
    """Let a new file written in the block have the permissions that the umask gives to all.

    safetensors, for one, gives its own files to nobody but their owner.
    """
    with open(path, "xb") as empty:
        mode = os.fstat(empty.fileno()).st_mode
    yield
    os.chmod(path, mode)


def need_writable(who: str, folder: str) -> None:
    """Refuse a folder in which no file can be made, or that cannot be made itself.

    A file is made there, or in the nearest folder above that is there, and removed again: what
    the system says of permissions does not hold for everybody.

    Raises:
        FileError: naming the folder and the reason.
    """
    nearest = os.path.abspath(folder)
    while not os.path.lexists(nearest):
        nearest = os.path.dirname(nearest)
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"{who}: {folder} must be a folder that can be written to, got: {reason}."
        ) from None


def _to_disk(path: str) -> None:
    """Wait until a file or folder is on the disk; where folders cannot be opened, do nothing."""
    if os.path.isdir(path) and os.name == "nt":
        return
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
