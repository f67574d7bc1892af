"""Messages of protocol buffers, against the library that defines them."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

from kshim.errors import FileError
from kshim.saving.tensorflow.messages import (
    fields,
    put,
    put_each,
    put_fixed,
    put_varint,
    raw,
    text,
    varint,
    whole,
)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 2**31 - 1])
def test_fields_are_written_as_the_library_writes_them(number: int) -> None:
    theirs = FieldDescriptorProto(name="wört", number=number).SerializeToString()
    assert put((1, "wört"), (3, number)) == theirs
    assert list(fields(theirs, "m")) == [(1, "wört".encode()), (3, number)]


def test_a_field_may_be_there_several_times() -> None:
    theirs = FileDescriptorProto(dependency=["a", "bc"], public_dependency=[0, 1])
    content = theirs.SerializeToString()
    assert put_each(3, ["a", "bc"]) + put((10, 0), (10, 1)) == content
    assert [key for key, _ in fields(content, "m")] == [3, 3, 10, 10]


@pytest.mark.parametrize("number", [0, 127, 128, 2**32, 2**63, 2**64 - 1])
def test_numbers_of_variable_length(number: int) -> None:
    assert varint(b"\xff" + put_varint(number), 1, "m") == (number, 1 + len(put_varint(number)))


def test_numbers_below_nought_take_ten_bytes() -> None:
    theirs = FieldDescriptorProto(number=-2).SerializeToString()
    (_, value), *_ = fields(theirs, "m")
    assert whole(value, "m") == -2


def test_numbers_of_fixed_length() -> None:
    data = put_fixed(6, 0xDEADBEEF) + b"\x39" + bytes(range(8))
    assert list(fields(data, "m")) == [(6, 0xDEADBEEF), (7, int.from_bytes(range(8), "little"))]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x0a\x05abc", "a field of 5 bytes where 3 are left"),
        (b"\x08", "a number cut short"),
        (b"\x80" * 11, "a number without an end"),
        (b"\x0b", "a field of kind 3"),
        (b"\x31\x00", "a field of 8 bytes where 1 are left"),
    ],
)
def test_damage_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(FileError, match=f"^m must be readable, got {reason}"):
        list(fields(data, "m"))


@pytest.mark.parametrize(
    ("read", "value", "reason"),
    [(raw, 3, "a number in the place of bytes"), (text, 3, "a number in the place of bytes"),
     (whole, b"3", "bytes in the place of a number")],
)  # fmt: skip
def test_kinds_are_checked(read: Any, value: Any, reason: str) -> None:
    with pytest.raises(FileError, match=reason):
        read(value, "m")
