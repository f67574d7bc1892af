"""Whole models in HDF5: what a model is made of, its weights, how it is trained and how far.

Source: files of Keras 1.2.2 to tf.keras 2.15; layout as in Keras 2.2.4 engine/saving.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kshim.core.config import to_config, to_json
from kshim.core.eras import ERAS, VERSIONS, current_era, in_era
from kshim.core.registry import custom_object_scope
from kshim.errors import ArgumentError, FileError, KshimError, NotSupported, UnknownName
from kshim.saving.configs import model_from_config, whole_config
from kshim.saving.dialects import WRITTEN, era_of, read_json, read_metrics
from kshim.saving.h5 import Folder, is_path, reading, writing
from kshim.saving.overwriting import may_write
from kshim.saving.slots import read_slots, write_slots
from kshim.saving.weights import read_weights, write_weights

_WRONG = (KshimError, KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
    **options: Any,
) -> None:
    """Write a model to one HDF5 file that Keras 2.2.4 and tf.keras 2.15 read too.

    Args:
        filepath: a path, a binary file object, or an open file or group of h5py.
        overwrite: whether a file that is there may be replaced without asking.
        include_optimizer: whether the optimizer's state goes into the file.

    Raises:
        NotSupported: for a `.keras` archive, or a folder of TensorFlow's.
    """
    _need_h5(filepath, save_format)
    described = to_json(whole_config(model))
    training = training_config(model) if include_optimizer else None
    if not may_write(filepath, overwrite, "save_model"):
        return
    with writing(filepath) as file:
        file.put_text("keras_version", VERSIONS[model.era])
        file.put_text("backend", "tensorflow")
        file.put_text("model_config", described)
        write_weights(file.new_folder("model_weights"), model)
        if training is not None:
            file.put_text("training_config", to_json(training))
            write_slots(file, model.compiled.optimizer, model.compiled.weights)


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    **options: Any,
) -> Any:
    """Return the model in a file that any Keras 1 or 2 wrote, in the era of that Keras.

    Args:
        custom_objects: the user's own classes and functions by name; the function of a Lambda by
            the name of its layer.
        compile: whether to compile it as it was, and go on with the optimizer's state.
        safe_mode: understood; code in files is executed in neither mode.

    Raises:
        FileError: when it is no such file, or holds what is not allowed.
        WeightError: when weights do not fit the model.
    """
    with custom_object_scope(custom_objects), reading(filepath) as file, in_era(_era(file)):
        model = _built(file)
        read_weights(file.folder("model_weights"), model)
        if compile:
            _compile(file, model)
        return model


def training_config(model: Any) -> dict[str, Any] | None:
    """Return how a model is trained, as JSON values, or None before it is compiled."""
    compiled = model.compiled
    if compiled is None:
        return None
    with in_era(WRITTEN):
        return {
            "optimizer_config": to_config(compiled.optimizer),
            "loss": to_config(compiled.loss),
            "metrics": to_config(compiled.metrics),
            "weighted_metrics": to_config(compiled.weighted_metrics),
            "sample_weight_mode": to_config(compiled.sample_weight_mode),
            "loss_weights": to_config(compiled.loss_weights),
        }


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
    with _told_of(file, "model_config"):
        return model_from_config(config)


def _compile(file: Folder, model: Any) -> None:
    """Compile a model as the file says, with the optimizer's state."""
    text = file.text("training_config")
    if text is None:
        return
    told = read_json(text, f"{file.file}: training_config")
    with _told_of(file, "training_config"):
        optimizer = told["optimizer_config"]
        names = list(model.output_names)
        model.compile(
            optimizer=optimizer,
            loss=told.get("loss"),
            metrics=read_metrics(told.get("metrics"), names),
            loss_weights=told.get("loss_weights"),
            sample_weight_mode=told.get("sample_weight_mode"),
            weighted_metrics=read_metrics(told.get("weighted_metrics"), names),
        )
    read_slots(file, model.compiled.optimizer, model.compiled, _orders(optimizer))


def _orders(optimizer: Mapping[str, Any]) -> list[str]:
    """Return the eras whose order an optimizer's arrays may be in, the likeliest first."""
    config = optimizer.get("config") or {}
    newest = config.get("is_legacy_optimizer") is False
    own = WRITTEN if current_era() in ERAS[-2:] else current_era()
    return ["2.15", "2.3", "2.0"] if newest else [own, "2.2", "2.0", "2.3"]


@contextmanager
def _told_of(file: Folder, entry: str) -> Iterator[None]:
    """Name file and entry in every complaint about what stands there."""
    try:
        yield
    except (FileError, NotSupported) as error:
        if str(error).startswith(file.file):
            raise
        raise type(error)(f"{file.file}: {entry}: {error}") from error
    except UnknownName as error:
        raise FileError(
            f"{file.file}: {entry}: {error} Own classes and functions are given by "
            f"custom_objects={{{error.given!r}: ...}}."
        ) from error
    except _WRONG as error:
        raise FileError(f"{file.file}: {entry}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, KshimError):
        return str(error)
    return f"must describe a model, got one that fails with {type(error).__name__}: {error}."


def _need_h5(file: Any, save_format: str | None) -> None:
    """Refuse the formats that are no HDF5."""
    if not is_path(file):
        return
    path = os.fsdecode(file)
    if path.endswith(".keras"):
        raise NotSupported(f"save: {path} must be an .h5 file, got a .keras archive.")
    if save_format not in (None, "h5", "hdf5", "keras") or os.path.isdir(path):
        given = save_format or "a folder"
        raise ArgumentError("save_format", "h5, to an .h5 file", given, who="save")
