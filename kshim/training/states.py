"""States: what an object holds in plain values, noted at the start, carried, and put back.

A tree is what can be carried: None, truth values, numbers, texts, arrays and tensors, in lists,
tuples, sets and dicts. What a thing that is not plain carries in a tree of its own, a stream of
random numbers or a variable, is `Held`, and is put back into that thing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kshim.layers.weights import Weight
from kshim.optimizers.hyper import Hyper
from kshim.optimizers.scheduled import ScheduledRate

# What takes more room when a run begins is data, which no run changes. What an order is made of
# (lists, texts, rows of whole numbers) may be so many times as large.
LARGEST = 64 * 2**20
_ORDERS = 32
_DEEPEST = 40
_ABSENT = object()
_ARRAY_KINDS = "biufcUS"
_ATOMS = {bool, int, float, str, type(None)}
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class NotPlain(Exception):
    """Say that a value cannot be carried in a tree."""


class TooLarge(NotPlain):
    """Say that a value takes more room than there is for it."""


@dataclass
class Held:
    """Hold the tree of a thing that stays where it is: its kind, and what is put back into it."""

    kind: str
    tree: Any


def tree_of(value: Any, limit: float = math.inf) -> Any:
    """Return a copy of a value as a tree.

    Args:
        limit: how many bytes all of it may take, where lists and rows of whole numbers, which
            may be an order, count less.

    Raises:
        NotPlain: for what holds anything else, or more.
    """
    return _Copy(limit).of(value, 0)


class _Copy:
    """Copy a value, and count how much of the room for it is left."""

    def __init__(self, room: float) -> None:
        self.room = room

    def of(self, value: Any, depth: int) -> Any:
        """Return a copy of a value that stands so deep in others."""
        self.room -= _size(value)
        if self.room < 0:
            raise TooLarge
        if depth > _DEEPEST:
            raise NotPlain
        if type(value) in _PLAIN:
            return value
        if type(value) is list and set(map(type, value)) <= _ATOMS:
            self.room -= sum(map(len, value)) // _ORDERS if set(map(type, value)) == {str} else 0
            return value.copy()
        if type(value) in (list, tuple, set):
            return type(value)(self.of(item, depth + 1) for item in value)
        if type(value) is dict:
            return {
                self.of(key, depth + 1): self.of(item, depth + 1) for key, item in value.items()
            }
        if isinstance(value, np.generic) and value.dtype.kind in _ARRAY_KINDS:
            return np.array(value)[()]
        if isinstance(value, np.ndarray) and value.dtype.kind in _ARRAY_KINDS:
            return np.array(value)
        if type(value) is Tensor:
            return value.detach().cpu().clone()
        return _held(value)


def put_into(current: Any, tree: Any) -> Any:
    """Return what a tree says, in the object that stands in its place now, where that can be.

    Lists, dicts, arrays, variables and streams stay the objects that others may know.
    """
    if isinstance(tree, Held):
        return _filled(current, tree)
    if type(tree) is list and type(current) is list:
        before = [*current[: len(tree)], *[None] * (len(tree) - len(current))]
        current[:] = [put_into(was, it) for was, it in zip(before, tree, strict=True)]
        return current
    if type(tree) is dict and type(current) is dict:
        put = {key: put_into(current.get(key), it) for key, it in tree.items()}
        current.clear()
        current.update(put)
        return current
    if isinstance(tree, np.ndarray):
        return _refilled(current, np.array(tree))
    if isinstance(tree, Tensor):
        return _refilled_tensor(current, tree.clone())
    return tree


def moved(tree: Any, device: torch.device) -> Any:
    """Return a tree with its tensors on a device."""
    if isinstance(tree, Tensor):
        return tree.to(device)
    if isinstance(tree, list | tuple):
        return type(tree)(moved(item, device) for item in tree)
    if isinstance(tree, dict):
        return {key: moved(item, device) for key, item in tree.items()}
    return tree


def same(first: Any, second: Any) -> bool:
    """Return whether two trees say the same to the bit."""
    if type(first) is not type(second):
        return False
    if isinstance(first, Held):
        return first.kind == second.kind and same(first.tree, second.tree)
    if type(first) is list and set(map(type, first)) <= {int, str}:
        return bool(first == second)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    if isinstance(first, Tensor):
        return first.dtype == second.dtype and torch.equal(first, second)
    return bool(first == second)


class Attributes:
    """Note an object's attributes, to tell later which have changed, and to bring these back.

    Args:
        owner: the object.
        without: names of attributes that are let be.
    """

    def __init__(self, owner: Any, without: tuple[str, ...] = ()) -> None:
        self.owner, self.without = owner, set(without)
        self._begun: dict[str, Any] = {}
        for name, value in getattr(owner, "__dict__", {}).items():
            if name in self.without:
                continue
            try:
                self._begun[name] = tree_of(value, LARGEST)
            except TooLarge:
                self.without.add(name)
            except NotPlain:
                continue

    def changed(self) -> dict[str, Any]:
        """Return the trees of the attributes that are no more as they were noted."""
        return {
            name: tree
            for name, tree in self._now().items()
            if not same(tree, self._begun.get(name, _ABSENT))
        }

    def put_back(self, changed: Mapping[str, Any]) -> None:
        """Let the attributes be as `changed` told, all others as they were noted."""
        now = self._now()
        noted = {name: tree for name, tree in self._begun.items() if name in now}
        wanted = {**noted, **changed}
        set_attributes(
            self.owner, {name: it for name, it in wanted.items() if not same(now.get(name), it)}
        )

    def _now(self) -> dict[str, Any]:
        found = attributes_of(self.owner)
        return {name: tree for name, tree in found.items() if name not in self.without}


def attributes_of(owner: Any) -> dict[str, Any]:
    """Return the trees of an object's attributes that can be carried."""
    given = getattr(owner, "__dict__", {})
    found = {name: _tree_or_absent(value) for name, value in given.items()}
    return {name: tree for name, tree in found.items() if tree is not _ABSENT}


def set_attributes(owner: Any, trees: Mapping[str, Any]) -> None:
    """Let an object's attributes be what the trees say."""
    for name, tree in trees.items():
        current = owner.__dict__.get(name)
        value = put_into(current, tree)
        if value is not current:
            setattr(owner, name, value)


def has_own_state(thing: Any) -> bool:
    """Return whether a thing has `state_dict` and `load_state_dict`."""
    return callable(getattr(thing, "state_dict", None)) and callable(
        getattr(thing, "load_state_dict", None)
    )


def random_states() -> dict[str, Any]:
    """Return where the streams of Python, numpy and torch are."""
    version, numbers, gauss = random.getstate()
    found = {
        "python": (version, np.array(numbers, "uint32"), gauss),
        "numpy": np.random.get_state(),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        found["cuda"] = torch.cuda.get_rng_state_all()
    return found


def set_random_states(states: Mapping[str, Any]) -> None:
    """Let the streams go on from where they were."""
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(map(int, numbers)), gauss))
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])


def _size(value: Any) -> int:
    """Return how many bytes a value takes, what it is made of left out, as `limit` counts them."""
    if isinstance(value, np.ndarray):
        row = value.ndim == 1 and value.dtype.kind in "iuUS"
        return int(value.nbytes) // (_ORDERS if row else 1)
    if isinstance(value, Tensor):
        row = value.dim() == 1 and not value.is_floating_point()
        return value.numel() * value.element_size() // (_ORDERS if row else 1)
    if isinstance(value, list | tuple | dict | set):
        return 8 * len(value) // _ORDERS
    return len(value) // _ORDERS if isinstance(value, str | bytes) else 0


def _tree_or_absent(value: Any, limit: float = math.inf) -> Any:
    try:
        return tree_of(value, limit)
    except NotPlain:
        return _ABSENT


def _held(value: Any) -> Held:
    """Return the tree of a thing that is not plain.

    Raises:
        NotPlain: when nothing is known of its kind.
    """
    if isinstance(value, ScheduledRate):  # it follows from the number of updates
        raise NotPlain
    if isinstance(value, Hyper):
        return Held("number", value.value)
    if isinstance(value, random.Random) and type(value) is random.Random:
        return Held("random.Random", value.getstate())
    if isinstance(value, np.random.RandomState):
        return Held("numpy.RandomState", tree_of(value.get_state()))
    if isinstance(value, np.random.Generator):
        return Held("numpy.Generator", tree_of(value.bit_generator.state))
    if isinstance(value, torch.Generator):
        return Held("torch.Generator", value.get_state())
    if type(value) is Weight:  # the model's own, carried with it
        raise NotPlain
    if callable(getattr(value, "assign", None)) and callable(getattr(value, "numpy", None)):
        return Held("variable", np.array(_numbers_of(value)))
    if not isinstance(value, nn.Module | type) and has_own_state(value):
        return Held("state", tree_of(value.state_dict()))
    raise NotPlain


def _numbers_of(variable: Any) -> Any:
    if isinstance(variable, Tensor):
        return variable.detach().cpu().numpy()
    return variable.numpy()


def _filled(current: Any, held: Held) -> Any:
    """Put the tree of a thing into the thing of its kind; return that."""
    kind, tree = held.kind, held.tree
    if kind == "number":
        if not isinstance(current, Hyper):
            return tree
        current.assign(tree)
    elif kind == "random.Random":
        current = current if isinstance(current, random.Random) else random.Random()
        current.setstate(tree)
    elif kind == "numpy.RandomState":
        current = current if isinstance(current, np.random.RandomState) else np.random.RandomState()
        current.set_state(tree)
    elif kind == "numpy.Generator":
        if not isinstance(current, np.random.Generator):
            current = np.random.Generator(getattr(np.random, _bits(tree))())
        current.bit_generator.state = tree
    elif kind == "torch.Generator":
        current = current if isinstance(current, torch.Generator) else torch.Generator()
        current.set_state(tree)
    elif kind == "variable" and callable(getattr(current, "assign", None)):
        current.assign(tree)
    elif kind == "state" and has_own_state(current):
        current.load_state_dict(tree)
    return current


def _bits(tree: Any) -> str:
    name = str(tree["bit_generator"])
    known = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
    if name not in known:
        raise ValueError(f"a stream must be one of {', '.join(known)}, got {name!r}")
    return name


def _refilled(current: Any, array: Any) -> Any:
    fits = isinstance(current, np.ndarray) and current.flags.writeable
    if fits and current.shape == array.shape and current.dtype == array.dtype:
        current[...] = array
        return current
    return array


def _refilled_tensor(current: Any, tensor: Tensor) -> Any:
    if isinstance(current, Tensor):
        if current.shape == tensor.shape and current.dtype == tensor.dtype:
            with torch.no_grad():
                return current.copy_(tensor)
        return tensor.to(current.device)
    return tensor
