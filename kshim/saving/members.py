"""Members: what a zip archive holds, read with care and written in one step.

Names are looked up, never joined to a folder; sizes are counted while a member is inflated, not
believed. Nothing is extracted.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from kshim.errors import FileError
from kshim.saving.h5 import GROWTH, LONGEST_TEXT

MOST_MEMBERS = 10_000
CHUNK = 2**20
# How far texts may be compressed, beyond the first megabyte.
RATIO = 200
_ENCRYPTED = 0x1
_LOCAL_HEADER = 30
_WRONG = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
    ValueError, OverflowError,
)  # fmt: skip


class Archive:
    """Show the members of one zip archive by name."""

    def __init__(self, opened: zipfile.ZipFile, source: IO[bytes], file: str) -> None:
        self._zip, self._source, self.file = opened, source, file
        members = opened.infolist()
        if len(members) > MOST_MEMBERS:
            raise self._wrong("the archive", f"at most {MOST_MEMBERS} members", str(len(members)))
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._check_name(member.filename)
            self._members[member.filename] = member

    def __contains__(self, name: str) -> bool:
        """Return whether there is a member of this name."""
        return name in self._members

    def text(self, name: str) -> str:
        """Return the text of a member.

        Raises:
            FileError: when there is none, or it is far longer than its size in the archive.
        """
        with self._opened(name) as stream:
            read = stream.read(LONGEST_TEXT + 1)
        stored = self._members[name].compress_size
        if len(read) > min(LONGEST_TEXT, RATIO * stored + CHUNK):
            raise self._wrong(name, "a text of a size like its size in the archive", f"{len(read)}")
        try:
            return read.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._wrong(name, "text in UTF-8", error.reason) from None

    def numbers(self, name: str) -> bytearray:
        """Return the bytes of a member that is not compressed, held against its checksum.

        Raises:
            FileError: when there is none, it is compressed, or damaged.
        """
        if self._member(name).compress_type != zipfile.ZIP_STORED:
            raise self._wrong(name, "stored as it is", "compressed bytes")
        found = bytearray()
        with self._opened(name) as stream:
            while chunk := self._read(stream, name):
                found += chunk
        return found

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """Give a member as a file that can be read from any place in it.

        Raises:
            FileError: when it inflates past what its size in the archive can account for.
        """
        member = self._member(name)
        if member.compress_type == zipfile.ZIP_STORED:
            start = self._start_of(member)
            yield _named(io.BufferedReader(_Window(self._source, start, member.file_size)),
                         f"{self.file}: {name}")  # fmt: skip
            return
        with tempfile.TemporaryFile() as inflated:
            self._inflate(name, inflated)
            yield _named(inflated, f"{self.file}: {name}")

    def _inflate(self, name: str, target: IO[bytes]) -> None:
        limit = 2 * self._members[name].compress_size + GROWTH
        with self._opened(name) as stream:
            while chunk := self._read(stream, name):
                if target.tell() + len(chunk) > limit:
                    raise self._wrong(name, f"at most {limit} bytes when inflated", "more")
                target.write(chunk)
        target.seek(0)

    def _read(self, stream: IO[bytes], name: str) -> bytes:
        try:
            return stream.read(CHUNK)
        except _WRONG as error:
            raise self._wrong(name, "whole", _reason(error)) from None

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        member = self._member(name)
        try:
            with self._zip.open(member) as stream:
                yield stream
        except FileError:
            raise
        except _WRONG as error:
            raise self._wrong(name, "whole", _reason(error)) from None

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise self._wrong(name, "in the archive", "no such member")
        member = self._members[name]
        if member.flag_bits & _ENCRYPTED:
            raise self._wrong(name, "readable by everybody", "an encrypted member")
        return member

    def _start_of(self, member: zipfile.ZipInfo) -> int:
        """Return where the bytes of a member begin: behind its own header."""
        self._source.seek(member.header_offset)
        header = self._source.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise self._wrong(member.filename, "behind a header of its own", "none")
        name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        start = member.header_offset + _LOCAL_HEADER + name + extra
        end = self._source.seek(0, os.SEEK_END)
        if member.file_size != member.compress_size or start + member.file_size > end:
            raise self._wrong(member.filename, "inside the archive", f"{member.file_size} bytes")
        return start

    def _check_name(self, name: str) -> None:
        parts = name.split("/")
        bad = name.startswith("/") or "\\" in name or ".." in parts or "\0" in name
        if bad or ":" in parts[0] or name in self._members:
            wanted = "a plain path inside the archive, there once"
            raise self._wrong("a member's name", wanted, repr(name))

    def _wrong(self, entry: str, wanted: str, given: str) -> FileError:
        return FileError(f"{self.file}: {entry} must be {wanted}, got {given}.")


class _Window(io.RawIOBase):
    """Show a stretch of a file as a file."""

    def __init__(self, source: IO[bytes], start: int, size: int) -> None:
        self._source, self._start, self._size, self._at = source, start, size, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer, to the end of the stretch at most."""
        view = memoryview(buffer).cast("B")
        size = max(0, min(len(view), self._size - self._at))
        self._source.seek(self._start + self._at)
        read = self._source.readinto(view[:size])  # type: ignore[attr-defined]
        self._at += read
        return int(read)


@contextmanager
def reading_archive(file: Any) -> Iterator[Archive]:
    """Open a zip archive to read: a path, or a binary file object.

    Raises:
        FileError: when it is no whole zip archive.
    """
    name = str(getattr(file, "name", None) or f"<{type(file).__name__}>")
    if hasattr(file, "read"):
        with _opened_zip(file, name) as archive:
            yield archive
        return
    path = os.fsdecode(file)
    with open(path, "rb") as source, _opened_zip(source, path) as archive:
        yield archive


def is_archive(file: Any) -> bool:
    """Return whether a path leads to, or a binary file object is, what begins as zips do."""
    if hasattr(file, "read") and hasattr(file, "seek"):
        place = file.tell()
        start = file.read(4)
        file.seek(place)
        return bool(start == b"PK\x03\x04")
    if not isinstance(file, str | bytes | os.PathLike) or not os.path.isfile(file):
        return False
    with open(file, "rb") as source:
        return source.read(4) == b"PK\x03\x04"


def write_archive(
    target: Any, texts: Sequence[tuple[str, str]], name: str, data: IO[bytes]
) -> None:
    """Write texts and one file of data as an uncompressed zip archive.

    Args:
        target: a path, or a binary file object.
    """
    with zipfile.ZipFile(target, "w") as archive:
        for member, text in texts:
            archive.writestr(member, text)
        data.seek(0)
        with archive.open(name, "w", force_zip64=True) as stream:
            while chunk := data.read(CHUNK):
                stream.write(chunk)


@contextmanager
def _opened_zip(source: IO[bytes], name: str) -> Iterator[Archive]:
    try:
        opened = zipfile.ZipFile(source)
    except _WRONG as error:
        raise FileError(f"{name}: must be a whole zip archive, got {_reason(error)}.") from None
    with opened:
        yield Archive(opened, source, name)


def _named(stream: Any, name: str) -> IO[bytes]:
    """Return a stream that messages call by a name."""
    return _Named(stream, name)  # type: ignore[return-value]


class _Named:
    """Show a stream under a name of its own."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.name = stream, name

    def __getattr__(self, word: str) -> Any:
        """Answer as the stream does."""
        return getattr(self.stream, word)


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
