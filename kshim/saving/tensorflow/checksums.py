"""Checksums: the CRC-32C of bytes, as TensorFlow's files hold it, counted in numpy.

The bytes are cut into lanes that are counted side by side; the lanes' sums are then joined two by
two: a sum moves past n bytes by a linear map over bits, kept as four tables of 256.

Source: RFC 3720 (iSCSI), appendix B.4; masks as in LevelDB's table format.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.uint32]]

POLYNOMIAL = 0x82F63B78
ONES = 0xFFFFFFFF
MOST_LANES = 2**14
MASK_DELTA = 0xA282EAD8


def crc32c(data: bytes | memoryview, before: int = 0) -> int:
    """Return the CRC-32C of bytes that stand behind bytes whose CRC-32C is `before`."""
    given = np.frombuffer(data, np.uint8)
    lanes = 1
    while lanes < MOST_LANES and given.size // (2 * lanes) >= 64:
        lanes *= 2
    length = given.size // lanes
    split = length * lanes
    sums = np.zeros(lanes, np.uint32)
    sums[0] = before ^ ONES
    for column in np.ascontiguousarray(given[:split].reshape(lanes, length).T):
        sums = _BYTES[(sums ^ column) & 0xFF] ^ (sums >> 8)
    found = int(_joined(sums, length))
    for byte in given[split:].tolist():
        found = int(_BYTES[(found ^ byte) & 0xFF]) ^ (found >> 8)
    return found ^ ONES


def masked(crc: int) -> int:
    """Return a sum as files hold it."""
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & ONES


def _joined(sums: Numbers, length: int) -> Any:
    """Return the one sum of lanes of `length` bytes each."""
    while len(sums) > 1:
        sums = _moved(sums[0::2], length) ^ sums[1::2]
        length *= 2
    return sums[0]


def _moved(sums: Numbers, length: int) -> Numbers:
    """Return sums moved past so many bytes of nought."""
    return _through(_past(length), sums)


@cache
def _past(length: int) -> Numbers:
    """Return the tables that move a sum past `length` bytes of nought."""
    if length == 1:
        whole = np.arange(256, dtype=np.uint32) << (8 * np.arange(4, dtype=np.uint32)[:, None])
        return _BYTES[whole & 0xFF] ^ (whole >> 8)
    half = _past(length // 2)
    twice = _through(half, half)
    return _through(_past(1), twice) if length % 2 else twice


def _through(tables: Numbers, sums: Numbers) -> Numbers:
    """Return sums moved by tables."""
    parts = (tables[place][sums >> 8 * place & 0xFF] for place in range(4))
    return np.bitwise_xor.reduce(list(parts))


def _table() -> Numbers:
    """Return what each byte makes of a sum of nought."""
    sums = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        sums = (sums >> 1) ^ np.where(sums & 1, np.uint32(POLYNOMIAL), np.uint32(0))
    return sums


_BYTES = _table()
