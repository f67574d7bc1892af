"""Unpacks archives that nobody vouches for: regular files and folders, inside one folder."""

from __future__ import annotations

import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from kshim.errors import FileError

MAX_ENTRIES = 1_000_000
MAX_RATIO = 100
ALLOWANCE = 200 * 2**20
LONGEST_SHOWN = 200
_UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    RuntimeError,  # a zip that wants a password, or is packed in an unknown way
    OSError,  # a damaged gzip, names too long for the disk or of a file and a folder at once
)


class Entry(NamedTuple):
    """Hold one regular file of an archive, open for reading, or a folder."""

    name: str
    content: IO[bytes] | None


def extract(archive: Path, folder: Path, formats: Sequence[str]) -> None:
    """Unpack a tar or zip file into a folder, all of it or nothing.

    Everything is unpacked beside the folder's files first and moved at the end, so that an
    interrupted run leaves no half-filled folder that counts as done.

    Args:
        formats: those to try: "tar", "zip".

    Raises:
        FileError: the file is no such archive, or an entry leaves the folder, is a link or a
            device, or unpacks to more than `MAX_RATIO` times the archive (and `ALLOWANCE`).
    """
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as staging:
        try:
            _unpack_all(archive, Path(staging), formats)
        except _UNREADABLE as error:
            raise FileError(f"{archive}: cannot be unpacked ({error}).") from error
        for one in sorted(Path(staging).iterdir()):
            _move(one, folder / one.name)


def _unpack_all(archive: Path, folder: Path, formats: Sequence[str]) -> None:
    budget = MAX_RATIO * archive.stat().st_size + ALLOWANCE
    for count, entry in enumerate(_entries(archive, formats)):
        if count >= MAX_ENTRIES:
            raise FileError(f"{archive}: holds more than {MAX_ENTRIES} entries.")
        try:
            budget -= _unpack(entry, folder, archive, budget)
        except _UNREADABLE as error:
            reason = getattr(error, "strerror", None) or error
            raise FileError(
                f"{archive}: entry {_short(entry.name)} cannot be unpacked ({reason})."
            ) from error


def _entries(archive: Path, formats: Sequence[str]) -> Iterator[Entry]:
    """Yield what an archive holds; refuse what is neither a file nor a folder."""
    if "tar" in formats and tarfile.is_tarfile(archive):
        yield from _entries_of_tar(archive)
    elif "zip" in formats and zipfile.is_zipfile(archive):
        yield from _entries_of_zip(archive)
    else:
        raise FileError(
            f"{archive}: must be a {' or '.join(formats)} archive; it is not, or cut short."
        )


def _entries_of_tar(archive: Path) -> Iterator[Entry]:
    with tarfile.open(archive) as opened:
        for member in opened:
            if not (member.isfile() or member.isdir()):
                raise FileError(f"{archive}: entry {_short(member.name)} is a link or a device.")
            yield Entry(member.name, opened.extractfile(member))


def _entries_of_zip(archive: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            # A zip keeps a Unix file type in the upper half of its outer attributes, or none.
            if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise FileError(
                    f"{archive}: entry {_short(member.filename)} is a link or a device."
                )
            yield Entry(member.filename, None if member.is_dir() else opened.open(member))


def _unpack(entry: Entry, folder: Path, archive: Path, budget: int) -> int:
    """Write one entry below a folder and return its size."""
    target = folder / _safe_name(entry.name, archive)
    if entry.content is None:
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with entry.content as source, open(target, "wb") as file:
        while block := source.read(2**20):
            size += len(block)
            if size > budget:
                raise FileError(f"{archive}: entry {_short(entry.name)} unpacks to too many bytes.")
            file.write(block)
    return size


def _safe_name(name: str, archive: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    odd = any(sign in name for sign in "\\\0") or (name[1:2] == ":")
    if odd or path.is_absolute() or ".." in path.parts:
        raise FileError(
            f"{archive}: entry {_short(name)} must stay inside the folder it is unpacked to."
        )
    return path


def _short(name: str) -> str:
    """Return a name as messages show it: an archive may hold one of any length."""
    return repr(name) if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]!r}..."


def _move(staged: Path, target: Path) -> None:
    """Move a file or folder into place; a folder that is there takes the new files."""
    if staged.is_dir() and target.is_dir() and not target.is_symlink():
        for one in staged.iterdir():
            _move(one, target / one.name)
    elif target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
        staged.replace(target)
    else:
        staged.replace(target)
