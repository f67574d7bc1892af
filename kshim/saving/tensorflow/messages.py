"""Messages: what protocol buffers hold, field by field, without their descriptions.

Source: Protocol Buffers, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kshim.errors import FileError

Value = int | bytes

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
_FIXED = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
_LONGEST_VARINT = 10


def fields(data: bytes, where: str) -> Iterator[tuple[int, Value]]:
    """Give number and value of each field: a whole number, or bytes.

    Args:
        where: what messages call the data.

    Raises:
        FileError: when it is no such message.
    """
    place = 0
    while place < len(data):
        tag, place = varint(data, place, where)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, place = varint(data, place, where)
            yield number, value
            continue
        size = _FIXED.get(kind)
        if size is None:
            if kind != BYTES:
                raise damaged(where, f"a field of kind {kind}")
            size, place = varint(data, place, where)
        if place + size > len(data):
            raise damaged(where, f"a field of {size} bytes where {len(data) - place} are left")
        part = data[place : place + size]
        yield number, part if kind == BYTES else int.from_bytes(part, "little")
        place += size


def varint(data: bytes, place: int, where: str) -> tuple[int, int]:
    """Return the number of variable length at a place, and the place behind it."""
    found = 0
    for turn in range(_LONGEST_VARINT):
        if place + turn >= len(data):
            raise damaged(where, "a number cut short")
        byte = data[place + turn]
        found |= (byte & 0x7F) << 7 * turn
        if byte < 0x80:
            return found, place + turn + 1
    raise damaged(where, "a number without an end")


def text(value: Value, where: str) -> str:
    """Return the text of a field."""
    return raw(value, where).decode("utf-8", "surrogateescape")


def raw(value: Value, where: str) -> bytes:
    """Return the bytes of a field that must hold some."""
    if isinstance(value, int):
        raise damaged(where, "a number in the place of bytes")
    return value


def whole(value: Value, where: str) -> int:
    """Return the number of a field that must hold one, with its sign."""
    if not isinstance(value, int):
        raise damaged(where, "bytes in the place of a number")
    return value - 2**64 if value >= 2**63 else value


def damaged(where: str, given: str) -> FileError:
    """Return the complaint that something cannot be read."""
    return FileError(f"{where} must be readable, got {given}.")


def put_varint(value: int) -> bytes:
    """Return a number as bytes of variable length."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def put(*told: tuple[int, Value | str]) -> bytes:
    """Return a message of fields, each a number and a value."""
    return b"".join(_field(number, value) for number, value in told)


def put_fixed(number: int, value: int) -> bytes:
    """Return a field of four bytes."""
    return put_varint(number << 3 | FOUR_BYTES) + value.to_bytes(4, "little")


def put_each(number: int, values: Iterable[Value | str]) -> bytes:
    """Return a field that is there several times."""
    return b"".join(_field(number, value) for value in values)


def _field(number: int, value: Value | str) -> bytes:
    if isinstance(value, int):
        return put_varint(number << 3 | VARINT) + put_varint(value)
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return put_varint(number << 3 | BYTES) + put_varint(len(data)) + data
