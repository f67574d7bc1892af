"""ONNX: a model as one file for onnxruntime and whatever else runs ONNX.

The lowered network goes through torch's exporter; the graph is then made lean, bears Keras's
names, and is compared with the model in onnxruntime before the file takes its place.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kshim.errors import ArgumentError, NotSupported, StateError
from kshim.export.checking import array_of, compare, turned_feed
from kshim.export.entrances import Entrance, Sizes, entrances_of, fitting_sizes, sample
from kshim.export.layout import Layout, turned_ends
from kshim.export.needing import need
from kshim.export.opsets import OldOpset, need_known
from kshim.export.programs import Wish, made, save
from kshim.export.stopping import first_that_needs
from kshim.export.tracing import outputs_of, predicting
from kshim.export.variants import Change, Feed, change, fed, kind_of
from kshim.export.variants import write as write_variant
from kshim.graph.pieces import need_whole
from kshim.layers.base import Layer

_BATCHES = (1, 2, 5)
_NOISE = 64  # samples of noise that a variant is measured on, in batches


@dataclass(frozen=True)
class Exported:
    """Say what an export made.

    Attributes:
        path: the file; None where none was asked for.
        model: the `onnx.ModelProto`; its weights are left out where they stand in a second file.
        difference: the largest that onnxruntime and the model differ by, in float32; None if not
            compared.
        change: what float16 or int8 changed; None for float32.
    """

    path: Path | None
    model: Any
    difference: float | None
    change: Change | None = None

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
        """Return a line for people, and one more for a variant."""
        compared = (
            "not compared with the model"
            if self.difference is None
            else f"onnxruntime differs from the model by {self.difference:.1e} at most"
        )
        line = f"{self.path or 'ONNX'}: {len(self.nodes)} nodes, opset {self.opset}; {compared}"
        return line if self.change is None else f"{line}\n{self.change}"


def to_onnx(
    model: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    opset: int | None = None,
    dynamic: bool = True,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    layout: Layout = None,
    dtype: str = "float32",
    quantize: str | None = None,
    calibration: Any = None,
    verify: bool = True,
    tolerance: float = 1e-5,
    verbose: bool = True,
) -> Exported:
    """Write a model as ONNX, as it predicts, and compare it with the model in onnxruntime.

    The file appears when all is well, whole; the model stays as it is.

    Args:
        path: of one file; weights above 2 GB go to a second beside it, `<path>.data`. None makes
            the model in memory alone.
        opset: the version of ONNX's operators; torch's choice when left out. All models go down
            to 18, most to 13; a refusal tells the oldest that a model's operators have.
        dynamic: leave the batch and every length that Keras does not know free, and name them
            (batch, time, height ...); else the batch is one sample.
        input_names, output_names: those of the input and output layers when left out.
        layout: "channels_first" lets every image and volume go in and come out so (NCHW, NCDHW),
            whatever the model's layers take; a dict says so of single inputs and outputs by name.
            None leaves all as Keras has it.
        dtype: "float16" keeps weights and computes in half precision; inputs and outputs stay
            float32.
        quantize: "int8" keeps weights in 8 bits. Dynamic: what is computed is rounded as it comes;
            with `calibration` static: its ranges are known before.
        calibration: samples, as `predict` takes them in the model's own layout; float16 and int8
            are measured on them, on seeded noise when left out.
        verify: compare the float32 model at three batch sizes, and at three lengths where a
            length is free.
        tolerance: how much an output may differ: absolute below 1, else relative.
        verbose: print what was made in one line; in a second, what float16 or int8 changed.

    Raises:
        MissingPackage: when onnx, onnxscript or onnxruntime is not installed.
        NotSupported: when ONNX cannot express a layer, or an output differs too much.
        StateError: for a model that has no weights yet.
    """
    kind = kind_of(dtype, quantize, calibration)
    need("onnx", "onnxscript", *(["onnxruntime"] if verify or kind else []))
    if not model.inputs:
        raise StateError(f"{model.who}: must be built to be exported. Call predict on data first.")
    need_whole(model, "exported")
    need_known(opset)
    names_in = _names("input_names", input_names, model.input_names)
    names_out = _names("output_names", output_names, _unlike(model.output_names, names_in))
    both = [name for name in names_out if name in names_in]
    if both:
        wanted = f"names that no input bears ({', '.join(names_in)})"
        raise ArgumentError("output_names", wanted, both, who="to_onnx")
    entrances = entrances_of(model, names_in)
    first = turned_ends(model, layout, names_in, names_out)
    wish = Wish(model.name, names_in, names_out, opset, dynamic, first)
    given = None if calibration is None else fed(entrances, calibration)
    _refuse_states(model)
    with predicting(model):
        choices = _sizes(model, entrances, dynamic)
        graph = _made(model, entrances, choices[0], wish)
        with drafted(path) as draft:
            large = save(graph, draft)
            batches = _BATCHES if dynamic else (1, 1, 1)
            feeds = [
                sample(entrances, batch, sizes, model.device)
                for batch, sizes in zip(batches, choices, strict=True)
            ]
            apart = compare(model, draft, wish, feeds, tolerance) if verify else None
            changed = None
            if kind:
                data = given or _noise(model, entrances, choices[0], dynamic)
                turned_data = [turned_feed(feed, first) for feed in data]
                changed = _change(model, kind, draft, turned_data, given is not None, large)
            proto = need("onnx").load(draft, load_external_data=path is None)
    exported = Exported(None if path is None else Path(path), proto, apart, changed)
    if verbose:
        print(exported)
    return exported


# What is asked.


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


def _made(model: Any, entrances: Sequence[Entrance], sizes: Sequence[Sizes], wish: Wish) -> Any:
    try:
        return made(model, entrances, sizes, wish)
    except OldOpset as refusal:
        if model.graph is None:
            raise
        layer = first_that_needs(model.graph, refusal.oldest, wish, model.device)
        raise refusal.of(layer) from None


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


# What a variant changes.


def _noise(
    model: Any, entrances: Sequence[Entrance], sizes: Sequence[Sizes], dynamic: bool
) -> list[Feed]:
    """Return seeded samples in batches."""
    batch = _NOISE if dynamic else 1
    tensors = sample(entrances, batch, sizes, model.device)
    names = [entrance.name for entrance in entrances]
    return [dict(zip(names, map(array_of, tensors), strict=True))]


def _change(
    model: Any, kind: str, draft: Path, data: Sequence[Feed], own_data: bool, large: bool
) -> Change:  # fmt: skip
    """Put the variant in the place of the float32 file, and return what that changed."""
    with tempfile.TemporaryDirectory(dir=draft.parent, prefix="float32-") as folder:
        plain = Path(folder) / draft.name
        for made in [draft, draft.with_name(f"{draft.name}.data")]:
            if made.exists():
                os.replace(made, plain.parent / made.name)
        write_variant(kind, plain, draft, data, large)
        ends = getattr(model.network, "ends", None) or [None] * len(model.outputs)
        return change(kind, plain, draft, data, ends, own_data)
