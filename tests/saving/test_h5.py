"""HDF5 files are read for what they hold themselves, and replaced whole or not at all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kshim.errors import FileError
from kshim.saving.h5 import reading, writing

ARRAY = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.h5"


def test_what_is_written_is_read_back(path: Path) -> None:
    with writing(path) as file:
        file.new_folder("inner").put_array("dense/kernel:0", ARRAY)
        file.put_text("config", "words")
        file.put_texts("names", ["one", "zwölf"])
        file.put_texts("nothing", [])
    with reading(path) as file:
        assert file.folder("inner").array("dense/kernel:0").tolist() == ARRAY.tolist()
        assert file.folder("inner").shape("dense/kernel:0") == (3, 4)
        assert file.text("config") == "words"
        assert file.texts("names") == ["one", "zwölf"]
        assert file.texts("nothing") == []
        assert file.text("absent") is None
        assert file.texts("absent") is None
        assert "inner/dense" in file
        assert "inner/other" not in file


def test_texts_are_stored_as_old_kerases_read_them(path: Path) -> None:
    with writing(path) as file:
        file.put_text("config", "words")
        file.put_texts("names", ["a", "bcd"])
        file.put_texts("nothing", [])
    with h5py.File(path) as file:
        kind = h5py.check_string_dtype(file.attrs.get_id("config").dtype)
        assert (kind.encoding, kind.length) == ("ascii", None)
        assert file.attrs["names"].dtype == np.dtype("S3")
        assert file.attrs["nothing"].dtype == np.float64


def test_long_lists_are_cut_into_numbered_attributes(path: Path) -> None:
    names = [f"layer_{number:05}" for number in range(9000)]
    with writing(path) as file:
        file.put_texts("names", names)
    with h5py.File(path) as file:
        assert sorted(file.attrs) == ["names0", "names1"]
        assert all(value.nbytes <= 64512 for value in file.attrs.values())
    with reading(path) as file:
        assert file.texts("names") == names


def test_open_files_and_groups_are_taken(path: Path) -> None:
    with h5py.File(path, "w") as file:
        with writing(file.create_group("part")) as part:
            part.put_array("x", ARRAY)
        with reading(file["part"]) as part:
            assert part.shape("x") == (3, 4)


def test_file_objects_are_taken(path: Path) -> None:
    buffer = io.BytesIO()
    with writing(buffer) as file:
        file.put_array("x", ARRAY)
    with reading(io.BytesIO(buffer.getvalue())) as file:
        assert file.shape("x") == (3, 4)
    with open(path, "wb") as stream, writing(stream) as file:
        file.put_array("x", ARRAY)
    with open(path, "rb") as stream, reading(stream) as file:
        assert file.shape("x") == (3, 4)


def test_a_failure_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), writing(path) as file:
        file.put_array("x", ARRAY)
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"), writing(path) as file:
        file.put_array("x", ARRAY)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


def test_a_new_file_takes_the_place_of_what_a_symbolic_link_leads_to(path: Path) -> None:
    target = path.with_name("target.h5")
    target.write_bytes(b"old")
    path.symlink_to(target)
    with writing(path) as file:
        file.put_array("x", ARRAY)
    assert path.is_symlink()
    with reading(target) as file:
        assert file.shape("x") == (3, 4)


def test_the_old_files_mode_is_kept(path: Path) -> None:
    path.write_bytes(b"old")
    path.chmod(0o640)
    with writing(path):
        pass
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "an empty one"),
        (b"<!DOCTYPE html>", "begins with b'<!DOCTYPE"),
        (b"PK\x03\x04rest", "zip archive"),
    ],
)
def test_what_is_no_hdf5_is_refused_by_name(path: Path, content: bytes, reason: str) -> None:
    path.write_bytes(content)
    with pytest.raises(FileError, match=reason) as caught, reading(path):
        pass
    assert str(path) in str(caught.value)


def test_a_truncated_file_is_refused(path: Path) -> None:
    with writing(path) as file:
        file.put_array("x", np.zeros((50, 40)))
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(FileError, match=r"some\.h5: must be a whole HDF5 file"), reading(path):
        pass


def test_a_folder_and_a_pipe_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="got a folder"), reading(tmp_path):
        pass
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FileError, match="no plain file"), reading(pipe):
        pass


def test_a_missing_file_is_said_to_be_missing(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"some\.h5"), reading(path):
        pass


def _soft(file: Any, folder: Path) -> None:
    file["real"] = ARRAY
    file["x"] = h5py.SoftLink("/real")


def _external(file: Any, folder: Path) -> None:
    file["x"] = h5py.ExternalLink(str(folder / "secret.h5"), "/x")


def _external_on_the_way(file: Any, folder: Path) -> None:
    file["x"] = ARRAY
    file["inner"] = h5py.ExternalLink(str(folder / "secret.h5"), "/")


def _outside_storage(file: Any, folder: Path) -> None:
    (folder / "raw").write_bytes(ARRAY.tobytes())
    place = [(str(folder / "raw"), 0, ARRAY.nbytes)]
    file.create_dataset("x", shape=(3, 4), dtype="f4", external=place)


def _virtual(file: Any, folder: Path) -> None:
    layout = h5py.VirtualLayout(shape=(3, 4), dtype="f4")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "x", shape=(3, 4))
    file.create_virtual_dataset("x", layout)


@pytest.mark.parametrize(
    ("spoil", "entry", "reason"),
    [
        (_soft, "x", "SoftLink"),
        (_external, "x", "ExternalLink"),
        (_external_on_the_way, "inner/x", "ExternalLink"),
        (_outside_storage, "x", "external storage"),
        (_virtual, "x", "virtual dataset"),
    ],
)
def test_nothing_outside_the_file_is_opened(
    path: Path, spoil: Any, entry: str, reason: str
) -> None:
    with h5py.File(path.with_name("secret.h5"), "w") as file:
        file["x"] = ARRAY
    with h5py.File(path, "w") as file:
        spoil(file, path.parent)
    with reading(path) as file, pytest.raises(FileError, match=reason) as caught:
        file.array(entry)
    assert f"{path}: {entry} must be part of the file itself" in str(caught.value)


@pytest.mark.parametrize("value", [b"text", np.array([1j]), np.array([(1, 2.0)], "i4,f4")])
def test_only_arrays_of_real_numbers_are_read(path: Path, value: Any) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = value
    with reading(path) as file, pytest.raises(FileError, match="x must be an array of numbers"):
        file.array("x")


def test_a_huge_array_that_is_not_there_is_refused_before_it_is_made(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("x", shape=(10**6, 10**6), dtype="f4", chunks=(100, 100))
    with reading(path) as file, pytest.raises(FileError, match="no larger than its file"):
        file.array("x")


def test_groups_and_arrays_are_told_apart(path: Path) -> None:
    with writing(path) as file:
        file.put_array("inner/x", ARRAY)
    with reading(path) as file:
        with pytest.raises(FileError, match="inner must be an array, got a group"):
            file.array("inner")
        with pytest.raises(FileError, match="inner/x must be a group, got an array"):
            file.folder("inner/x")
        with pytest.raises(FileError, match="inner/x/y must be in the file"):
            file.array("inner/x/y")


@pytest.mark.parametrize("value", [3.5, np.arange(4), h5py.Empty("f4")])
def test_an_attribute_that_should_be_names_is_refused_when_it_is_not(
    path: Path, value: Any
) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["names"] = value
    with reading(path) as file, pytest.raises(FileError, match="attribute names must be"):
        file.texts("names")
    with reading(path) as file, pytest.raises(FileError, match="attribute names must be a text"):
        file.text("names")


def test_h5py_is_imported_when_a_file_is_first_opened() -> None:
    code = "import sys, kshim.models; sys.exit('h5py' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
