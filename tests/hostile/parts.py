"""What hostile files are made of: sound parts, and payloads that would only make a marker file."""

from __future__ import annotations

import base64
import json
import marshal
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

MARKER = "marker"
PAYLOAD_MODULE = "inert_payload"


@dataclass(frozen=True)
class Case:
    """One hostile file: how it is made, what reads it, and what the refusal must say.

    Attributes:
        make: writes the file at the path it is given; the folder is the file's own.
        how: the way in, a name in `worker.WAYS`.
        entry, reason: texts that the message must hold.
        ending: of the file's name.
        waits: for what the case fails as yet; a strict xfail.
    """

    name: str
    make: Callable[[Path], None]
    entry: str
    reason: str
    how: str = "model"
    ending: str = ".h5"
    waits: str = ""

    def __str__(self) -> str:
        return self.name


def dense(name: str, units: Any = 3, **more: Any) -> dict[str, Any]:
    """Return the entry of a Dense layer in a config."""
    return {"class_name": "Dense", "config": {"name": name, "units": units, **more}}


def layer(kind: Any, name: Any = "odd", **config: Any) -> dict[str, Any]:
    """Return the entry of any layer in a config."""
    return {"class_name": kind, "config": {"name": name, **config}}


def sequential(*layers: Any, name: Any = "hostile") -> dict[str, Any]:
    """Return the config of a Sequential that begins with a Dense of four features."""
    first = dense("one", batch_input_shape=[None, 4])
    return {"class_name": "Sequential", "config": {"name": name, "layers": [first, *layers]}}


def functional(*layers: Any, inputs: Any = None, outputs: Any = None) -> dict[str, Any]:
    """Return the config of a functional model of one input and some layers."""
    source = {
        "class_name": "InputLayer",
        "name": "in",
        "config": {"name": "in", "batch_input_shape": [None, 4], "dtype": "float32"},
        "inbound_nodes": [],
    }
    return {
        "class_name": "Model",
        "config": {
            "name": "hostile",
            "layers": [source, *layers],
            "input_layers": [["in", 0, 0]] if inputs is None else inputs,
            "output_layers": [["a", 0, 0]] if outputs is None else outputs,
        },
    }


def node(name: Any, calls: Any, kind: str = "Dense", **config: Any) -> dict[str, Any]:
    """Return the entry of a layer in a functional model, with its calls."""
    given = {"units": 3} if kind == "Dense" else {}
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, **given, **config},
        "inbound_nodes": calls,
    }


SOUND = sequential(dense("two", 2))
TRAINING = {
    "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1, "momentum": 0.9}},
    "loss": "mse",
    "metrics": [],
    "sample_weight_mode": None,
    "loss_weights": None,
}


def sound_weights() -> dict[str, dict[str, np.ndarray]]:
    """Return the weights of the sound model, by layer and name."""
    return {
        "one": {"one/kernel:0": np.ones((4, 3), "f4"), "one/bias:0": np.ones(3, "f4")},
        "two": {"two/kernel:0": np.ones((3, 2), "f4"), "two/bias:0": np.ones(2, "f4")},
    }


def write(
    path: Path,
    config: Any = SOUND,
    weights: Mapping[str, Mapping[str, Any]] | None = None,
    training: Any = None,
    change: Callable[[h5py.File], None] | None = None,
) -> None:
    """Write a whole model's file, as Keras 2.2.4 lays it out."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"2.2.4"
        file.attrs["backend"] = b"tensorflow"
        text = config if isinstance(config, str | bytes) else json.dumps(config)
        put_long_text(file, "model_config", text.encode() if isinstance(text, str) else text)
        if training is not None:
            text = training if isinstance(training, str) else json.dumps(training)
            file.attrs["training_config"] = text.encode()
        put_weights(
            file.create_group("model_weights"), sound_weights() if weights is None else weights
        )
        if change is not None:
            change(file)


def write_weights(path: Path, change: Callable[[h5py.File], None] | None = None) -> None:
    """Write the sound model's weights alone."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"2.2.4"
        put_weights(file, sound_weights())
        if change is not None:
            change(file)


def put_weights(group: h5py.Group, weights: Mapping[str, Mapping[str, Any]]) -> None:
    """Write weights into a group."""
    group.attrs["layer_names"] = np.asarray([name.encode() for name in weights])
    for name, arrays in weights.items():
        inside = group.create_group(name)
        names = [it.encode() for it in arrays]
        inside.attrs["weight_names"] = np.asarray(names) if names else np.zeros(0)
        for key, value in arrays.items():
            inside.create_dataset(key, data=value)


def put_long_text(file: h5py.File, name: str, text: bytes) -> None:
    """Write a text attribute: of variable length, which stands outside the header."""
    file.attrs.create(name, text, dtype=h5py.string_dtype("utf-8"))


def changed(change: Callable[[h5py.File], None], **more: Any) -> Callable[[Path], None]:
    """Return what writes a sound file and changes it while it is open."""
    return lambda path: write(path, change=change, **more)


def configured(config: Any) -> Callable[[Path], None]:
    """Return what writes a file of a config."""
    return lambda path: write(path, config)


def marker(path: Path) -> str:
    """Return the path of the marker that a payload in a file would make."""
    return str(path.parent / MARKER)


def bytecode(path: Path) -> str:
    """Return a function that would make the marker, as Keras stores a lambda's bytecode."""
    source = f"lambda x, mask=None: (open({marker(path)!r}, 'w').close(), x)[1]"
    return base64.b64encode(marshal.dumps(eval(source).__code__)).decode()


def pickled(path: Path) -> bytes:
    """Return a pickle that would make the marker when it is loaded."""
    return pickle.dumps(_Opening(marker(path)))


class _Opening:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (self.path, "w")
