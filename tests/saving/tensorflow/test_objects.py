"""Objects: the graph of named parts in a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim.errors import FileError
from kshim.saving.tensorflow.bundles import Bundle, write_bundle
from kshim.saving.tensorflow.messages import put, put_each
from kshim.saving.tensorflow.objects import ENDING, GRAPH, Objects, tree_message


class Leaf:
    """Stand for a variable."""

    def __init__(self, name: str) -> None:
        self.name = name


def objects(content: bytes, folder: Path) -> Objects:
    """Return the objects of a bundle that holds only their graph."""
    write_bundle(str(folder / "b"), {GRAPH: content, "a": np.zeros(1)})
    return Objects(Bundle(str(folder / "b")))


def test_a_tree_is_found_by_its_names_again(tmp_path: Path) -> None:
    kernel, bias, shared = Leaf("d/kernel:0"), Leaf("d/bias:0"), Leaf("s")
    tree: dict[str, Any] = {
        "layer": {"kernel": kernel, "bias": bias},
        "a/b.c": {"it": shared},
        "again": {"deep": {"it": shared}},
    }
    message, leaves = tree_message(tree)
    assert set(leaves) == {f"{it}{ENDING}" for it in ("layer/kernel", "layer/bias", "a.Sb..c/it")}
    found = objects(message, tmp_path)
    assert found.key(found.child(0, "layer", "kernel")) == f"layer/kernel{ENDING}"
    assert found.child(0, "again", "deep", "it") == found.child(0, "a/b.c", "it")
    assert found.parts[found.child(0, "layer", "bias") or 0].full_name == "d/bias"
    assert found.child(0, "layer", "none") is None
    assert found.key(None) == ""


def test_a_variable_is_found_by_its_own_name_too(tmp_path: Path) -> None:
    message, _ = tree_message({"layer": {"v": Leaf("dense/kernel:0")}})
    found = objects(message, tmp_path)
    layer = found.child(0, "layer")
    assert found.leaf(layer, "kernel") == found.leaf(layer, "v") is not None
    assert found.leaf(layer, "bias") is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no objects"),
        (put((1, put((1, put((1, 7), (2, "a")))))), "objects past the last of 1"),
        (put((1, put((3, put((1, 0), (2, "m"), (3, 5)))))), "objects past the last of 1"),
        (put_each(1, [put((1, 4))]), "a number in the place of bytes"),
    ],
)
def test_damage_is_told(content: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=reason):
        objects(content, tmp_path)


def test_circles_lead_nowhere(tmp_path: Path) -> None:
    found = objects(put((1, put((1, put((1, 0), (2, "self")))))), tmp_path)
    assert found.child(0, "self", "self", "self") == 0
