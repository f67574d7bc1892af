"""Bundles: arrays by name in a table and files of data beside it, as TensorFlow keeps them.

    ckpt.index                    name -> type, shape, file, place, size, checksum
    ckpt.data-00000-of-00001      the arrays' bytes

Kept in step: new data go to a file that the index does not know yet, then the new index takes the
old one's place, then the old data go. Whoever is stopped between leaves one whole bundle.

Source: TensorFlow, core/protobuf/tensor_bundle.proto and files of TensorFlow 2.15.
"""

from __future__ import annotations

import glob
import math
import os
import re
import secrets
import stat
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from kshim.core.replacing import in_place_of
from kshim.errors import FileError, NotSupported
from kshim.saving.tensorflow.checksums import crc32c, masked
from kshim.saving.tensorflow.messages import (
    damaged,
    fields,
    put,
    put_each,
    put_fixed,
    put_varint,
    raw,
    varint,
    whole,
)
from kshim.saving.tensorflow.tables import read_table, write_table

Array = np.ndarray[Any, Any]

TEXT = 7
BRAIN_FLOAT = 14
TYPES = {
    1: "f4", 2: "f8", 3: "i4", 4: "u1", 5: "i2", 6: "i1", 9: "i8", 10: "?", BRAIN_FLOAT: "u2",
    17: "u2", 19: "f2", 22: "u4", 23: "u8",
}  # fmt: skip
_NUMBERS = {np.dtype(kind): number for number, kind in TYPES.items() if number != BRAIN_FLOAT}
MOST_SHARDS = 99_999
LARGEST_INDEX = 2**28
_WRITTEN_BY = 1
RETRIES = 20
# After how many seconds a file that no index knows is nobody's.
STOPPED = 3600


@dataclass(frozen=True)
class Entry:
    """Hold what an index says of one array."""

    kind: int = 0
    shape: tuple[int, ...] = ()
    shard: int = 0
    offset: int = 0
    size: int = 0
    crc: int = 0
    sliced: bool = False


class Bundle:
    """Show the arrays of one bundle by name; each is read when it is asked for.

    Args:
        prefix: the path without `.index`.
    """

    def __init__(self, prefix: str) -> None:
        self.file = prefix
        for turn in range(RETRIES + 1):
            self.shards, self._entries = _index(prefix)
            try:
                self._data = {shard: self._opened(shard) for shard in self._used_shards()}
            except FileError:
                if turn == RETRIES or _index(prefix) == (self.shards, self._entries):
                    raise  # no other has just taken this one's place
            else:
                return

    def __contains__(self, name: str) -> bool:
        """Return whether there is an array of this name."""
        return name in self._entries

    def names(self) -> list[str]:
        """Return the names of all arrays, those that hold no numbers too."""
        return list(self._entries)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array, without reading it."""
        return self._entry(name).shape

    def array(self, name: str) -> Array:
        """Return an array.

        Raises:
            FileError: when there is none, it is damaged, or its data are not all there.
        """
        entry = self._entry(name)
        if entry.kind not in TYPES or entry.sliced:
            given = "one in slices" if entry.sliced else f"type {entry.kind}"
            raise FileError(f"{self.file}: {name} must be a whole array of numbers, got {given}.")
        kind = np.dtype(TYPES[entry.kind]).newbyteorder("<")
        if math.prod(entry.shape) * kind.itemsize != entry.size:
            wanted = f"an array of {entry.size} bytes, as the index says"
            raise FileError(f"{self.file}: {name} must be {wanted}, got shape {entry.shape}.")
        found = np.frombuffer(self._read(name, entry), kind).reshape(entry.shape)
        if entry.kind == BRAIN_FLOAT:
            return (found.astype("u4") << 16).view("f4")
        return found.astype(kind.newbyteorder("="))

    def holds_text(self, name: str) -> bool:
        """Return whether a text, rather than numbers, stands under a name."""
        return self._entry(name).kind == TEXT

    def content(self, name: str) -> bytes:
        """Return the one text that stands under a name."""
        entry, where = self._entry(name), f"{self.file}: {name}"
        if entry.kind != TEXT or entry.shape or entry.sliced:
            raise FileError(f"{where} must be one text, got type {entry.kind}, {entry.shape}.")
        data = self._read(name, entry, checked=False)
        where = f"{_data_path(self.file, entry.shard, self.shards)}: {name}"
        length, place = varint(data, 0, where)
        if place + 4 + length != len(data):
            raise damaged(where, f"a text of {length} bytes in {len(data)}")
        lengths = _sum_of_length(length)
        if (
            data[place : place + 4] != lengths[0]
            or masked(crc32c(data[place + 4 :], lengths[1])) != entry.crc
        ):
            raise damaged(where, "a text whose checksum differs")
        return data[place + 4 :]

    def _used_shards(self) -> set[int]:
        shards = {entry.shard for entry in self._entries.values()}
        return {shard for shard in shards if 0 <= shard < self.shards}

    def _opened(self, shard: int) -> IO[bytes]:
        """Open a file of data; it stays open, so that it may be replaced meanwhile."""
        file = open_plain(_data_path(self.file, shard, self.shards))
        weakref.finalize(self, file.close)
        return file

    def _entry(self, name: str) -> Entry:
        if name not in self._entries:
            raise FileError(f"{self.file}: {name} must be in the index, got no such entry.")
        return self._entries[name]

    def _read(self, name: str, entry: Entry, checked: bool = True) -> bytes:
        if not 0 <= entry.shard < self.shards:
            raise damaged(f"{self.file}: {name}", f"file {entry.shard} of {self.shards}")
        path, file = _data_path(self.file, entry.shard, self.shards), self._data[entry.shard]
        stored = os.fstat(file.fileno()).st_size
        if entry.offset < 0 or entry.size < 0 or entry.offset + entry.size > stored:
            given = f"{entry.size} bytes at {entry.offset} of {stored}"
            raise FileError(f"{path}: {name} must be inside the file, got {given}.")
        file.seek(entry.offset)
        data = file.read(entry.size)
        if checked and masked(crc32c(data)) != entry.crc:
            raise damaged(f"{path}: {name}", "bytes whose checksum differs")
        return data


def is_bundle(prefix: Any) -> bool:
    """Return whether a path, with `.index` behind it, leads to a file."""
    return isinstance(prefix, str | os.PathLike) and os.path.isfile(f"{os.fspath(prefix)}.index")


def write_bundle(prefix: str, arrays: Mapping[str, Array | bytes]) -> None:
    """Write arrays, and texts as bytes, in place of the bundle that is there.

    Raises:
        OSError: when there is no room; the old bundle is as it was then.
    """
    data, shards = _unused(prefix)
    old = _known_data(prefix)
    table = {b"": put((1, shards), (2, 0), (3, put((1, _WRITTEN_BY))))}
    shard = shards - 1
    place = 0
    try:
        with in_place_of(data) as draft, open(draft, "xb") as file:
            for name in sorted(arrays):
                content, entry = _stored(arrays[name])
                place_of = ((3, shard), (4, place), (5, len(content)))
                fields_of = put(*entry[:2]) + put(*((key, it) for key, it in place_of if it))
                table[name.encode("utf-8", "surrogateescape")] = fields_of + put_fixed(6, entry[2])
                file.write(content)
                place += len(content)
        with in_place_of(f"{prefix}.index") as draft, open(draft, "xb") as file:
            file.write(write_table(table))
    except BaseException:
        with suppress(FileNotFoundError):
            os.remove(data)
        raise
    for path in {*old, *_left_behind(prefix)} - {data}:
        with suppress(FileNotFoundError):
            os.remove(path)


def remove_bundle(prefix: str) -> None:
    """Remove a bundle, its index first."""
    for path in (f"{prefix}.index", *_data_files(prefix)):
        with suppress(FileNotFoundError):
            os.remove(path)


def open_plain(path: str) -> IO[bytes]:
    """Open a file to read, if it is a plain one.

    Raises:
        FileError: when it is none, or is not there.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise FileError(f"{path}: must be a plain file, got something else.")
        return open(path, "rb")
    except OSError as error:
        raise FileError(f"{path}: must be there, got: {error.strerror}.") from None


def _stored(value: Array | bytes) -> tuple[bytes, tuple[Any, Any, int]]:
    """Return the bytes of an array or text, and type, shape and checksum for the index."""
    if isinstance(value, bytes):
        lengths, before = _sum_of_length(len(value))
        content = put_varint(len(value)) + lengths + value
        return content, ((1, TEXT), (2, b""), masked(crc32c(value, before)))
    if value.dtype not in _NUMBERS:
        raise FileError(f"array: type must be one that TensorFlow knows, got {value.dtype}.")
    content = np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes()
    shape = put_each(2, (put((1, size)) for size in value.shape))
    return content, ((1, _NUMBERS[value.dtype]), (2, shape), masked(crc32c(content)))


def _sum_of_length(length: int) -> tuple[bytes, int]:
    """Return the checksum of a text's length as bytes, and the sum with these bytes behind it."""
    found = crc32c(length.to_bytes(4 if length < 2**32 else 8, "little"))
    stored = masked(found).to_bytes(4, "little")
    return stored, crc32c(stored, found)


def _index(prefix: str) -> tuple[int, dict[str, Entry]]:
    """Return how many files of data an index tells of, and what it says of each array."""
    index = f"{prefix}.index"
    with open_plain(index) as file:
        if os.fstat(file.fileno()).st_size > LARGEST_INDEX:
            raise FileError(f"{index}: must be at most {LARGEST_INDEX} bytes, got more.")
        table = read_table(file.read(), index)
    shards = _shards(table.pop(b"", None), f"{index}: the header")
    return shards, {
        name.decode("utf-8", "surrogateescape"): _entry(content, f"{index}: {name!r:.200}")
        for name, content in table.items()
    }


def _shards(header: bytes | None, where: str) -> int:
    if header is None:
        raise damaged(where, "none")
    told = dict(fields(header, where))
    shards = whole(told.get(1, 1), where)
    if not 0 < shards <= MOST_SHARDS or told.get(2, 0) != 0:
        raise damaged(where, f"{shards} files, byte order {told.get(2, 0)!r}")
    return shards


def _entry(content: bytes, where: str) -> Entry:
    told = dict(fields(content, where))
    shape = raw(told.get(2, b""), where)
    sizes = tuple(
        whole(dict(fields(raw(it, where), where)).get(1, 0), where)
        for key, it in fields(shape, where)
        if key == 2
    )
    if any(size < 0 for size in sizes) or len(sizes) > 32:
        raise damaged(where, f"shape {sizes[:32]}")
    kind, shard, offset, size, crc = (whole(told.get(key, 0), where) for key in (1, 3, 4, 5, 6))
    return Entry(kind, sizes, shard, offset, size, crc, 7 in told)


def _data_path(prefix: str, shard: int, shards: int) -> str:
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def _data_files(prefix: str) -> Sequence[str]:
    """Return the files of data that stand beside an index."""
    pattern = re.compile(r"\.data-\d{5}-of-\d{5}")
    found = glob.glob(f"{glob.escape(prefix)}.data-*-of-*")
    return [path for path in found if pattern.fullmatch(path[len(prefix) :])]


def _unused(prefix: str) -> tuple[str, int]:
    """Return a path for data that no other writer takes, and how many files it says there are."""
    shards = 1
    while os.path.exists(path := _data_path(prefix, shards - 1, shards)):
        shards = 2 + secrets.randbelow(MOST_SHARDS - 1)
    return path, shards


def _known_data(prefix: str) -> set[str]:
    """Return the files of data that the index there tells of, if it can be read."""
    if not os.path.isfile(f"{prefix}.index"):
        return set()
    try:
        shards, entries = _index(prefix)
    except (FileError, NotSupported):
        return set()
    return {_data_path(prefix, entry.shard, shards) for entry in entries.values()}


def _left_behind(prefix: str) -> set[str]:
    """Return the files of data of writers that were stopped, long enough ago to be sure."""
    known, now = _known_data(prefix), time.time()
    others = set(_data_files(prefix)) - known
    return {path for path in others if now - os.path.getmtime(path) > STOPPED}
