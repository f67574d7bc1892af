"""tf.train: checkpoints of models, optimizers and variables, one by one or the latest few.

Source: TensorFlow 2.15 checkpoint/checkpoint.py and checkpoint_management.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from kshim.backend.state import variable
from kshim.backend.variables import Variable
from kshim.errors import ArgumentError, FileError
from kshim.layers.base import Layer
from kshim.layers.weights import Weight
from kshim.models.model import Model
from kshim.optimizers.base import Optimizer
from kshim.saving.tensorflow.bundles import Bundle, is_bundle, remove_bundle
from kshim.saving.tensorflow.checkpoints import (
    Pending,
    Reading,
    Restored,
    checkpoints_in,
    latest_checkpoint,
    note_latest,
    save_checkpoint,
)
from kshim.saving.tensorflow.trees import model_tree, trained_weights, tree_of

__all__ = [
    "Checkpoint",
    "CheckpointManager",
    "checkpoint_exists",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
]

COUNTER = "save_counter"


class Checkpoint:
    """Save and restore models, layers, optimizers and variables under names of the script's own.

    Args:
        root: whose parts stand at the top, without a name.
        objects: models, layers, optimizers, variables, and lists and dicts of them, by name.

    Raises:
        ArgumentError: for anything else.
    """

    def __init__(self, root: Any = None, **objects: Any) -> None:
        self._root = root
        self._objects = objects
        for name, item in objects.items():
            _check(name, item)
            setattr(self, name, item)
        self.save_counter: Variable = variable(np.int64(0), name=COUNTER)

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Write everything to `<prefix>-<number>` and return that path; it is the latest then."""
        self.save_counter.assign_add(1)
        path = f"{os.fspath(file_prefix)}-{int(self.save_counter.numpy())}"
        self._write(path, {COUNTER: self.save_counter})
        note_latest(path, [*_others(path), path])
        return path

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Write everything to the path given, and return it."""
        path = os.fspath(file_prefix)
        self._write(path, {})
        return path

    def restore(self, save_path: Any, options: Any = None) -> Restored:
        """Read everything that the checkpoint at a path holds; None restores nothing.

        Raises:
            FileError: when there is no whole checkpoint.
            WeightError: listing all that is of another shape; nothing is changed then.
        """
        if save_path is None:
            return Restored("no checkpoint", [], [])
        return self._read(os.fspath(save_path), {COUNTER: self.save_counter})

    def read(self, save_path: Any, options: Any = None) -> Restored:
        """Read what `write` wrote, or `save`."""
        return self._read(os.fspath(save_path), {})

    def _write(self, path: str, further: Mapping[str, Any]) -> None:
        trees = {name: tree_of(item, self._weights()) for name, item in self._objects.items()}
        root = _whole_tree(self._root) if self._root is not None else {}
        save_checkpoint(path, {**root, **trees, **further})

    def _read(self, path: str, further: Mapping[str, Any]) -> Restored:
        reading = Reading(path)
        parts = [(name, it) for name, it in self._objects.items() if not isinstance(it, Optimizer)]
        parts += [("", self._root)] if self._root is not None else []
        late: list[Any] = []

        def take(name: str, item: Any) -> None:
            tree = tree_of(item)
            reading.take({name: tree} if name else tree)

        def take_late(name: str, item: Any) -> None:
            take(name, item)
            if all(one.built for one in late):
                self._take_optimizers(reading)

        for name, item in parts:
            if isinstance(item, Model) and not item.built:
                late.append(item)
                item.when_built(partial(take_late, name, item))
            else:
                take(name, item)
        reading.take(further, quiet=True)
        if late:
            return Pending(path, *late)
        self._take_optimizers(reading)
        return reading.told()

    def _take_optimizers(self, reading: Reading) -> None:
        """Give optimizers their state, once there are weights that they have slots for."""
        known = {id(tensor): it for it in self._weights() for tensor in it.tensors}

        def take(optimizer: Optimizer, name: str, parameters: Sequence[Any]) -> None:
            mine = [known[id(it)] for it in parameters if id(it) in known]
            reading.take_optimizer(optimizer, list(dict.fromkeys(mine)), name)

        for name, item in self._objects.items():
            if isinstance(item, Optimizer):
                if reading.fits(item, self._weights(), name):
                    reading.take_optimizer(item, self._weights(), name)
                else:  # it updates some of them: which, its first update tells
                    item.when_built(partial(take, item, name))
        compiled = getattr(self._root, "compiled", None)
        if compiled is not None:
            reading.take_optimizer(compiled.optimizer, trained_weights(self._root), "optimizer")

    def _weights(self) -> list[Weight]:
        """Return the weights that an optimizer among the objects may have slots for."""
        items = [self._root, *_flat(self._objects)]
        found = [weight for item in items for weight in trained_weights(item)]
        return list({id(weight): weight for weight in found}.values())


class CheckpointManager:
    """Keep the latest few checkpoints of a folder.

    Args:
        checkpoint: what is saved.
        directory: the folder, made if it is not there.
        max_to_keep: how many stay; None for all.
        checkpoint_name: how their names begin.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: Any,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
        **options: Any,
    ) -> None:
        self.checkpoint, self.directory = checkpoint, os.fspath(directory)
        self.max_to_keep, self._name = max_to_keep, checkpoint_name
        self._kept = checkpoints_in(self.directory)

    @property
    def checkpoints(self) -> list[str]:
        """Return the paths of those that are kept, the latest last."""
        return list(self._kept)

    @property
    def latest_checkpoint(self) -> str | None:
        """Return the path of the latest, or None."""
        return self._kept[-1] if self._kept else None

    def save(self, checkpoint_number: Any = None, **options: Any) -> str:
        """Save, remove what is too many, and return the path."""
        prefix = os.path.join(self.directory, self._name)
        if checkpoint_number is None:
            path = self.checkpoint.save(prefix)
        else:
            self.checkpoint.save_counter.assign_add(1)
            path = f"{prefix}-{int(checkpoint_number)}"
            self.checkpoint._write(path, {COUNTER: self.checkpoint.save_counter})
        self._kept = [*(it for it in self._kept if it != path), path]
        surplus = self._kept[: -self.max_to_keep] if self.max_to_keep else []
        self._kept = self._kept[len(surplus) :]
        note_latest(path, self._kept)
        for old in surplus:
            remove_bundle(old)
        return path

    def restore_or_initialize(self) -> str | None:
        """Restore the latest if there is one, and return its path."""
        latest = self.latest_checkpoint
        if latest is not None:
            self.checkpoint.restore(latest)
        return latest


class CheckpointReader:
    """Show the arrays of a checkpoint by their stored names."""

    def __init__(self, path: str) -> None:
        self._bundle = Bundle(path)

    def has_tensor(self, name: str) -> bool:
        """Return whether there is an array of this name."""
        return name in self._bundle

    def get_tensor(self, name: str) -> Any:
        """Return an array; of a text, its bytes."""
        is_text = self._bundle.holds_text(name)
        return self._bundle.content(name) if is_text else self._bundle.array(name)

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Return the shape of every array by its name."""
        return {name: list(self._bundle.shape(name)) for name in self._bundle.names()}


def load_checkpoint(ckpt_dir_or_file: Any) -> CheckpointReader:
    """Return what reads the checkpoint at a path, or the latest of a folder.

    Raises:
        FileError: when there is none.
    """
    path = os.fspath(ckpt_dir_or_file)
    found = latest_checkpoint(path) if os.path.isdir(path) else path
    if found is None:
        raise FileError(f"{path}: must be a folder with a checkpoint, got none in it.")
    return CheckpointReader(found)


def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """Return names and shapes of the arrays in a checkpoint, by name."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file: Any, name: str) -> Any:
    """Return one array of a checkpoint."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def checkpoint_exists(checkpoint_prefix: Any) -> bool:
    """Return whether there is a checkpoint at a path."""
    return is_bundle(checkpoint_prefix)


class _State:
    """Hold what a folder says of its checkpoints."""

    def __init__(self, paths: list[str]) -> None:
        self.model_checkpoint_path, self.all_model_checkpoint_paths = paths[-1], paths


def get_checkpoint_state(checkpoint_dir: Any, latest_filename: str | None = None) -> Any:
    """Return the paths of a folder's checkpoints, the latest one apart; or None."""
    paths = checkpoints_in(os.fspath(checkpoint_dir), latest_filename or "checkpoint")
    return _State(paths) if paths else None


def _others(path: str) -> list[str]:
    """Return the checkpoints of the same name and other numbers that stand beside one."""
    stem = re.sub(r"-\d+$", "", path)
    kept = checkpoints_in(os.path.dirname(path) or os.curdir)
    mine = [it for it in kept if re.sub(r"-\d+$", "", it) == stem]
    return [it for it in mine if it != path]


def _whole_tree(item: Any) -> Any:
    return model_tree(item) if hasattr(item, "compiled") else tree_of(item)


def _flat(items: Any) -> list[Any]:
    if isinstance(items, Mapping):
        return [it for item in items.values() for it in _flat(item)]
    if isinstance(items, list | tuple):
        return [it for item in items for it in _flat(item)]
    return [items]


def _check(name: str, item: Any) -> None:
    for part in _flat(item):
        known = isinstance(part, Layer | Optimizer)
        if not known and not (hasattr(part, "assign") and hasattr(part, "numpy")):
            raise ArgumentError(name, "a model, optimizer or variable", part, who="Checkpoint")
