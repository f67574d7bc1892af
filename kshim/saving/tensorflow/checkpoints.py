"""Checkpoints: a model's weights and its optimizer's state, in files that TensorFlow reads too.

    ckpt.index, ckpt.data-...     see bundles.py
    checkpoint                    beside them, the name of the latest

Source: checkpoints of tf.keras 2.15, of optimizers old and new.
"""

from __future__ import annotations

import os
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kshim.core.eras import in_era
from kshim.core.replacing import in_place_of
from kshim.errors import WeightError
from kshim.layers.weights import Weight
from kshim.optimizers.hyper import Hyper
from kshim.saving.slots import restore_numbered, restore_slot, slots_of
from kshim.saving.tensorflow.bundles import Bundle, open_plain, write_bundle
from kshim.saving.tensorflow.objects import GRAPH, Objects, Tree, tree_message
from kshim.saving.tensorflow.trees import (
    FORMULAS_OF,
    FURTHER,
    layer_tree,
    model_tree,
    trained_weights,
)
from kshim.saving.weights import WeightsSkipped

LATEST = "checkpoint"
LONGEST_STATE = 2**24
# The slots of tf.keras's older optimizers, in the words of this house.
_OLDER_SLOTS = {
    "m": ("m",), "v": ("v", "u"), "vhat": ("vhat",), "rms": ("velocity",),
    "momentum": ("momentum", "m"), "mg": ("average_gradient",), "accumulator": ("accumulator",),
    "accum_grad": ("accumulated_grad",), "accum_var": ("accumulated_delta_var",),
    "linear": ("linear",),
}  # fmt: skip


class Restored:
    """Tell what was restored of a checkpoint, as TensorFlow's status does.

    Attributes:
        missing: what the checkpoint lacked, by its path.
        left: what the checkpoint holds and nobody took.
    """

    def __init__(self, file: str, missing: Sequence[str], left: Sequence[str]) -> None:
        self.file, self.missing, self.left = file, list(missing), list(left)

    def assert_consumed(self) -> Restored:
        """Refuse a checkpoint that holds more, or less, than was restored.

        Raises:
            WeightError: naming all that is left over or missing.
        """
        if self.left:
            raise WeightError(f"{self.file}: all must be restored, got left: {_listed(self.left)}.")
        return self.assert_existing_objects_matched()

    def assert_existing_objects_matched(self) -> Restored:
        """Refuse a checkpoint that lacked something.

        Raises:
            WeightError: naming all that is missing.
        """
        if self.missing:
            raise WeightError(f"{self.file}: must hold {_listed(self.missing)}, got none of them.")
        return self

    assert_nontrivial_match = assert_existing_objects_matched

    def expect_partial(self) -> Restored:
        """Accept that the checkpoint holds more."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """Do nothing: all is restored already."""

    run_restore_ops = initialize_or_restore


class Pending(Restored):
    """Tell that what a checkpoint holds waits until weights are made for it."""

    def __init__(self, file: str, *owners: Any) -> None:
        """Name the file, and whose weights are to be made."""
        waiting = [f"the weights of {owner.who}, which its first call makes" for owner in owners]
        super().__init__(file, waiting, waiting)

    def assert_existing_objects_matched(self) -> Restored:
        """Accept: nothing is there yet that could match."""
        return self


def save_checkpoint(prefix: str, tree: Tree) -> None:
    """Write a tree; the old checkpoint stays until the new one is whole."""
    message, found = tree_message(tree)
    arrays = {name: np.asarray(leaf.numpy()) for name, leaf in found.items()}
    folder = os.path.dirname(prefix)
    if folder:
        os.makedirs(folder, exist_ok=True)
    write_bundle(prefix, {**arrays, GRAPH: message})


def save_weights_to_checkpoint(model: Any, prefix: str) -> None:
    """Write a model's weights, and its optimizer's state, and note that they are the latest."""
    model.need_built("saved")
    save_checkpoint(prefix, model_tree(model))
    note_latest(prefix, [prefix])


def load_weights_of_checkpoint(model: Any, prefix: str, skip_mismatch: bool = False) -> Restored:
    """Read a model's weights, and its optimizer's state where it is compiled, once they are made.

    Raises:
        FileError: when it is no checkpoint of objects, or a damaged one.
        WeightError: listing all that does not fit; no weight is changed then.
    """
    checkpoint = Reading(prefix)

    def read() -> Restored:
        checkpoint.take(layer_tree(model), strict=True, skip_mismatch=skip_mismatch)
        if model.compiled is not None:
            weights = trained_weights(model)
            checkpoint.take_optimizer(model.compiled.optimizer, weights, "optimizer")
        return checkpoint.told()

    return model.when_built(read) or Pending(prefix, model)


class Reading:
    """Read a checkpoint into the leaves of trees, and note what was found.

    Args:
        prefix: the path without `.index`.
    """

    def __init__(self, prefix: str) -> None:
        self.bundle = Bundle(prefix)
        self.objects = Objects(self.bundle)
        self.taken: set[str] = set()
        self.missing: list[str] = []
        self.owners: dict[int, Weight] = {}

    def take(
        self, tree: Tree, strict: bool = False, skip_mismatch: bool = False, quiet: bool = False
    ) -> None:
        """Write stored arrays to the leaves of their names.

        Args:
            strict: whether every leaf must be stored.
            quiet: whether one that is not stored is not even missed.
            skip_mismatch: whether what does not fit stays as it is.

        Raises:
            WeightError: listing all that does not fit; no leaf is changed then.
        """
        pairs = dict(self._pairs(tree, 0, ""))
        self.missing += [path for path, (_, key) in pairs.items() if not key and not quiet]
        wrong = {path: told for path, (leaf, key) in pairs.items()
                 if (told := self._mismatch(path, leaf, key, strict))}  # fmt: skip
        if wrong and not skip_mismatch:
            raise WeightError(
                f"{self.bundle.file}: weights do not fit: {'; '.join(wrong.values())}."
            )
        for told in wrong.values():
            warnings.warn(f"{self.bundle.file}: {told}; left as it is.", WeightsSkipped, 4)
        fitting = [it for path, it in pairs.items() if path not in wrong and it[1]]
        values = [(leaf, self.bundle.array(key)) for leaf, key in fitting]
        for leaf, value in values:
            leaf.assign(value.item() if isinstance(leaf, Hyper) else value)
        self.taken |= {key for _, key in fitting}

    def take_optimizer(self, optimizer: Any, weights: Sequence[Weight], *names: str) -> None:
        """Give an optimizer the state that stands under names, of an old optimizer or a new one."""
        number = self.objects.child(0, *names)
        if number is None:
            self.missing.append("/".join(names))
            return
        self._take_numbers(optimizer, number)
        if self.objects.child(number, "_variables") is not None:
            self._take_numbered(optimizer, weights, number)
        else:
            self._take_older_slots(optimizer, weights, number)

    def fits(self, optimizer: Any, weights: Sequence[Weight], *names: str) -> bool:
        """Return whether a new optimizer's state is for all of these weights, by their shapes."""
        number = self.objects.child(0, *names)
        _, keys = self._numbered(number)
        stored = Counter(shape for key in keys if (shape := self.bundle.shape(key)))
        shapes = (tuple(weight.numpy().shape) for weight in weights)
        wanted = Counter(shape for shape in shapes if shape)
        times = {stored[shape] / wanted[shape] for shape in wanted}
        with in_era(FORMULAS_OF):
            many = {len(optimizer.all_slot_names)}
        return not stored or (stored.keys() == wanted.keys() and times == many)

    def told(self) -> Restored:
        """Return what was found."""
        left = [it for it in self.bundle.names() if it not in self.taken and it != GRAPH]
        return Restored(self.bundle.file, self.missing, left)

    def _pairs(self, tree: Tree, number: int | None, path: str) -> Any:
        """Yield the path of each leaf with the leaf and the name of its stored array, if any."""
        for name, item in tree.items():
            if isinstance(item, Mapping):
                yield from self._pairs(item, self.objects.child(number, name), f"{path}{name}/")
                continue
            found = self.objects.leaf(number, name)
            if found is not None:
                self.owners[found] = item
            yield f"{path}{name}", (item, self.objects.key(found))

    def _mismatch(self, path: str, leaf: Any, key: str, strict: bool) -> str:
        if not key:
            return (
                f"{_name(leaf, path)} must be stored at {path}, got nothing there" if strict else ""
            )
        wanted = tuple(np.shape(leaf.numpy()))
        given = self.bundle.shape(key)
        if wanted == given:
            return ""
        return f"{_name(leaf, path)} must have shape {wanted}, got {given} at {key}"

    def _take_numbers(self, optimizer: Any, number: int) -> None:
        """Read the numbers of an optimizer: how many updates, how fast, and what its rule keeps."""
        known = {
            "iterations": ("_iterations", "iter"),
            "learning_rate": ("_learning_rate", "learning_rate"),
        }
        for name, word in FURTHER.items():
            if isinstance(getattr(optimizer, name, None), Hyper):
                known[name] = (word, "_m_cache")
        for name, words in known.items():
            held = getattr(optimizer, name)
            keys = [
                key for word in words if (key := self.objects.key(self.objects.child(number, word)))
            ]
            if keys and isinstance(held, Hyper) and self.bundle.shape(keys[0]) == ():
                held.assign(self.bundle.array(keys[0]).item())
                self.taken.add(keys[0])
        # The other numbers of an old optimizer are as it was made; a script's own are kept.
        inside = map(self.objects.key, self.objects.parts[number].children.values())
        self.taken |= {key for key in inside if key and self.bundle.shape(key) == ()}

    def _take_numbered(self, optimizer: Any, weights: Sequence[Weight], number: int) -> None:
        """Read the slots of a new optimizer: arrays 1, 2, ... behind its iterations."""
        first, keys = self._numbered(number)
        if not keys or not all([first, *keys]):
            return
        names = [first, *keys]
        if restore_numbered(self.bundle, names, optimizer, weights, FORMULAS_OF):
            self.taken |= set(names)

    def _numbered(self, number: int | None) -> tuple[str, list[str]]:
        """Return where a new optimizer's iterations stand, and its arrays 1, 2, ..."""
        stored = self.objects.child(number, "_variables")
        if stored is None:
            return "", []
        inside = self.objects.parts[stored].children
        numbers = sorted((it for it in inside if it.isdecimal() and it != "0"), key=int)
        first = self.objects.key(self.objects.child(number, "_iterations"))
        return first, [self.objects.key(inside[it]) for it in numbers]

    def _take_older_slots(self, optimizer: Any, weights: Sequence[Weight], number: int) -> None:
        """Read the slots of an old optimizer, which name their variables."""
        known = {id(weight) for weight in weights}
        optimizer.build([tensor for weight in weights for tensor in weight.tensors])
        for owner, word, slot in self.objects.parts[number].slots:
            weight, key = self.owners.get(owner), self.objects.key(slot)
            if weight is None or id(weight) not in known or not key:
                continue
            with in_era(FORMULAS_OF):
                own = slots_of(optimizer, weight)
                name = next((it for it in _OLDER_SLOTS.get(word, ()) if it in own), None)
                if name and restore_slot(optimizer, (weight, name), self.bundle, key):
                    self.taken.add(key)


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """Return the path of the latest checkpoint in a folder, or None when there is none."""
    folder = os.fspath(checkpoint_dir)
    found = checkpoints_in(folder, latest_filename or LATEST)
    return found[-1] if found else None


def checkpoints_in(folder: str, state: str = LATEST) -> list[str]:
    """Return the checkpoints that the state in a folder names and that are there, the latest last.

    What it names elsewhere is looked for in the folder itself: folders move.
    """
    path = os.path.join(folder, state)
    if not os.path.isfile(path):
        return []
    with open_plain(path) as file:
        content = file.read(LONGEST_STATE).decode("utf-8", "replace")
    told = re.findall(r'^(all_)?model_checkpoint_paths?: "((?:[^"\\]|\\.)*)"', content, re.M)
    names = [os.path.basename(_plain(name)) for many, name in told if many]
    last = [os.path.basename(_plain(name)) for many, name in told if not many]
    ordered = [name for name in names if name not in last] + last
    paths = [os.path.join(folder, name) for name in ordered if name]
    return [it for it in paths if os.path.isfile(f"{it}.index")]


def note_latest(prefix: str, all_of_them: Sequence[str]) -> None:
    """Write down which checkpoint of a folder is the latest."""
    folder, name = os.path.split(prefix)
    names = [("model_checkpoint_path", name)]
    names += [("all_model_checkpoint_paths", os.path.basename(it)) for it in all_of_them]
    with in_place_of(os.path.join(folder, LATEST)) as draft, open(draft, "x") as file:
        file.writelines(f'{word}: "{_quoted(it)}"\n' for word, it in names)


def _name(leaf: Any, path: str) -> str:
    return str(getattr(leaf, "name", path))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _quoted(name: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", name)
