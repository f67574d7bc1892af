"""Files fetched once and kept: `get_file` and the check of what it finds."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from kshim.core.settings import keras_home
from kshim.errors import ArgumentError, FileError
from kshim.utils.archives import extract as unpack
from kshim.utils.downloads import copy

STAND_IN = ".stand-in"
_SCHEMES = ("http", "https", "ftp", "file")


def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | Sequence[str] | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | Sequence[str] | None = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
) -> str:
    """Return the path of a file, downloaded from `origin` if it is not there yet.

    A file that is there and has the wrong hash is fetched again. A made-up stand-in for it is
    taken as it is where a file `<name>.stand-in` beside it holds the stand-in's own sha256.

    Args:
        fname: its name in the cache, or an absolute path; None takes the last part of `origin`.
        origin: where it comes from (http, https, ftp or file).
        untar: fetch `<fname>.tar.gz`, unpack it unless `fname` is there, return that folder.
        file_hash: its md5 or sha256 as hexadecimal digits, or several of which one must fit.
        md5_hash: the older word, md5 only.
        cache_subdir: the folder in the cache.
        hash_algorithm: "md5", "sha256", or "auto" to tell by length.
        extract: unpack it beside itself.
        archive_format: "tar", "zip", several of them, "auto" for both, None to unpack nothing.
        cache_dir: the cache; None is `$KERAS_HOME` or `~/.keras`.

    Raises:
        FileError: it cannot be fetched (a broken connection is taken up again a few times), has
            the wrong hash, or is an archive that is cut short or would write outside its folder.

    Source: Keras 2.2.4 utils/data_utils.py; `fname=None` from 2.15. Unlike them it never
    falls back to /tmp, where anybody may put a file first.
    """
    if origin is None:
        raise ArgumentError("origin", "the URL of the file", None, who="get_file")
    name = Path(fname or PurePosixPath(urlsplit(origin).path).name)
    folder = Path(cache_dir or keras_home()).expanduser() / cache_subdir
    if untar:
        unpacked = folder / str(name).removesuffix(".tar.gz")
        path = unpacked.with_name(f"{unpacked.name}.tar.gz")
    else:
        path = folder / name
    if not _is_good(path, file_hash or md5_hash, hash_algorithm):
        _download(origin, path, file_hash or md5_hash, hash_algorithm)
    if untar:
        if not unpacked.exists():
            unpack(path, folder, ("tar",))
        return str(unpacked)
    if extract and archive_format:
        unpack(path, path.parent, _formats(archive_format))
    return str(path)


def validate_file(
    fpath: str | os.PathLike[str],
    file_hash: str | Sequence[str],
    algorithm: str = "auto",
    chunk_size: int = 65535,
) -> bool:
    """Return whether a file has the md5 or sha256 given (or one of those given)."""
    hashes = (file_hash,) if isinstance(file_hash, str) else file_hash
    return any(_digest(fpath, _algorithm(one, algorithm), chunk_size) == one for one in hashes)


def _is_good(path: Path, file_hash: str | Sequence[str] | None, algorithm: str) -> bool:
    """Return whether a file is there and may be used, saying so where it may not."""
    if not path.exists():
        return False
    if not file_hash or validate_file(path, file_hash, algorithm):
        return True
    if is_stand_in(path):
        print(f"{path} is a stand-in, not the real data (see {path.name}{STAND_IN}).")
        return True
    print(f"{path} is not the file it should be (its hash differs): fetching it again.")
    return False


def is_stand_in(path: Path) -> bool:
    """Return whether a file is declared a stand-in, by its own sha256 in the file beside it."""
    declared = path.with_name(path.name + STAND_IN)
    return declared.is_file() and _digest(path, "sha256") in declared.read_text().split()


def _download(
    origin: str, path: Path, file_hash: str | Sequence[str] | None, algorithm: str
) -> None:
    """Fetch a file into place: a reader finds the old one, the new one, never a part of it."""
    if urlsplit(origin).scheme not in _SCHEMES:
        raise ArgumentError("origin", f"a URL ({', '.join(_SCHEMES)})", origin, who="get_file")
    print(f"Downloading data from {origin}")
    _make_folder(path.parent)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            copy(origin, file)
        if file_hash and not validate_file(temporary, file_hash, algorithm):
            raise FileError(
                f"{origin}: what came has not the hash {file_hash}; {path} is not written."
            )
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"{folder}: cannot be made ({error}). Set KERAS_HOME to a folder that can be written."
        ) from error


def _formats(archive_format: str | Sequence[str]) -> Sequence[str]:
    if archive_format == "auto":
        return ("tar", "zip")
    return (archive_format,) if isinstance(archive_format, str) else archive_format


def _algorithm(file_hash: str, algorithm: str) -> str:
    if algorithm == "auto":
        return "sha256" if len(file_hash) == 64 else "md5"
    if algorithm not in ("md5", "sha256"):
        raise ArgumentError(
            "hash_algorithm", "'md5', 'sha256' or 'auto'", algorithm, who="get_file"
        )
    return algorithm


def _digest(path: str | os.PathLike[str], algorithm: str, chunk_size: int = 2**20) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(chunk_size):
            digest.update(block)
    return digest.hexdigest()
