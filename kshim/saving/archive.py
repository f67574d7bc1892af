"""Archives: `.keras` files, a zip of the config, the weights by place and what made them.

They are written so that Keras 3 and tf.keras 2.15 read them: in words both know, with
`keras.optimizers` and the like as the modules of classes, whatever computes them here.

Source: files of tf.keras 2.15 and Keras 3.15.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kshim.core.config import to_json
from kshim.core.eras import VERSIONS, current_era, in_era
from kshim.core.replacing import in_place_of
from kshim.errors import FileError
from kshim.saving.compiling import compile_as_told, told_of
from kshim.saving.configs import model_from_config
from kshim.saving.dialects import era_of, read_json
from kshim.saving.h5 import is_path, reading, writing_to
from kshim.saving.limits import MemoryLimit
from kshim.saving.members import Archive, reading_archive, write_archive
from kshim.saving.modules import config_for_keras_3, training_for_keras_3
from kshim.saving.places import read_places, write_places
from kshim.saving.slots import inner_of, read_numbered_slots, write_numbered_slots

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
STATE, INNER_STATE = "optimizer/vars", "optimizer/inner_optimizer/vars"


def save_archive(model: Any, file: Any, include_optimizer: bool = True) -> None:
    """Write a model to one `.keras` archive.

    Args:
        file: a path, or a binary file object.
        include_optimizer: whether how it is trained, and how far, goes into the archive.
    """
    config = config_for_keras_3(model)
    training = training_for_keras_3(model) if include_optimizer else None
    if training is not None:
        config["compile_config"] = training
    metadata = {"keras_version": VERSIONS[model.era],
                "date_saved": datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}  # fmt: skip
    texts = [(METADATA, to_json(metadata)), (CONFIG, to_json(config))]
    if not is_path(file):
        _write(file, texts, model, training is not None, None)
        return
    with in_place_of(os.fsdecode(file)) as draft:
        _write(draft, texts, model, training is not None, os.path.dirname(draft))


def load_archive(file: Any, compile: bool = True) -> Any:
    """Return the model in an archive, in the era of the Keras that wrote it.

    Raises:
        FileError: when it is no such archive, or holds what is not allowed.
        WeightError: when weights do not fit the model.
    """
    with reading_archive(file) as archive, in_era(era_of_archive(archive)):
        config = config_of(archive)
        with archive.stream(WEIGHTS) as stream, reading(stream) as folder:
            limit = MemoryLimit(f"{archive.file}: {CONFIG}", folder.stored_bytes)
            with told_of(archive.file, CONFIG), limit:
                model = model_from_config(config)
            read_places(folder, model)
            if compile and config.get("compile_config"):
                with told_of(archive.file, CONFIG):
                    compile_as_told(model, config["compile_config"])
                if STATE in folder:
                    state = folder.folder(STATE)
                    read_numbered_slots(state, model.compiled.optimizer, model.compiled)
        return model


def config_of(archive: Archive) -> dict[str, Any]:
    """Return the config of the model in an archive.

    Raises:
        FileError: when it is no JSON that describes a model.
    """
    config = read_json(archive.text(CONFIG), f"{archive.file}: {CONFIG}")
    if not isinstance(config, dict) or "class_name" not in config:
        raise FileError(
            f"{archive.file}: {CONFIG} must be a dict of class_name and config, "
            f"got {type(config).__name__}."
        )
    return config


def era_of_archive(archive: Archive) -> str:
    """Return the era of the Keras that wrote an archive, or the one in force if it says none."""
    metadata = read_json(archive.text(METADATA), f"{archive.file}: {METADATA}")
    version = metadata.get("keras_version") if isinstance(metadata, Mapping) else None
    return era_of(version if isinstance(version, str) else None) or current_era()


def _write(target: Any, texts: Any, model: Any, trained: bool, folder: str | None) -> None:
    """Write the archive; the weights stand on the disk before, where the archive is to stand."""
    with tempfile.TemporaryFile(dir=folder or None) as data:
        with writing_to(data) as weights:
            write_places(weights, model)
            if trained:
                inside = weights.new_folder(STATE)
                optimizer, held = model.compiled.optimizer, model.compiled.weights
                write_numbered_slots(inside, optimizer, held)
                if inner_of(optimizer) is not None:
                    within = weights.new_folder(INNER_STATE)
                    write_numbered_slots(within, inner_of(optimizer), held)
        write_archive(target, texts, WEIGHTS, data)
