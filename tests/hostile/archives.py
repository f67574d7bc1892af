"""Hostile archives for `get_file`, and `.keras` archives: what leaves its folder, or swells."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.hostile.parts import (
    PAYLOAD_MODULE,
    SOUND,
    Case,
    dense,
    layer,
    marker,
    pickled,
    sequential,
)

SYMLINK = 0o120777 << 16
FIFO = 0o010644 << 16
BIG = 2**20


def tarred(*members: tuple[str, Any], mode: str = "w") -> Callable[[Path], None]:
    """Return what writes a tar file: pairs of a name, and bytes or the fields of a header."""

    def make(path: Path) -> None:
        with tarfile.open(path, mode) as archive:
            for name, content in members:
                header = tarfile.TarInfo(name.replace("MARKER", marker(path)))
                fields = {} if isinstance(content, bytes) else content
                for field, value in fields.items():
                    text = isinstance(value, str)
                    setattr(
                        header, field, value.replace("HERE", str(path.parent)) if text else value
                    )
                data = content if isinstance(content, bytes) else b""
                header.size = len(data)
                archive.addfile(header, io.BytesIO(data))

    return make


def zipped(*members: tuple[str, Any], method: int = zipfile.ZIP_STORED) -> Callable[[Path], None]:
    """Return what writes a zip file: pairs of a name, and bytes or (bytes, attributes)."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members:
                entry = zipfile.ZipInfo("x")
                entry.filename = name.replace("MARKER", marker(path))
                data, entry.external_attr = content if isinstance(content, tuple) else (content, 0)
                entry.compress_type = method
                archive.writestr(entry, data)

    return make


def kinds(name: str, content: Any, reason: str, entry: str) -> list[Case]:
    """Return the case of one member as a tar and as a zip."""
    made = {
        ".tar": tarred(("good", b"1"), (name, content)),
        ".zip": zipped(("good", b"1"), (name, content)),
    }
    return [
        Case(f"{ending[1:]}: {name}", make, entry, reason, "extract", ending)
        for ending, make in made.items()
    ]


INSIDE = "must stay inside"
LINK = {"type": tarfile.SYMTYPE}
TRAVERSALS = [
    case
    for name in (
        "../marker",
        "a/../../marker",
        "MARKER",
        "..",
        "..\\marker",
        "C:\\marker",
        "a/..\\../x",
    )
    for case in kinds(name, b"x", INSIDE, "" if name == "MARKER" else repr(name)[1:-1])
]


def halved(make: Callable[[Path], None], share: float) -> Callable[[Path], None]:
    """Return what writes a share of an archive's bytes."""

    def half(path: Path) -> None:
        make(path)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])

    return half


def lying(path: Path) -> None:
    """Write a zip whose headers say that 5 MB are ten bytes."""
    zipped(("x", bytes(5 * BIG)), method=zipfile.ZIP_DEFLATED)(path)
    whole = path.read_bytes()
    size = (5 * BIG).to_bytes(4, "little")
    path.write_bytes(whole.replace(size, (10).to_bytes(4, "little")))


def many_times(path: Path, parts: int = 260) -> None:
    """Write a zip of many members that swell a thousandfold together."""
    members = [(f"x{number}", bytes(BIG)) for number in range(parts)]
    zipped(*members, method=zipfile.ZIP_BZIP2)(path)


def swelling(path: Path) -> None:
    """Write a compressed tar of one member of 300 MB of noughts."""
    with tarfile.open(path, "w:bz2") as archive:
        header = tarfile.TarInfo("x")
        header.size = 300 * BIG
        archive.addfile(header, io.BytesIO(bytes(header.size)))


def with_password(path: Path) -> None:
    """Write a zip whose member says that it is locked."""
    zipped(("locked", b"x" * 40))(path)
    _lock(path)


def damaged(path: Path) -> None:
    """Write a zip whose member's bytes do not fit its checksum."""
    zipped(("x", b"the content"))(path)
    path.write_bytes(path.read_bytes().replace(b"the content", b"the_content"))


def long_name(path: Path) -> None:
    """Write a tar of folders nested past what a path may hold."""
    tarred(("/".join(["d" * 200] * 30), b"x"))(path)


NOT_UNPACKED = "cannot be unpacked"
UNPACKED = TRAVERSALS + [
    Case(
        "tar: a symlink",
        tarred(("out", LINK | {"linkname": "HERE"}), ("out/marker", b"x")),
        "out",
        "is a link",
        "extract",
        ".tar",
    ),
    Case(
        "tar: a symlink to nothing",
        tarred(("out", LINK | {"linkname": "../../.."})),
        "out",
        "is a link",
        "extract",
        ".tar",
    ),
    Case(
        "tar: a hard link",
        tarred(("out", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})),
        "out",
        "is a link",
        "extract",
        ".tar",
    ),
    Case(
        "tar: a FIFO",
        tarred(("pipe", {"type": tarfile.FIFOTYPE})),
        "pipe",
        "device",
        "extract",
        ".tar",
    ),
    Case(
        "tar: a device",
        tarred(("null", {"type": tarfile.CHRTYPE})),
        "null",
        "device",
        "extract",
        ".tar",
    ),
    Case(
        "untar: a symlink",
        tarred(("out", LINK | {"linkname": "HERE"}), mode="w:gz"),
        "out",
        "is a link",
        "untar",
        ".tar.gz",
    ),
    Case(
        "untar: a folder above",
        tarred(("../marker", b"x"), mode="w:gz"),
        "../marker",
        INSIDE,
        "untar",
        ".tar.gz",
    ),
    Case(
        "untar: no archive",
        lambda path: path.write_bytes(b"<html>") and None,
        "",
        "must be a tar",
        "untar",
        ".tar.gz",
    ),
    Case(
        "zip: a symlink", zipped(("out", (b"/etc", SYMLINK))), "out", "is a link", "extract", ".zip"
    ),
    Case("zip: a FIFO", zipped(("pipe", (b"", FIFO))), "pipe", "(link|device)", "extract", ".zip"),
    Case(
        "zip: half",
        halved(zipped(("x", bytes(999))), 0.5),
        "",
        "must be a tar or zip",
        "extract",
        ".zip",
    ),
    Case("tar: half", halved(tarred(("x", bytes(9999))), 0.4), "", NOT_UNPACKED, "extract", ".tar"),
    Case(
        "tar.gz: half",
        halved(tarred(("x", np.random.RandomState(0).bytes(9999)), mode="w:gz"), 0.5),
        "",
        "(cannot be unpacked|must be a tar)",
        "extract",
        ".tar.gz",
    ),
    Case("zip: swelling", many_times, "", "too many bytes", "extract", ".zip"),
    Case("zip: lying", lying, "", "(cannot be unpacked|too many)", "extract", ".zip"),
    Case("tar.bz2: swelling", swelling, "x", "too many bytes", "extract", ".tar.bz2"),
    Case("zip: locked", with_password, "locked", NOT_UNPACKED, "extract", ".zip"),
    Case("zip: damaged", damaged, "'x'", NOT_UNPACKED, "extract", ".zip"),
    Case("tar: past all paths", long_name, "dddd", NOT_UNPACKED, "extract", ".tar"),
    Case(
        "zip: a file and a folder",
        zipped(("a", b"x"), ("a/b", b"x")),
        "",
        NOT_UNPACKED,
        "extract",
        ".zip",
    ),
    Case("tar: an empty name", tarred(("", b"x")), "", NOT_UNPACKED, "extract", ".tar"),
    Case(
        "no archive",
        lambda path: path.write_bytes(b"<html>404</html>") and None,
        "",
        "must be a tar or zip archive",
        "extract",
        ".zip",
    ),
    Case(
        "a gzip of no archive",
        lambda path: path.write_bytes(gzip.compress(b"x")) and None,
        "",
        "must be a tar or zip archive",
        "extract",
        ".gz",
    ),
]


# .keras archives.

WEIGHTS = "model.weights.h5"
METADATA = json.dumps({"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}).encode()


def keras(
    config: Any = SOUND, *more: tuple[str, Any], **parts: bytes | None
) -> Callable[[Path], None]:
    """Return what writes a `.keras` archive; a part that is None is left out."""

    def make(path: Path) -> None:
        text = config if isinstance(config, bytes) else json.dumps(config).encode()
        whole = {"config.json": text, "metadata.json": METADATA, WEIGHTS: empty_h5()}
        whole |= {key.replace("_", "."): value for key, value in parts.items()}
        members = [(name, data) for name, data in whole.items() if data is not None]
        zipped(*members, *more, method=zipfile.ZIP_DEFLATED)(path)

    return make


def empty_h5() -> bytes:
    """Return an HDF5 file of nothing."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_group("layers")
    return buffer.getvalue()


def keras_case(name: str, make: Callable[[Path], None], entry: str, reason: str) -> Case:
    """Return the case of a `.keras` archive."""
    return Case(f".keras: {name}", make, entry, reason, ending=".keras")


def k3(kind: str, module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    """Return a Sequential of one layer, as Keras 3 writes it."""
    entry = {"module": module, "class_name": kind, "config": {"name": "odd", **config},
             "registered_name": None}  # fmt: skip
    return sequential(entry)


def locked_keras(path: Path) -> None:
    """Write an archive whose first member says that it is locked."""
    keras()(path)
    _lock(path)


KERAS = [
    keras_case(*parts)
    for parts in [
        ("no config", keras(config_json=None), "config.json", "must"),
        ("no weights", keras(**{WEIGHTS: None}), WEIGHTS, "must"),
        ("no JSON", keras(b"{"), "config.json", "JSON"),
        ("deep JSON", keras(b"[" * 10_000 + b"]" * 10_000), "config.json", "must"),
        ("a swelling config", keras(b" " * 70 * BIG), "config.json", "must"),
        ("weights that are no HDF5", keras(**{WEIGHTS: b"\x89HDF\r\n"}), WEIGHTS, "must"),
        (
            "a pickle for weights",
            lambda path: keras(**{WEIGHTS: pickled(path)})(path),
            WEIGHTS,
            "must",
        ),
        ("half", halved(keras(), 0.5), "", "must"),
        ("a locked member", locked_keras, "", "must"),
        ("os.system", keras(k3("system", "os", command="true")), "config.json", "known layer"),
        ("a module", keras(k3("Payload", PAYLOAD_MODULE)), "config.json", "known layer"),
        ("get_file", keras(k3("get_file", "keras.utils", fname="x")), "config.json", "known layer"),
        (
            "TorchModuleWrapper",
            keras(k3("TorchModuleWrapper", module="gASV")),
            "config.json",
            "must",
        ),
        ("TFSMLayer", keras(k3("TFSMLayer", filepath="/tmp")), "config.json", "not here"),
        (
            "a file for a vocabulary",
            keras(k3("StringLookup", vocabulary="/etc/passwd")),
            "config.json",
            "must",
        ),
        ("absurd units", keras(sequential(dense("two", 10**12))), "", "must"),
        (
            "a path for a name",
            keras(sequential(layer("Dense", "../../marker", units=2))),
            "",
            "must",
        ),
    ]
]


def _lock(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.find(magic) + place] |= 1
    path.write_bytes(whole)


CASES = UNPACKED + KERAS
