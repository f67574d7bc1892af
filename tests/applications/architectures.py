"""The recorded architectures of real Kerases, and what kshim makes of the same calls.

`tools/check_applications.py` runs all of it; the tests run what is small.
"""

from __future__ import annotations

import gzip
import importlib
import json
import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.models import Model
from tests.recorded import CASES, RECORDED

SIDES = ("top", "notop")


@dataclass(frozen=True)
class Architecture:
    """One architecture as a real Keras made it: with its top, or without."""

    oracle: str
    era: str
    side: str
    case: dict[str, Any]
    told: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.case['name']}-{self.side}-{self.era}"

    def make(self, small: bool = False) -> Model:
        """Return the model of the same call: for the usual images, or for small ones."""
        forget_names()
        with in_era(self.era):
            module = importlib.import_module(f"kshim.applications.{self.case['module']}")
            small = small or not self.case["usual"]
            words = formula()["words_of"](self.case, self.era, self.side == "top", small)
            model: Model = getattr(module, self.case["function"])(**words)
        return model

    def filled(self) -> Model:
        """Return the model for small images, with the weights of the formula."""
        model = self.make(small=True)
        with in_era(self.era):
            for layer, values in formula()["filling"](
                model.layers, self.case, lambda weight: weight.shape
            ):
                if values:
                    layer.set_weights(values)
        return model

    def images(self) -> np.ndarray:
        """Return the images that the outputs are of."""
        found: np.ndarray = formula()["images_for"](self.told["shape"], self.case["pixels"])
        return found


@cache
def formula() -> dict[str, Any]:
    """Return what the file of cases holds."""
    return runpy.run_path(str(CASES / "cases" / "applications.py"))


@cache
def architectures() -> tuple[Architecture, ...]:
    """Return all that was recorded."""
    return tuple(_read())


def _read() -> Iterator[Architecture]:
    rows = {row["name"]: row for row in formula()["CASES"]}
    for path in sorted(RECORDED.glob("*/applications.json.gz")):
        head = json.loads(gzip.decompress(path.read_bytes()))
        for found in head["cases"]:
            for side in SIDES:
                yield Architecture(
                    head["oracle"], head["era"], side, rows[found["name"]], found[side]
                )


def described(model: Model, era: str) -> dict[str, Any]:
    """Return what the recorder tells of a model."""
    with in_era(era):
        return {
            "model": model.name,
            "parameters": model.count_params(),
            "trainable": sum(int(np.prod(it.shape)) for it in model.trainable_weights),
            "layers": [
                [layer.name, list(layer.output_shape[1:]) if not _is_input(layer) else
                 list(layer.output.shape[1:]),
                 [[_path(it, era), list(it.shape)] for it in layer.weights]]
                for layer in model.layers
            ],
        }  # fmt: skip


def differences(told: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return in words where two descriptions differ, the first differing layer alone."""
    words = [
        f"{key}: {told[key]!r}, found {found[key]!r}"
        for key in ("model", "parameters", "trainable")
        if told[key] != found[key]
    ]
    if len(told["layers"]) != len(found["layers"]):
        words.append(f"layers: {len(told['layers'])}, found {len(found['layers'])}")
    pairs = zip(map(_bare, told["layers"]), map(_bare, found["layers"]), strict=False)
    words += [f"layer: {one!r}, found {other!r}" for one, other in pairs if one != other][:1]
    return words


def _bare(layer: list[Any]) -> list[Any]:
    """Return a layer without what Keras puts before the names of its weights.

    Keras 3 puts the names of models around there, NASNet in Keras 2.2 and 2.3 those of its cells.
    """
    name, shape, weights = layer
    return [name, shape, [[_own(name, path), sizes] for path, sizes in weights]]


def _own(layer: str, path: str) -> str | list[str]:
    """Return a weight's name from its layer's on."""
    if ":" not in path:
        return path.split("/")[-2:]
    return path[max(path.find(f"/{layer}/") + 1, 0) :]


def distance(told: dict[str, Any], output: np.ndarray) -> float:
    """Return how far an output is from the recorded one, in parts of its largest number."""
    wanted, found = np.array(told["output"]), np.array(formula()["told"](output))
    return float(np.abs(wanted - found).max() / np.abs(wanted).max())


def _is_input(layer: Any) -> bool:
    return type(layer).__name__ == "InputLayer"


def _path(weight: Any, era: str) -> str:
    """Return the name of a weight as the recorder tells it: without its output, in Keras 3."""
    name = str(weight.name)
    return name.removesuffix(":0") if era == "3" else name
