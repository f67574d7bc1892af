"""Inspecting: a load report of a file: what is in it, and what of it would not load, and why.

No weights are made, nothing is computed or executed; arrays are asked for their shapes alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kshim import losses, metrics
from kshim.core.eras import current_era, in_era
from kshim.core.registry import custom_object_scope, custom_objects
from kshim.errors import KshimError, UnknownName
from kshim.layers.base import LAYERS
from kshim.metrics.names import ACCURACY_WORDS, CROSSENTROPY_WORDS
from kshim.optimizers import OPTIMIZERS
from kshim.saving.archive import CONFIG, METADATA, STATE, WEIGHTS, config_of
from kshim.saving.dialects import era_of, read_config, read_json
from kshim.saving.h5 import Folder, reading
from kshim.saving.members import is_archive, reading_archive
from kshim.saving.operations import is_operation, operation_of
from kshim.saving.places import is_by_place, stored_shapes
from kshim.saving.slots import FOLDER as SLOTS
from kshim.saving.weights import stored_layers

Shape = tuple[int, ...]
_MODELS = ("Model", "Functional", "Container", "Sequential")


@dataclass(frozen=True)
class Found:
    """Hold what a file says of one layer.

    Attributes:
        name: with the models it stands in before it.
        input_shape: what the config says of it, or None.
    """

    name: str
    class_name: str
    input_shape: Any = None


@dataclass
class Report:
    """Hold what is in a file; `str()` gives it as a text.

    Attributes:
        form: what kind of file it is.
        version, backend, era: of the Keras that wrote it; None where it does not say.
        layers: those of the config, in order, nested ones too.
        weights: the shape of each array of weights by its path.
        optimizer, loss: what it is trained with; None when it is not compiled.
        state: how many arrays of the optimizer's state there are.
        problems: what would not load and why, one sentence each.
    """

    file: str
    form: str
    version: str | None = None
    backend: str | None = None
    era: str | None = None
    class_name: str | None = None
    layers: list[Found] = field(default_factory=list)
    weights: dict[str, Shape] = field(default_factory=dict)
    optimizer: str | None = None
    loss: Any = None
    state: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """Return how many numbers the weights hold."""
        return sum(map(math.prod, self.weights.values()))

    @property
    def loads(self) -> bool:
        """Return whether nothing was found that would not load."""
        return not self.problems

    def __str__(self) -> str:
        """Return the report as a text, a line for each thing."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.file}: {self.form}"
        yield f"  written by   Keras {self.version or 'unknown'}, {self.backend or 'any backend'}"
        yield f"  read as      Keras {self.era or 'the era in force'}"
        yield f"  model        {self.class_name or 'none, weights alone'}"
        for it in self.layers:
            told = f"  input {tuple(it.input_shape)}" if it.input_shape else ""
            yield f"    {it.name}  ({it.class_name}){told}"
        yield f"  weights      {len(self.weights)} arrays, {self.parameters} numbers"
        for path, shape in self.weights.items():
            yield f"    {path}  {shape}"
        if self.optimizer is None:
            yield "  trained with nothing"
        else:
            state = f"{self.state} arrays of state" if self.state else "no state"
            yield f"  trained with {self.optimizer} ({state}), loss {self.loss}"
        yield "  would load" if self.loads else "  would not load:"
        yield from (f"    {problem}" for problem in self.problems)


def inspect(filepath: Any, custom_objects: Mapping[str, Any] | None = None) -> Report:
    """Return a report of a file of any Keras: HDF5 or archive, a whole model or weights alone.

    Args:
        custom_objects: the user's own classes and functions, as `load_model` takes them.

    Raises:
        FileNotFoundError: when there is no such file.
    """
    file = os.fsdecode(filepath)
    report = Report(file, "a zip archive" if is_archive(file) else "an HDF5 file")
    look = _look_into_archive if is_archive(file) else _look_into_h5
    with custom_object_scope(custom_objects):
        try:
            look(file, report)
        except KshimError as error:
            report.problems.append(_reason(report, error))
    return report


def _look_into_archive(file: str, report: Report) -> None:
    with reading_archive(file) as archive:
        metadata = read_json(archive.text(METADATA), f"{file}: {METADATA}")
        if isinstance(metadata, Mapping):
            report.version = _text(metadata.get("keras_version"))
        report.era = era_of(report.version)
        config = config_of(archive)
        report.form = "a .keras archive"
        _look_at_config(config, report, CONFIG)
        _look_at_training(config.get("compile_config"), report)
        with archive.stream(WEIGHTS) as stream, reading(stream) as folder:
            report.weights = stored_shapes(folder)
            report.state = len(folder.folder(STATE).names()) if STATE in folder else 0


def _look_into_h5(file: str, report: Report) -> None:
    with reading(file) as folder:
        weights = folder.folder("model_weights") if "model_weights" in folder else folder
        report.version = folder.text("keras_version") or weights.text("keras_version")
        report.backend = folder.text("backend") or weights.text("backend")
        report.era = era_of(report.version)
        described = folder.text("model_config")
        report.form = "an HDF5 file of " + ("a whole model" if described else "weights")
        if described is not None:
            config = read_json(described, f"{file}: model_config")
            _look_at_config(config, report, "model_config")
        training = folder.text("training_config")
        if training is not None:
            _look_at_training(read_json(training, f"{file}: training_config"), report)
        report.weights = _shapes(weights)
        if not is_by_place(weights) and any(it.of_theano for it in stored_layers(weights)):
            report.backend = "theano"
        state = folder.folder(SLOTS) if SLOTS in folder else None
        report.state = len(state.texts("weight_names") or []) if state is not None else 0


def _shapes(folder: Folder) -> dict[str, Shape]:
    if is_by_place(folder):
        return stored_shapes(folder)
    return {
        f"{layer.name}/{name}": shape
        for layer in stored_layers(folder)
        for name, shape in zip(layer.names, layer.shapes, strict=True)
    }


def _look_at_config(config: Any, report: Report, entry: str) -> None:
    """Note the layers of a config, and what kshim cannot make of it."""
    report.class_name = _text(config.get("class_name")) if isinstance(config, Mapping) else None
    try:
        known = read_config(config, f"{report.file}: {entry}")
    except KshimError as error:
        report.problems.append(_reason(report, error))
        known = config
    with in_era(report.era or current_era()):
        for found, told in _layers(known, ""):
            report.layers.append(found)
            problem = _problem(found.class_name, told)
            if problem:
                report.problems.append(f"{entry}: {found.name}: {problem}")


def _layers(entry: Any, before: str) -> Iterator[tuple[Found, Mapping[str, Any]]]:
    """Give every layer of a config, those of nested models behind their model's name."""
    told = entry.get("config") if isinstance(entry, Mapping) else None
    listed = told.get("layers") if isinstance(told, Mapping) else told
    for inner in listed if isinstance(listed, list) else []:
        if not isinstance(inner, Mapping):
            continue
        config = inner.get("config")
        words = config if isinstance(config, Mapping) else {}
        name = f"{before}{words.get('name') or inner.get('name') or inner.get('class_name')}"
        shape = words.get("batch_input_shape") or words.get("batch_shape")
        kind = str(inner.get("class_name"))
        yield Found(name, kind, shape if isinstance(shape, list) else None), words
        if kind in _MODELS:
            yield from _layers(inner, f"{name}/")


def _problem(kind: str, config: Mapping[str, Any]) -> str:
    """Return why a layer would not load, or no text at all."""
    try:
        if is_operation(kind):
            operation_of(kind, config)
        elif kind not in _MODELS and kind not in custom_objects():
            LAYERS.make({"class_name": kind, "config": config})  # without weights
    except UnknownName as error:
        return f"{error} Own classes and functions are given by custom_objects."
    except KshimError as error:
        return str(error)
    return ""


def _look_at_training(told: Any, report: Report) -> None:
    if not isinstance(told, Mapping):
        return
    optimizer = told.get("optimizer") or told.get("optimizer_config")
    if isinstance(optimizer, Mapping | str):
        named = optimizer.get("class_name") if isinstance(optimizer, Mapping) else optimizer
        report.optimizer = _text(named)
        if report.optimizer is not None and report.optimizer not in custom_objects():
            try:
                OPTIMIZERS.find(report.optimizer)
            except KshimError as error:
                report.problems.append(f"optimizer: {error}")
    report.loss = told.get("loss")
    if "optimizer_config" in told or "optimizer" in told:
        report.problems.extend(_unknown("loss", losses.get, _named(report.loss)))
        report.problems.extend(_unknown("metrics", metrics.get, _named(told.get("metrics"))))


def _named(value: Any) -> list[str]:
    """Return the names that stand for losses or metrics, wherever they stand."""
    if isinstance(value, Mapping):
        plain = "class_name" not in value
        return [name for item in value.values() for name in _named(item)] if plain else []
    if isinstance(value, list):
        return [name for item in value for name in _named(item)]
    return [value] if isinstance(value, str) else []


def _unknown(what: str, find: Callable[[str], Any], names: Sequence[str]) -> Iterator[str]:
    """Give a sentence for each name that is not known."""
    for name in names:
        try:
            if name not in (*ACCURACY_WORDS, *CROSSENTROPY_WORDS):
                find(name)
        except KshimError as error:
            yield f"{what}: {error}"


def _reason(report: Report, error: KshimError) -> str:
    return str(error).removeprefix(f"{report.file}: ")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
