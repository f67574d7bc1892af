"""`get_file` fetches once, checks, unpacks, and keeps the old file when anything fails."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest

from kshim.errors import ArgumentError, FileError
from kshim.utils.files import get_file, validate_file

CONTENT = b"some data"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def origin(tmp_path: Path) -> str:
    (tmp_path / "there").mkdir()
    source = tmp_path / "there" / "data.bin"
    source.write_bytes(CONTENT)
    return source.as_uri()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_file_goes_to_the_data_sets_of_keras_home(origin: str, home: Path) -> None:
    path = get_file("mine.bin", origin)
    assert path == str(home / "datasets" / "mine.bin")
    assert Path(path).read_bytes() == CONTENT
    assert [one.name for one in Path(path).parent.iterdir()] == ["mine.bin"]


def test_the_name_is_the_last_part_of_the_url_by_default(origin: str, home: Path) -> None:
    assert get_file(origin=origin, cache_subdir="sub") == str(home / "sub" / "data.bin")


def test_an_absolute_name_and_another_cache_are_kept_to(origin: str, tmp_path: Path) -> None:
    assert get_file(str(tmp_path / "x" / "a"), origin) == str(tmp_path / "x" / "a")
    assert get_file("a", origin, cache_dir=tmp_path / "y") == str(tmp_path / "y/datasets/a")


@pytest.mark.parametrize("file_hash", [MD5, SHA256, ("0" * 32, SHA256)])
def test_a_file_that_is_there_and_right_is_not_fetched(
    file_hash: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "a").write_bytes(CONTENT)
    get_file("a", "http://localhost:1/gone", file_hash=file_hash)
    assert capsys.readouterr().out == ""


def test_a_file_with_the_wrong_hash_is_fetched_again(origin: str, home: Path) -> None:
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "a").write_bytes(b"cut sho")
    assert Path(get_file("a", origin, md5_hash=MD5)).read_bytes() == CONTENT


def test_a_wrong_download_leaves_the_old_file(origin: str, home: Path) -> None:
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "a").write_bytes(b"old")
    with pytest.raises(FileError, match="has not the hash"):
        get_file("a", origin, file_hash="0" * 64)
    assert (home / "datasets" / "a").read_bytes() == b"old"
    assert len([*(home / "datasets").iterdir()]) == 1


def test_a_file_that_cannot_be_fetched_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nothing_here: cannot be fetched"):
        get_file("a", (tmp_path / "nothing_here").as_uri())


@pytest.mark.parametrize("origin", [None, "javascript:1", "/etc/hosts"])
def test_the_origin_must_be_a_url(origin: str | None) -> None:
    with pytest.raises(ArgumentError, match="origin must be"):
        get_file("a", origin)


def test_a_declared_stand_in_is_taken_and_said_to_be_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "a").write_bytes(CONTENT)
    (home / "datasets" / "a.stand-in").write_text(f"{SHA256}\nmade up\n")
    get_file("a", "http://localhost:1/gone", file_hash="0" * 64)
    assert "is a stand-in, not the real data" in capsys.readouterr().out


def test_a_stand_in_that_was_changed_is_fetched_again(origin: str, home: Path) -> None:
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "a").write_bytes(b"changed")
    (home / "datasets" / "a.stand-in").write_text(SHA256)
    assert Path(get_file("a", origin, file_hash=SHA256)).read_bytes() == CONTENT


def test_untar_fetches_the_archive_and_returns_the_folder(tmp_path: Path, home: Path) -> None:
    (tmp_path / "batches").mkdir()
    (tmp_path / "batches" / "one").write_bytes(CONTENT)
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "batches", "batches")
    path = get_file("batches", (tmp_path / "b.tar.gz").as_uri(), untar=True)
    assert path == str(home / "datasets" / "batches")
    assert (Path(path) / "one").read_bytes() == CONTENT
    (home / "datasets" / "batches.tar.gz").write_bytes(b"")
    assert get_file("batches.tar.gz", "http://localhost:1/gone", untar=True) == path


def test_extract_unpacks_beside_the_archive_and_returns_its_path(
    tmp_path: Path, home: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("deep/one", CONTENT)
    path = get_file("b.zip", (tmp_path / "b.zip").as_uri(), extract=True)
    assert path == str(home / "datasets" / "b.zip")
    assert (home / "datasets" / "deep" / "one").read_bytes() == CONTENT


def test_a_page_in_place_of_an_archive_is_refused(origin: str) -> None:
    with pytest.raises(FileError, match="must be a tar or zip archive"):
        get_file("a.zip", origin, extract=True)


def test_validate_file_tells_right_from_wrong(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    assert validate_file(tmp_path / "a", SHA256)
    assert validate_file(tmp_path / "a", MD5, "md5")
    assert not validate_file(tmp_path / "a", "0" * 64)
    with pytest.raises(ArgumentError, match="hash_algorithm"):
        validate_file(tmp_path / "a", MD5, "crc")
