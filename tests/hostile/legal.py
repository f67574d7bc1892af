"""Files that are odd but legal: each must load."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.hostile.archives import tarred, zipped
from tests.hostile.parts import (
    SOUND,
    TRAINING,
    Case,
    configured,
    dense,
    functional,
    layer,
    node,
    put_weights,
    sequential,
    sound_weights,
    write,
    write_weights,
)

LONG = 3_000
NAME = "n" * 4_000


def chain(path: Path) -> None:
    """Write a functional chain of three thousand layers."""
    names = ["in", *(f"a{number}" for number in range(LONG))]
    calls = [
        node(name, [[[before, 0, 0, {}]]], "Activation", activation="linear")
        for before, name in pairwise(names)
    ]
    write(path, functional(*calls, outputs=[[names[-1], 0, 0]]), {})


def stack(path: Path) -> None:
    """Write a Sequential of three thousand layers, their names listed in pieces."""
    more = [
        layer("Activation", f"a_layer_of_some_name_{n}", activation="linear") for n in range(LONG)
    ]
    weights = sound_weights()
    write(path, sequential(*more, dense("two", 2)), weights)
    names = [b"one", *(it["config"]["name"].encode() for it in more), b"two"]
    with h5py.File(path, "a") as file:
        group = file["model_weights"]
        del group.attrs["layer_names"]
        for number in range(0, len(names), 900):
            group.attrs[f"layer_names{number // 900}"] = np.asarray(names[number : number + 900])
        for it in more:
            group.create_group(it["config"]["name"]).attrs["weight_names"] = np.zeros(0)


def changed_attribute(path: Path, name: str, value: Any, at: str = "/", **how: Any) -> None:
    """Write a sound file with one attribute spelled in another way."""
    write(path)
    with h5py.File(path, "a") as file:
        del file[at].attrs[name]
        if value is not None:
            file[at].attrs.create(name, value, **how)


def renamed(path: Path) -> None:
    """Write layers with names of four thousand characters."""
    weights = {NAME: {"k": np.ones((4, 3)), "b": np.ones(3)}}
    config = {"class_name": "Sequential", "config": {"name": NAME, "layers": [
        dense(NAME, batch_input_shape=[None, 4])]}}  # fmt: skip
    write(path, config, weights)


def foreign(path: Path) -> None:
    """Write letters of every alphabet, and slashes, in names."""
    name = "层/été/слой 🦜"
    weights = {name: {f"{name}/kernel:0": np.ones((4, 3)), f"{name}/bias:0": np.ones(3)}}
    config = {"class_name": "Sequential", "config": {"name": name, "layers": [
        dense(name, batch_input_shape=[None, 4])]}}  # fmt: skip
    write(path, config, weights)


def stored(kind: str, **how: Any) -> Any:
    """Return what writes a sound file with its kernel kept in another way."""

    def make(path: Path) -> None:
        write(path)
        with h5py.File(path, "a") as file:
            entry = "model_weights/one/one/kernel:0"
            del file[entry]
            file.create_dataset(entry, data=np.ones((4, 3), kind), **how)

    return make


def with_userblock(path: Path) -> None:
    """Write a file that begins with five hundred bytes of somebody's own."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file.attrs["keras_version"] = b"2.2.4"
        file.attrs["model_config"] = json.dumps(SOUND)
        put_weights(file.create_group("model_weights"), sound_weights())
    with open(path, "r+b") as file:
        file.write(b"somebody's own words")


def newest_layout(path: Path) -> None:
    """Write the newest layout that the library knows, in the order of making."""
    with h5py.File(path, "w", libver="latest", track_order=True) as file:
        file.attrs["keras_version"] = b"2.2.4"
        file.attrs["model_config"] = json.dumps(SOUND)
        put_weights(file.create_group("model_weights"), sound_weights())


def with_further(path: Path) -> None:
    """Write groups, arrays and attributes that nobody asks for, outside links among them."""
    write(path)
    with h5py.File(path, "a") as file:
        file.create_group("notes/empty")
        file["notes/array"] = np.ones(3)
        file["notes/link"] = h5py.ExternalLink("/etc/passwd", "/")
        file.attrs["author"] = "somebody"
        file["model_weights"].create_group("unlisted")


def hard_linked(path: Path) -> None:
    """Write two names for one array: a hard link is the file's own."""
    write(path)
    with h5py.File(path, "a") as file:
        del file["model_weights/one/one/kernel:0"]
        file["shared"] = np.ones((4, 3), "f4")
        file["model_weights/one/one/kernel:0"] = file["shared"]


def empty_weights(path: Path) -> None:
    """Write a layer without weights: an empty list of floats names none, and a group is empty."""
    weights = sound_weights() | {"none": {}}
    write(path, sequential(layer("Dropout", "none", rate=0.5), dense("two", 2)), weights)


def linked(path: Path) -> None:
    """Write a sound file behind a symbolic link."""
    write(path.with_name("there.h5"))
    path.symlink_to(path.with_name("there.h5"))


def spaced(path: Path) -> None:
    """Write a config with a megabyte of spaces."""
    write(path, json.dumps(SOUND) + " " * 2**20)


def fed_back(path: Path) -> None:
    """Write a layer called five hundred times in a row, each call on the last."""
    calls = [[["in", 0, 0, {}]], *([["a", n, 0, {}]] for n in range(499))]
    config = functional(node("a", calls, units=4), outputs=[["a", 499, 0]])
    write(path, config, {"a": {"a/kernel:0": np.eye(4), "a/bias:0": np.zeros(4)}})


def with_nan(path: Path) -> None:
    """Write weights that are no numbers, and endless ones."""
    weights = sound_weights()
    weights["one"]["one/bias:0"] = np.array([np.nan, np.inf, -np.inf], "f4")
    write(path, weights=weights)


def no_weights_at_all(path: Path) -> None:
    """Write a model that has no weights."""
    only = layer("Activation", "a", activation="relu", batch_input_shape=[None, 4])
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [only]}}
    write(path, config, {"a": {}})


def padded(path: Path) -> None:
    """Write a layer of a terabyte of noughts for data, and none in a file."""
    only = layer("ZeroPadding1D", padding=10**12, batch_input_shape=[None, 3, 2])
    write(
        path, {"class_name": "Sequential", "config": {"name": "m", "layers": [only]}}, {"odd": {}}
    )


def huge_optimizer(path: Path) -> None:
    """Write an optimizer whose momentum only says it were of a terabyte: it is left out."""

    def change(file: h5py.File) -> None:
        group = file.create_group("optimizer_weights")
        names = [f"SGD/{number}:0" for number in range(5)]
        group.attrs["weight_names"] = [name.encode() for name in names]
        group["SGD/0:0"] = np.int64(3)
        for name, size in zip(names[1:], [(2**19, 2**19), (3,), (3, 2), (2,)], strict=True):
            group.create_dataset(name, shape=size, dtype="f4", chunks=tuple(1 for _ in size))

    write(path, training=TRAINING, change=change)


CASES = [
    Case("a chain of 3,000", chain, "", ""),
    Case("a stack of 3,000, names in pieces", stack, "", ""),
    Case("names of 4,000 letters", renamed, "", ""),
    Case("letters of every alphabet", foreign, "", ""),
    Case("empty groups", empty_weights, "", ""),
    Case("further entries", with_further, "", ""),
    Case("a hard link", hard_linked, "", ""),
    Case("a symbolic link", linked, "", ""),
    Case("a userblock", with_userblock, "", ""),
    Case("the newest layout", newest_layout, "", ""),
    Case("doubles", stored("f8"), "", ""),
    Case("halves", stored("f2"), "", ""),
    Case("the other byte order", stored(">f4"), "", ""),
    Case("whole numbers", stored("i8"), "", ""),
    Case("compressed", stored("f4", compression="gzip", shuffle=True, chunks=(2, 3)), "", ""),
    Case("checked and growing", stored("f4", fletcher32=True, maxshape=(None, None)), "", ""),
    Case("a megabyte of spaces", spaced, "", ""),
    Case("called 500 times", fed_back, "", ""),
    Case("not numbers", with_nan, "", ""),
    Case("a model without weights", no_weights_at_all, "", ""),
    Case(
        "texts as objects",
        lambda path: changed_attribute(
            path, "layer_names", ["one", "two"], "model_weights", dtype=h5py.string_dtype()
        ),
        "",
        "",
    ),
    Case("an optimizer of a terabyte", huge_optimizer, "", ""),
    Case("a padding of 10^12", padded, "", ""),
    Case("no backend", lambda path: changed_attribute(path, "backend", None), "", ""),
    Case("an odd version", lambda path: changed_attribute(path, "keras_version", b"2.2.x"), "", ""),
    Case("a model without a name", configured({"class_name": "Sequential", "config": [
        dense("one", batch_input_shape=[None, 4]), dense("two", 2)]}), "", ""),
    Case("weights of another dtype", write_weights, "", "", how="weights"),
    Case("JSON: two of one key", lambda path: path.write_text(
        '{"class_name": "Model", "class_name": "Sequential", "config": {"layers": []}}') and None,
         "", "", "json", ".json"),
    Case("tar: folders and files", tarred(("a/b/c", b"1"), ("./d", b"2"), ("a...b", b"3")), "", "",
         "extract", ".tar"),
    Case("zip: folders and files", zipped(("a/", b""), ("a/b", b"1"), ("..c", b"2")), "", "",
         "extract", ".zip"),
]  # fmt: skip
