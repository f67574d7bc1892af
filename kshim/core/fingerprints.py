"""Fingerprints of texts, bit for bit those that TensorFlow sorts texts into buckets by.

`fingerprint` is FarmHash's Fingerprint64, `keyed_fingerprint` is SipHash-2-4, and
`joined_fingerprint` makes one of two.

Source: the published descriptions of FarmHash (google/farmhash) and SipHash (Aumasson and
Bernstein, 2012).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_WORD = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_MURMUR = 0xC6A4A7935BD1E995
_SIP_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def fingerprint(text: bytes) -> int:
    """Return FarmHash's 64-bit fingerprint of a text."""
    length = len(text)
    if length <= 16:
        return _up_to_16(text, length)
    if length <= 32:
        return _up_to_32(text, length)
    return _up_to_64(text, length) if length <= 64 else _longer(text, length)


def keyed_fingerprint(text: bytes, key: Sequence[int]) -> int:
    """Return the SipHash-2-4 of a text under a key of two numbers."""
    low, high = (int(part) & _WORD for part in key)
    state = [start ^ part for start, part in zip(_SIP_START, (low, high) * 2, strict=True)]
    whole = len(text) - len(text) % 8
    last = text[whole:].ljust(7, b"\0") + bytes([len(text) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", text[:whole] + last):
        state[3] ^= word
        state = _sip_round(_sip_round(state))
        state[0] ^= word
    state[2] ^= 0xFF
    for _ in range(4):
        state = _sip_round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def joined_fingerprint(one: int, other: int) -> int:
    """Return the fingerprint of two fingerprints, in this order."""
    joined = one ^ _MURMUR
    joined ^= _folded(other * _MURMUR & _WORD) * _MURMUR & _WORD
    joined = joined * _MURMUR & _WORD
    return _folded(_folded(joined) * _MURMUR & _WORD)


# FarmHash, by the length of the text.


def _up_to_16(text: bytes, length: int) -> int:
    factor = _K2 + length * 2
    if length >= 8:
        first, last = _word(text, 0) + _K2, _word(text, length - 8)
        one = _turned(last, 37) * factor + first
        other = (_turned(first, 25) + last) * factor
        return _mixed(one, other, factor)
    if length >= 4:
        first, last = _half(text, 0), _half(text, length - 4)
        return _mixed(length + (first << 3), last, factor)
    if length > 0:
        ends = text[0] + (text[length >> 1] << 8)
        tail = length + (text[-1] << 2)
        return _folded((ends * _K2 ^ tail * _K0) & _WORD) * _K2 & _WORD
    return _K2


def _up_to_32(text: bytes, length: int) -> int:
    factor = _K2 + length * 2
    a, b = _word(text, 0) * _K1, _word(text, 8)
    c, d = _word(text, length - 8) * factor, _word(text, length - 16) * _K2
    one = _turned(a + b, 43) + _turned(c, 30) + d
    other = a + _turned(b + _K2, 18) + c
    return _mixed(one, other, factor)


def _up_to_64(text: bytes, length: int) -> int:
    factor = _K2 + length * 2
    a, b = _word(text, 0) * _K2, _word(text, 8)
    c, d = _word(text, length - 8) * factor, _word(text, length - 16) * _K2
    y = _turned(a + b, 43) + _turned(c, 30) + d
    z = _mixed(y, a + _turned(b + _K2, 18) + c, factor)
    e, f = _word(text, 16) * factor, _word(text, 24)
    g = (y + _word(text, length - 32)) * factor
    h = (z + _word(text, length - 24)) * factor
    one = _turned(e + f, 43) + _turned(g, 30) + h
    return _mixed(one, e + _turned(f + a, 18) + g, factor)


def _longer(text: bytes, length: int) -> int:
    """Return the fingerprint of more than 64 bytes, taken in blocks of 64."""
    x = (81 * _K2 + _word(text, 0)) & _WORD
    y = (81 * _K1 + 113) & _WORD
    z = _folded((y * _K2 + 113) & _WORD) * _K2 & _WORD
    v, w = (0, 0), (0, 0)
    for place in range(0, (length - 1) // 64 * 64, 64):
        x = _turned(x + y + v[0] + _word(text, place + 8), 37) * _K1
        y = _turned(y + v[1] + _word(text, place + 48), 42) * _K1
        x ^= w[1]
        y += v[0] + _word(text, place + 40)
        z = _turned(z + w[0], 33) * _K1
        v = _pair(text, place, v[1] * _K1, x + w[0])
        w = _pair(text, place + 32, z + w[1], y + _word(text, place + 16))
        x, z = z & _WORD, x & _WORD
    return _last_64(text, length, (x, y, z), v, w)


def _last_64(
    text: bytes,
    length: int,
    state: tuple[int, int, int],
    v: tuple[int, int],
    w: tuple[int, int],
) -> int:
    """Return the fingerprint once the whole blocks are mixed in: the last 64 bytes count anew."""
    x, y, z = state
    factor = _K1 + ((z & 0xFF) << 1)
    place = length - 64
    w = (w[0] + ((length - 1) & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x = _turned(x + y + v[0] + _word(text, place + 8), 37) * factor
    y = _turned(y + v[1] + _word(text, place + 48), 42) * factor
    x ^= w[1] * 9
    y += v[0] * 9 + _word(text, place + 40)
    z = _turned(z + w[0], 33) * factor
    v = _pair(text, place, v[1] * factor, x + w[0])
    w = _pair(text, place + 32, z + w[1], y + _word(text, place + 16))
    one = _mixed(v[0], w[0], factor) + _folded(y & _WORD) * _K0 + x
    return _mixed(one, _mixed(v[1], w[1], factor) + z, factor)


def _pair(text: bytes, place: int, a: int, b: int) -> tuple[int, int]:
    """Return two words made of 32 bytes and two seeds."""
    first, second, third, fourth = struct.unpack_from("<4Q", text, place)
    a += first
    b = _turned(b + a + fourth, 21)
    start = a
    a += second + third
    return (a + fourth) & _WORD, (b + _turned(a, 44) + start) & _WORD


def _mixed(one: int, other: int, factor: int) -> int:
    """Return one word made of two."""
    first = _folded((one ^ other) * factor & _WORD)
    return _folded((other ^ first) * factor & _WORD) * factor & _WORD


def _folded(word: int) -> int:
    return word ^ (word >> 47)


def _turned(word: int, places: int) -> int:
    """Return the lowest 64 bits, turned to the right."""
    word &= _WORD
    return (word >> places) | (word << (64 - places)) & _WORD


def _word(text: bytes, place: int) -> int:
    return int.from_bytes(text[place : place + 8], "little")


def _half(text: bytes, place: int) -> int:
    return int.from_bytes(text[place : place + 4], "little")


def _sip_round(state: list[int]) -> list[int]:
    a, b, c, d = state
    a, c = a + b, c + d
    b, d = _turned(b, 51) ^ a & _WORD, _turned(d, 48) ^ c & _WORD
    a, c = _turned(a, 32) + d, c + b
    d, b = _turned(d, 43) ^ a & _WORD, _turned(b, 47) ^ c & _WORD
    return [a & _WORD, b, _turned(c, 32), d]
