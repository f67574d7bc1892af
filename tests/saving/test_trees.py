"""Trees in files: they come back to the bit, and a damaged or foreign file is told of."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kshim.errors import FileError
from kshim.saving.trees import read_tree, remove_drafts, write_tree
from kshim.training.states import same

TREE = {
    "plain": [None, True, 3, 2**70, 0.1, float("inf"), float("-inf"), "é\n", b"\0\xff", 1 + 2j],
    "nested": {"tuple": (1, [2, (3,)]), "set": {4}, 5: "key", ("a", 1): 6, "$word": 7},
    "numbers": [np.float32(0.1), np.int64(-3), np.bool_(True), np.float64(0.1)],
    "arrays": [np.arange(6).reshape(2, 3), np.zeros((0, 3)), np.array(2.5), np.array(["a", "bc"]),
               np.asfortranarray(np.arange(6.0).reshape(2, 3))],
    "long": [[f"fil\u00e9 {n}" for n in range(2000)], ["\ud800"] * 2000, [True] * 2000,
             list(range(2000)), [n / 7 for n in range(2000)],
             [2**70, *range(2000)], [1.5, *range(2000)]],
    "tensors": [torch.ones(2, 3), torch.tensor(3), torch.ones(2, dtype=torch.bfloat16),
                torch.zeros(0, 2), torch.tensor([True]), torch.ones(4, 3).t()],
}  # fmt: skip


def test_a_tree_comes_back_to_the_bit(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    write_tree(path, "test", TREE)
    found = read_tree(path, "test")
    assert same(found, TREE)
    found["arrays"][0][0] = 9  # what comes back can be written to
    assert [it.name for it in tmp_path.iterdir()] == ["file"]


def test_another_kind_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    write_tree(path, "test", TREE)
    with pytest.raises(FileError, match="must be a backup of format 1, got another file"):
        read_tree(path, "backup")


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"something else")
    with pytest.raises(FileError, match="must be a whole zip archive"):
        read_tree(str(path), "test")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other", "text")
    with pytest.raises(FileError, match="must be in the archive, got no such member"):
        read_tree(str(path), "test")


def test_every_damage_is_known(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_tree(str(path), "test", TREE)
    whole = path.read_bytes()
    draw = np.random.default_rng(0)
    for _ in range(150):
        place = int(draw.integers(len(whole)))
        damaged = bytearray(whole)
        if draw.random() < 0.3:
            del damaged[place:]
        else:
            damaged[place] ^= 1 << int(draw.integers(8))
        path.write_bytes(damaged)
        try:
            found = read_tree(str(path), "test")
        except FileError:
            continue
        assert same(found, TREE)  # the damage was between the members


HOSTILE: list[Any] = [
    {"$array": ["<f4", [10**12], 0]}, {"$array": ["<f4", [-1], 0]}, {"$array": ["O", [1], 0]},
    {"$array": ["<f4", [2], 10**9]}, {"$tensor": ["load", [1], 0]}, {"$tensor": ["float32"]},
    {"$texts": [["|u1", [4], 0], ["<i8", [1], 8]]}, {"$list": ["|u1"]},
    {"$unknown": 1}, {"$dict": [1]}, {"$dict": [[[], 1]]}, {"$array": [["<f4"], [1], -4]},
]  # fmt: skip


@pytest.mark.parametrize("told", HOSTILE, ids=repr)
def test_a_text_that_lies_is_refused(told: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tree.json", json.dumps({"kind": "test", "format": 1, "tree": told}))
        archive.writestr("numbers.bin", bytes([9]) * 64)
    with pytest.raises(FileError, match=r"tree.json must say what numbers.bin holds"):
        read_tree(str(path), "test")


def test_drafts_of_writers_that_were_killed_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for name in (".file.0123456789ab", ".file.other", ".fil.0123456789ab", "file"):
        (tmp_path / name).touch()
    remove_drafts(str(path))
    assert sorted(it.name for it in tmp_path.iterdir()) == [
        ".fil.0123456789ab", ".file.other", "file",
    ]  # fmt: skip
