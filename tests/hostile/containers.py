"""Hostile HDF5: cut short, damaged, wrongly laid out, or pointing at what is not theirs."""

from __future__ import annotations

import gzip
import os
import socket
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.hostile.parts import (
    TRAINING,
    Case,
    changed,
    dense,
    pickled,
    sequential,
    sound_weights,
    write,
    write_weights,
)

KERNEL = "one/one/kernel:0"
WHOLE = f"model_weights/{KERNEL}"
SECRET = b"what stands in another file"


def cut(path: Path, share: float, write: Callable[[Path], None] = write) -> None:
    """Keep a share of a sound file's bytes, or that many when it is a whole number."""
    write(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: share if isinstance(share, int) else int(len(whole) * share)])


CUTS = [0, 1, 7, 8, 96, 512, 800, 2048, 0.3, 0.5, 0.7, 0.9, 0.99, -1, -8]
SHORT = [
    Case(f"cut at {at}", partial(cut, share=at), "", "must be (a whole|an) HDF5 file")
    for at in CUTS
] + [
    Case(
        f"weights cut at {at}",
        partial(cut, share=at, write=write_weights),
        "",
        "must be (a whole|an) HDF5 file",
        how="weights",
    )
    for at in (9, 0.4, 0.8, -1)
]


def filled(content: bytes) -> Callable[[Path], None]:
    """Return what writes a file of these bytes."""
    return lambda path: path.write_bytes(content) and None


def overwritten(start: int, with_: bytes) -> Callable[[Path], None]:
    """Return what writes a sound file with some bytes overwritten."""

    def make(path: Path) -> None:
        write(path)
        whole = bytearray(path.read_bytes())
        whole[start : start + len(with_)] = with_
        path.write_bytes(whole)

    return make


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")


NO_H5 = "(must be (a whole|an) HDF5 file|must be in the archive)"
MAGIC = [
    Case("noughts", filled(bytes(4096)), "", NO_H5),
    Case("a text", filled(b"model\n" * 100), "", NO_H5),
    Case("a web page", filled(b"<!DOCTYPE html><html>404 Not Found</html>"), "", NO_H5),
    Case("a gzip", filled(gzip.compress(b"x" * 9999)), "", NO_H5),
    Case("a zip", zipped, "", NO_H5),
    Case("a pickle", lambda path: path.write_bytes(pickled(path)) and None, "", NO_H5),
    Case("a picture", filled(b"\x89PNG\r\n\x1a\n" + bytes(500)), "", NO_H5),
    Case("only the magic", filled(b"\x89HDF\r\n\x1a\n"), "", NO_H5),
    Case("magic and noughts", filled(b"\x89HDF\r\n\x1a\n" + bytes(4096)), "", NO_H5),
    Case("magic and noise", filled(b"\x89HDF\r\n\x1a\n" + os.urandom(4096)), "", NO_H5),
    Case("line ends changed", overwritten(0, b"\x89HDF\n\n\x1a\n"), "", NO_H5),
    Case("an unknown version", overwritten(8, b"\x63"), "", NO_H5),
    Case("the root elsewhere", overwritten(56, b"\xff" * 24), "", "must be (a whole|readable)"),
]


def attribute(name: str, value: Any, at: str = "/") -> Callable[[Path], None]:
    """Return what writes a sound file with one attribute changed; None takes it out."""

    def change(file: h5py.File) -> None:
        del file[at].attrs[name]
        if value is not None:
            file[at].attrs[name] = value

    return changed(change)


def many_bytes(path: Path) -> None:
    """Write a config of 65 million spaces."""
    write(path, " " * (65 * 2**20))


def endless_heap(path: Path) -> None:
    """Write a sound file whose texts stand in a heap of steps of no length."""
    write(path)
    whole = bytearray(path.read_bytes())
    at = whole.find(b"GCOL")
    whole[at + 16 : at + 4096] = bytes(4080)
    path.write_bytes(whole)


def unknown_kind(path: Path) -> None:
    """Write a sound file whose config is of a kind of variable length that there is not."""
    write(path)
    whole = bytearray(path.read_bytes())
    kind = whole.find(b"\x19\x01", whole.find(b"model_config\0"))
    whole[kind + 1] = 5
    path.write_bytes(whole)


LAYERS_AT = {"at": "model_weights"}
NAMES_AT = {"at": "model_weights/one"}
TEXT = "must be a text"
ATTRIBUTES = [
    Case("no config", attribute("model_config", None), "model_config", "got none"),
    Case("a config that is a number", attribute("model_config", 7), "model_config", TEXT),
    Case("a config of floats", attribute("model_config", np.ones(3)), "model_config", TEXT),
    Case("an empty config", attribute("model_config", b""), "model_config", "JSON"),
    Case("a config that is void", attribute("model_config", np.void(b"{}")), "model_config", TEXT),
    Case("a config of bytes", attribute("model_config", b"\xff\xfe\x80"), "model_config", "JSON"),
    Case("an Empty config", attribute("model_config", h5py.Empty("f4")), "model_config", TEXT),
    Case("no layer names", attribute("layer_names", None, **LAYERS_AT), "layer_names", "got none"),
    Case("layer names of 7", attribute("layer_names", 7, **LAYERS_AT), "layer_names", "list of"),
    Case(
        "layer names of floats",
        attribute("layer_names", np.ones(2), **LAYERS_AT),
        "layer_names",
        "a list of names",
    ),
    Case(
        "a layer that is not there",
        attribute("layer_names", [b"one", b"three"], **LAYERS_AT),
        "three",
        "no such entry",
    ),
    Case(
        "a layer outside",
        attribute("layer_names", [b"one", b"../../two"], **LAYERS_AT),
        "../../two",
        "must be",
    ),
    Case("an empty layer name", attribute("layer_names", [b"one", b""], **LAYERS_AT), "", "must"),
    Case(
        "no weight names",
        attribute("weight_names", None, **NAMES_AT),
        "one",
        "must be 2.*got 1",
    ),
    Case(
        "a weight that is not there",
        attribute("weight_names", [b"one/kernel:0", b"x"], **NAMES_AT),
        "x",
        "no such entry",
    ),
    Case(
        "a weight that is a group",
        attribute("weight_names", [b"one/kernel:0", b"one"], **NAMES_AT),
        "one",
        "must be an array, got a group",
    ),
    Case(
        "a weight below a weight",
        attribute("weight_names", [b"one/kernel:0", b"one/bias:0/x"], **NAMES_AT),
        "one/bias:0/x",
        "no such entry",
    ),
    Case(
        "weight names of 7",
        attribute("weight_names", [7, 8], **NAMES_AT),
        "weight_names",
        "a list of names",
    ),
    Case(
        "a version that is a number",
        attribute("keras_version", 2.2),
        "keras_version",
        TEXT,
    ),
    Case(
        "a version of many",
        attribute("keras_version", [b"2.2.4", b"1"]),
        "keras_version",
        TEXT,
    ),
    Case(
        "training that is no JSON",
        lambda path: write(path, training="{"),
        "training_config",
        "JSON",
    ),
    Case(
        "training that is a list",
        lambda path: write(path, training=[1]),
        "training_config",
        "must",
    ),
    Case(
        "a heap without an end",
        lambda path: endless_heap(path),
        "attribute",
        "must be readable, got a text of 0 bytes in a heap of 4096",
    ),
    Case("a config of an unknown kind", unknown_kind, "model_config", "must be a text"),
    Case(
        "an attribute of 65 MB",
        many_bytes,
        "attribute",
        "must be (under|a text|readable)",
    ),
]


def without(*entries: str) -> Callable[[Path], None]:
    """Return what writes a sound file and takes entries out."""

    def change(file: h5py.File) -> None:
        for entry in entries:
            del file[entry]

    return changed(change)


def instead(entry: str, value: Any, **more: Any) -> Callable[[Path], None]:
    """Return what writes a sound file with another array at an entry."""

    def change(file: h5py.File) -> None:
        del file[entry]
        file.create_dataset(entry, data=value, **more)

    return changed(change)


def declared(shape: tuple[int, ...], kind: Any = "f4", **more: Any) -> Callable[[Path], None]:
    """Return what writes a sound file with a kernel that only says it were this large."""

    def change(file: h5py.File) -> None:
        del file[WHOLE]
        file.create_dataset(WHOLE, shape=shape, dtype=kind, chunks=tuple(1 for _ in shape), **more)

    return changed(change)


def weights_of(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """Return what writes a sound file with other weights."""

    def make(path: Path) -> None:
        weights = sound_weights()
        change(weights)
        write(path, weights=weights)

    return make


def all_misshapen(weights: dict[str, Any]) -> None:
    weights["one"]["one/kernel:0"] = np.ones((3, 4), "f4")
    weights["one"]["one/bias:0"] = np.ones(4, "f4")
    weights["two"]["two/bias:0"] = np.ones((2, 1), "f4")


def in_all_kinds(path: Path) -> None:
    write(path)
    with h5py.File(path, "a") as file:
        del file[WHOLE]
        file.create_dataset(WHOLE, data=np.zeros((4, 3), [("a", "f4"), ("b", "O")][:1]))


NUMBERS = "an array of numbers"
WEIGHTS = [
    Case("no weights", without("model_weights"), "model_weights", "no such entry"),
    Case("no group of a layer", without("model_weights/one"), "one", "no such entry"),
    Case("no kernel", without(WHOLE), "one/kernel:0", "no such entry"),
    Case(
        "weights too many",
        weights_of(lambda it: it["one"].update({"one/more:0": np.ones(3)})),
        "one",
        r"must have 2 arrays.*got 3",
    ),
    Case(
        "a layer too many",
        weights_of(lambda it: it.update(three={"three/kernel:0": np.ones(3)})),
        "three",
        "layers with weights must be 2.*got 3",
    ),
    Case("a layer too few", weights_of(lambda it: it.pop("two")), "two", "must be 2.*got 1"),
    Case(
        "several misshapen weights",
        weights_of(all_misshapen),
        "one/kernel:0",
        r"(?s)\(4, 3\), got \(3, 4\).*one/bias.*two/bias:0 must have shape \(2,\), got \(2, 1\)",
    ),
    Case("weights of texts", instead(WHOLE, [[b"a"] * 3] * 4), "one/kernel:0", NUMBERS),
    Case("complex weights", instead(WHOLE, np.ones((4, 3), "c8")), "one/kernel:0", NUMBERS),
    Case("weights of parts", in_all_kinds, "one/kernel:0", NUMBERS),
    Case("void weights", instead(WHOLE, np.zeros((4, 3), "V4")), "one/kernel:0", NUMBERS),
    Case("an Empty weight", instead(WHOLE, h5py.Empty("f4")), "one/kernel:0", "must"),
    Case(
        "weights of references",
        instead(WHOLE, np.empty((4, 3), object), dtype=h5py.ref_dtype),
        "one/kernel:0",
        NUMBERS,
    ),
    Case("weights that are one number", instead(WHOLE, 3.0), "one/kernel:0", r"\(4, 3\), got \(\)"),
    Case(
        "misshapen weights by name",
        lambda path: write_weights(path, lambda file: _reshape(file)),
        "one/kernel:0",
        r"\(4, 3\), got \(3, 4\)",
        how="by name",
    ),
    Case(
        "no Keras file",
        lambda path: h5py.File(path, "w").close(),
        "layer_names",
        "must list",
        how="weights",
    ),
]


def _reshape(file: h5py.File) -> None:
    del file[KERNEL]
    file[KERNEL] = np.ones((3, 4), "f4")


SHAPE = r"must have shape \(4, 3\)"
SIZES = [
    Case("a huge kernel", declared((10**6, 10**6)), "one/kernel:0", SHAPE),
    Case("a kernel past all counting", declared((2**40, 2**22)), "one/kernel:0", SHAPE),
    Case("a kernel of huge items", declared((4, 3), "V1000000"), "one/kernel:0", NUMBERS),
    Case(
        "an endless kernel",
        declared((4, 10**9), maxshape=(None, None)),
        "one/kernel:0",
        SHAPE,
    ),
    Case(
        "an array of 600 MB in a file of 10 KB",
        lambda path: bomb(path, 50_000_000),
        "model_config",
        "must describe a model of at most",
    ),
    Case(
        "an array of 40 GB in a file of 10 KB",
        lambda path: bomb(path, 2**31),
        "model_config",
        "must describe a model of at most",
    ),
    Case(
        "a filter that is not there",
        lambda path: filtered(path),
        "one/kernel:0",
        "must be readable",
    ),
]


def bomb(path: Path, units: int) -> None:
    """Write a layer of many units whose kernel is noughts that stand nowhere."""
    config = sequential(dense("wide", units, use_bias=False))
    weights: dict[str, Any] = {"one": sound_weights()["one"], "wide": {"wide/kernel:0": 0}}

    def change(file: h5py.File) -> None:
        del file["model_weights/wide/wide/kernel:0"]
        file.create_dataset(
            "model_weights/wide/wide/kernel:0", (3, units), "f4", chunks=(3, 2**20),
            compression="gzip",
        )  # fmt: skip

    write(path, config, weights, change=change)


def filtered(path: Path) -> None:
    """Write a kernel under a compression that nobody here knows."""
    write(path)
    with h5py.File(path, "a") as file:
        del file[WHOLE]
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((4, 3))
        plist.set_filter(32999, h5py.h5z.FLAG_OPTIONAL)
        place = file["model_weights/one/one"].id
        space = h5py.h5s.create_simple((4, 3))
        made = h5py.h5d.create(place, b"kernel:0", h5py.h5t.NATIVE_FLOAT, space, plist)
        made.write_direct_chunk((0, 0), b"x" * 48)


def linked(entry: str, link: Any) -> Callable[[Path], None]:
    """Return what writes a sound file with a link in the place of an entry."""

    def make(path: Path) -> None:
        write(path.with_name("other.h5"))
        found = link(path) if callable(link) else link

        def change(file: h5py.File) -> None:
            if entry in file:
                file.move(entry, "kept")
            file[entry] = found

        write(path, training=TRAINING, change=change)

    return make


def other(entry: str) -> Callable[[Path], Any]:
    """Return what makes an external link to an entry of the file beside."""
    return lambda path: h5py.ExternalLink(str(path.with_name("other.h5")), entry)


def stored_outside(path: Path) -> None:
    path.with_name("secret").write_bytes(SECRET + bytes(48))
    instead_of = {"external": [(str(path.with_name("secret")), 0, 48)]}

    def change(file: h5py.File) -> None:
        del file[WHOLE]
        file.create_dataset(WHOLE, shape=(4, 3), dtype="f4", **instead_of)

    write(path, change=change)


def virtual(path: Path) -> None:
    write(path.with_name("other.h5"))
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource(str(path.with_name("other.h5")), WHOLE, (4, 3))

    def change(file: h5py.File) -> None:
        del file[WHOLE]
        file.create_virtual_dataset(WHOLE, layout)

    write(path, change=change)


OWN = "must be part of the file itself"
ONE = "model_weights/one"
LINKS = [
    Case("a soft kernel", linked(WHOLE, h5py.SoftLink("/kept")), "one/kernel:0", OWN),
    Case("a soft layer", linked(ONE, h5py.SoftLink("/kept")), "one", OWN),
    Case("soft weights", linked("model_weights", h5py.SoftLink("/kept")), "model_weights", OWN),
    Case("a soft link to nothing", linked(ONE, h5py.SoftLink("/nothing")), "one", OWN),
    Case("a soft link to itself", linked(ONE, h5py.SoftLink(f"/{ONE}")), "one", OWN),
    Case("an external kernel", linked(WHOLE, other(WHOLE)), "one/kernel:0", OWN),
    Case("an external layer", linked(ONE, other(ONE)), "one", OWN),
    Case("external weights", linked("model_weights", other("model_weights")), "model_weights", OWN),
    Case(
        "an external link to /etc/passwd",
        linked(ONE, h5py.ExternalLink("/etc/passwd", "/")),
        "one",
        OWN,
    ),
    Case(
        "an external optimizer",
        linked("optimizer_weights", other("/model_weights")),
        "optimizer_weights",
        OWN,
    ),
    Case("storage outside", stored_outside, "one/kernel:0", "external storage"),
    Case("a virtual kernel", virtual, "one/kernel:0", "a virtual dataset"),
]


def fifo(path: Path) -> None:
    os.mkfifo(path)


def fifo_behind_link(path: Path) -> None:
    os.mkfifo(path.with_name("fifo"))
    path.symlink_to(path.with_name("fifo"))


def listening(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def folder_with_files(path: Path) -> None:
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"\x08\x01")


PLAIN = "must be an HDF5 file, got something that is no plain file"
PATHS = [
    Case("a FIFO", fifo, "", PLAIN),
    Case("a FIFO for weights", fifo, "", PLAIN, how="weights"),
    Case("a link to a FIFO", fifo_behind_link, "", PLAIN),
    Case("a socket", listening, "", PLAIN),
    Case("an endless device", lambda path: path.symlink_to("/dev/zero"), "", PLAIN),
    Case("a folder", lambda path: path.mkdir(), "", "a folder"),
    Case("a SavedModel's folder", folder_with_files, "saved_model.pb", "a SavedModel of another"),
]


def pickled_arrays(path: Path) -> None:
    with open(path, "wb") as file:
        np.savez(file, kernel=np.array([1, None], object))


NUMPY = [
    Case("weights that are an npz", pickled_arrays, "", NO_H5, how="weights"),
    Case(
        "weights that are a pickle",
        lambda path: path.write_bytes(pickled(path)) and None,
        "",
        NO_H5,
        how="weights",
    ),
]

CASES = SHORT + MAGIC + ATTRIBUTES + WEIGHTS + SIZES + LINKS + PATHS + NUMPY
