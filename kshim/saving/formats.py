"""Formats: weights alone, in the format that a path or the file itself asks for.

    weights.h5            by name: Keras 1 and 2 (what another name than the rest is, too)
    x.weights.h5          by place, from tf.keras 2.15 on
    x.safetensors         torch's state_dict of the lowered model; pip install 'kshim[safetensors]'
    x.pt, x.pth           the same, as torch.save writes it
    x                     a checkpoint of TensorFlow's, for tf.keras (save_format="tf")

Files by place and by name, and archives, are told apart by what they hold.
"""

from __future__ import annotations

import os
from typing import Any

from kshim.core.eras import ERAS
from kshim.errors import ArgumentError
from kshim.graph.pieces import read_by_all, written_by_one
from kshim.saving.archive import WEIGHTS
from kshim.saving.h5 import Folder, is_path, reading, writing
from kshim.saving.members import is_archive, reading_archive
from kshim.saving.overwriting import may_write
from kshim.saving.places import is_by_place, read_places, write_places
from kshim.saving.states import ENDINGS, load_state, save_state
from kshim.saving.tensorflow.checkpoints import (
    Restored,
    load_weights_of_checkpoint,
    save_weights_to_checkpoint,
)
from kshim.saving.tensorflow.models import checkpoint_at
from kshim.saving.weights import read_weights, write_weights

BY_PLACE = ".weights.h5"
BY_PLACE_SINCE = "2.15"
# The Keras that writes checkpoints of TensorFlow's, but for these endings.
CHECKPOINTS_OF = "2.15"
HDF5 = (".h5", ".hdf5", ".keras")


@written_by_one
def save_weights(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    save_format: str | None = None,
    **options: Any,
) -> None:
    """Write the weights of a model to a file: a path, or an open file or group of h5py.

    Args:
        overwrite: whether a file that is there may be replaced without asking.
        save_format: "h5", or "tf" for a checkpoint of TensorFlow's, which holds the optimizer's
            state too; tf.keras writes one wherever the path has no ending of HDF5.

    Raises:
        MissingPackage: for .safetensors, when that package is missing.
    """
    if _is_for_checkpoint(model, filepath, save_format):
        prefix = os.fsdecode(filepath)
        if may_write(f"{prefix}.index", overwrite, "save_weights"):
            save_weights_to_checkpoint(model, prefix)
        return
    if not may_write(filepath, overwrite, "save_weights"):
        return
    if _ending(filepath) in ENDINGS:
        save_state(model, os.fsdecode(filepath))
        return
    with writing(filepath) as file:
        write = write_places if _is_for_places(model, filepath) else write_weights
        write(file, model)


@read_by_all
def load_weights(
    model: Any,
    filepath: Any,
    by_name: bool = False,
    skip_mismatch: bool = False,
    reshape: bool = False,
    **options: Any,
) -> Restored | None:
    """Read the weights of a model from a file that any Keras or kshim wrote, whole models too.

    A checkpoint of TensorFlow's gives a compiled model its optimizer's state too; what was found
    is returned.

    Args:
        by_name: whether layers get the weights of the layer of their name, rather than in order;
            layers that the file lacks stay as they are.
        skip_mismatch: whether layers that do not fit stay as they are.
        reshape: whether arrays with as many numbers in another shape are taken.

    Raises:
        WeightError: listing all that does not fit; no weight is changed then.
    """
    prefix = checkpoint_at(filepath)
    if prefix is not None:
        if by_name:
            wanted = f"False for {prefix}, a checkpoint of TensorFlow's"
            raise ArgumentError("by_name", wanted, True, who="load_weights")
        return load_weights_of_checkpoint(model, prefix, skip_mismatch)
    if _ending(filepath) in ENDINGS:
        load_state(model, os.fsdecode(filepath))
    elif is_archive(filepath):
        with (
            reading_archive(filepath) as archive,
            archive.stream(WEIGHTS) as stream,
            reading(stream) as folder,
        ):
            _read(folder, model, by_name, skip_mismatch, reshape)
    else:
        with reading(filepath) as folder:
            _read(folder, model, by_name, skip_mismatch, reshape)
    return None


def _read(folder: Folder, model: Any, by_name: bool, skip_mismatch: bool, reshape: bool) -> None:
    if is_by_place(folder):
        if by_name:
            wanted = f"False for {folder.file}, which knows no layer by its name"
            raise ArgumentError("by_name", wanted, True, who="load_weights")
        model.need_built("given weights")
        read_places(folder, model, skip_mismatch=skip_mismatch)
        return
    if skip_mismatch and not by_name:
        raise ArgumentError("skip_mismatch", "False without by_name", True, who="load_weights")
    read_weights(folder, model, by_name=by_name, skip_mismatch=skip_mismatch, reshape=reshape)


def _is_for_places(model: Any, file: Any) -> bool:
    """Return whether the Keras of the model's era writes a file of this name by place."""
    new = ERAS.index(model.era) >= ERAS.index(BY_PLACE_SINCE)
    return new and is_path(file) and os.fsdecode(file).endswith(BY_PLACE)


def _is_for_checkpoint(model: Any, file: Any, save_format: str | None) -> bool:
    """Return whether a checkpoint of TensorFlow's is asked for, as tf.keras takes the words.

    Raises:
        ArgumentError: for a format that nobody knows.
    """
    if save_format not in (None, "tf", "tensorflow", "h5", "hdf5", "keras"):
        raise ArgumentError("save_format", "'h5' or 'tf'", save_format, who="save_weights")
    if save_format is not None or not is_path(file):
        return is_path(file) and save_format in ("tf", "tensorflow")
    return model.era == CHECKPOINTS_OF and _ending(file) not in (*HDF5, *ENDINGS)


def _ending(file: Any) -> str:
    return os.path.splitext(os.fsdecode(file))[1] if is_path(file) else ""
