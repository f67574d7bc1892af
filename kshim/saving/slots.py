"""Slots: an optimizer's state in files, in Keras's order and shapes.

An optimizer keeps its slots in torch's layout, parameter by parameter; files hold them in Keras's,
weight by weight. The order is that of the file's era: `Optimizer.places` gives it.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
import torch

from kshim.core.eras import ERAS, current_era, in_era, rule
from kshim.layers.weights import Weight
from kshim.nn.shards import fill
from kshim.optimizers import legacy
from kshim.optimizers.loss_scaling import LossScaleOptimizer
from kshim.optimizers.names import OPTIMIZERS
from kshim.saving.dialects import WRITTEN, read_json
from kshim.saving.h5 import Folder

FOLDER = "optimizer_weights"
# Attributes that no Keras reads: the era whose order the arrays are in, and the numbers that this
# era's files lack.
ORDER = "order_of_era"
FURTHER = "further_numbers"
# Whose order numbered arrays are in, the likeliest first.
NEWEST = "3"
NUMBERED = (NEWEST, "2.15")
# How many numbers a LossScaleOptimizer of Keras 3 has before those of the optimizer inside.
_AHEAD_OF_INNER = 4

# What optimizers before tf.keras 2.11 cannot follow, and the era whose words know it.
BEYOND_OLDER = ("weight_decay", "use_ema")
FIRST_OF_NEWER = "2.15"

# A place in a file: a weight and the name of its slot, None and the name of a number, or a variable
# of a script's own optimizer and no name.
Place = tuple[Weight | None, str]


def write_slots(folder: Folder, optimizer: Any, weights: Sequence[Weight]) -> None:
    """Write the state of an optimizer that has made at least one update."""
    if not has_state(optimizer):
        return
    words = words_for(optimizer)
    with in_era(words):
        places = places_of_slots(optimizer, weights)
        arrays = [_stored(optimizer, place) for place in places]
    kind = type(optimizer).__name__
    names = [
        f"{kind}/{slot}:0" if weight is None else f"training/{kind}/{slot or 'Variable'}_{number}:0"
        for number, (weight, slot) in enumerate(places)
    ]
    inside = folder.new_folder(FOLDER)
    inside.put_texts("weight_names", names)
    for name, array in zip(names, arrays, strict=True):
        inside.put_array(name, array)
    further = {it: getattr(optimizer, it).value for it in further_numbers(optimizer, places)}
    inside.put_text(ORDER, words)
    inside.put_text(FURTHER, json.dumps(further))


def has_state(optimizer: Any) -> bool:
    """Return whether an optimizer has made at least one update."""
    if optimizer.has_own_updates:
        return bool(optimizer.own_variables())
    return bool(int(optimizer.iterations.value))


def words_for(optimizer: Any) -> str:
    """Return the era in whose words HDF5 tells of an optimizer: the oldest that can follow it."""
    name = type(optimizer).__name__
    own = name.lower() in OPTIMIZERS.names() and not hasattr(legacy, name)
    newer = own or any(getattr(optimizer, word, None) for word in BEYOND_OLDER)
    return FIRST_OF_NEWER if newer else WRITTEN


def read_slots(folder: Folder, optimizer: Any, compiled: Any, eras: Sequence[str]) -> None:
    """Give an optimizer the state that a file holds, so that training goes on where it stopped.

    Args:
        eras: whose order the arrays may be in, the likeliest first. As in Keras, a state that fits
            none of them is left out with a warning.
    """
    if FOLDER not in folder:
        return
    inside = folder.folder(FOLDER)
    names = inside.texts("weight_names") or []
    own = inside.text(ORDER)
    found = _restore_compiled(inside, names, optimizer, compiled, [own] if own in ERAS else eras)
    if found is not None:
        _restore_further(inside, optimizer, found)


def write_numbered_slots(folder: Folder, optimizer: Any, weights: Sequence[Weight]) -> None:
    """Write the state of an optimizer as Keras 3 does: arrays 0, 1, 2, ..."""
    if not has_state(optimizer):
        return
    with in_era(NEWEST):
        arrays = _numbered(optimizer, weights)
        for number, array in enumerate(arrays):
            folder.put_array(str(number), array)


def inner_of(optimizer: Any) -> Any:
    """Return the optimizer whose updates another one makes, or None."""
    return optimizer.inner_optimizer if isinstance(optimizer, LossScaleOptimizer) else None


def _numbered(optimizer: Any, weights: Sequence[Weight]) -> list[np.ndarray[Any, Any]]:
    """Return the state as Keras 3 numbers it.

    A LossScaleOptimizer has a count of updates and a rate of its own, both 0, and its numbers,
    before all that is of the optimizer inside.
    """
    inner = inner_of(optimizer)
    if inner is None:
        return [_stored(optimizer, place) for place in places_of_slots(optimizer, weights)]
    own = [_stored(optimizer, (None, name)) for name in optimizer.own_numbers]
    return [np.asarray(0), np.asarray(0.0, "float32"), *own, *_numbered(inner, weights)]


def read_numbered_slots(folder: Folder, optimizer: Any, compiled: Any) -> None:
    """Give an optimizer the state that Keras 3 or tf.keras 2.15 wrote as arrays 0, 1, 2, ..."""
    names = sorted(folder.names(), key=lambda name: (len(name), name))
    inner = inner_of(optimizer)
    if inner is not None and len(names) > _AHEAD_OF_INNER and _leads_numbers(folder, names):
        own = names[_AHEAD_OF_INNER - len(optimizer.own_numbers) : _AHEAD_OF_INNER]
        rest = names[_AHEAD_OF_INNER:]
        if _restore_compiled(folder, rest, inner, compiled, [NEWEST]) is not None:
            for word, name in zip(optimizer.own_numbers, own, strict=True):
                getattr(optimizer, word).assign(folder.array(name).item())
    elif names:
        _restore_compiled(folder, names, optimizer, compiled, NUMBERED)


def _leads_numbers(folder: Folder, names: Sequence[str]) -> bool:
    """Return whether Keras 3's numbers of a LossScaleOptimizer stand before all others."""
    numbers = names[: _AHEAD_OF_INNER + 1]  # the first of the optimizer inside, too
    return all(folder.shape(name) == () for name in numbers)


def _restore_compiled(
    folder: Arrays, names: Sequence[str], optimizer: Any, compiled: Any, eras: Sequence[str]
) -> list[Place] | None:
    return _restore_all(folder, names, optimizer, compiled.parameters, compiled.weights, eras)


class Slot:
    """Show one array of an optimizer's state as a variable: by name, in Keras's layout."""

    def __init__(self, optimizer: Any, place: Place) -> None:
        self._optimizer, self._place = optimizer, place
        weight, slot = place
        kind = type(optimizer).__name__
        owner = "" if weight is None else f"/{weight.name}"
        self.name = f"{kind}/{slot}{owner}"

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the array."""
        return _stored(self._optimizer, self._place)


class Arrays(Protocol):
    """Give arrays by name, as folders and bundles do."""

    file: str

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array."""

    def array(self, name: str) -> np.ndarray[Any, Any]:
        """Return an array."""


def restore_numbered(
    arrays: Arrays, names: Sequence[str], optimizer: Any, weights: Sequence[Weight], era: str
) -> bool:
    """Give an optimizer the arrays of these names in the order of an era; return if they fit."""
    parameters = [it for weight in weights for it in weight.tensors if it.is_floating_point()]
    return _restore_all(arrays, names, optimizer, parameters, weights, [era]) is not None


def slots_of(optimizer: Any, weight: Weight) -> dict[str, Any]:
    """Return the slots that an optimizer keeps for a weight, by name."""
    return dict(optimizer.slots(weight.tensors[0]))


def restore_slot(optimizer: Any, place: Place, arrays: Arrays, name: str) -> bool:
    """Write the array of this name to a place; return whether it fits there."""
    if _shape(optimizer, place) != arrays.shape(name):
        return False
    _restore(optimizer, place, arrays.array(name))
    return True


def _restore_all(
    folder: Arrays, names: Sequence[str], optimizer: Any, parameters: Sequence[Any],
    weights: Sequence[Weight], eras: Sequence[str],
) -> list[Place] | None:  # fmt: skip
    """Write the arrays in the order of the first era that they fit, and return the places."""
    shapes = [folder.shape(name) for name in names]
    optimizer.build(parameters)
    for era in eras:
        with in_era(era):
            places = places_of_slots(optimizer, weights)
            if [_shape(optimizer, place) for place in places] == shapes:
                arrays = [folder.array(name) for name in names]
                for place, array in zip(places, arrays, strict=True):
                    _restore(optimizer, place, array)
                return places
    warnings.warn(
        f"{folder.file}: the optimizer's state must fit {type(optimizer).__name__}, got "
        f"{len(names)} arrays that do not. Training starts again with a fresh optimizer.",
        StateLeftOut,
        stacklevel=3,
    )
    return None


class StateLeftOut(UserWarning):
    """Tell that an optimizer's state in a file does not fit, and was left out."""


def places_of_slots(optimizer: Any, weights: Sequence[Weight]) -> list[Place]:
    """Return an optimizer's places in the order of the era, with weights for torch's parameters."""
    if optimizer.has_own_updates:
        return [(variable, "") for variable in optimizer.own_variables(weights)]
    if rule("slots_go_by_name"):
        weights = sorted(weights, key=lambda weight: weight.name)
    owners: dict[int | None, list[Weight | None]] = {None: [None]}
    for weight in weights:
        for tensor in weight.tensors:
            owners.setdefault(id(tensor), []).append(weight)
    turns = {id(weight): turn for turn, weight in enumerate(weights)}
    found: dict[tuple[int, str], Place] = {}
    for slot, group in groupby(optimizer.places(), key=itemgetter(1)):
        seen = [it for p, _ in group for it in owners.get(None if p is None else id(p), [])]
        # Parts of several tensors take turns: those that share a slot stand as the weights do.
        for owner in sorted(seen, key=lambda it: turns.get(id(it), -1)):
            found.setdefault((id(owner), slot), (owner, slot))
    return _with_numbers_of_keras_3(optimizer, list(found.values()))


def _with_numbers_of_keras_3(optimizer: Any, places: list[Place]) -> list[Place]:
    """Return the places, in Keras 3's files with all the numbers that the rule keeps."""
    if current_era() != NEWEST:
        return places
    rate: list[Place] = [(None, "learning_rate")]
    last: list[Place] = [(None, name) for name in further_numbers(optimizer, places)]
    has_rate = optimizer.schedule is None
    return [*places[:1], *(rate if has_rate else []), *places[1:], *last]


def further_numbers(optimizer: Any, places: Sequence[Place]) -> list[str]:
    """Return the numbers that some era's files hold, and these places do not."""
    if optimizer.has_own_updates:
        return []
    held = {slot for weight, slot in places if weight is None}
    known = dict.fromkeys(it for names in optimizer.saved_numbers.values.values() for it in names)
    return [name for name in known if name not in held]


def _restore_further(folder: Folder, optimizer: Any, places: Sequence[Place]) -> None:
    """Write the numbers that kshim's own files hold beside the others."""
    text = folder.text(FURTHER)
    told = read_json(text, f"{folder.file}: {FURTHER}") if text is not None else {}
    for name in further_numbers(optimizer, places):
        if isinstance(told, dict) and isinstance(told.get(name), int | float):
            getattr(optimizer, name).assign(told[name])


def _stored(optimizer: Any, place: Place) -> np.ndarray[Any, Any]:
    """Return the array of a place, in Keras's layout."""
    weight, slot = place
    if weight is None:
        return np.asarray(getattr(optimizer, slot).numpy())
    if not slot:
        return np.array(weight.numpy())
    tensors = [optimizer.slots(tensor)[slot] for tensor in weight.tensors]
    shown = weight.to_keras(*tensors) if _is_whole(weight, tensors) else tensors[0]
    return shown.detach().cpu().numpy().copy()


def _shape(optimizer: Any, place: Place) -> tuple[int, ...]:
    """Return the shape that the array of a place has in files."""
    return tuple(_stored(optimizer, place).shape)


@torch.no_grad()
def _restore(optimizer: Any, place: Place, array: np.ndarray[Any, Any]) -> None:
    """Write the array of a place."""
    weight, slot = place
    if weight is None:
        getattr(optimizer, slot).assign(array.item())
        return
    if not slot:
        weight.assign(array)
        return
    tensors = [optimizer.slots(tensor)[slot] for tensor in weight.tensors]
    given = torch.from_numpy(np.array(array)).to(tensors[0])
    if _is_whole(weight, tensors):
        weight.write(tensors, given)
    else:
        fill(tensors[0], given)


def _is_whole(weight: Weight, tensors: Sequence[Any]) -> bool:
    """Return whether slots have the shapes of their parameters, rather than one number each."""
    return [it.shape for it in tensors] == [it.shape for it in weight.tensors]
