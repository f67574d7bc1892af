"""Hostile checkpoints and SavedModels: damaged tables, lying entries, graphs that lead nowhere."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kshim.saving.tensorflow.bundles import write_bundle
from kshim.saving.tensorflow.checksums import crc32c, masked
from kshim.saving.tensorflow.messages import put, put_each, put_fixed, put_varint
from kshim.saving.tensorflow.objects import ENDING, GRAPH, tree_message
from kshim.saving.tensorflow.tables import read_table, write_table
from tests.hostile.configs import lambda_of, modern, triple
from tests.hostile.parts import (
    PAYLOAD_MODULE,
    SOUND,
    Case,
    bytecode,
    dense,
    layer,
    sequential,
)

DATA = ".data-00000-of-00001"
KERNEL = f"layer_with_weights-0/kernel{ENDING}"


class Leaf:
    """Hold an array as a variable does."""

    def __init__(self, value: np.ndarray[Any, Any]) -> None:
        self.value = value

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the array."""
        return self.value


def sound_tree() -> dict[str, Any]:
    """Return the tree of the sound model's weights."""
    shapes = ((4, 3), (3, 2))
    return {
        f"layer_with_weights-{number}": {
            "kernel": Leaf(np.ones(shape, "f4")),
            "bias": Leaf(np.ones(shape[1], "f4")),
        }
        for number, shape in enumerate(shapes)
    }


def prefix_of(path: Path) -> str:
    """Return the path of a checkpoint whose index is at a path."""
    return str(path).removesuffix(".index")


def write(path: Path, tree: Any = None, graph: bytes | None = None) -> None:
    """Write a checkpoint of the sound model's weights, or of another tree or graph."""
    message, found = tree_message(sound_tree() if tree is None else tree)
    arrays = {name: leaf.numpy() for name, leaf in found.items()}
    write_bundle(prefix_of(path), {**arrays, GRAPH: message if graph is None else graph})


def bytes_of(path: Path, change: Callable[[bytearray], Any]) -> None:
    """Change the bytes of a file; what the change returns takes their place."""
    whole = bytearray(path.read_bytes())
    path.write_bytes(change(whole) or whole)


def index(change: Callable[[bytearray], Any]) -> Callable[[Path], None]:
    """Return what writes a sound checkpoint with a changed index."""

    def make(path: Path) -> None:
        write(path)
        bytes_of(path, change)

    return make


def table(change: Callable[[dict[bytes, bytes]], Any]) -> Callable[[Path], None]:
    """Return what writes a sound checkpoint whose index says something else, with true sums."""

    def make(path: Path) -> None:
        write(path)
        entries = read_table(path.read_bytes(), "")
        change(entries)
        path.write_bytes(write_table(entries))

    return make


def entry(
    kind: int = 1, shape: Any = (4, 3), shard: int = 0, offset: int = 0, size: int = 48
) -> Callable[[Path], None]:
    """Return what writes a sound checkpoint whose kernel is said to be something else."""
    sizes = put_each(2, (put((1, number % 2**64)) for number in shape))
    told = put((1, kind), (2, sizes), (3, shard), (4, offset), (5, size)) + put_fixed(6, 0)
    return table(lambda entries: entries.update({KERNEL.encode(): told}))


def graph(message: bytes) -> Callable[[Path], None]:
    """Return what writes a sound checkpoint with another graph."""
    return lambda path: write(path, graph=message)


def beside(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """Return what writes a sound checkpoint and makes something of its file of data."""

    def all_of_it(path: Path) -> None:
        write(path)
        make(Path(prefix_of(path) + DATA))

    return all_of_it


def instead(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """Return what writes a sound checkpoint with something else in the place of its data."""
    return beside(lambda data: (data.unlink(), make(data)))


def packed(path: Path) -> None:
    """Write an index whose block of entries says that it is packed with snappy."""
    path.write_bytes(table_of(b"\x05\x10hello", kind=1))


def swelling_names(path: Path) -> None:
    """Write an index whose names share all but their ends: 5 GB of names in 100 KB."""
    write(path)
    first = b"n" * 500_000
    block = bytearray(put_varint(0) + put_varint(len(first)) + put_varint(0) + first)
    for number in range(10_000):
        block += put_varint(len(first)) + put_varint(2) + put_varint(0)
        block += number.to_bytes(2, "big")
    block += bytes(4) + (1).to_bytes(4, "little")
    path.write_bytes(table_of(bytes(block)))


def block_of(entries: Mapping[bytes, bytes]) -> bytes:
    """Return a block of entries, each name whole."""
    block, starts = b"", []
    for name, content in entries.items():
        starts.append(len(block).to_bytes(4, "little"))
        block += put_varint(0) + put_varint(len(name)) + put_varint(len(content)) + name + content
    return block + b"".join(starts) + len(starts).to_bytes(4, "little")


def table_of(block: bytes, kind: int = 0) -> bytes:
    """Return a table whose only block of entries is this one, with true sums."""

    def closed(content: bytes, kind: int = 0) -> bytes:
        whole = content + bytes([kind])
        return whole + masked(crc32c(whole)).to_bytes(4, "little")

    handle = put_varint(0) + put_varint(len(block))
    index = put_varint(0) + put_varint(1) + put_varint(len(handle)) + b"~" + handle
    index += bytes(4) + (1).to_bytes(4, "little")
    at = len(block) + 5
    whole = closed(block, kind) + closed(index)
    handles = put_varint(at) + put_varint(len(index)) + put_varint(at) + put_varint(len(index))
    return whole + handles.ljust(40, b"\0") + (0xDB4775248B80FB57).to_bytes(8, "little")


def misshapen() -> dict[str, Any]:
    tree = sound_tree()
    tree["layer_with_weights-0"]["kernel"] = Leaf(np.ones((3, 4), "f4"))
    tree["layer_with_weights-1"].pop("bias")
    return tree


NODE = put((1, put((1, 0), (2, "layer_with_weights-0"))))
ELSEWHERE = put((2, put((1, "VARIABLE_VALUE"), (2, "x"), (3, "../../../etc/passwd"))))
SAYS = "must be readable"
FEW = [0, 1, 40, 47, 100, 0.5, 0.9, -1]


def cut(share: float) -> Callable[[Path], None]:
    """Return what writes a share of an index, or so many of its bytes."""
    return index(lambda it: it[: share if isinstance(share, int) else int(len(it) * share)] or b" ")


CUTS = [
    Case(
        f"checkpoint: an index cut at {at}",
        cut(at),
        "file.index",
        "must be (a table|readable)",
        "checkpoint",
        ".index",
    )
    for at in FEW
]
CHECKPOINTS = [
    Case(f"checkpoint: {name}", make, at, reason, "checkpoint", ".index")
    for name, make, at, reason in [
        ("noughts", index(lambda it: bytes(len(it))), "file.index", "must be a table"),
        ("a web page", index(lambda it: b"<html>404</html>" * 9), "file.index", "must be a table"),
        ("a flipped bit", index(lambda it: it.__setitem__(40, it[40] ^ 4)), "index", "checksum"),
        ("a packed block", packed, "file.index", "snappy"),
        ("blocks past the end", index(lambda it: it[:-48] + b"\xff" * 40 + it[-8:]), "index", SAYS),
        ("names that swell", swelling_names, "file.index", "names far longer"),
        ("no header", table(lambda it: it.pop(b"")), "header", SAYS),
        ("a million files", table(lambda it: it.update({b"": put((1, 10**6))})), "header", SAYS),
        ("the other byte order", table(lambda it: it.update({b"": put((1, 1), (2, 1))})), "header",
         SAYS),
        ("no graph", table(lambda it: it.pop(GRAPH.encode())), GRAPH, "no such entry"),
        ("entries of noise", table(lambda it: it.update({KERNEL.encode(): b"\xff" * 9})), "kernel",
         SAYS),
        ("a shape past all counting", entry(shape=(2**62, 2**62)), KERNEL, r"must have shape"),
        ("a shape below nought", entry(shape=(-4, -3)), "kernel", SAYS),
        ("a size that is not its shape's", entry(size=44), KERNEL, "as the index says"),
        ("an array past the end", entry(offset=10**12), KERNEL, "must be inside the file"),
        ("an array before the beginning", entry(offset=2**64 - 8), KERNEL, "must be inside"),
        ("a file that there is not", entry(shard=7), KERNEL, SAYS),
        ("texts for weights", entry(kind=7), KERNEL, "array of numbers"),
        ("complex numbers", entry(kind=8), KERNEL, "array of numbers"),
        ("objects for weights", entry(kind=21), KERNEL, "array of numbers"),
        ("a wrong checksum", entry(), KERNEL, "checksum"),
        ("misshapen weights", lambda path: write(path, misshapen()), "layer_with_weights-0/kernel",
         r"(?s)\(4, 3\), got \(3, 4\).*bias:0 must be stored"),
        ("a graph of noise", graph(b"\xff" * 50), GRAPH, SAYS),
        ("an empty graph", graph(b""), GRAPH, "no objects"),
        ("a circle", graph(put((1, NODE))), "layer_with_weights-0/kernel", "got nothing there"),
        ("a child that is not there", graph(put((1, put((1, put((1, 99), (2, "a"))))))), GRAPH,
         "past the last"),
        ("a weight in another file", graph(put(
            (1, put((1, put((1, 1), (2, "layer_with_weights-0"))))),
            (1, put((1, put((1, 2), (2, "kernel"))))), (1, ELSEWHERE))), "etc/passwd",
         "no such entry|must be stored"),
        ("no data", beside(lambda data: data.unlink()), f"file{DATA}", "must be there"),
        ("data cut short", beside(lambda data: data.write_bytes(data.read_bytes()[:20])), DATA,
         "must be inside the file"),
        ("a bit of the data flipped", beside(partial(
            bytes_of, change=lambda it: [it.__setitem__(n, it[n] ^ 1) for n in range(len(it))]
            and None)), DATA, "(checksum|a text of)"),
        ("data behind a FIFO", instead(os.mkfifo), DATA, "must be a plain file"),
        ("endless data", instead(lambda data: data.symlink_to("/dev/zero")), DATA,
         "must be a plain file"),
        ("data that are a folder", instead(lambda data: data.mkdir()), DATA, "must be a plain"),
    ]
]  # fmt: skip


# SavedModels.


def saved(told: Any, **more: bytes | None) -> Callable[[Path], None]:
    """Return what writes a SavedModel of tf.keras's whose metadata are these."""

    def make(path: Path) -> None:
        text = told(path) if callable(told) else told
        text = text if isinstance(text, bytes) else json.dumps(text).encode()
        parts: Mapping[str, Any] = {
            "saved_model.pb": b"\x08\x01",
            "keras_metadata.pb": put((1, put((2, 0), (3, "root"), (4, "x"), (5, text)))),
        } | more
        (path / "variables").mkdir(parents=True)
        for name, content in parts.items():
            if content is not None:
                (path / name).write_bytes(content)
        write(path / "variables" / "variables.index")

    return make


def model(config: Any, **more: Any) -> dict[str, Any]:
    """Return the metadata of a model of a config."""
    return {"class_name": config["class_name"], "model_config": config, **more}


def empty(path: Path) -> None:
    """Write a SavedModel without its variables."""
    saved(model(SOUND))(path)
    for file in (path / "variables").iterdir():
        file.unlink()


METADATA = "keras_metadata.pb"
SAVED_MODELS = [
    Case(f"SavedModel: {name}", make, at, reason, "model", ".saved")
    for name, make, at, reason in [
        ("no metadata", saved({}, **{METADATA: None}), "saved_model.pb", "another maker"),
        ("noise for metadata", saved({}, **{METADATA: b"\xff" * 30}), METADATA, SAYS),
        ("empty metadata", saved({}, **{METADATA: b""}), METADATA, "another maker"),
        ("no JSON", saved(b"{"), METADATA, "JSON"),
        ("deep JSON", saved(b"[" * 10_000 + b"]" * 10_000), METADATA, "must"),
        ("no config", saved({"class_name": "Own"}), METADATA, "model_config must describe"),
        ("a config that is a list", saved({"model_config": [1]}), METADATA, "model_config must"),
        ("os.system", saved(model(sequential(layer("os.system", command="true")))), METADATA,
         "known layer"),
        ("a module", saved(model(sequential(layer(f"{PAYLOAD_MODULE}>Payload")))), METADATA,
         "known layer"),
        ("a Lambda", saved(lambda path: model(sequential(lambda_of(triple(bytecode(path)))))),
         METADATA, "custom_objects"),
        ("an activation of code", saved(lambda path: model(sequential(
            layer("Dense", units=2, activation=modern(bytecode(path)))))), METADATA, "bytecode"),
        ("a stranger for a loss", saved(model(SOUND, training_config={
            "loss": "os.system", "optimizer_config": {"class_name": "SGD", "config": {}}})),
         METADATA, "(loss|system)"),
        ("a file for a vocabulary", saved(model(sequential(
            layer("StringLookup", vocabulary="/etc/passwd")))), METADATA, "must"),
        ("absurd units", saved(model(sequential(dense("two", 10**12)))), METADATA, "must"),
        ("no variables", empty, "variables.index", "must be there"),
        ("other variables", saved(model(sequential(dense("two", 5)))), "variables", "must have"),
    ]
]  # fmt: skip

CASES = CUTS + CHECKPOINTS + SAVED_MODELS
