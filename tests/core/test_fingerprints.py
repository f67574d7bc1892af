"""Fingerprints: the buckets that TensorFlow sorts words into."""

from __future__ import annotations

import json

import pytest

from kshim.core.fingerprints import fingerprint, joined_fingerprint, keyed_fingerprint
from tests.recorded import RECORDED

TOLD = json.loads((RECORDED / "tf.keras-2.15.0" / "warps.json").read_text())["fingerprints"]
MANY = (1 << 62) + 7


@pytest.mark.parametrize(("word", "fast", "strong", "crossed"), TOLD, ids=lambda it: len(str(it)))
def test_words_of_every_length_have_the_fingerprints_tensorflow_gives_them(
    word: str, fast: int, strong: int, crossed: int
) -> None:
    assert fingerprint(word.encode()) % MANY == fast
    assert keyed_fingerprint(word.encode(), (133, -137)) % MANY == strong
    one = joined_fingerprint(0xDECAFCAFFE, fingerprint(word.encode()))
    assert joined_fingerprint(one, -len(word) & (1 << 64) - 1) % MANY == crossed


def test_siphash_gives_the_vector_of_its_paper() -> None:
    key = tuple(int.from_bytes(bytes(range(start, start + 8)), "little") for start in (0, 8))
    assert keyed_fingerprint(bytes(range(15)), key) == 0xA129CA6149BE45E5
