"""Whole models in files: what one is made of, its weights, how it is trained and how far.

Source: files of Keras 1.2.2 to tf.keras 2.15; layout as in Keras 2.2.4 engine/saving.py.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kshim.core.config import to_json
from kshim.core.eras import ERAS, VERSIONS, current_era, in_era
from kshim.core.registry import custom_object_scope
from kshim.errors import ArgumentError, FileError
from kshim.graph.pieces import written_by_one
from kshim.saving.archive import load_archive, save_archive
from kshim.saving.bytecode import TRUSTED
from kshim.saving.compiling import compile_as_told, told_of, training_config
from kshim.saving.configs import model_from_config, whole_config
from kshim.saving.dialects import WRITTEN, era_of, read_json
from kshim.saving.h5 import Folder, is_path, reading, writing
from kshim.saving.limits import MemoryLimit
from kshim.saving.members import is_archive
from kshim.saving.modules import config_for_keras_3, training_for_keras_3
from kshim.saving.overwriting import may_write
from kshim.saving.slots import NEWEST, read_slots, write_slots
from kshim.saving.tensorflow.models import is_saved_model, load_saved_model
from kshim.saving.theano import turn_slots
from kshim.saving.weights import read_weights, stored_layers, write_weights


@written_by_one
def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
    **options: Any,
) -> None:
    """Write a model to one file: HDF5 for Keras 2.2 and later, or an archive for Keras 3.

    Args:
        filepath: a path, a binary file object, or an open file or group of h5py. A path that ends
            in .keras is for an archive.
        overwrite: whether a file that is there may be replaced without asking.
        include_optimizer: whether the optimizer's state goes into the file.

    Raises:
        ArgumentError: for a folder of TensorFlow's.
    """
    if _is_for_archive(filepath, save_format):
        if may_write(filepath, overwrite, "save_model"):
            save_archive(model, filepath, include_optimizer)
        return
    newest = model.era == NEWEST
    described = to_json(config_for_keras_3(model) if newest else whole_config(model))
    tell = training_for_keras_3 if newest else training_config
    training = tell(model) if include_optimizer else None
    if not may_write(filepath, overwrite, "save_model"):
        return
    with writing(filepath) as file:
        file.put_text("keras_version", VERSIONS[model.era])
        file.put_text("backend", "tensorflow")
        file.put_text("model_config", described)
        write_weights(file.new_folder("model_weights"), model)
        if training is not None:
            if "optimizer" in training:  # Keras 3's HDF5 says it otherwise than its archives
                training["optimizer_config"] = training.pop("optimizer")
            file.put_text("training_config", to_json(training))
            write_slots(file, model.compiled.optimizer, model.compiled.weights)


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    **options: Any,
) -> Any:
    """Return the model in a file that any Keras wrote, in the era of that Keras.

    The file is HDF5, an archive, or the folder of a SavedModel of tf.keras's.

    Args:
        custom_objects: the user's own classes and functions by name; the function of a Lambda by
            the name of its layer.
        compile: whether to compile it as it was, and go on with the optimizer's state.
        safe_mode: False runs the code of lambdas in the file, which may do anything at all, where
            it is of this version of Python.

    Raises:
        FileError: when it is no such file, or holds what is not allowed.
        WeightError: when weights do not fit the model.
    """
    with custom_object_scope(custom_objects), TRUSTED.override(not safe_mode):
        if is_archive(filepath):
            return load_archive(filepath, compile)
        if is_saved_model(filepath):
            return load_saved_model(os.fsdecode(filepath), compile)
        return load_h5(filepath, compile)


def load_h5(filepath: Any, compile: bool = True) -> Any:
    """Return the model in an HDF5 file, in the era of the Keras that wrote it.

    Raises:
        FileError: when it is no such file, or holds what is not allowed.
        WeightError: when weights do not fit the model.
    """
    with reading(filepath) as file, in_era(_era(file)):
        model = _built(file)
        read_weights(file.folder("model_weights"), model)
        if compile:
            _compile(file, model)
        return model


def _era(file: Folder) -> str:
    """Return the era of the Keras that wrote a file, or the one in force when it does not say."""
    return era_of(file.text("keras_version")) or current_era()


def _built(file: Folder) -> Any:
    """Return the model that a file describes, with its first weights."""
    text = file.text("model_config")
    if text is None:
        raise FileError(
            f"{file.file}: model_config must be in the file of a whole model, got none. Build the "
            "model in code and call load_weights."
        )
    config = read_json(text, f"{file.file}: model_config")
    with told_of(file.file, "model_config"), MemoryLimit(file.file, file.stored_bytes):
        return model_from_config(config)


def _compile(file: Folder, model: Any) -> None:
    """Compile a model as the file says, with the optimizer's state."""
    text = file.text("training_config")
    if text is None:
        return
    told = read_json(text, f"{file.file}: training_config")
    with told_of(file.file, "training_config"):
        optimizer = told.get("optimizer_config") or {}
        compile_as_told(model, told)
    read_slots(file, model.compiled.optimizer, model.compiled, _orders(optimizer))
    if any(it.of_theano for it in stored_layers(file.folder("model_weights"))):
        turn_slots(model.flattened_layers, model.compiled.optimizer)


def _orders(optimizer: Mapping[str, Any]) -> list[str]:
    """Return the eras whose order an optimizer's arrays may be in, the likeliest first."""
    config = optimizer.get("config") or {}
    newest = config.get("is_legacy_optimizer") is False
    if current_era() == NEWEST:
        return [NEWEST, "2.15"]
    own = WRITTEN if current_era() in ERAS[-2:] else current_era()
    return ["2.15", "2.3", "2.0"] if newest else [own, "2.2", "2.0", "2.3"]


def _is_for_archive(file: Any, save_format: str | None) -> bool:
    """Return whether an archive, rather than an HDF5 file, is asked for.

    Raises:
        ArgumentError: for another format.
    """
    if not is_path(file):
        return save_format == "keras"
    path = os.fsdecode(file)
    if save_format not in (None, "h5", "hdf5", "keras") or os.path.isdir(path):
        given = save_format or "a folder"
        wanted = "h5 or keras, to an .h5 file or a .keras archive"
        raise ArgumentError("save_format", wanted, given, who="save")
    return path.endswith(".keras") and save_format in (None, "keras")
