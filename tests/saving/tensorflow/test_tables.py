"""Tables in LevelDB's format: written by hand from its manual, and damaged."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kshim.errors import FileError, NotSupported
from kshim.saving.tensorflow.checksums import crc32c, masked
from kshim.saving.tensorflow.tables import read_table, write_table

MAGIC = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"


def block(*entries: tuple[int, bytes, bytes], kind: int = 0) -> bytes:
    """Return a block of entries (shared, rest of the name, bytes) and what stands behind it."""
    body = b"".join(
        bytes([shared, len(rest), len(value)]) + rest + value for shared, rest, value in entries
    )
    body += (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes([kind])
    return body + masked(crc32c(body)).to_bytes(4, "little")


def table(*blocks: tuple[bytes, bytes]) -> bytes:
    """Return a table of blocks, each with its last name."""
    written, index = b"", []
    for last, one in blocks:
        index.append((0, last, bytes([len(written), len(one) - 5])))
        written += one
    behind = block()
    handles = bytes([len(written), len(behind) - 5, len(written + behind), len(block(*index)) - 5])
    return written + behind + block(*index) + handles.ljust(40, b"\0") + MAGIC


def test_names_share_their_beginnings() -> None:
    data = table((b"ab", block((0, b"a", b"1"), (1, b"b", b"22"))), (b"b", block((0, b"b", b""))))
    assert read_table(data, "f") == {b"a": b"1", b"ab": b"22", b"b": b""}


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.binary(max_size=40), st.binary(max_size=300), max_size=40))
def test_what_is_written_is_read(entries: dict[bytes, bytes]) -> None:
    assert read_table(write_table(entries), "f") == entries


def test_many_entries_take_many_blocks() -> None:
    entries = {str(number).encode(): bytes(5000) for number in range(200)}
    data = write_table(entries)
    assert data.endswith(MAGIC)
    assert list(read_table(data, "f")) == sorted(entries)


def test_a_packed_block_is_refused_with_the_way_on() -> None:
    with pytest.raises(NotSupported, match="packed with snappy"):
        read_table(table((b"a", block((0, b"a", b"1"), kind=1))), "f")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "must be a table"),
        (bytes(100), "must be a table"),
        (table((b"a", block((9, b"a", b"1")))), "an entry past the end of its block"),
        (table((b"a", block((0, b"a", b"1"))[:-1] + b"\0")), "a block whose checksum differs"),
        (bytes([0, 0, 200, 1]).ljust(40, b"\0") + MAGIC, "a block up to byte"),
    ],
)
def test_damage_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(FileError, match=reason):
        read_table(data, "f")
