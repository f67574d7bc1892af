"""tf.io.gfile: files and folders of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from kshim.compat.tensorflow import gfile
from kshim.errors import FileError, NotSupported


def test_files_are_written_read_and_looked_at(tmp_path: Path) -> None:
    place = tmp_path / "a" / "words.txt"
    gfile.makedirs(place.parent)
    with gfile.GFile(place, "w") as file:
        file.write("one\ntwo\n")
    with gfile.Open(str(place)) as file:
        assert file.readline() == "one\n" and list(file) == ["two\n"]
        file.seek(0)
        assert file.read(3) == "one" and file.size() == 8
    assert gfile.read_file(place) == b"one\ntwo\n"
    gfile.write_file(tmp_path / "b" / "c.bin", b"\x00\xff")
    assert gfile.read_file(f"file://{tmp_path}/b/c.bin") == b"\x00\xff"
    assert gfile.stat(place).length == 8 and not gfile.stat(place).is_directory


def test_folders_are_listed_moved_and_removed(tmp_path: Path) -> None:
    for name in ("b", "a"):
        gfile.write_file(tmp_path / f"{name}.txt", name)
    assert [Path(one).name for one in gfile.glob(tmp_path / "*.txt")] == ["a.txt", "b.txt"]
    assert sorted(gfile.ListDirectory(tmp_path)) == ["a.txt", "b.txt"]
    with pytest.raises(FileError, match="must not be there yet"):
        gfile.copy(tmp_path / "a.txt", tmp_path / "b.txt")
    gfile.copy(tmp_path / "a.txt", tmp_path / "b.txt", overwrite=True)
    gfile.rename(tmp_path / "b.txt", tmp_path / "c.txt")
    assert gfile.read_file(tmp_path / "c.txt") == b"a" and not gfile.Exists(tmp_path / "b.txt")
    gfile.remove(tmp_path / "c.txt")
    gfile.mkdir(tmp_path / "inside")
    assert [(sorted(folders), files) for _, folders, files in gfile.walk(tmp_path)] == [
        (["inside"], ["a.txt"]), ([], []),
    ]  # fmt: skip
    gfile.rmtree(tmp_path / "inside")
    assert not gfile.IsDirectory(gfile.join(tmp_path, "inside"))


def test_what_is_not_there_or_elsewhere_is_refused(tmp_path: Path) -> None:
    for act in (gfile.remove, gfile.listdir, gfile.read_file):
        with pytest.raises(FileError, match="that is there"):
            act(tmp_path / "gone")
    with pytest.raises(NotSupported, match=r"must be of this machine, got 'gs://bucket/x'"):
        gfile.exists("gs://bucket/x")
