"""CRC-32C against the vectors of RFC 3720, and against a count bit by bit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kshim.saving.tensorflow.checksums import crc32c, masked


def bit_by_bit(data: bytes) -> int:
    """Return the CRC-32C as the polynomial's definition gives it."""
    found = 0xFFFFFFFF
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = found >> 1 ^ (0x82F63B78 if found & 1 else 0)
    return found ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"", 0),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (b"123456789", 0xE3069283),
    ],
)
def test_the_vectors_of_the_standard(data: bytes, crc: int) -> None:
    assert crc32c(data) == crc


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000), st.integers(0, 3000))
def test_lengths_of_every_kind_whole_and_in_two_parts(data: bytes, cut: int) -> None:
    assert crc32c(data) == bit_by_bit(data)
    assert crc32c(data[cut:], crc32c(data[:cut])) == crc32c(data)


def test_a_long_one_in_many_lanes() -> None:
    data = bytes(place * 7919 % 251 for place in range(200_003))
    assert crc32c(data) == bit_by_bit(data)


def test_a_mask_turns_by_fifteen_bits_and_adds() -> None:
    assert masked(0) == 0xA282EAD8
    assert masked(1 << 15) == 0xA282EAD9
