"""Heaps: texts of variable length in HDF5 files, checked before the HDF5 library reads them.

Such texts stand in collections apart from the attributes that own them. The library follows the
sizes in a collection without end when one of them is nought, and hangs; so the collections that an
object's header points at are walked here first.

Source: HDF5 file format specification 3.0, III.E (global heap), IV.A.1 (object headers).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import numpy as np

# Gives some bytes of a file from a place on; fewer where the file ends.
Raw = Callable[[int, int], bytes]

MAGIC = b"GCOL"
LONGEST_HEADER = 2**26
# Past all files: no place there is looked at.
FARTHEST = 2**40
_NOWHERE = 2**64 - 1
_CONTINUATION, _ATTRIBUTES_APART = 0x10, 0x15
_BLOCK = 2**24


def damaged_heap(raw: Raw, address: int) -> str:
    """Return what is wrong with the collections that the header at an address needs, or no text."""
    for place in sorted(_collections(raw, address)):
        reason = _wrong_in(raw, place)
        if reason:
            return f"{reason} at byte {place}"
    return ""


def _wrong_in(raw: Raw, place: int) -> str:
    """Return what is wrong with one collection, or no text at all."""
    head = raw(place, 16)
    size = struct.unpack("<8xQ", head)[0] if len(head) == 16 else 0
    if not 16 <= size <= LONGEST_HEADER:
        return f"a heap of {size} bytes"
    whole, at = raw(place, size), 16
    if len(whole) < size:
        return "a heap that is cut short"
    while at + 16 <= size:
        number, length = struct.unpack_from("<H6xQ", whole, at)
        step = 16 + -(-length // 8) * 8 if number else length
        if step < 16 or at + step > size:
            return f"a text of {length} bytes in a heap of {size}"
        at += step
    return ""


def _collections(raw: Raw, address: int) -> set[int]:
    """Return where the collections stand that anything in an object's header may point at."""
    found: set[int] = set()
    for chunk in _chunks(raw, address):
        if chunk is None:
            return set(_everywhere(raw))
        for start in range(8):
            count = (len(chunk) - start) // 8
            for place in set(np.frombuffer(chunk, "<u8", max(count, 0), start).tolist()):
                if place < FARTHEST and raw(place, 4) == MAGIC:
                    found.add(place)
    return found


def _chunks(raw: Raw, address: int) -> Iterator[bytes | None]:
    """Yield the pieces of an object's header; None where its attributes stand apart from it."""
    head = raw(address, 64)
    newer = head.startswith(b"OHDR")
    flags = head[5] if newer and len(head) > 5 else 0
    waiting, seen = [_first_piece(head, address, flags if newer else None)], set()
    while waiting:
        place, size = waiting.pop()
        if place in seen or place >= FARTHEST or not 0 < size <= LONGEST_HEADER:
            continue
        seen.add(place)
        chunk = raw(place, size)
        yield chunk
        for kind, content in _messages(chunk, newer, flags):
            if kind == _CONTINUATION and len(content) >= 16:
                further, length = struct.unpack_from("<QQ", content)
                waiting.append((further, length))
            elif kind == _ATTRIBUTES_APART and _apart(content):
                yield None


def _first_piece(head: bytes, address: int, flags: int | None) -> tuple[int, int]:
    """Return where the first messages of a header stand, and how many bytes they are."""
    if len(head) < 64:
        return address, 0
    if flags is None:
        return address + 16, struct.unpack_from("<8xI", head)[0]
    at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    return address + at + width, int.from_bytes(head[at : at + width], "little")


def _messages(chunk: bytes, newer: bool, flags: int) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of the messages in a piece of a header."""
    lead = (6 if flags & 4 else 4) if newer else 8
    at = 4 if chunk.startswith(b"OCHK") else 0
    while at + lead <= len(chunk):
        kind, size = struct.unpack_from("<BH" if newer else "<HH", chunk, at)
        yield kind, chunk[at + lead : at + lead + size]
        at += lead + size


def _apart(content: bytes) -> bool:
    """Return whether a message says that attributes stand in a heap of their own."""
    at = 4 if len(content) > 1 and content[1] & 1 else 2
    return content[at : at + 8] not in (b"", _NOWHERE.to_bytes(8, "little"))


def _everywhere(raw: Raw) -> Iterator[int]:
    """Yield every place in a file that looks like a collection."""
    start = 0
    while block := raw(start, _BLOCK + 3):
        at = block.find(MAGIC)
        while at >= 0:
            yield start + at
            at = block.find(MAGIC, at + 1)
        start += _BLOCK
