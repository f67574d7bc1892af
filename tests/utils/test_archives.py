"""Archives that nobody vouches for unpack inside their folder or not at all."""

from __future__ import annotations

import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from kshim.errors import FileError
from kshim.utils import archives
from kshim.utils.archives import extract


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def link(name: str, to: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def test_files_and_folders_are_unpacked_and_nothing_else_is_left(
    tmp_path: Path, folder: Path
) -> None:
    empty = tarfile.TarInfo("a/empty")
    empty.type = tarfile.DIRTYPE
    extract(tar(tmp_path / "t", (tarfile.TarInfo("a/b/c"), b"1"), (empty, b"")), folder, ("tar",))
    assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*")) == [
        "a",
        "a/b",
        "a/b/c",
        "a/empty",
    ]


def test_a_second_unpacking_replaces_files_and_keeps_the_others(
    tmp_path: Path, folder: Path
) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "mine").write_text("kept")
    (folder / "a" / "c").write_text("old")
    extract(tar(tmp_path / "t", (tarfile.TarInfo("a/c"), b"new")), folder, ("tar",))
    assert (folder / "a" / "c").read_text() == "new"
    assert (folder / "a" / "mine").read_text() == "kept"


@pytest.mark.parametrize("name", ["../out", "/tmp/kshim-out", "a/../../out", "a\\out", "C:out"])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_an_entry_that_leaves_the_folder_is_refused(
    kind: str, name: str, tmp_path: Path, folder: Path
) -> None:
    path = tmp_path / "archive"
    if kind == "tar":
        tar(path, (tarfile.TarInfo("good"), b"1"), (tarfile.TarInfo(name), b"2"))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("good", "1")
            archive.writestr(name, "2")
    with pytest.raises(FileError, match="must stay inside the folder"):
        extract(path, folder, ("tar", "zip"))
    assert not [*folder.iterdir()]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(kind: bytes, tmp_path: Path, folder: Path) -> None:
    path = tar(tmp_path / "t", (link("a", "/etc/hosts", kind), b""))
    with pytest.raises(FileError, match="'a' is a link or a device"):
        extract(path, folder, ("tar",))


def test_a_link_in_a_zip_is_refused(tmp_path: Path, folder: Path) -> None:
    info = zipfile.ZipInfo("a")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "z", "w") as archive:
        archive.writestr(info, "/etc/hosts")
    with pytest.raises(FileError, match="'a' is a link"):
        extract(tmp_path / "z", folder, ("zip",))


def test_an_entry_that_grows_beyond_the_budget_is_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALLOWANCE", 1000)
    path = tar(tmp_path / "t", (tarfile.TarInfo("a"), bytes(2**20)))
    with pytest.raises(FileError, match="too many bytes"):
        extract(path, folder, ("tar",))
    assert not [*folder.iterdir()]


def test_too_many_entries_are_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_ENTRIES", 2)
    path = tar(tmp_path / "t", *((tarfile.TarInfo(name), b"") for name in "abc"))
    with pytest.raises(FileError, match="more than 2 entries"):
        extract(path, folder, ("tar",))


@pytest.mark.parametrize("kept", [20, 200, 2000])
def test_an_archive_that_is_cut_short_leaves_nothing(
    kept: int, tmp_path: Path, folder: Path
) -> None:
    noise = random.Random(0).randbytes(5000)
    path = tar(tmp_path / "t", (tarfile.TarInfo("a"), noise), (tarfile.TarInfo("b"), noise[::-1]))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FileError):
        extract(path, folder, ("tar", "zip"))
    assert not [*folder.iterdir()]
