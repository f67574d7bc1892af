"""Hostile states, shards and folders, weights by place, and the ways in beside `load_model`."""

from __future__ import annotations

import base64
import json
import marshal
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from tests.hostile.archives import WEIGHTS, keras, keras_case
from tests.hostile.configs import CONFIG, k3_call, lambda_of, modern, triple
from tests.hostile.containers import SECRET
from tests.hostile.parts import (
    PAYLOAD_MODULE,
    Case,
    bytecode,
    configured,
    functional,
    layer,
    marker,
    node,
    pickled,
    sequential,
)

BIG = 2**20


def _closing() -> str:
    """Return the code of a function that needs a value from outside."""
    factor = 2
    return base64.b64encode(marshal.dumps((lambda x: factor * x).__code__)).decode()


CLOSING = _closing()


# safetensors and torch's own files.


def header(told: Any, data: bytes = b"", size: int | None = None) -> Callable[[Path], None]:
    """Return what writes a safetensors file of a header and data."""
    text = told if isinstance(told, bytes) else json.dumps(told).encode()
    whole = struct.pack("<Q", len(text) if size is None else size) + text + data
    return lambda path: path.write_bytes(whole) and None


def tensor(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    """Return what a safetensors header says of a tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


SAFE = "must be a whole safetensors file"
STATES = [
    Case(f"safetensors: {name}", make, "", reason, "weights", ".safetensors")
    for name, make, reason in [
        ("nothing", lambda path: path.write_bytes(b"") and None, SAFE),
        ("a header past the end", header({}, size=2**40), SAFE),
        ("a header of 200 MB", header(b"{" + b" " * (200 * BIG) + b"}"), SAFE),
        ("no JSON", header(b"nope"), SAFE),
        ("deep JSON", header(b"[" * 10_000 + b"]" * 10_000), SAFE),
        ("data past the end", header({"a": tensor([2], 0, 8)}), SAFE),
        ("a hole", header({"a": tensor([1], 4, 8)}, bytes(8)), SAFE),
        ("an overlap", header({"a": tensor([1], 0, 4), "b": tensor([1], 2, 6)}, bytes(6)), SAFE),
        ("a shape past all counting", header({"a": tensor([2**40, 2**40], 0, 4)}, bytes(4)), SAFE),
        ("an unknown dtype", header({"a": tensor([1], 0, 4, "O")}, bytes(4)), SAFE),
        ("strange names", header({"../x": tensor([1], 0, 4)}, bytes(4)), r"\.\./x, got none"),
    ]
]


def state(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """Return what writes something as torch.save does."""
    return lambda path: torch.save(make(path), path)


def replaced_pickle(path: Path, content: Callable[[Path], bytes] = pickled) -> None:
    """Write a file of torch's whose pickle would make the marker."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content(path))
        archive.writestr("archive/version", b"3\n")


def swelling(path: Path) -> None:
    """Write a zip of 300 MB of noughts where torch keeps its tensors."""
    replaced_pickle(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(300 * BIG))


class Opens:
    """Open the marker when it is loaded as a pickle."""

    def __init__(self, path: Path) -> None:
        self.path = marker(path)

    def __reduce__(self) -> Any:
        """Say what a pickle is to call."""
        return open, (self.path, "w")


TORCH = [
    Case(f"torch: {name}", make, "", "must (be a whole|be a zip|hold|inflate)", "weights", ".pt")
    for name, make in [
        ("a plain pickle", lambda path: path.write_bytes(pickled(path)) and None),
        ("a pickle inside", replaced_pickle),
        ("a pickle among tensors", state(lambda path: {"one.weight": Opens(path)})),
        ("a list", state(lambda path: [torch.ones(2)])),
        ("a module", state(lambda path: torch.nn.Linear(2, 2))),
        ("swelling", swelling),
        ("noise", partial(replaced_pickle, content=lambda path: b"\x80\x02" + bytes(90))),
    ]
]


# Shards, Orbax's folders, YAML, and objects of numpy.


def sharded(path: Path) -> None:
    """Write the map of a sharded file of weights, one shard of which lies elsewhere."""
    path.with_name("secret.h5").write_bytes(SECRET)
    shards = {"/layers/dense/vars": ["../secret.h5", "/etc/passwd"]}
    path.write_text(json.dumps({"metadata": {}, "weight_map": shards}))


def orbax(path: Path) -> None:
    """Write a folder as Orbax does, whose assets' names lead out of it."""
    (path / "state").mkdir(parents=True)
    (path / "_CHECKPOINT_METADATA").write_text("{}")
    (path / "state" / "_METADATA").write_text(json.dumps({"tree_metadata": {"../../x": {}}}))


def _written(path: Path, text: str) -> None:
    path.write_text(text)


def _aliases(depth: int) -> str:
    """Return YAML whose every list holds the one before it twice."""
    lists = (f"- &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, depth))
    return "\n".join(["- &a0 [0]", *lists])


OTHERS = [
    Case("a shard outside", sharded, "", "must be an HDF5 file", "weights", ".weights.json"),
    Case("an Orbax folder", orbax, "", "(a folder|saved_model.pb)", ending=".orbax"),
    Case("an Orbax folder of weights", orbax, "", "a folder", "weights", ".weights.h5"),
    Case("a folder that ends in .keras", lambda path: path.mkdir(), "", "folder", ending=".keras"),
    Case(
        "YAML: an object of Python's",
        lambda path: path.write_text("!!python/object/apply:os.system ['true']") and None,
        "YAML",
        "model_from_yaml",
        "yaml",
        ".yaml",
    ),
    *(
        Case(f"YAML: {what}", partial(_written, text=text), "YAML", wanted, "yaml", ".yaml")
        for what, text, wanted in [
            ("a name of Python's", "a: !!python/name:os.system", "model_from_yaml"),
            ("aliases of aliases", _aliases(40), "1000000 items"),
            ("a list that holds itself", "&a [*a]", "holds itself"),
            ("very deep", "[" * 100_000, "model_from_yaml"),
        ]
    ),
]


# Weights by place.


def by_place(change: Callable[[h5py.File, Path], None]) -> Callable[[Path], None]:
    """Return what writes the sound model's weights by place, and changes them while open."""

    def make(path: Path) -> None:
        with h5py.File(path, "w") as file:
            for name, shape in (("dense", (4, 3)), ("dense_1", (3, 2))):
                group = file.create_group(f"layers/{name}/vars")
                group["0"], group["1"] = np.ones(shape, "f4"), np.ones(shape[1], "f4")
            change(file, path)

    return make


def linked(link: Callable[[Path], Any], entry: str) -> Callable[[Path], None]:
    """Return what writes weights by place with a link at an entry."""

    def change(file: h5py.File, path: Path) -> None:
        with h5py.File(path.with_name("other.h5"), "w") as other:
            other["x"] = np.ones((4, 3), "f4")
        file.move(entry, "kept")
        file[entry] = link(path)

    return by_place(change)


def circle(file: h5py.File, path: Path) -> None:
    """Let a group stand in itself."""
    file["layers/dense/again"] = file["layers"]


def swap(entry: str, value: Any = None, **made: Any) -> Callable[[Path], None]:
    """Return what writes weights by place with another array, or nothing, at an entry."""

    def change(file: h5py.File, path: Path) -> None:
        del file[entry]
        if value is not None or made:
            file.create_dataset(entry, data=value, **made)

    return by_place(change)


KERNEL = "layers/dense/vars/0"
HUGE = {"shape": (10**6, 10**6), "dtype": "f4", "chunks": (1, 1)}
OWN = "must be part of the file itself"
OUTSIDE: Callable[[Path], Any] = lambda path: h5py.ExternalLink(  # noqa: E731
    str(path.with_name("other.h5")), "x"
)
PLACES = [
    Case(f"by place: {name}", make, entry, reason, "weights", ".weights.h5")
    for name, make, entry, reason in [
        ("a soft kernel", linked(lambda path: h5py.SoftLink("/kept"), KERNEL), KERNEL, OWN),
        ("an external kernel", linked(OUTSIDE, KERNEL), KERNEL, OWN),
        ("an external layer", linked(OUTSIDE, "layers/dense"), "layers/dense", OWN),
        ("external layers", linked(OUTSIDE, "layers"), "layers", OWN),
        ("a circle", by_place(circle), "layers/dense/again", "must stand at one place"),
        ("no kernel", swap(KERNEL), KERNEL, "got nothing there"),
        ("a misshapen kernel", swap(KERNEL, np.ones((3, 4))), KERNEL, r"\(4, 3\), got \(3, 4\)"),
        ("a huge kernel", swap(KERNEL, **HUGE), KERNEL, r"must have shape \(4, 3\)"),
        ("texts", swap(KERNEL, [[b"a"] * 3] * 4), KERNEL, "an array of numbers"),
        ("complex numbers", swap(KERNEL, np.ones((4, 3), "c8")), KERNEL, "an array of numbers"),
        ("one weight too many", by_place(lambda file, _: file.create_dataset(
            "layers/dense/vars/2", data=np.ones(3))), "layers/dense/vars/2", "must have a weight"),
    ]
]  # fmt: skip


def inside_archive(path: Path, make: Callable[[Path], None]) -> None:
    """Write a `.keras` archive around weights by place."""
    weights = path.with_name("weights.h5")
    make(weights)
    keras(**{WEIGHTS: weights.read_bytes()})(path)


def swelling_weights(path: Path) -> None:
    """Write an archive whose weights are 300 MB of noughts."""
    keras(**{WEIGHTS: bytes(300 * BIG)})(path)


ARCHIVES = [
    keras_case(f"weights by place, {name}", partial(inside_archive, make=make), WEIGHTS, reason)
    for name, make, reason in [
        ("an external kernel", linked(OUTSIDE, KERNEL), OWN),
        ("a soft layer", linked(lambda path: h5py.SoftLink("/kept"), "layers/dense"), OWN),
        ("a huge kernel", swap(KERNEL, **HUGE), r"must have shape"),
    ]
] + [
    keras_case("swelling weights", swelling_weights, WEIGHTS, "at most"),
    keras_case("a Lambda", lambda path: keras(sequential(lambda_of(modern(bytecode(path)))))(path),
               "config.json", "custom_objects"),
]  # fmt: skip


# Functions as nodes of a graph, and the same configs by other ways in.


def called(kind: str, module: str, **config: Any) -> Callable[[Path], None]:
    """Return what writes a graph of which one node is a function, as Keras 3 writes one."""
    entry = node("a", k3_call("in"), kind, **config)
    return configured(functional(entry | {"module": module, "registered_name": kind}))


NODES = [
    Case(f"a node {module}.{kind}", called(kind, module, **config), CONFIG, "(known layer|must)")
    for kind, module, config in [
        ("get_file", "keras.utils", {"fname": "x", "origin": "file:///etc/passwd"}),
        ("load_model", "keras.models", {"filepath": "/tmp/x", "safe_mode": False}),
        ("func_load", "keras.src.utils.python_utils", {"code": "4wAA"}),
        ("enable_unsafe_deserialization", "keras.config", {}),
        ("set_global_attribute", "keras.src.backend.common.global_state", {"attr": "safe_mode"}),
        ("Payload", PAYLOAD_MODULE, {}),
    ]
]


def as_config(place: Callable[[str], Any]) -> Callable[[Path], None]:
    """Return what writes a config around bytecode as JSON."""
    return lambda path: path.write_text(json.dumps(place(bytecode(path)))) and None


WAYS = [
    Case(f"{way}: a Lambda of {name}", as_config(place), "", "must be a function", way, ".json")
    for name, place in [
        ("a triple", lambda code: lambda_of(triple(code))),
        ("Keras 3's", lambda code: lambda_of(modern(code))),
    ]
    for way in ("from_config", "deserialize")
] + [
    Case("from_config: a Lambda in a model", as_config(
        lambda code: sequential(lambda_of(triple(code)))), "", "custom_objects",
        "model config", ".json"),
]  # fmt: skip

# What the user trusts may run its lambdas; all else is as it was.


def code_of(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Return what writes a model whose Lambda holds bytecode, changed."""

    def make(path: Path) -> None:
        code = change(base64.b64decode(bytecode(path)))
        configured(sequential(lambda_of(triple(base64.b64encode(code).decode()))))(path)

    return make


NOT_OURS = "must be bytecode of Python"
TRUSTED = [
    Case(f"trusted: {name}", make, CONFIG, reason, "unsafe")
    for name, make, reason in [
        ("code cut short", code_of(lambda code: code[: len(code) // 2]), NOT_OURS),
        ("no code", code_of(lambda code: b""), NOT_OURS),
        ("a number for code", code_of(lambda code: marshal.dumps(7)), NOT_OURS),
        ("a tuple inside itself", code_of(lambda code: b"\xa9\x01r\x00\x00\x00\x00"), NOT_OURS),
        ("deep tuples for code", code_of(lambda code: b")\x01" * 10_000 + b"N"), NOT_OURS),
        ("an unknown instruction", code_of(lambda code: code.replace(b"\x97\x00", b"\xff\x00", 1)),
         NOT_OURS),
        ("code where a closure lacks",
         configured(sequential(lambda_of([CLOSING, None, None]))), "must close over"),
        ("a function of another module", configured(sequential(layer(
            "Dense", units=2, activation="os.system"))), "activation"),
        ("a Lambda by name", configured(sequential(lambda_of("system", "function", module="os"))),
         "must be supplied"),
        ("a vocabulary in a file", configured(sequential(layer(
            "StringLookup", vocabulary="/etc/passwd"))), "vocabulary"),
    ]
]  # fmt: skip

CASES = STATES + TORCH + OTHERS + PLACES + ARCHIVES + NODES + WAYS + TRUSTED
