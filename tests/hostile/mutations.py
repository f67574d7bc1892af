"""Good files with a few of their bytes, or parts of their config, changed."""

from __future__ import annotations

import io
import json
import os
import pickle
import resource
import select
import signal
import struct
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from kshim import layers
from kshim.core.eras import in_era
from kshim.errors import KshimError
from kshim.models import Input, Model, Sequential, load_model, model_from_json
from kshim.saving.h5 import writing_to
from kshim.saving.places import write_places
from kshim.saving.tensorflow.bundles import Bundle, write_bundle
from kshim.saving.tensorflow.messages import put
from kshim.saving.tensorflow.objects import GRAPH, tree_message
from kshim.saving.tensorflow.tables import read_table
from kshim.saving.tensorflow.trees import model_tree
from tests.hostile.checkpoints import block_of, table_of

SECONDS = 20
MEMORY = 2 * 10**9
NUMBERS = [0, 1, 0x7F, 0xFF, 0xFFFF, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1]
ODD = [
    None, True, 0, -1, 3, 2.5, 10**12, 1e308, "", "x", "os.system", "../x", [], {}, [None], [[]],
    {"class_name": "Dense"}, {"class_name": "Lambda", "config": {"function": ["", None, None]}},
]  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One change of some bytes, wherever the file is long enough."""

    kind: str
    place: int
    length: int
    content: bytes

    def of(self, whole: bytes) -> bytes:
        """Return the bytes with the change made."""
        if not whole:
            return self.content
        start = self.place % len(whole)
        end = min(len(whole), start + self.length)
        before, part, behind = whole[:start], whole[start:end], whole[end:]
        changed = {
            "write": before + self.content + whole[start + len(self.content) :],
            "insert": before + self.content + whole[start:],
            "delete": before + behind,
            "double": before + part + part + behind,
            "clear": before + bytes(len(part)) + behind,
            "flip": before
            + bytes(byte ^ 1 << self.length % 8 for byte in part[:1])
            + whole[start + 1 :],
            "cut": before,
        }
        return changed[self.kind]


def byte_mutations() -> st.SearchStrategy[list[Mutation]]:
    """Return a strategy for a few changes of bytes; bytes of HDF5's own tables come often."""
    fields = st.sampled_from(NUMBERS).flatmap(
        lambda number: st.sampled_from([size for size in (1, 2, 4, 8) if number < 256**size]).map(
            lambda size: number.to_bytes(size, "little")
        )
    )
    change = st.builds(
        Mutation,
        kind=st.sampled_from(["write", "write", "flip", "flip", "clear", "insert", "delete",
                              "double", "cut"]),
        place=st.integers(0, 4_000) | st.integers(0, 10**6),
        length=st.integers(1, 64),
        content=fields | st.binary(min_size=1, max_size=16),
    )  # fmt: skip
    return st.lists(change, min_size=1, max_size=6)


def config_mutations() -> st.SearchStrategy[list[tuple[int, str, Any]]]:
    """Return a strategy for a few changes of a config: where, what is done, and with what."""
    change = st.tuples(
        st.integers(0, 10**4),
        st.sampled_from(["replace", "replace", "delete", "copy", "rename"]),
        st.sampled_from(ODD) | st.integers() | st.text(max_size=5),
    )
    return st.lists(change, min_size=1, max_size=4)


def changed_config(config: Any, changes: list[tuple[int, str, Any]]) -> Any:
    """Return a config with some of its parts changed."""
    told = json.loads(json.dumps(config))
    for place, kind, value in changes:
        parts = list(_parts(told))
        holder, key = parts[place % len(parts)]
        if kind == "replace":
            holder[key] = value
        elif kind == "copy":
            other, another = parts[(place * 7 + 1) % len(parts)]
            holder[key] = json.loads(json.dumps(other[another]))
        elif kind == "delete" and len(parts) > 1:
            del holder[key]
        elif isinstance(holder, dict):
            holder[str(value)] = holder[key]
    return told


def _parts(value: Any) -> Any:
    """Yield each part of nested lists and dicts as what holds it and its key there."""
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list) and holder[key]:
                waiting.append(holder[key])


# The formats of files, and what reads the bytes of each.
FORMATS = {
    "whole": "model",
    "weights": "weights",
    "places": "weights",
    "archive": "model",
    "safetensors": "safetensors",
    "index": "index",
    "entries": "entries",
    "graph": "graph",
    "metadata": "metadata",
}


def way_of(name: str) -> str:
    """Return what reads a good file of this name, whose last word is its format."""
    return FORMATS[name.rpartition(" ")[2]]


@cache
def good_files() -> Mapping[str, bytes]:
    """Return good files by name, which ends with the format: of several kinds of layer."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {}
        for name, model in good_models().items():
            path = os.path.join(folder, name)
            saved = {
                "whole": (model.save, "h5"),
                "archive": (model.save, "keras"),
                "weights": (model.save_weights, "weights.h5"),
                "safetensors": (model.save_weights, "safetensors"),
            }
            for kind, (save, ending) in saved.items():
                save(f"{path}.{ending}")
                found[f"{name} {kind}"] = Path(f"{path}.{ending}").read_bytes()
            with in_era("2.15"):
                places = io.BytesIO()
                with writing_to(places) as target:
                    write_places(target, model)
                found[f"{name} places"] = places.getvalue()
            found |= _parts_of_checkpoint(name, model, path)
        return found


def _parts_of_checkpoint(name: str, model: Any, path: str) -> dict[str, bytes]:
    """Return an index, its entries and graph, and what a SavedModel says of a model."""
    model.save_weights(path, save_format="tf")
    whole = Path(f"{path}.index").read_bytes()
    entries = read_table(whole, "")
    told = json.loads(model.to_json())
    text = json.dumps({"class_name": told["class_name"], "model_config": told}).encode()
    return {
        f"{name} index": whole,
        f"{name} entries": block_of(entries),
        f"{name} graph": Bundle(path).content(GRAPH),
        f"{name} metadata": put((1, put((3, "root"), (5, text)))),
    }


@cache
def good_models() -> Mapping[str, Any]:
    """Return small models: a trained Sequential, and a graph of many kinds of layers."""
    with in_era("2.2"):
        trained = Sequential(
            [layers.Dense(3, input_shape=(4,), name="a"), layers.Dense(2, name="b")]
        )
        trained.compile("adam", "mse", metrics=["mae"])
        trained.train_on_batch(np.ones((2, 4)), np.ones((2, 2)))
        words, picture = Input((3,), name="words"), Input((5, 4, 2), name="picture")
        read = layers.Bidirectional(layers.LSTM(2))(layers.Embedding(7, 3, mask_zero=True)(words))
        seen = layers.Flatten()(layers.BatchNormalization()(layers.Conv2D(2, 3)(picture)))
        out = layers.Dense(1, kernel_regularizer="l2")(layers.concatenate([read, seen]))
        return {"trained": trained, "graph": Model([words, picture], out)}


@cache
def good_configs() -> Mapping[str, Any]:
    """Return the configs of the good models."""
    return {name: json.loads(model.to_json()) for name, model in good_models().items()}


def read_model(content: bytes, folder: str) -> None:
    """Load bytes as a whole model."""
    load_model(_written(content, folder))


def read_weights(content: bytes, folder: str) -> None:
    """Load bytes as the weights of a model."""
    _twin().load_weights(_written(content, folder))


def read_json(content: bytes, folder: str) -> None:
    """Make a model of bytes that are JSON."""
    model_from_json(content.decode("utf-8", "replace"))


def read_safetensors(content: bytes, folder: str) -> None:
    """Load bytes as tensors."""
    _twin().load_weights(_written(content, folder, "mutated.safetensors"))


def read_index(content: bytes, folder: str) -> None:
    """Load a checkpoint with bytes as its index."""
    _twin().save_weights(os.path.join(folder, "mutated"), save_format="tf")
    _twin().load_weights(_written(content, folder, "mutated.index").removesuffix(".index"))


def read_entries(content: bytes, folder: str) -> None:
    """Load a checkpoint with bytes as the entries of its index, whose checksums are true."""
    read_index(table_of(content), folder)


def read_graph(content: bytes, folder: str) -> None:
    """Load a checkpoint with bytes as the graph of its objects."""
    path = os.path.join(folder, "mutated")
    _, found = tree_message(model_tree(_twin()))
    arrays = {name: np.asarray(leaf.numpy()) for name, leaf in found.items()}
    write_bundle(path, {**arrays, GRAPH: content})
    _twin().load_weights(path)


def read_metadata(content: bytes, folder: str) -> None:
    """Load a SavedModel with bytes as what Keras says of it."""
    home = os.path.join(folder, "saved")
    os.makedirs(os.path.join(home, "variables"), exist_ok=True)
    _written(b"", home, "saved_model.pb")
    _written(content, home, "keras_metadata.pb")
    _twin().save_weights(os.path.join(home, "variables", "variables"), save_format="tf")
    load_model(home)


WAYS: dict[str, Callable[[bytes, str], None]] = {
    "model": read_model,
    "weights": read_weights,
    "json": read_json,
    "safetensors": read_safetensors,
    "index": read_index,
    "entries": read_entries,
    "graph": read_graph,
    "metadata": read_metadata,
}


class Reader:
    """Read files in a process apart, made anew when it ends; tell how each reading ended."""

    def __init__(self) -> None:
        self.child = 0

    def outcome(self, way: str, content: bytes) -> str:
        """Return "" for files taken or refused in words; else what went wrong."""
        good_models()
        if not self.child:
            self._start()
        message = pickle.dumps((way, content))
        self.orders.write(struct.pack("<Q", len(message)) + message)
        self.orders.flush()
        ready, _, _ = select.select([self.answers], [], [], SECONDS)
        line = self.answers.readline() if ready else b""
        if line:
            return str(json.loads(line))
        return self._end(hung=not ready)

    def close(self) -> None:
        """End the process apart."""
        if self.child:
            self._end(hung=True)

    def _start(self) -> None:
        from_parent, to_child = os.pipe()
        from_child, to_parent = os.pipe()
        self.child = os.fork()
        if not self.child:
            os.close(to_child)
            os.close(from_child)
            _serve(from_parent, to_parent)
        os.close(from_parent)
        os.close(to_parent)
        self.orders, self.answers = os.fdopen(to_child, "wb"), os.fdopen(from_child, "rb")

    def _end(self, hung: bool) -> str:
        os.kill(self.child, signal.SIGKILL)
        _, status = os.waitpid(self.child, 0)
        self.child = 0
        self.orders.close()
        self.answers.close()
        return f"no answer in {SECONDS} s" if hung else f"signal {os.WTERMSIG(status)}"


def _serve(orders: int, answers: int) -> None:
    """Answer orders until there are no more; never returns."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    allowed = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    warnings.simplefilter("ignore")
    with os.fdopen(orders, "rb") as asked, tempfile.TemporaryDirectory() as folder:
        while len(head := asked.read(8)) == 8:
            way, content = pickle.loads(asked.read(struct.unpack("<Q", head)[0]))
            os.write(answers, (json.dumps(_tried(way, content, folder)) + "\n").encode())
    os._exit(0)


def _tried(way: str, content: bytes, folder: str) -> str:
    try:
        WAYS[way](content, folder)
    except KshimError:
        return ""
    except BaseException as error:
        trace = traceback.extract_tb(error.__traceback__)
        places = " < ".join(f"{Path(it.filename).name}:{it.lineno}" for it in trace[-5:])
        return f"{type(error).__name__}: {str(error)[:300]} at {places}"
    return ""


def _written(content: bytes, folder: str, name: str = "mutated.h5") -> str:
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def _twin() -> Any:
    return Sequential([layers.Dense(3, input_shape=(4,), name="a"), layers.Dense(2, name="b")])
