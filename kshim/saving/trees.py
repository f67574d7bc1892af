"""Trees: nested plain values, arrays and tensors in one file, written in one step.

The file is an uncompressed zip archive of a JSON text and of the numbers of all arrays. Nothing in
it is executed; each member has a checksum, so that a damaged file is known.
"""

from __future__ import annotations

import json
import math
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.core.replacing import in_place_of
from kshim.errors import FileError
from kshim.saving.dialects import read_json
from kshim.saving.members import reading_archive

FORMAT = 1
_TEXT, _NUMBERS = "tree.json", "numbers.bin"
_LINE = 64  # arrays begin at multiples of so many bytes
_ARRAY_KINDS = "biufcUS"
_WORD = "$"
_LONG = 1000  # members, from which on a list of numbers or texts is written as an array
_MOST = 2**63
# For a further type: its word in files, and what gives its parts as a tree.
Others = Mapping[type[Any], tuple[str, Callable[[Any], Any]]]


def write_tree(path: str, kind: str, tree: Any, others: Others | None = None) -> None:
    """Write a tree; the old file stays until the new one is whole.

    Args:
        kind: what the file is, which `read_tree` asks for.
        others: for further types, their word and what gives their parts as a tree.
    """
    numbers: list[np.ndarray[Any, Any]] = []
    told = _Writing(numbers, others or {}).told(tree)
    text = json.dumps({"kind": kind, "format": FORMAT, "tree": told})
    with in_place_of(path) as draft, zipfile.ZipFile(draft, "w") as archive:
        archive.writestr(_TEXT, text)
        with archive.open(_NUMBERS, "w", force_zip64=True) as stream:
            for array in numbers:
                stream.write(array.data)
                stream.write(bytes(-array.nbytes % _LINE))


def read_tree(
    path: str, kind: str, others: Mapping[str, Callable[[Any], Any]] | None = None
) -> Any:
    """Return the tree in a file.

    Args:
        others: by the words of further types, what makes such a value of its parts.

    Raises:
        FileError: when the file is of another kind, or damaged.
    """
    with reading_archive(path) as archive:
        head = read_json(archive.text(_TEXT), f"{archive.file}: {_TEXT}")
        if not isinstance(head, dict) or head.get("kind") != kind or head.get("format") != FORMAT:
            raise FileError(f"{path}: must be a {kind} of format {FORMAT}, got another file.")
        numbers = archive.numbers(_NUMBERS)
    try:
        return _Reading(numbers, others or {}).tree(head.get("tree"))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise FileError(f"{path}: {_TEXT} must say what {_NUMBERS} holds, got {error}.") from None


def remove_drafts(path: str) -> None:
    """Remove what writers that were killed have left beside a file."""
    folder, name = os.path.split(os.path.realpath(path))
    draft = re.compile(rf"\.{re.escape(name[:200])}\.[0-9a-f]{{12}}")
    for entry in os.listdir(folder) if os.path.isdir(folder) else ():
        if draft.fullmatch(entry):
            os.remove(os.path.join(folder, entry))


class _Writing:
    """Make JSON of a tree; arrays go aside."""

    def __init__(self, numbers: list[np.ndarray[Any, Any]], others: Others) -> None:
        self.numbers, self.others, self.end = numbers, others, 0

    def told(self, tree: Any) -> Any:
        """Return a tree as JSON has it."""
        if isinstance(tree, np.generic):
            return {"$number": self._array(np.array(tree))}
        if tree is None or isinstance(tree, bool | int | float | str):
            return tree
        if isinstance(tree, list):
            return self._long(tree) or [self.told(item) for item in tree]
        if isinstance(tree, dict):
            if all(type(key) is str and not key.startswith(_WORD) for key in tree):
                return {key: self.told(item) for key, item in tree.items()}
            return {"$dict": [[self.told(key), self.told(item)] for key, item in tree.items()]}
        if isinstance(tree, tuple | set):
            return {f"${type(tree).__name__}": [self.told(item) for item in tree]}
        if isinstance(tree, bytes):
            return {"$bytes": list(tree)}
        if isinstance(tree, complex):
            return {"$complex": [tree.real, tree.imag]}
        if isinstance(tree, np.ndarray):
            return {"$array": self._array(tree)}
        if isinstance(tree, Tensor):
            return {"$tensor": self._tensor(tree)}
        word, parts_of = self.others[type(tree)]
        return {f"${word}": self.told(parts_of(tree))}

    def _long(self, items: list[Any]) -> dict[str, Any] | None:
        """Return a long list of numbers, or of texts, as arrays; None for any other."""
        kinds = set(map(type, items)) if len(items) >= _LONG else set()
        if kinds == {str}:
            texts = [text.encode("utf-8", "surrogatepass") for text in items]
            lengths = np.array(list(map(len, texts)), np.int64)
            joined = np.frombuffer(b"".join(texts), np.uint8)
            return {"$texts": [self._array(joined), self._array(lengths)]}
        if kinds == {float} or (kinds == {int} and min(items) >= -_MOST and max(items) < _MOST):
            return {"$list": self._array(np.array(items))}
        return None

    def _array(self, array: np.ndarray[Any, Any]) -> list[Any]:
        return [array.dtype.str, list(array.shape), self._kept(np.ascontiguousarray(array))]

    def _tensor(self, tensor: Tensor) -> list[Any]:
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        kind = str(tensor.dtype).removeprefix("torch.")
        return [kind, list(tensor.shape), self._kept(flat.view(torch.uint8).numpy())]

    def _kept(self, array: np.ndarray[Any, Any]) -> int:
        """Put an array behind the others; return where it begins."""
        place = self.end
        flat = array.reshape(-1).view(np.uint8) if array.size else np.empty(0, np.uint8)
        self.numbers.append(flat)
        self.end += flat.nbytes + -flat.nbytes % _LINE
        return place


class _Reading:
    """Make a tree of JSON and the numbers of its arrays."""

    def __init__(self, numbers: bytearray, others: Mapping[str, Callable[[Any], Any]]) -> None:
        self.numbers, self.others = numbers, others
        self.words: dict[str, Callable[[Any], Any]] = {
            "dict": lambda told: {self._key(key): self.tree(item) for key, item in told},
            "tuple": lambda told: tuple(map(self.tree, told)),
            "set": lambda told: set(map(self.tree, told)),
            "bytes": bytes,
            "complex": lambda told: complex(*told),
            "number": lambda told: self._array(*told)[()],
            "array": lambda told: self._array(*told),
            "list": lambda told: self._array(*told).tolist(),
            "texts": lambda told: self._texts(*told),
            "tensor": lambda told: self._tensor(*told),
        }

    def tree(self, told: Any) -> Any:
        """Return what JSON tells."""
        if isinstance(told, list):
            return [self.tree(item) for item in told]
        if not isinstance(told, dict):
            return told
        word = next(iter(told), "")
        if not word.startswith(_WORD):
            return {key: self.tree(item) for key, item in told.items()}
        if word[1:] in self.others:
            return self.others[word[1:]](self.tree(told[word]))
        return self.words[word[1:]](told[word])

    def _key(self, told: Any) -> Any:
        return self.tree(told)

    def _array(self, kind: str, shape: list[int], place: int) -> np.ndarray[Any, Any]:
        dtype = np.dtype(kind)
        if dtype.kind not in _ARRAY_KINDS:
            raise ValueError(f"an array of type {kind!r}")
        return np.frombuffer(self._part(shape, dtype.itemsize, place), dtype).reshape(shape)

    def _tensor(self, kind: str, shape: list[int], place: int) -> Tensor:
        dtype = getattr(torch, kind)
        if not isinstance(dtype, torch.dtype):
            raise ValueError(f"a tensor of type {kind!r}")
        part = self._part(shape, dtype.itemsize, place)
        flat = torch.frombuffer(part, dtype=torch.uint8) if len(part) else torch.empty(0)
        return flat.view(dtype).reshape(shape) if len(part) else flat.to(dtype).reshape(shape)

    def _texts(self, joined: list[Any], lengths: list[Any]) -> list[str]:
        ends = np.cumsum(self._array(*lengths)).tolist()
        text = self._array(*joined).tobytes()
        if any(end > len(text) for end in ends[-1:]):
            raise ValueError(f"texts of {ends[-1]} bytes in {len(text)}")
        starts = [0, *ends[:-1]]
        return [
            text[start:end].decode("utf-8", "surrogatepass")
            for start, end in zip(starts, ends, strict=True)
        ]

    def _part(self, shape: list[int], size: int, place: int) -> memoryview:
        """Return the bytes of an array."""
        if any(type(length) is not int or length < 0 for length in (*shape, place)):
            raise ValueError(f"the shape {shape}")
        end = place + math.prod(shape) * size
        if end > len(self.numbers):
            raise ValueError(f"an array up to byte {end} of {len(self.numbers)}")
        return memoryview(self.numbers)[place:end]
