"""SavedModels that tf.keras wrote: the model by the config that it put in, never by its functions.

    saved_model.pb, keras_metadata.pb, variables/variables.index, variables/variables.data-...

Source: SavedModels of tf.keras 2.15; metadata in saved_model.pb before TensorFlow 2.5.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kshim.core.eras import current_era, in_era
from kshim.errors import FileError
from kshim.saving.compiling import compile_as_told, told_of
from kshim.saving.configs import model_from_config
from kshim.saving.dialects import era_of, read_json
from kshim.saving.h5 import is_path
from kshim.saving.limits import MemoryLimit
from kshim.saving.tensorflow.bundles import is_bundle, open_plain
from kshim.saving.tensorflow.checkpoints import load_weights_of_checkpoint
from kshim.saving.tensorflow.messages import fields, raw, text

GRAPH, METADATA = "saved_model.pb", "keras_metadata.pb"
VARIABLES = os.path.join("variables", "variables")
ROOT = "root"
LARGEST = 2**30
# Where the objects of a SavedModel stand in saved_model.pb: meta graph, its objects, one of them.
_OBJECTS, _OBJECT = (2, 7), 1
_USER, _IDENTIFIER, _TOLD = 4, 1, 3


def is_saved_model(file: Any) -> bool:
    """Return whether a path leads to the folder of a SavedModel."""
    return is_path(file) and os.path.isfile(os.path.join(os.fsdecode(file), GRAPH))


def checkpoint_at(file: Any) -> str | None:
    """Return the path of the checkpoint that a path means, a SavedModel's too, or None."""
    if not is_path(file):
        return None
    path = os.fsdecode(file)
    if is_saved_model(path):
        return os.path.join(path, VARIABLES)
    return path if is_bundle(path) and not os.path.exists(path) else None


def load_saved_model(folder: str, compile: bool = True) -> Any:
    """Return the model that a SavedModel of tf.keras's describes, in the era of that Keras.

    Raises:
        FileError: when Keras put no config into it, or it holds what is not allowed.
        WeightError: when weights do not fit the model.
    """
    path, content = _metadata(folder)
    told = _plain(read_json(content, path))
    config = told.get("model_config") if isinstance(told, Mapping) else None
    if not isinstance(config, Mapping):
        kind = told.get("class_name") if isinstance(told, Mapping) else None
        raise FileError(
            f"{path}: model_config must describe the model, got none (class {kind!r}). Build the "
            "model in code and call load_weights with this folder."
        )
    prefix = os.path.join(folder, VARIABLES)
    version = told.get("keras_version")
    era = era_of(version if isinstance(version, str) else None) or current_era()
    with in_era(era):
        with told_of(path, "model_config"), MemoryLimit(path, _stored(prefix)):
            model = model_from_config(config)
        training = told.get("training_config")
        if compile and isinstance(training, Mapping):
            with told_of(path, "training_config"):
                compile_as_told(model, training)
        load_weights_of_checkpoint(model, prefix)
    return model


def _metadata(folder: str) -> tuple[str, str]:
    """Return a path and the JSON text that Keras put there of the whole model."""
    path = os.path.join(folder, METADATA)
    if os.path.isfile(path):
        found = _root_of_metadata(_content(path), path)
    else:
        path = os.path.join(folder, GRAPH)
        found = _root_of_graph(_content(path), path)
    if found is None:
        raise FileError(
            f"{path}: must hold what Keras put into it, got a SavedModel of another maker. Only "
            "Keras's are read: its functions are not run."
        )
    return path, found


def _root_of_metadata(content: bytes, path: str) -> str | None:
    for key, value in fields(content, path):
        told = dict(fields(raw(value, path), path)) if key == 1 else {}
        if text(told.get(3, b""), path) == ROOT:
            return text(told.get(5, b""), path)
    return None


def _root_of_graph(content: bytes, path: str) -> str | None:
    """Return what the first object of a SavedModel says, as Keras wrote it before 2.5."""
    for number in _OBJECTS:
        parts = (raw(value, path) for key, value in fields(content, path) if key == number)
        content = next(parts, b"")
    first = next((raw(it, path) for key, it in fields(content, path) if key == _OBJECT), b"")
    user = dict(fields(first, path)).get(_USER, b"")
    told = dict(fields(raw(user, path), path))
    is_keras = text(told.get(_IDENTIFIER, b""), path).startswith("_tf_keras")
    return text(told.get(_TOLD, b""), path) if is_keras else None


def _content(path: str) -> bytes:
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST:
            raise FileError(f"{path}: must be at most {LARGEST} bytes, got {size}.")
        return file.read()


def _stored(prefix: str) -> int:
    """Return the size of the files of variables."""
    folder = os.path.dirname(prefix)
    if not os.path.isdir(folder):
        return 0
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file())


def _plain(value: Any) -> Any:
    """Return JSON values with tuples and shapes as lists."""
    if isinstance(value, list):
        return [_plain(it) for it in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and "items" in value:
        return _plain(value["items"])
    return {key: _plain(it) for key, it in value.items()}
