"""ONNX: a model as one file for onnxruntime and whatever else runs ONNX.

The lowered network goes through torch's exporter; the graph is then made lean, bears Keras's
names, and is compared with the model in onnxruntime before the file takes its place.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from kshim.errors import ArgumentError, MissingPackage, NotSupported, StateError
from kshim.export.entrances import Entrance, Sizes, entrances_of, fitting_sizes, sample
from kshim.export.tracing import outputs_of, predicting, program_of, quiet
from kshim.layers.base import Layer

_ONE_FILE = 2**31 - 2**20  # bytes of weights; protobuf, which ONNX files are, ends at 2 GB
_BATCHES = (1, 2, 5)
_NO_LIMIT = 2**60


@dataclass(frozen=True)
class Exported:
    """Say what an export made.

    Attributes:
        path: the file; None where none was asked for.
        model: the `onnx.ModelProto`; its weights are left out where they stand in a second file.
        difference: the largest that onnxruntime and the model differ by; None if not compared.
    """

    path: Path | None
    model: Any
    difference: float | None

    @property
    def opset(self) -> int:
        """Return the version of ONNX's operators."""
        found: int = next(item.version for item in self.model.opset_import if not item.domain)
        return found

    @property
    def nodes(self) -> list[str]:
        """Return the kind of each node, in order."""
        return [node.op_type for node in self.model.graph.node]

    def __str__(self) -> str:
        """Return one line for people."""
        compared = (
            "not compared with the model"
            if self.difference is None
            else f"onnxruntime differs from the model by {self.difference:.1e} at most"
        )
        return f"{self.path or 'ONNX'}: {len(self.nodes)} nodes, opset {self.opset}; {compared}"


def to_onnx(
    model: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    opset: int | None = None,
    dynamic: bool = True,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    verify: bool = True,
    tolerance: float = 1e-5,
    verbose: bool = True,
) -> Exported:
    """Write a model as ONNX, as it predicts, and compare it with the model in onnxruntime.

    The file appears when all is well, whole; the model stays as it is.

    Args:
        path: of one file; weights above 2 GB go to a second beside it, `<path>.data`. None makes
            the model in memory alone.
        opset: the version of ONNX's operators; torch's choice when left out.
        dynamic: leave the batch and every length that Keras does not know free, and name them
            (batch, time, height ...); else the batch is one sample.
        input_names, output_names: those of the input and output layers when left out.
        verify: compare at three batch sizes, and at three lengths where a length is free.
        tolerance: how much an output may differ: absolute below 1, else relative.
        verbose: print what was made in one line.

    Raises:
        MissingPackage: when onnx, onnxscript or onnxruntime is not installed.
        NotSupported: when ONNX cannot express a layer, or an output differs too much.
        StateError: for a model that has no weights yet.
    """
    _need("onnx", "onnxscript", *(["onnxruntime"] if verify else []))
    if not model.inputs:
        raise StateError(f"{model.who}: must be built to be exported. Call predict on data first.")
    names_in = _names("input_names", input_names, model.input_names)
    names_out = _names("output_names", output_names, _unlike(model.output_names, names_in))
    entrances = entrances_of(model, names_in)
    _refuse_states(model)
    with predicting(model):
        choices = _sizes(model, entrances, dynamic)
        program = program_of(model, entrances, choices[0], opset, dynamic)
        with quiet():
            _name(program, model.name, names_in, names_out)
            _make_lean(program)
            _set_opset(program, opset)
        with drafted(path) as draft:
            _save(program, draft)
            batches = _BATCHES if dynamic else (1, 1, 1)
            feeds = [
                sample(entrances, batch, sizes, model.device)
                for batch, sizes in zip(batches, choices, strict=True)
            ]
            difference = _compare(model, draft, names_out, feeds, tolerance) if verify else None
            proto = _need("onnx").load(draft, load_external_data=path is None)
    exported = Exported(None if path is None else Path(path), proto, difference)
    if verbose:
        print(exported)
    return exported


# What is asked.


def _need(*modules: str) -> Any:
    """Return the first of the modules, all of them imported."""
    found = []
    for module in modules:
        try:
            found.append(importlib.import_module(module))
        except ModuleNotFoundError as error:
            package = module.partition(".")[0]
            if error.name != package:
                raise
            raise MissingPackage("to_onnx", package, "onnx") from error
    return found[0]


def _names(what: str, given: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    if given is None:
        return list(known)
    names = [given] if isinstance(given, str) else list(given)
    if len(names) != len(known) or len(set(names)) < len(names):
        raise ArgumentError(what, f"{len(known)} different names", names, who="to_onnx")
    return names


def _unlike(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return names with a word behind those that others bear: ONNX wants all unlike."""
    return [f"{name}_output" if name in others else name for name in names]


def _refuse_states(model: Any) -> None:
    for layer in model.modules():
        if isinstance(layer, Layer) and layer.stateful:
            raise NotSupported(
                f"to_onnx: {layer.who} must be made with stateful=False, got True. ONNX keeps "
                "nothing from run to run: make the states inputs (initial_state=) and outputs "
                "(return_state=True) of the model."
            )


def _sizes(model: Any, entrances: Sequence[Entrance], dynamic: bool) -> list[list[Sizes]]:
    """Return three choices of sizes for the free axes behind the batch."""

    def runs(sizes: Sequence[Sizes]) -> None:
        outputs_of(model, sample(entrances, 1, sizes, model.device))

    free = [entrance for entrance in entrances if entrance.free_axes]
    if free and not dynamic:
        wanted = "True for a model whose inputs have unknown lengths"
        raise ArgumentError("dynamic", wanted, dynamic, who="to_onnx")
    return fitting_sizes(entrances, runs) if free else [[() for _ in entrances]] * 3


# The graph.


def _name(program: Any, name: str, names_in: Sequence[str], names_out: Sequence[str]) -> None:
    """Give the graph, its inputs, outputs and weights the names of Keras."""
    graph = program.model.graph
    # One value may be two outputs, or an input and an output, which want two names.
    _need("onnx_ir.passes.common").OutputFixPass()(program.model)
    graph.name = name
    ends = [*zip(graph.inputs, names_in, strict=True), *zip(graph.outputs, names_out, strict=True)]
    for value, word in ends:
        value.name = word
    for value in list(graph.initializers.values()):
        value.name = value.name.removeprefix("model.")


def _make_lean(program: Any) -> None:
    """Fold constants of any size, fuse, drop what nothing needs, and forget torch's notes."""
    graph = program.model.graph
    optimize = _need("onnxscript.optimizer").optimize_ir
    sizes = {"input_size_limit": _NO_LIMIT, "output_size_limit": _NO_LIMIT}
    optimize(program.model, **sizes)
    if _fold_splits(graph):
        optimize(program.model, **sizes)
    passes = _need("onnx_ir.passes.common")
    passes.ClearMetadataAndDocStringPass()(program.model)
    for value in [*graph.inputs, *graph.outputs, *graph.initializers.values()]:
        value.metadata_props.clear()


def _set_opset(program: Any, opset: int | None) -> None:
    """Say the graph in the operators of an older ONNX, which torch's exporter does not write.

    Raises:
        NotSupported: when it cannot be said so.
    """
    if opset is None or program.model.opset_imports[""] == opset:
        return
    _need("onnxscript.version_converter").convert_version(program.model, opset, fallback=True)
    found = program.model.opset_imports[""]
    if found != opset:
        raise NotSupported(
            f"to_onnx: opset must be {found} for what this model holds, got {opset}. Leave it out."
        )


def _fold_splits(graph: Any) -> bool:
    """Split constants now rather than at every run: the optimizer folds single outputs alone."""
    ir = _need("onnx_ir")
    found = [node for node in graph if node.op_type == "Split" and _constant(node.inputs[0])]
    for node in found:
        axis = node.attributes["axis"].as_int() if "axis" in node.attributes else 0
        whole = node.inputs[0].const_value.numpy()
        for part, value in zip(np.split(whole, len(node.outputs), axis), node.outputs, strict=True):
            piece = ir.Value(
                name=value.name, shape=ir.Shape(part.shape), type=value.type,
                const_value=ir.tensor(np.ascontiguousarray(part), name=value.name),
            )  # fmt: skip
            graph.register_initializer(piece)
            value.replace_all_uses_with(piece)
        graph.remove(node, safe=True)
    return bool(found)


def _constant(value: Any) -> bool:
    return value is not None and value.is_initializer() and not value.is_graph_input()


# To the file.


@contextmanager
def drafted(path: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Give a path to write at; what is there in the end moves to where it belongs, all at once."""
    place = None if path is None else Path(path).absolute()
    with tempfile.TemporaryDirectory(dir=place and place.parent, prefix=".onnx-") as folder:
        draft = Path(folder) / (place.name if place else "model.onnx")
        yield draft
        if place is not None:
            # The weights first: the model's own file is the sign that all is there.
            for made in sorted(Path(folder).iterdir(), key=lambda made: made.name == place.name):
                os.replace(made, place.parent / made.name)


def _save(program: Any, draft: Path) -> None:
    """Write the file, the weights beside it if they are too many for one, and check it."""
    weights = program.model.graph.initializers.values()
    size = sum(value.const_value.nbytes for value in weights)
    data = f"{draft.name}.data" if size > _ONE_FILE else None
    _need("onnx_ir").save(program.model, draft, external_data=data)
    _need("onnx").checker.check_model(draft, full_check=True)


# In onnxruntime.


def _compare(
    model: Any, file: Path, names: Sequence[str], feeds: Sequence[Sequence[Tensor]],
    tolerance: float,
) -> float:  # fmt: skip
    """Return the largest difference between the file and the model.

    Raises:
        NotSupported: when it is above the tolerance; the message names the output.
    """
    runtime = _need("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    entries = [entry.name for entry in session.get_inputs()]
    largest = 0.0
    for feed in feeds:
        wanted = [_array(tensor) for tensor in outputs_of(model, feed)]
        given = dict(zip(entries, map(_array, feed), strict=True))
        for name, array, own in zip(names, session.run(None, given), wanted, strict=True):
            difference = _difference(array, own)
            if not difference <= tolerance:
                shapes = ", ".join(str(tuple(tensor.shape)) for tensor in feed)
                raise NotSupported(
                    f"to_onnx: output {name!r} in onnxruntime must be within {tolerance:g} of the "
                    f"model, got {difference:g} for inputs of shape {shapes}. verify=False "
                    "writes the file all the same."
                )
            largest = max(largest, difference)
    return largest


def _difference(array: Any, own: Any) -> float:
    """Return the largest difference, relative where a number is larger than 1."""
    if array.shape != own.shape:
        return float("inf")
    same = (array == own) | ((array != array) & (own != own))
    array, own = array.astype("float64"), own.astype("float64")
    apart = np.where(same, 0, np.abs(array - own) / np.maximum(1, np.abs(own)))
    return float(np.max(apart, initial=0))


def _array(tensor: Tensor) -> Any:
    return tensor.detach().cpu().numpy()
