"""The tensorflow names that Keras scripts touch give what TensorFlow 2.15 gave, or have a reason.

The expressions stand in compat_cases/cases/tensorflow_names.py, their values were recorded by
tools/recording/tensorflow_names.py; which names scripts touch, in upstream/names/tensorflow.txt.
"""

from __future__ import annotations

import ast
import importlib
import json
import runpy
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kshim.compat import finder

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "compat_cases/cases/tensorflow_names.py"
RECORDED = ROOT / "compat_cases/recorded/tf.keras-2.15.0/tensorflow_names.json"
NAMES = ROOT / "compat_cases/upstream/names/tensorflow.txt"


# Sizes are Python's whole numbers here, which numpy keeps in 64 bits.
SIZES = {"tf.shape(C)", "tf.shape(C)[1]", "tf.rank(C)"}

# What draws, keeps state, or stands for a part of TensorFlow: the tests that name it.
TESTED = {
    "compat/tensorflow/test_contrib_image.py": (
        "contrib.image.angles_to_projective_transforms contrib.image.compose_transforms "
        "contrib.image.transform"
    ),
    "compat/tensorflow/test_data.py": "data.TFRecordDataset",
    "compat/tensorflow/test_digits.py": (
        "contrib.learn.python.learn.datasets.mnist "
        "contrib.learn.python.learn.datasets.mnist.load_mnist "
        "contrib.learn.python.learn.datasets.mnist.read_data_sets"
    ),
    "compat/tensorflow/test_execution.py": "Assert TensorArray TensorSpec",
    "compat/tensorflow/test_few.py": "random_shuffle",
    "compat/tensorflow/test_functions.py": (
        "device name_scope random.normal random.uniform random.set_seed test.is_gpu_available"
    ),
    "compat/tensorflow/test_gradients.py": "GradientTape",
    "compat/tensorflow/test_queues.py": (
        "train.Coordinator train.batch train.shuffle_batch train.start_queue_runners"
    ),
    "compat/tensorflow/test_standing_in.py": (
        "ConfigProto InteractiveSession Session __version__ as_dtype compat.v1.ConfigProto "
        "compat.v1.Session compat.v1.global_variables_initializer config "
        "config.experimental.list_logical_devices config.experimental.list_physical_devices "
        "config.experimental.set_memory_growth config.experimental.set_visible_devices "
        "config.get_visible_devices config.list_physical_devices control_dependencies float16 "
        "get_default_graph global_variables global_variables_initializer placeholder "
        "random_uniform reset_default_graph set_random_seed string tables_initializer "
        "variables_initializer version.VERSION"
    ),
    "saving/tensorflow/test_checkpoints.py": "train.load_variable",
    "training/test_distributed.py": "distribute distribute.MirroredStrategy",
}
_COLUMN = "tested by its kind: every feature column is refused with the way on"
REASONS = {
    "feature_column.categorical_column_with_identity": _COLUMN,
    "feature_column.embedding_column": _COLUMN,
    "feature_column.numeric_column": _COLUMN,
    "train.NewCheckpointReader": "train.load_checkpoint by its older name",
    "train.Optimizer": "a base class alone, of which scripts ask isinstance",
}
ABSENT = object()


@cache
def cases() -> dict[str, Any]:
    return runpy.run_path(str(CASES))


@cache
def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RECORDED.read_text())["cases"]
    return found


@pytest.fixture(scope="module")
def served() -> Iterator[SimpleNamespace]:
    finder.install()
    try:
        yield SimpleNamespace(
            tf=importlib.import_module("tensorflow"),
            v1=importlib.import_module("tensorflow.compat.v1"),
        )
    finally:
        finder.uninstall()


@pytest.mark.parametrize("expression", recorded())
def test_an_expression_gives_what_tensorflow_gave(expression: str, served: SimpleNamespace) -> None:
    names = {**cases()["inputs"](), "np": np, "tf": served.tf, "v1": served.v1}
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", DeprecationWarning)
        made = eval(expression, names)
    compare(made, recorded()[expression], expression in SIZES)


def compare(made: Any, wanted: Any, is_size: bool = False) -> None:
    """Assert that a result is what was recorded, in kind, type, shape and numbers."""
    if isinstance(wanted, list):
        assert len(made) == len(wanted)
        for one, other in zip(made, wanted, strict=True):
            compare(one, other)
    elif "plain" in wanted:
        assert made == wanted["plain"]
    elif wanted["type"] == "text":
        assert str(made) == wanted["values"]
    else:
        found = np.asarray(made.numpy() if hasattr(made, "numpy") else made)
        kind = "int64" if is_size else wanted["type"]
        assert (str(found.dtype), list(found.shape)) == (kind, wanted["shape"])
        numbers = np.array([float(one) for one in wanted["values"]])
        np.testing.assert_allclose(found.ravel().astype("float64"), numbers, rtol=1e-5, atol=1e-6)


def test_every_expression_is_recorded() -> None:
    assert [*recorded()] == [*dict.fromkeys(cases()["CASES"])]


@cache
def offered() -> dict[str, int]:
    """Return the names that scripts touch and kshim has, each with the identity of its object."""
    finder.install()
    try:
        paths = [line.partition(".")[2] for line in NAMES.read_text().splitlines()]
        found = {path: find(path) for path in paths if path}
    finally:
        finder.uninstall()
    return {path: id(one) for path, one in found.items() if one is not ABSENT}


@cache
def with_values() -> frozenset[int]:
    """Return the identities of what the expressions ask, under whichever of its names."""
    finder.install()
    try:
        return frozenset(id(find(path)) for path in chains())
    finally:
        finder.uninstall()


def find(path: str) -> Any:
    """Return what tensorflow has under a path, or ABSENT."""
    found, name = importlib.import_module("tensorflow"), "tensorflow"
    for part in path.split("."):
        name += "." + part
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(name)
            except ImportError:
                return ABSENT
    return found


def test_no_fewer_names_are_offered_than_were_counted() -> None:
    assert len(offered()) >= 212


@pytest.mark.parametrize("name", offered())
def test_a_name_is_held_to_tensorflow_or_to_a_test(name: str) -> None:
    named = {word for words in TESTED.values() for word in words.split()}
    held = {
        "a value": offered()[name] in with_values(),
        "a test": name in named,
        "a reason": name in REASONS,
    }
    assert sum(held.values()) == 1, f"tf.{name} has {held}"


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file, words in TESTED.items() for name in words.split()]
)
def test_the_named_file_asks_the_name(file: str, name: str) -> None:
    assert name.rpartition(".")[2] in (ROOT / "tests" / file).read_text()


@cache
def chains() -> frozenset[str]:
    """Return the dotted names that the expressions ask, as they stand behind `tf.`."""
    found = set()
    for expression in recorded():
        for node in ast.walk(ast.parse(expression)):
            path = dotted(node)
            if path.startswith("tf."):
                found.add(path[3:])
            if path.startswith("v1."):
                found.add("compat." + path)
    return frozenset(found)


def dotted(node: ast.AST) -> str:
    """Return the path that attributes of a name spell, or no text."""
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return node.id if isinstance(node, ast.Name) else ""
