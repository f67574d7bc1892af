"""Tables: sorted names with bytes, in LevelDB's format, as a checkpoint's index is kept.

A table is blocks, a block that tells where they are, and 48 bytes that tell where that one is:

    block    entries (shared, further, length, rest of the name, bytes), restarts, their count
    behind   0 (as it is) or 1 (packed with snappy), and a masked CRC-32C

Source: LevelDB, doc/table_format.md.
"""  # fmt: skip

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kshim.errors import FileError, NotSupported
from kshim.saving.tensorflow.checksums import crc32c, masked
from kshim.saving.tensorflow.messages import damaged, put_varint, varint

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
FOOTER = 48
TRAILER = 5
PLAIN = 0
LONGEST_NAME = 2**20
LARGEST_BLOCK = 2**18


def read_table(data: bytes, file: str) -> dict[bytes, bytes]:
    """Return the names and bytes of a table.

    Raises:
        FileError: when it is damaged, or its names are far longer than the table.
        NotSupported: when it is packed.
    """
    if len(data) < FOOTER or not data.endswith(MAGIC):
        raise FileError(f"{file}: must be a table (.index) of a checkpoint, got another file.")
    where = f"{file}: the table"
    place = len(data) - FOOTER
    for _ in range(2):  # the block of blocks about blocks, which nobody uses
        _, place = varint(data, place, where)
    index = _block(data, *_handle(data, place, where), where)
    found: dict[bytes, bytes] = {}
    end = names = 0
    for _, value in _entries(index, where):
        start, size = _handle(value, 0, where)
        if start < end:
            raise damaged(where, "blocks over one another")
        end = start + size + TRAILER
        for name, content in _entries(_block(data, start, size, where), where):
            names += len(name)
            if names > 2 * len(data) + LONGEST_NAME:
                raise damaged(where, "names far longer than itself")
            found[name] = content
    return found


def write_table(entries: Mapping[bytes, bytes]) -> bytes:
    """Return a table of names and bytes."""
    written, index, waiting = bytearray(), {}, {}
    size = 0
    for name, content in sorted(entries.items()):
        waiting[name] = content
        size += len(name) + len(content)
        if size > LARGEST_BLOCK:
            index[name] = _append(written, waiting)
            waiting, size = {}, 0
    if waiting or not index:
        index[max(waiting, default=b"")] = _append(written, waiting)
    handles = _append(written, {}) + _append(written, index)
    return bytes(written) + handles.ljust(FOOTER - len(MAGIC), b"\0") + MAGIC


def _handle(data: bytes, place: int, where: str) -> tuple[int, int]:
    """Return where a block begins, and its size."""
    start, place = varint(data, place, where)
    size, _ = varint(data, place, where)
    return start, size


def _block(data: bytes, start: int, size: int, where: str) -> bytes:
    end = start + size
    if end + TRAILER > len(data):
        raise damaged(where, f"a block up to byte {end + TRAILER} of {len(data)}")
    if data[end] != PLAIN:
        raise NotSupported(
            f"{where} must be kept as it is, got one packed with snappy. Save it again with "
            "TensorFlow 2, which packs none."
        )
    if masked(crc32c(data[start : end + 1])) != int.from_bytes(data[end + 1 : end + 5], "little"):
        raise damaged(where, "a block whose checksum differs")
    return data[start:end]


def _entries(block: bytes, where: str) -> Iterator[tuple[bytes, bytes]]:
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    if len(block) < 4 or end < 0:
        raise damaged(where, f"{restarts} restarts in a block of {len(block)} bytes")
    place, name = 0, b""
    while place < end:
        shared, place = varint(block, place, where)
        further, place = varint(block, place, where)
        length, place = varint(block, place, where)
        if shared > len(name) or shared + further > LONGEST_NAME or place + further + length > end:
            raise damaged(where, "an entry past the end of its block")
        name = name[:shared] + block[place : place + further]
        place += further + length
        yield name, block[place - length : place]


def _append(written: bytearray, entries: Mapping[bytes, bytes]) -> bytes:
    """Write a block behind others, and return where it begins and its size."""
    block, restarts = bytearray(), []
    for name, content in entries.items():
        restarts.append(len(block).to_bytes(4, "little"))
        block += put_varint(0) + put_varint(len(name)) + put_varint(len(content)) + name + content
    starts = restarts or [bytes(4)]
    block += b"".join(starts) + len(starts).to_bytes(4, "little")
    handle = put_varint(len(written)) + put_varint(len(block))
    block.append(PLAIN)
    written += block + masked(crc32c(bytes(block))).to_bytes(4, "little")
    return handle
