"""HDF5: the only file that opens one. A file is read for what it holds itself, written whole.

What stands behind soft and external links, in external storage or in virtual datasets is never
opened: such a file is refused. A new file is written beside the old one and takes its place in one
step, so that a failure leaves the old file as it was.
"""

from __future__ import annotations

import errno
import io
import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import IO, Any, TypeAlias

import numpy as np

from kshim.core.replacing import in_place_of
from kshim.errors import FileError, KshimError
from kshim.saving.heaps import Raw, damaged_heap

# HDF5 keeps attributes in a header of 64 KiB; longer lists are cut into name0, name1, ...
LONGEST_ATTRIBUTE = 64512
LONGEST_TEXT = 64 * 2**20
# What an array may take in memory beyond twice the size of its file.
GROWTH = 200 * 10**6
NUMBERS = "fiub"
# How many bytes of a large array stand in memory at a time.
PIECE = 2**24
# How many rows, or a multiple of them, stand in a piece that has more.
EVEN_ROWS = 512
# How many threads read a large array: one copies while another waits for the disk.
READERS = 2

Piece: TypeAlias = tuple[slice, np.ndarray[Any, Any]]


class Folder:
    """Show one group of an HDF5 file; nothing outside that file is opened through it."""

    def __init__(self, group: Any, file: str, raw: Raw | None = None) -> None:
        """Show a group; `raw` gives bytes of its file, where these are to be had."""
        self._group, self.file, self._raw = group, file, raw

    def __contains__(self, path: str) -> bool:
        """Return whether there is an entry under a path, wherever it leads."""
        group = self._group
        for part in _parts(path):
            with _complaining(self.file, path):
                if not hasattr(group, "keys") or group.get(part, getlink=True) is None:
                    return False
            group = self._entry(group, part, path)
        return True

    def names(self) -> list[str]:
        """Return the names of the entries directly inside, wherever they lead."""
        with _complaining(self.file, "its list of entries"):
            return list(self._group)

    def holds_array(self, path: str) -> bool:
        """Return whether an array, rather than a group, is under a path."""
        return hasattr(self._item(path), "dtype")

    @property
    def identity(self) -> Any:
        """Return what is the same for every way that leads to this group."""
        return self._group.id

    @property
    def stored_bytes(self) -> int:
        """Return the size of the whole file."""
        return int(self._group.file.id.get_filesize())

    def folder(self, path: str) -> Folder:
        """Return the group under a path.

        Raises:
            FileError: when there is none, or a link leads elsewhere.
        """
        item = self._item(path)
        if not hasattr(item, "keys"):
            raise self._wrong(path, "a group", "an array")
        return Folder(item, self.file, self._raw)

    def shape(self, path: str) -> tuple[int, ...]:
        """Return the shape of the array under a path, without reading it."""
        return tuple(int(size) for size in self._array(path).shape)

    def array(self, path: str) -> np.ndarray[Any, Any]:
        """Return the array under a path.

        Raises:
            FileError: when it holds no numbers, or more than the file can account for.
        """
        item = self._sized_array(path)
        with _complaining(self.file, path):
            return np.asarray(item[()], dtype=item.dtype.newbyteorder("="))

    def is_plain(self, path: str) -> bool:
        """Return whether the numbers under a path stand in the file as they are, all of them."""
        item = self._sized_array(path)
        start, size = item.id.get_offset(), item.size * item.dtype.itemsize
        return item.chunks is None and start is not None and start + size <= self.stored_bytes

    def take_pieces(self, path: str, take: Callable[[slice, np.ndarray[Any, Any]], None]) -> None:
        """Hand over the array under a path some rows at a time, from a few threads at once.

        Args:
            take: called with a place and its numbers, which are others when it is over.

        Raises:
            FileError: as `array` does.
        """
        item = self._sized_array(path)
        rows = rows_of_a_piece(item.shape, item.dtype.itemsize)
        size = (READERS, min(rows, len(item)), *item.shape[1:])
        rooms = list(np.empty(size, item.dtype.newbyteorder("=")))

        def read(start: int) -> None:
            room = rooms.pop()
            place = slice(start, min(start + rows, len(item)))
            piece = room[: place.stop - start]
            try:
                with _complaining(self.file, path):
                    item.read_direct(piece, place)
                take(place, piece)
            finally:
                rooms.append(room)

        with ThreadPoolExecutor(READERS) as readers:
            for done in [readers.submit(read, start) for start in range(0, len(item), rows)]:
                done.result()

    def read_into(self, path: str, room: np.ndarray[Any, Any]) -> None:
        """Read the array under a path into another of its shape, of whatever kind of number.

        Raises:
            FileError: as `array` does.
        """
        item = self._sized_array(path)
        with _complaining(self.file, path):
            item.read_direct(room)

    def text(self, name: str) -> str | None:
        """Return the text of an attribute, or None when there is none."""
        value = self._attribute(name)
        if value is None:
            return None
        found = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
        if isinstance(found, bytes):
            found = _decoded(found)
        if not isinstance(found, str) or len(found) > LONGEST_TEXT:
            raise self._wrong(f"attribute {name}", "a text", type(value).__name__)
        return str(found)

    def texts(self, name: str) -> list[str] | None:
        """Return the texts of an attribute, of name0, name1, ... where it was cut; or None."""
        value = self._attribute(name)
        if value is not None:
            return self._listed(name, value)
        pieces: list[list[str]] = []
        while (piece := self._attribute(f"{name}{len(pieces)}")) is not None:
            pieces.append(self._listed(name, piece))
        return [text for piece in pieces for text in piece] if pieces else None

    def new_folder(self, path: str) -> Folder:
        """Return a new group."""
        return Folder(self._group.create_group(path), self.file)

    def need_folder(self, path: str) -> Folder:
        """Return a group, made with those it stands in unless they are there."""
        return Folder(self._group.require_group(path), self.file)

    def put_array(self, path: str, value: Any) -> None:
        """Write an array."""
        self._group.create_dataset(path, data=np.asarray(value))

    def put_pieces(
        self, path: str, shape: tuple[int, ...], dtype: Any, pieces: Iterable[Piece]
    ) -> None:
        """Write an array that comes some rows at a time."""
        made = self._group.create_dataset(path, shape, dtype)
        for place, piece in pieces:
            made.write_direct(piece, None, place)

    def put_text(self, name: str, value: str) -> None:
        """Write a text attribute, as old Kerases can read it: bytes of variable length."""
        self._group.attrs[name] = value.encode("utf-8")

    def put_texts(self, name: str, values: Iterable[str]) -> None:
        """Write a list of texts, cut into name0, name1, ... where it is too long for one."""
        encoded = [value.encode("utf-8") for value in values]
        whole = np.asarray(encoded) if encoded else np.zeros(0)
        if whole.itemsize > LONGEST_ATTRIBUTE:
            raise self._wrong(f"attribute {name}", f"names under {LONGEST_ATTRIBUTE} bytes", "more")
        if whole.nbytes <= LONGEST_ATTRIBUTE:
            self._group.attrs[name] = whole
            return
        size = LONGEST_ATTRIBUTE // whole.itemsize
        for number, start in enumerate(range(0, len(whole), size)):
            self._group.attrs[f"{name}{number}"] = whole[start : start + size]

    def _item(self, path: str) -> Any:
        item = self._group
        for part in _parts(path):
            if not hasattr(item, "keys"):
                raise self._wrong(path, "in the file", "no such entry")
            item = self._entry(item, part, path)
        return item

    def _entry(self, group: Any, part: str, path: str) -> Any:
        """Return what a hard link leads to; refuse every other kind of link unopened."""
        with _complaining(self.file, path):
            link = group.get(part, getlink=True)
        if link is None:
            raise self._wrong(path, "in the file", "no such entry")
        if type(link).__name__ != "HardLink":
            raise self._wrong(path, "part of the file itself", f"a {type(link).__name__}")
        with _complaining(self.file, path):
            return group[part]

    def _array(self, path: str) -> Any:
        item = self._item(path)
        if not hasattr(item, "dtype") or not hasattr(item, "shape"):
            raise self._wrong(path, "an array", "a group")
        if item.is_virtual or item.external:
            kind = "a virtual dataset" if item.is_virtual else "external storage"
            raise self._wrong(path, "part of the file itself", kind)
        if item.dtype.kind not in NUMBERS or item.shape is None:
            raise self._wrong(path, "an array of numbers", f"type {item.dtype}")
        return item

    def _sized_array(self, path: str) -> Any:
        """Return an array that is not far larger than its file."""
        item = self._array(path)
        needed, stored = item.size * item.dtype.itemsize, item.file.id.get_filesize()
        if needed > 2 * stored + GROWTH:
            raise self._wrong(path, f"no larger than its file ({stored} bytes)", f"{needed} bytes")
        return item

    def _attribute(self, name: str) -> Any:
        with _complaining(self.file, f"attribute {name}"):
            if name not in self._group.attrs:
                return None
            stored = self._group.attrs.get_id(name)
            needed = int(np.prod(stored.shape or (), dtype=object)) * stored.dtype.itemsize
            if needed > LONGEST_TEXT:
                raise self._wrong(f"attribute {name}", f"under {LONGEST_TEXT} bytes", f"{needed}")
            if stored.dtype.kind == "O":
                self._check_texts(name, stored.dtype)
            return self._group.attrs[name]

    def _check_texts(self, name: str, kind: Any) -> None:
        """Refuse what is of variable length and no text, or what the HDF5 library may not survive.

        It does not check which kind of variable length a file says, nor the heap of its texts.
        """
        if _h5py().check_string_dtype(kind) is None:
            raise self._wrong(f"attribute {name}", "a text or a list of names", "lists or objects")
        if self._raw is None:
            return
        address = _h5py().h5o.get_info(self._group.id).addr
        damage = damaged_heap(self._raw, address)
        if damage:
            raise self._wrong(f"attribute {name}", "readable", damage)

    def _listed(self, name: str, value: Any) -> list[str]:
        items = value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
        decoded = [_decoded(item) if isinstance(item, bytes) else item for item in items]
        if not all(isinstance(item, str) for item in decoded):
            raise self._wrong(f"attribute {name}", "a list of names", type(value).__name__)
        return decoded

    def _wrong(self, entry: str, wanted: str, given: str) -> FileError:
        return FileError(f"{self.file}: {entry} must be {wanted}, got {given}.")


@contextmanager
def reading(file: Any) -> Iterator[Folder]:
    """Open a file to read: a path, a binary file object, or a file or group of h5py.

    Raises:
        FileError: when it is no whole HDF5 file.
        FileNotFoundError: when there is no such file.
    """
    h5py = _h5py()
    if isinstance(file, h5py.Group):
        yield Folder(file, _file_of(file))
        return
    source, name = (file, _name_of(file)) if hasattr(file, "read") else _checked_path(file)
    try:
        opened = h5py.File(source, "r")
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        raise FileError(f"{name}: must be a whole HDF5 file, got {_first_line(error)}.") from None
    with _raw_file(source) as plain, opened:
        yield Folder(opened, name, _raw(plain, opened.userblock_size))


def _raw_file(source: Any) -> Any:
    """Return a context that gives the file as plain bytes."""
    return nullcontext(source) if hasattr(source, "read") else open(source, "rb")


def _raw(file: IO[bytes], start: int) -> Raw:
    """Return what gives bytes of a file, counted from where the HDF5 in it begins."""

    def read(place: int, size: int) -> bytes:
        file.seek(start + place)
        return file.read(size)

    return read


@contextmanager
def writing(file: Any) -> Iterator[Folder]:
    """Open a file to write: a path, a binary file object, or a file or group of h5py.

    At a path the old file stays until the new one is whole and on the disk.
    """
    h5py = _h5py()
    if isinstance(file, h5py.Group):
        yield Folder(file, _file_of(file))
        file.file.flush()
    elif hasattr(file, "write"):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as opened:
            yield Folder(opened, _name_of(file))
        file.write(buffer.getvalue())
    else:
        path = os.fsdecode(file)
        with in_place_of(path) as draft, _told_when_full(path), h5py.File(draft, "x") as opened:
            yield Folder(opened, path)


@contextmanager
def writing_to(file: IO[bytes]) -> Iterator[Folder]:
    """Open a file object to write that can be read and truncated too: nothing stands in memory."""
    with _h5py().File(file, "w") as opened:
        yield Folder(opened, _name_of(file))


def open_file(file: Any, mode: str = "r") -> Any:
    """Open a file as h5py does.

    Raises:
        FileError: when it is no whole HDF5 file.
    """
    plain = mode == "r" and is_path(file)
    source, name = _checked_path(file) if plain else (file, _name_of(file))
    try:
        return _h5py().File(source, mode)
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        raise FileError(f"{name}: must be a whole HDF5 file, got {_first_line(error)}.") from None


def open_dataset(file: Any, path: str) -> Any:
    """Open an array of a file to be read piece by piece; it closes when nobody holds it any more.

    Raises:
        FileError: when there is no such array of numbers, or the file is no whole HDF5 file.
    """
    return Folder(open_file(file), os.fsdecode(file))._array(path)


def rows_of_a_piece(shape: tuple[int, ...], itemsize: int) -> int:
    """Return how many rows of an array stand in memory at a time."""
    rows = max(1, PIECE // max(1, itemsize * math.prod(shape[1:])))
    return rows - rows % EVEN_ROWS if rows > EVEN_ROWS else rows


def is_path(file: Any) -> bool:
    """Return whether `file` names a file, rather than being one."""
    return isinstance(file, str | bytes | os.PathLike)


def _checked_path(file: Any) -> tuple[str, str]:
    """Return the path twice, if it leads to a file that begins as HDF5 files do."""
    path = os.fsdecode(file)
    kind = os.stat(path).st_mode
    if not stat.S_ISREG(kind):
        given = "a folder" if stat.S_ISDIR(kind) else "something that is no plain file"
        raise FileError(f"{path}: must be an HDF5 file, got {given}.")
    if not _h5py().is_hdf5(path):
        raise FileError(f"{path}: must be an HDF5 file, got {_kind_of(path)}.")
    return path, path


def _kind_of(path: str) -> str:
    """Return what a file that is no HDF5 seems to be."""
    with open(path, "rb") as file:
        start = file.read(16)
    known = {b"PK\x03\x04": "a zip archive (a .keras file?)", b"\x89HDF": "a damaged one"}
    words = [word for magic, word in known.items() if start.startswith(magic)]
    return words[0] if words else (f"one that begins with {start!r}" if start else "an empty one")


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _name_of(file: Any) -> str:
    name: Any = file if is_path(file) else getattr(file, "name", None)
    return os.fsdecode(name) if is_path(name) else f"<{type(file).__name__}>"


def _file_of(group: Any) -> str:
    name = group.file.filename
    return name if isinstance(name, str) else os.fsdecode(name)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


@contextmanager
def _told_when_full(path: str) -> Iterator[None]:
    """Say in one sentence what the HDF5 library says of a full disk, in the words of the system."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = re.search(r"errno = (\d+)", str(error))
        if number is None:
            raise
        reason = os.strerror(int(number[1]))
        full = int(number[1]) in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        wanted = "on a disk with room" if full else "in a folder that can be written to"
        raise FileError(
            f"{path}: must be {wanted}, got: {reason}. The old file is untouched."
        ) from error


@contextmanager
def _complaining(file: str, entry: str) -> Iterator[None]:
    """Name file and entry when the HDF5 library cannot read on."""
    try:
        yield
    except KshimError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, EOFError) as error:
        reason = _first_line(error)
        raise FileError(f"{file}: {entry} must be readable, got {reason}.") from None


def _h5py() -> Any:
    """Return the h5py package, imported when a file is first opened."""
    import h5py

    return h5py
