"""Read what real Kerases were recorded to compute (``compat_cases/recorded``, see its README)."""

from __future__ import annotations

import atexit
import importlib.util
import json
import math
import runpy
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from kshim import layers

CASES = Path(__file__).resolve().parent.parent / "compat_cases"
RECORDED = CASES / "recorded"
MODELS = CASES / "models"


@dataclass(frozen=True)
class Recorded:
    """One case as a real Keras ran it: what was asked, and every array that came out.

    ``spec`` is the row of the JSON table: name, class_name, arguments, inputs and so on, and
    what the Keras said of the layer (weights, shapes, masks). ``arrays`` holds the numbers.
    """

    oracle: str
    era: str
    spec: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def __str__(self) -> str:
        backend = self.oracle.rpartition("-")[2]
        other = f"-{backend}" if backend in ("theano", "tensorflow") else ""
        return f"{self.spec['name']}-{self.era}{other}"

    @property
    def name(self) -> str:
        """Return the case's name."""
        return str(self.spec["name"])

    @property
    def inputs(self) -> list[np.ndarray]:
        """Return the arrays fed to the layer."""
        return self.numbered("input")

    @property
    def weights(self) -> list[np.ndarray]:
        """Return the weights in Keras's order."""
        return self.numbered("weight")

    @property
    def outputs(self) -> list[np.ndarray]:
        """Return the outputs at rest."""
        return self.numbered("output")

    @property
    def masks(self) -> list[np.ndarray | None]:
        """Return the mask of each output, None where the output carries none."""
        stored = [self.arrays.get(f"mask_{place}") for place in range(len(self.outputs))]
        return [None if mask is None else mask.astype(bool) for mask in stored]

    @property
    def directions(self) -> list[np.ndarray]:
        """Return what each output is multiplied with before the sum that is differentiated."""
        return self.numbered("direction")

    @property
    def input_gradients(self) -> list[np.ndarray | None]:
        """Return the gradient of sum(output * direction) by each input, None for whole numbers."""
        return [self.arrays.get(f"input_gradient_{place}") for place in range(len(self.inputs))]

    @property
    def weight_gradients(self) -> list[np.ndarray]:
        """Return the gradient of sum(output * direction) by each trainable weight."""
        return self.numbered("weight_gradient")

    def numbered(self, name: str) -> list[np.ndarray]:
        """Return the arrays ``name_0``, ``name_1``, … in order."""
        found: list[np.ndarray] = []
        while f"{name}_{len(found)}" in self.arrays:
            found.append(self.arrays[f"{name}_{len(found)}"])
        return found


def oracles() -> list[str]:
    """Return the names of the recorded Kerases, such as ``keras-2.2.4``."""
    return sorted(folder.name for folder in RECORDED.iterdir() if folder.is_dir())


def recorded(kind: str, oracle: str | None = None, family: str | None = None) -> list[Recorded]:
    """Return the recorded cases of a kind (``layers``, …), of one oracle and family or of all."""
    pattern = f"{oracle or '*'}/{kind}/{family or '*'}.json"
    return [case for table in sorted(RECORDED.glob(pattern)) for case in cases_of(table)]


def recorded_models(oracle: str | None = None) -> list[Recorded]:
    """Return the whole models that one oracle or all of them wrote."""
    tables = sorted(MODELS.glob(f"{oracle or '*'}/models.json"))
    return [case for table in tables for case in cases_of(table)]


def models_in_json(oracle: str | None = None) -> list[Recorded]:
    """Return the recorded models whose JSON was recorded and tells all of them.

    That of Keras 2 does not tell that a model inside a model is frozen.
    """
    cases = [case for case in recorded_models(oracle) if "to_json" in case.spec]
    return [it for it in cases if it.name != "shared_model" or it.era in ("2.15", "3")]


def model_file(case: Recorded, ending: str = ".h5") -> Path:
    """Return the file of a recorded model: ``.h5``, or ``.weights.h5`` for its weights alone."""
    return _files(case.oracle) / (case.name + ending)


def files_of(case: Recorded) -> list[str]:
    """Return the endings of the files that there are of a recorded model."""
    names = [path.name.partition(".") for path in _files(case.oracle).iterdir()]
    return sorted(f".{ending}" for name, _, ending in names if name == case.name)


def own_objects(case: Recorded) -> dict[str, Any]:
    """Return the classes and functions of its own that a recorded model needs, made with kshim."""
    make = _makers().get(case.name)
    return make(SimpleNamespace(layers=layers)) if make else {}


@cache
def _files(oracle: str) -> Path:
    """Return a folder with the files that one oracle wrote; it goes when the tests end."""
    folder = tempfile.mkdtemp(prefix="recorded-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with zipfile.ZipFile(MODELS / oracle / "models.zip") as archive:
        archive.extractall(folder)
    return Path(folder)


@cache
def _makers() -> dict[str, Any]:
    """Return what makes the objects of its own that a model needs, by the model's name."""
    modules = [runpy.run_path(str(path)) for path in sorted(CASES.glob("cases/models*.py"))]
    cases = [case for module in modules for case in module["CASES"]]
    return {case["name"]: case["custom"] for case in cases if "custom" in case}


@cache
def cases_of(table: Path) -> tuple[Recorded, ...]:
    """Return the cases of one table with the arrays of the archive beside it."""
    return tuple(_read_cases(table))


def _read_cases(table: Path) -> Iterator[Recorded]:
    head = json.loads(table.read_text("ascii"))
    with np.load(table.with_suffix(".npz")) as stored:
        values = stored["values"]
    start = 0
    for spec in head["cases"]:
        arrays = {}
        for name, shape in sorted(spec["arrays"].items()):
            end = start + math.prod(shape)
            arrays[name] = values[start:end].reshape(shape)
            start = end
        if "class_name" in spec:
            arrays |= _spelt(spec, arrays) | _truths(spec, arrays)
        if "floatx" in spec:
            arrays = {name: array.astype(spec["floatx"]) for name, array in arrays.items()}
        yield Recorded(head["oracle"], head["era"], spec, arrays)


def _truths(spec: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the inputs of a row that are true or false."""
    kinds = enumerate(spec.get("kinds", []))
    names = [f"input_{place}" for place, kind in kinds if kind == "truth"]
    return {name: arrays[name].astype(bool) for name in names}


def _spelt(spec: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the inputs and outputs of a row that stand in it, or are no float32."""
    kinds = spec.get("input_dtypes") or ["float32"] * len(spec.get("data", []))
    given = zip(spec.get("data", []), kinds, strict=True)
    inputs = {f"input_{place}": _array(values, kind) for place, (values, kind) in enumerate(given)}
    words = {key: _array(values, "string") for key, values in spec.get("words", {}).items()}
    outputs = {
        f"output_{place}": arrays[f"output_{place}"].astype(kind)
        for place, kind in enumerate(spec.get("output_dtypes", []))
        if f"output_{place}" in arrays
    }
    return inputs | words | outputs


def _array(values: Any, kind: str) -> np.ndarray:
    return np.array(values, dtype=object if kind == "string" else kind)


def recording_tool(name: str) -> ModuleType:
    """Return a file of tools/recording as a module: it asks kshim what it asked a real Keras."""
    path = CASES.parent / "tools" / "recording" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"recording_{name}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
