"""Bundles: arrays and texts by name, in an index and files of data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kshim.errors import FileError
from kshim.saving.tensorflow.bundles import TYPES, Bundle, is_bundle, remove_bundle, write_bundle


@pytest.mark.parametrize("kind", sorted(set(TYPES.values())))
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3), (1, 2, 1, 2)])
def test_arrays_of_every_type_and_rank(kind: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    array = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2).astype(kind)
    write_bundle(str(tmp_path / "b"), {"a": array})
    bundle = Bundle(str(tmp_path / "b"))
    assert "a" in bundle
    assert bundle.shape("a") == shape
    np.testing.assert_array_equal(bundle.array("a"), array)
    assert bundle.array("a").dtype == array.dtype


def test_arrays_of_big_endian_and_other_strides(tmp_path: Path) -> None:
    turned = np.arange(6, dtype=">f4").reshape(2, 3).T
    write_bundle(str(tmp_path / "b"), {"a": turned.astype("f4"), "text": b"\0\xff" * 200})
    bundle = Bundle(str(tmp_path / "b"))
    np.testing.assert_array_equal(bundle.array("a"), turned)
    assert bundle.holds_text("text")
    assert bundle.content("text") == b"\0\xff" * 200


def test_the_old_files_go_when_the_new_are_there(tmp_path: Path) -> None:
    prefix = str(tmp_path / "b")
    assert not is_bundle(prefix)
    for number in range(3):
        write_bundle(prefix, {"a": np.full(3, number)})
    assert len(list(tmp_path.iterdir())) == 2
    np.testing.assert_array_equal(Bundle(prefix).array("a"), [2, 2, 2])
    remove_bundle(prefix)
    assert not list(tmp_path.iterdir())


def test_a_bundle_that_is_open_stays_whole_when_another_takes_its_place(tmp_path: Path) -> None:
    prefix = str(tmp_path / "b")
    write_bundle(prefix, {"a": np.full(3, 1.0)})
    old = Bundle(prefix)
    write_bundle(prefix, {"a": np.full(3, 2.0)})
    np.testing.assert_array_equal(old.array("a"), [1, 1, 1])


def test_what_is_not_there_or_no_array_is_told(tmp_path: Path) -> None:
    write_bundle(str(tmp_path / "b"), {"a": np.zeros(2), "text": b"t"})
    bundle = Bundle(str(tmp_path / "b"))
    with pytest.raises(FileError, match="c must be in the index"):
        bundle.array("c")
    with pytest.raises(FileError, match="text must be a whole array of numbers, got type 7"):
        bundle.array("text")
    with pytest.raises(FileError, match="a must be one text"):
        bundle.content("a")
    with pytest.raises(FileError, match="type must be one that TensorFlow knows, got complex"):
        write_bundle(str(tmp_path / "c"), {"a": np.zeros(2, "c8")})


def test_a_byte_that_changed_is_told(tmp_path: Path) -> None:
    write_bundle(str(tmp_path / "b"), {"a": np.zeros(2)})
    data = next(tmp_path.glob("b.data*"))
    data.write_bytes(b"\1" + data.read_bytes()[1:])
    with pytest.raises(FileError, match="a must be readable, got bytes whose checksum differs"):
        Bundle(str(tmp_path / "b")).array("a")
